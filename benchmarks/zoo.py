"""How many PyTorch models are converted, into docs/import.json: `python benchmarks/zoo.py torchvision`, `... timm --largest 30`.

Every network is converted, built, given the model's weights and run, in a process of its own; what was found of it stands in a file of
JSON lines, from which a second run goes on. Of timm one small network per file of its models is taken, unless names are given.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from imports import Tried, keep

import cnncalc

LIMIT = 300
"""Seconds for one network."""

FRAMES = 16
"""Of a video."""

NEEDS_OPERATORS = ("rcnn", "retinanet", "fcos", "ssd", "keypoint", "raft")
"""Of torchvision: detection filters boxes by compiled operators, optical flow gathers by computed places; their backbones are tried by themselves."""

SMALL = ("tiny", "nano", "pico", "atto", "femto", "small", "lite", "_xs", "_xxs", "_s_", "_t_", "18", "b0", "_m0")
"""Parts of names of small networks."""


def main() -> int:
    """Try what is missing, then write the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=("torchvision", "timm"))
    parser.add_argument("names", nargs="*", help="networks; all that are meant without them")
    parser.add_argument("--largest", type=float, default=100, help="millions of parameters, at most")
    parser.add_argument("--kept", type=Path, help="file of JSON lines with what was found")
    parser.add_argument("--one", action="store_true", help="print what is found of the one network that is named")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(found(given.library, given.names[0], given.largest)))
        return 0
    kept = given.kept or Path(f"{given.library}.jsonl")
    done = {row["name"]: row for row in map(json.loads, kept.read_text().splitlines())} if kept.exists() else {}
    for name in given.names or names(given.library):
        if name not in done:
            done[name] = apart(given.library, name, given.largest)
            print(name, done[name]["status"], flush=True)
            with kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(done[name]) + "\n")
    write(given.library, [row for row in done.values() if row["status"] != "large"], given.largest)
    return 0


def write(library: str, rows: list[dict[str, Any]], largest: float) -> None:
    """The row of a library."""
    tried = [
        Tried(exact=row["status"] in ("equal", "rounded"), opaque=row.get("opaque") is True, lines=row.get("lines", 0))
        for row in rows
    ]
    what = (
        "classification, segmentation, video"
        if library == "torchvision"
        else "one small network per file of its models"
    )
    compared = "parameters, names and sizes of the state_dict, outputs"
    keep(f"{library}: {what}, up to {largest:g} M parameters", tried, compared, sum(one.exact for one in tried))


def apart(library: str, name: str, largest: float) -> dict[str, Any]:
    """What is found of a network in a process of its own."""
    command = [sys.executable, __file__, library, name, "--one", "--largest", str(largest)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return {"name": name, "status": "took too long"}
    last = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()[-1:]
    return json.loads(last[0]) if done.returncode == 0 else {"name": name, "status": "failed", "why": last}


def names(library: str) -> list[str]:
    """Networks that are meant."""
    operators = _operators()
    if library == "torchvision":
        from torchvision.models import list_models

        return [name for name in list_models() if not any(part in name for part in NEEDS_OPERATORS)]
    import timm

    files: dict[str, list[str]] = {}
    for name in timm.list_models():
        files.setdefault(timm.models.model_entrypoint(name).__module__, []).append(name)
    del operators
    return [min(group, key=lambda n: (not any(part in n for part in SMALL), len(n))) for group in files.values()]


def found(library: str, name: str, largest: float) -> dict[str, Any]:
    """What is found of a network: equal, rounded otherwise, differs, refused, large."""
    import torch

    from cnncalc.convert.pytorch import from_torch, samples
    from cnncalc.convert.tree import ConvertError
    from cnncalc.runtime.same import differences, only_rounded

    torch.manual_seed(0)
    operators = _operators()
    model, size = _made(library, name)
    del operators
    row: dict[str, Any] = {"name": name, "params": sum(p.numel() for p in model.parameters())}
    if row["params"] > largest * 1e6:
        return {**row, "status": "large"}
    inputs = samples([size])
    try:
        text = from_torch(model, inputs)
    except ConvertError as error:
        row["why"] = [f"{cause.place}: {cause.what}" for cause in error.found[:4]]
        try:
            text = from_torch(model, inputs, opaque=True)
        except ConvertError:
            return {**row, "status": "refused"}
        same = cnncalc.analyze(cnncalc.load(text)).totals.params == row["params"]
        return {**row, "status": "refused", "opaque": same, "lines": len(text.splitlines()) if same else 0}
    network = cnncalc.load(text)
    built = cnncalc.build(network)
    why = differences(model, built, inputs)
    if not why:
        status = "equal"
    elif all(line.startswith("output ") for line in why) and only_rounded(model, built, inputs):
        status = "rounded"
    else:
        status = "differs"
    return {**row, "status": status, "why": why[:3], "lines": len(text.splitlines())}


def _made(library: str, name: str) -> tuple[Any, tuple[int, ...]]:
    if library == "timm":
        import timm

        model = timm.create_model(name, pretrained=False).eval()
        return model, tuple(model.default_cfg["input_size"])
    from torchvision import models

    options: dict[str, Any] = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        options |= {"aux_logits": False, "init_weights": False}
    if name.startswith(("fcn", "deeplab", "lraspp")):
        options["weights_backbone"] = None
    size: tuple[int, ...] = (3, 299, 299) if name == "inception_v3" else (3, 224, 224)
    if name.startswith(("swin3d", "mvit")) or name == "s3d":
        size = (3, FRAMES, 224, 224)
    elif name in ("r3d_18", "mc3_18", "r2plus1d_18"):
        size = (3, FRAMES, 112, 112)
    return models.get_model(name, **options).eval(), size


def _operators() -> Any:
    """Torchvision's wheel has no compiled operators beside the CPU build of torch: their signatures are enough to import it."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


if __name__ == "__main__":
    sys.exit(main())
