"""How many networks of other libraries are converted, into docs/import.json: `python benchmarks/imports.py keras onnx`.

A row per library: needs keras (with its PyTorch backend), or torchvision, timm, onnx and onnxscript.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import statistics
import sys
import warnings
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import cnncalc
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs" / "import.json"


class Tried(NamedTuple):
    """A network: whether all that was compared is equal, whether something in it is opaque, its lines (0: refused)."""

    exact: bool
    opaque: bool
    lines: int


def main() -> int:
    """Write the rows that are asked for; others stay."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=sorted(PARTS), default=sorted(PARTS))
    for part in parser.parse_args().parts:
        for source, networks, compared in PARTS[part]():
            keep(source, [tried for _, tried in networks], compared)
    return 0


def keep(source: str, tried: list[Tried], compared: str, outputs: int | None = None) -> None:
    """One row, in the place of the one of the same source."""
    read = [one for one in tried if one.lines]
    lines = [one.lines for one in read] or [0]
    row = {
        "source": source,
        "networks": len(tried),
        "exact": sum(one.exact for one in read),
        "opaque": sum(one.opaque for one in read),
        "refused": len(tried) - len(read),
        "outputs": outputs,
        "lines": [int(statistics.median(lines)), max(lines)],
        "compared": compared,
    }
    rows = json.loads(DATA.read_text(encoding="utf-8"))
    places = [place for place, old in enumerate(rows) if old["source"] == source]
    if places:
        rows[places[0]] = row
    else:
        rows.append(row)
    DATA.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")


def tried(name: str, data: bytes, form: str, holds: Any) -> Tried:
    """Convert, analyse, compare; what differs or is refused is printed."""
    try:
        text = convert(data, name, form, ())
    except ConvertError as error:
        print(f"{name}: {error}")
        return Tried(exact=False, opaque=False, lines=0)
    network = cnncalc.load(text)
    differs = holds(network)
    print(f"{name}: {'; '.join(differs) or 'equal'}", flush=True)
    opaque = any(node.op == "opaque" for node in network.graph.nodes)
    return Tried(exact=not differs and not opaque, opaque=opaque, lines=len(text.splitlines()))


def keras_rows() -> list[tuple[str, list[tuple[str, Tried]], str]]:
    """All of keras.applications; NASNetMobile is built as for the other backends."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from keras import applications

    keras.src.applications.nasnet.backend.backend = lambda: "jax"
    names = [name for name in dir(applications) if name[0].isupper() and callable(getattr(applications, name))]
    found = []
    for name in names:
        side = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
        with keras.device("meta"):
            model = getattr(applications, name)(weights=None, **side)
        found.append((name, tried(name, model.to_json().encode(), "keras", lambda net, m=model: _of_keras(net, m))))
    compared = "trainable parameters, sizes of layers of the same name"
    return [(f"keras.applications of Keras {keras.__version__}", found, compared)]


def _of_keras(network: Any, model: Any) -> list[str]:
    """What differs. The name of a separable convolution is that of its first window, a global mean has axes of 1."""
    params = cnncalc.analyze(network).totals.params
    own = sum(prod(weight.shape) for weight in model.trainable_weights)
    found = [f"{params} parameters of {own}"] if params != own else []
    shapes = {node.path: node.shape for node in network.graph.nodes}
    for layer in model.layers:
        shape = shapes.get(layer.name.replace(".", "_"))
        if shape is None or "Separable" in type(layer).__name__:
            continue
        size = tuple(layer.output.shape[1:])
        if sorted(side for side in shape if side > 1) != sorted(side for side in size if side > 1):
            found.append(f"{layer.name} is {shape} of {size}")
    return found


def onnx_rows() -> list[tuple[str, list[tuple[str, Tried]], str]]:
    """Classification networks of torchvision and backbones of timm by both exporters of PyTorch."""
    import torch

    library = torch.library.Library(
        "torchvision", "DEF"
    )  # its wheel has no compiled operators beside a PyTorch for the CPU
    with contextlib.suppress(RuntimeError):
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision
    from torchvision.models import list_models

    giants = ("vit_h", "vit_l", "regnet_y_128gf", "regnet_y_32gf", "convnext_large", "vgg", "_l")
    names = [n for n in list_models(torchvision.models) if not any(part in n for part in giants)]
    compared = "parameters, products that PyTorch counts"
    return [
        (
            f"ONNX: torchvision by the {word} exporter of PyTorch",
            [(n, _exported(n, dynamo=new)) for n in names],
            compared,
        )
        for word, new in (("older", False), ("newer", True))
    ]


def _exported(name: str, *, dynamo: bool) -> Tried:
    """A network of torchvision through ONNX."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode
    from torchvision import models

    torch.backends.mha.set_fastpath_enabled(False)
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    side = 299 if name == "inception_v3" else 224
    model, x = models.get_model(name, weights=None, **options).eval(), torch.zeros(1, 3, side, side)
    with torch.no_grad(), FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(x)
    params, products = sum(p.numel() for p in model.parameters()), counter.get_total_flops() / 2

    def holds(network: Any) -> list[str]:
        totals = cnncalc.analyze(network).totals
        found = [f"{totals.params} parameters of {params}"] if totals.params != params else []
        return found + ([f"{totals.macs} products of {products:.0f}"] if totals.macs != products else [])

    data = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        if dynamo:
            program: Any = torch.onnx.export(model, (x,), dynamo=True, verbose=False, optimize=False)
            data.write(program.model_proto.SerializeToString())
        else:
            kept = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False, "opset_version": 17}
            torch.onnx.export(model, (x,), data, dynamo=False, **kept)
    return tried(f"{name} ({'newer' if dynamo else 'older'})", data.getvalue(), "onnx", holds)


PARTS = {"keras": keras_rows, "onnx": onnx_rows}

if __name__ == "__main__":
    sys.exit(main())
