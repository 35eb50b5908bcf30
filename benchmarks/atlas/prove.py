"""Carry the networks of timm and torchvision through conversion, and hold each against itself.

    python benchmarks/atlas/prove.py FOLDER
    python benchmarks/atlas/prove.py FOLDER --source torchvision --match resnet

A network is made with random weights, converted at its own input size, read back and analysed. Its parameters are to be
the module's and its MACs those of FlopCounterMode; the module that is built from the spec is to take its state_dict, name
for name, and to give equal outputs. FOLDER gets the specs, and a line of JSON per network in ``proofs.jsonl``; what
stands there is not done again. A process does a few networks and ends, so that one that crashes takes no other along.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
from published import Published, names, network

_MOST_PARAMS = 150_000_000
_MOST_MACS = 50_000_000_000
"""Beyond these a network is converted, and not built: its numbers alone are held."""

_MEMORY = 12 * 2**30
"""Bytes of addresses of one process; a network that wants more is left out."""

_AT_ONCE = 24


class LateError(Exception):
    """One network took too long."""


def prove(found: Published, folder: Path) -> dict[str, Any]:
    """Everything about one network; ``proof`` is what holds, ``why`` what does not."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    import cnncalc
    from cnncalc.convert.pytorch import from_torch, samples
    from cnncalc.convert.tree import ConvertError

    model = found.make().eval()
    params = sum(parameter.numel() for parameter in model.parameters())
    row: dict[str, Any] = {"input": found.shape, "params": params}
    if params > 3 * _MOST_PARAMS:
        return row | {"proof": "", "why": "left out: too large"}
    inputs = samples([found.shape])
    given: list[Any] = []
    handle = model.register_forward_hook(lambda *values: given.append(values[-1]))
    try:
        # the fused attention of a CPU is one that the counter does not know
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
            text = from_torch(model, inputs, name=found.name)
    except ConvertError as error:
        return row | {"proof": "", "why": "refused: " + " / ".join(str(error).splitlines()[1:4])}
    handle.remove()
    (folder / f"{found.source}.{found.name}.yaml").write_text(text, encoding="utf-8")
    loaded = cnncalc.load(text)
    counted, ours = counter.get_total_flops() // 2, cnncalc.analyze(loaded, batch=2).totals
    if (ours.macs, ours.params) != (counted, params):
        why = f"{ours.macs} MACs for {counted} of two samples, {ours.params} parameters for {params}"
        return row | {"proof": "", "why": f"other numbers: {why}"}
    row["macs"] = cnncalc.analyze(loaded).totals.macs
    if params > _MOST_PARAMS or row["macs"] > _MOST_MACS:
        return row | {"proof": "numbers"}
    return row | _built(loaded, model, inputs, first(given[-1]))


def _built(loaded: Any, model: Any, inputs: list[torch.Tensor], wanted: torch.Tensor) -> dict[str, str]:
    import cnncalc

    built = cnncalc.build(loaded).eval()
    state = model.state_dict()
    ours = {name: tensor.shape for name, tensor in built.state_dict().items()}
    if ours != {name: tensor.shape for name, tensor in state.items()}:
        return {"proof": "numbers", "why": "other names in the state_dict"}
    built.load_state_dict(state)
    with torch.no_grad():
        got = first(built(*inputs))
    if torch.equal(wanted, got):
        return {"proof": "equal outputs"}
    if torch.allclose(wanted, got, rtol=1e-4, atol=1e-5):
        return {"proof": "equal outputs", "why": "but for rounding"}
    return {"proof": "", "why": f"other outputs: {(wanted - got).abs().max():.3g} at most"}


def first(value: Any) -> torch.Tensor:
    """The first tensor of what a model gives."""
    while not torch.is_tensor(value):
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value


def work(folder: Path, source: str, wanted: list[str], seconds: int) -> None:
    """Prove some networks; a line for each."""

    def late(*_: object) -> None:
        raise LateError

    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    for name in ("trunc_normal_", "normal_", "kaiming_normal_"):
        setattr(torch.nn.init, name, _quickly)
    signal.signal(signal.SIGALRM, late)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    for pair in wanted:
        family, _, name = pair.partition("/")
        start = time.perf_counter()
        signal.alarm(seconds)
        try:
            row = prove(network(source, family, name), folder)
        except LateError:
            row = {"proof": "", "why": "left out: too slow"}
        except Exception as error:  # noqa: BLE001 (a network of others may fail in any way)
            row = {"proof": "", "why": f"left out: {type(error).__name__}: {str(error)[:200]}"}
        finally:
            signal.alarm(0)
        head = {"source": source, "family": family, "name": name}
        _note(folder, head | row | {"seconds": round(time.perf_counter() - start, 1)})


def _quickly(tensor: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
    """Random weights of a fitting size; drawing them from a normal distribution takes longer than all else together."""
    spread = tensor[0].numel() ** -0.5 if tensor.ndim > 1 else 0.02
    with torch.no_grad():
        return tensor.uniform_(-spread, spread)


def _note(folder: Path, row: dict[str, Any]) -> None:
    with (folder / "proofs.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def proofs(folder: Path) -> list[dict[str, Any]]:
    """The lines that are there."""
    file = folder / "proofs.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", choices=("torchvision", "timm"), action="append")
    parser.add_argument("--match", default="")
    parser.add_argument("--seconds", type=int, default=90, help="per network")
    parser.add_argument("--work", nargs="+", metavar="FAMILY/NAME", help="these, in this process")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.work:
        work(options.folder, options.source[0], options.work, options.seconds)
        return 0
    for source in options.source or ("torchvision", "timm"):
        wanted = [pair for pair in names(source) if re.search(options.match, pair[1])]
        while left := [pair for pair in wanted if (source, pair[1]) not in _done(options.folder)]:
            chunk = ["/".join(pair) for pair in left[:_AT_ONCE]]
            command = [sys.executable, __file__, str(options.folder), "--source", source, "--work", *chunk]
            ended = subprocess.run([*command, "--seconds", str(options.seconds)], check=False)
            _crashed(options.folder, source, left[:_AT_ONCE], ended.returncode)
    return 0


def _done(folder: Path) -> set[tuple[str, str]]:
    return {(row["source"], row["name"]) for row in proofs(folder)}


def _crashed(folder: Path, source: str, chunk: list[tuple[str, str]], code: int) -> None:
    """After a process that ended early: the first network without a line is what ended it."""
    done = _done(folder)
    left = [pair for pair in chunk if (source, pair[1]) not in done]
    if left:
        family, name = left[0]
        why = f"left out: the process ended with {code}"
        _note(folder, {"source": source, "family": family, "name": name, "proof": "", "why": why, "seconds": 0})


if __name__ == "__main__":
    sys.exit(main())
