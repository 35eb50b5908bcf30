"""Performance, as ratios measured side by side in one run; ``docs/performance.md`` says what is measured and how.

``make bench`` runs all of it; ``python benchmarks/run.py lint scale --output new.json`` runs two parts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tracemalloc
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import ROOT, Figure, command, paired, seconds, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

RESULTS = ROOT / "benchmarks" / "results.json"
BARE = ("-c", "import click, yaml, pydantic")
TORCHINFO = """
import sys
sys.path.insert(0, {here!r})
from plain_networks import {network}
import torchinfo
print(torchinfo.summary({network}(), input_size=(1, 3, 224, 224), verbose=0))
"""


def start() -> Iterator[Figure]:
    """Cold: a process from its start to the finished table, and against the imports that nobody can leave out."""
    for network, spec in (("alexnet", "alexnet_torchvision"), ("resnet152", "resnet152")):
        theirs = command("-c", TORCHINFO.format(here=str(ROOT / "benchmarks"), network=network))
        ours = command("-m", "cnncalc", "analyze", f"specs/{spec}.yaml")
        yield paired(f"{network}: analyze, cold", "torchinfo", ours, theirs, 5)
    for words in (("analyze", "specs/alexnet.yaml"), ("lint", "specs/alexnet.yaml"), ("--help",)):
        bare = BARE if len(words) > 1 else ("-c", "import click")
        name = f"{words[0]}, cold"
        yield paired(name, "bare imports", command("-m", "cnncalc", *words), command(*bare), 15)


def warm() -> Iterator[Figure]:
    """Analysis of a loaded spec against torchinfo's warm call."""
    import torchinfo
    from plain_networks import alexnet, resnet152

    import cnncalc

    for name, model in (("resnet152", resnet152()), ("alexnet_torchvision", alexnet())):
        network = cnncalc.load(ROOT / "specs" / f"{name}.yaml")

        def theirs(model: torch.nn.Module = model) -> object:
            return torchinfo.summary(model, input_size=(1, 3, 224, 224), verbose=0)

        what = name.removesuffix("_torchvision")
        yield paired(f"{what}: analyze, warm", "torchinfo", lambda n=network: cnncalc.analyze(n), theirs, 7)


