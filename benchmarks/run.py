"""Performance, as ratios measured side by side in one run: cnncalc against torchinfo and yamllint on the same networks.

Machines are shared and noisy, so nothing here is a test: every pair is timed in turn (A B A B ...), and the ratio of the
medians is what counts. Run it with ``make bench``; ``python benchmarks/run.py lint`` runs one part.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BARE = ("-c", "import click, yaml, pydantic")
TORCHINFO = """
import sys
sys.path.insert(0, {here!r})
from plain_networks import resnet152
import torchinfo
print(torchinfo.summary(resnet152(), input_size=(1, 3, 224, 224), verbose=0))
"""


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], object], theirs: Callable[[], object], turns: int) -> tuple[float, float]:
    """Medians of two pieces of work, timed in turn after one warm-up each."""
    ours()
    theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(turns)]
    return statistics.median(a for a, _ in times), statistics.median(b for _, b in times)


def command(*words: str, env: dict[str, str] | None = None) -> Callable[[], object]:
    """A whole process, its output read and thrown away; Python keeps what it compiled, as it does for users."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(
        [PYTHON, *words], check=False, capture_output=True, cwd=ROOT, env=inherited | (env or {})
    )


def faster(what: str, ours: float, theirs: float, goal: str) -> None:
    """One line: both medians, and how many times as long the other takes."""
    print(f"{what:<62} {ours * 1e3:9.1f} ms {theirs * 1e3:9.1f} ms {theirs / ours:8.1f}x faster   goal: {goal}")


def within(what: str, ours: float, theirs: float, goal: str) -> None:
    """One line: both medians, and our time as a multiple of the other."""
    print(f"{what:<62} {ours * 1e3:9.1f} ms {theirs * 1e3:9.1f} ms {ours / theirs:8.3f} times    goal: {goal}")


def start() -> None:
    """Cold start: to the finished table of ResNet-152, and against bare imports."""
    analyze = ("-m", "cnncalc", "analyze")
    torchinfo = command("-c", TORCHINFO.format(here=str(ROOT / "benchmarks")))
    faster(
        "ResNet-152, cold start to table: cnncalc, torchinfo",
        *paired(command(*analyze, "specs/resnet152.yaml"), torchinfo, 5),
        "10x",
    )
    within(
        "analyze AlexNet, cold: cnncalc, bare imports",
        *paired(command(*analyze, "specs/alexnet.yaml"), command(*BARE), 15),
        "at most 2",
    )
    within(
        "lint AlexNet, cold: cnncalc, bare imports",
        *paired(command("-m", "cnncalc", "lint", "specs/alexnet.yaml"), command(*BARE), 15),
        "at most 2",
    )


def warm() -> None:
    """Analysis of a loaded spec against torchinfo's warm call."""
    import torchinfo
    from plain_networks import alexnet, resnet152

    import cnncalc

    for name, model in (("resnet152", resnet152()), ("alexnet_torchvision", alexnet())):
        network = cnncalc.load(ROOT / "specs" / f"{name}.yaml")
        shape = (1, 3, 224, 224)
        pair = paired(
            lambda network=network: cnncalc.analyze(network),
            lambda model=model, shape=shape: torchinfo.summary(model, input_size=shape, verbose=0),
            7,
        )
        faster(f"{name}, warm: cnncalc, torchinfo", *pair, "10x")


def scale() -> None:
    """Cost per layer from 500 to 10,000 layers."""
    import cnncalc

    for layers in (500, 2_000, 10_000):
        widths = " | ".join(f"conv {8 + i} 3 p1 | relu" for i in range(10))
        text = f"cnncalc: 1\ninput: 3x32x32\nlayers:\n  - repeat({layers // 20}, {widths})\n"
        load = seconds(lambda text=text: cnncalc.load(text))
        network = cnncalc.load(text)
        analyse = min(seconds(lambda network=network: cnncalc.analyze(network)) for _ in range(3))
        print(
            f"{layers:>7,} layers: load {load / layers * 1e6:6.1f} us, analyse {analyse / layers * 1e6:6.1f} us per layer"
        )


def lint() -> None:
    """1,000 specs of 50 layers in one call, against yamllint and torchinfo together; and again from the cache."""
    import torchinfo

    import cnncalc

    count, sampled = 1000, 20
    with tempfile.TemporaryDirectory() as folder:
        env = {"CNNCALC_CACHE": str(Path(folder) / "cache")}
        specs = Path(folder) / "specs"
        specs.mkdir()
        for i in range(count):
            lines = "\n".join(f"  - conv {8 + (i + j) % 24} 3 half nobias\n  - bn\n  - relu" for j in range(16))
            text = f"---\ncnncalc: 1\nname: net{i}\ninput: 3x64x64\nlayers:\n{lines}\n  - gap\n  - flatten\n"
            (specs / f"net{i:04}.yaml").write_text(text, encoding="utf-8")
        first = seconds(command("-m", "cnncalc", "lint", str(specs), env=env))
        again = seconds(command("-m", "cnncalc", "lint", str(specs), env=env))
        yamllint = seconds(command("-m", "yamllint", "-d", "relaxed", str(specs)))
        models = [cnncalc.build(path) for path in sorted(specs.glob("*.yaml"))[:sampled]]
        torchinfo.summary(models[0], input_size=(1, 3, 64, 64), verbose=0)
        one = statistics.median(
            seconds(lambda model=model: torchinfo.summary(model, input_size=(1, 3, 64, 64), verbose=0))
            for model in models
        )
    within("lint 1,000 specs of 50 layers: cnncalc, yamllint + torchinfo", first, yamllint + count * one, "at most 0.2")
    print(
        f"{'':<62} of which yamllint {yamllint * 1e3:.0f} ms, torchinfo {count * one * 1e3:.0f} ms (from {sampled} networks)"
    )
    faster("the same again, from the cache", again, first, "5x")


def same() -> None:
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
        within(
            f"{name}, forward: built, hand-written",
            statistics.median(ratios) * samples[1].median,
            samples[1].median,
            "0.97 to 1.03",
        )


def draw() -> None:
    """Pictures of ResNet-152, cold: what a whole process takes beside that of the analysis."""
    analyze = command("-m", "cnncalc", "analyze", "specs/resnet152.yaml")
    for words in ("network", "size", "cost", "memory", "coverage conv1", "field layer4", "formula conv1"):
        pair = paired(command("-m", "cnncalc", "draw", "specs/resnet152.yaml", *words.split()), analyze, 5)
        within(f"ResNet-152, cold: draw {words}, analyze", *pair, "at most 1 s more")


PARTS = {"start": start, "draw": draw, "warm": warm, "scale": scale, "lint": lint, "same": same}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "benchmarks"))
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