def _layers(count: int) -> str:
    """A spec of so many layers of ten widths, with a comment as long as the format's limits want for so many."""
    widths = " | ".join(f"conv {8 + i} 3 p1 | relu" for i in range(10))
    lines = f"  - repeat(50, {widths})\n" * (count // 1_000)
    padding = "# padding\n" * (count * 8 // 10)
    return f"cnncalc: 1\ninput: 3x32x32\nlayers:\n{lines}{padding}"


def _nodes(count: int) -> list[object]:
    """As many nodes, made without working anything out."""
    from cnncalc.diagnostics import Span
    from cnncalc.graph import Input, Node

    layer = Input.model_construct()
    return [Node(i, f"layer{i}", layer, (i - 1,), (8, 32, 32), Span(i, i + 1)) for i in range(count)]


def scale() -> Iterator[Figure]:
    """Time and memory per layer, against nodes made without working anything out."""
    import cnncalc

    for count, turns in ((1_000, 9), (100_000, 3)):
        text = _layers(count)

        def floor(count: int = count) -> object:
            for _ in range(count // 1_000):  # a thousand at a time, so that looking for garbage does not grow with them
                _nodes(1_000)
            return None

        yield paired(f"load, per layer of {count:,}", "bare nodes", lambda t=text: cnncalc.load(t), floor, turns, count)
        network = cnncalc.load(text)
        assert len(network.graph.nodes) == count + 1  # noqa: S101 (the limits let it through)

        def analyze(network: cnncalc.Network = network) -> object:
            return cnncalc.analyze(network)

        yield paired(f"analyze, per layer of {count:,}", "bare nodes", analyze, floor, turns, count)
    count, text = 10_000, _layers(10_000)
    ours = _bytes(lambda: cnncalc.analyze(cnncalc.load(text))) / count
    yield Figure(
        "memory of load and analyze, per layer", "bare nodes", ours, _bytes(lambda: _nodes(count)) / count, "bytes"
    )


def _bytes(work: Callable[[], object]) -> int:
    """Bytes that are held when work is done and its result is there."""
    work()
    tracemalloc.start()
    result = work()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return held


def edit() -> Iterator[Figure]:
    """One edit in a spec of 10,000 lines, in a session that has read it before, against an analysis from the beginning."""
    import cnncalc

    lines = [f"  - conv {8 + i % 10} 3 p1" for i in range(10_000)]
    turn = iter(range(1, 1_000))
    session = cnncalc.Session()

    def edited(kind: str) -> str:
        number = next(turn) // 2  # two in turn measure the same
        lines[5_000] = {
            "number": f"  - conv {8 + number % 50} 3 p1",
            "window": f"  - conv 8 {(3, 5)[number % 2]} p{(1, 2)[number % 2]}",
            "line": f"  - conv {8 + number % 50} 3 p1" + "\n  - relu" * (number % 2),
        }[kind]
        return "\n".join(["cnncalc: 1", "input: 3x32x32", "layers:", *lines, ""])

    for kind, what in (("number", "a number"), ("line", "a line more or less"), ("window", "another window")):
        yield paired(
            f"one edit in a spec of 10,000 layers: {what}",
            "a fresh analysis",
            lambda kind=kind: session.analyze(edited(kind)),
            lambda kind=kind: cnncalc.analyze(edited(kind)),
            6,
        )
        assert session.edited  # noqa: S101 (else it would measure the same twice)


def lint() -> Iterator[Figure]:
    """1,000 specs of 50 layers in one call, against yamllint and torchinfo together; and again from the cache."""
    import torchinfo

    import cnncalc

    count, sampled = 1_000, 20
    with tempfile.TemporaryDirectory() as folder:
        env = {"CNNCALC_CACHE": str(Path(folder) / "cache")}
        specs = Path(folder) / "specs"
        specs.mkdir()
        for i in range(count):
            lines = "\n".join(f"  - conv {8 + (i + j) % 24} 3 half nobias\n  - bn\n  - relu" for j in range(16))
            text = f"---\ncnncalc: 1\nname: net{i}\ninput: 3x64x64\nlayers:\n{lines}\n  - gap\n  - flatten\n"
            (specs / f"net{i:04}.yaml").write_text(text, encoding="utf-8")
        first = seconds(command("-m", "cnncalc", "lint", str(specs), env=env))
        again = median(seconds(command("-m", "cnncalc", "lint", str(specs), env=env)) for _ in range(3))
        yamllint = seconds(command("-m", "yamllint", "-d", "relaxed", str(specs)))
        models = [cnncalc.build(path) for path in sorted(specs.glob("*.yaml"))[:sampled]]
        torchinfo.summary(models[0], input_size=(1, 3, 64, 64), verbose=0)
        one = median(
            seconds(lambda model=model: torchinfo.summary(model, input_size=(1, 3, 64, 64), verbose=0))
            for model in models
        )
    yield Figure("lint of 1,000 specs, first run", "yamllint and torchinfo", first, yamllint + count * one)
    yield Figure("lint of 1,000 specs, second run", "yamllint and torchinfo", again, yamllint + count * one)


def convert() -> Iterator[Figure]:
    """A PyTorch model read as a spec, against one forward pass of it."""
    import torch
    from plain_networks import resnet152

    from cnncalc.convert.pytorch import from_torch

    model, x = resnet152().eval(), torch.rand(1, 3, 224, 224)

    def forward() -> object:
        with torch.inference_mode():
            return model(x)

    yield paired("resnet152: convert torch", "one forward pass", lambda: from_torch(model, [x]), forward, 5)


def same() -> Iterator[Figure]:
    """Built modules against hand-written ones: forward passes in turn."""
    import torch
    from plain_networks import alexnet, resnet18

    import cnncalc
    from cnncalc.runtime.clock import measure

    for name, plain in (("resnet18", resnet18()), ("alexnet_torchvision", alexnet())):
        built, x = cnncalc.build(name).eval(), torch.rand(1, 3, 224, 224)

        def run(module: torch.nn.Module, x: torch.Tensor = x) -> Callable[[], object]:
            return lambda: module(x)

        with torch.inference_mode():
            samples = measure([run(built), run(plain.eval())], "cpu", seconds=4)
        ratios = [a / b for a, b in zip(samples[0].seconds, samples[1].seconds, strict=True)]
        what, theirs = name.removesuffix("_torchvision"), samples[1].median
        yield Figure(f"{what}: forward of the built module", "hand-written", median(ratios) * theirs, theirs)


def draw() -> Iterator[Figure]:
    """Pictures of ResNet-152, cold: what a whole process takes beside that of the analysis."""
    analyze = command("-m", "cnncalc", "analyze", "specs/resnet152.yaml")
    for words in ("network", "size", "cost", "memory", "coverage conv1", "field layer4", "formula conv1"):
        picture = command("-m", "cnncalc", "draw", "specs/resnet152.yaml", *words.split())
        yield paired(f"resnet152: draw {words}, cold", "analyze", picture, analyze, 5)


PARTS = {
    "start": start, "warm": warm, "scale": scale, "edit": edit, "lint": lint, "convert": convert, "same": same, "draw": draw,
}  # fmt: skip


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description="Measure speed and memory as ratios to a peer or a floor.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where the figures go as JSON")
    given = parser.parse_args()
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part '{unknown[0]}'; there are {', '.join(PARTS)}")
    figures = []
    for part in given.parts or PARTS:
        for figure in PARTS[part]():
            print(figure.line(), flush=True)
            figures.append(figure)
    written(figures, given.output)


if __name__ == "__main__":
    main()
