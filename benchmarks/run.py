"""Performance, as ratios measured side by side in one run: cnncalc against torchinfo on the same networks.

Machines are shared and noisy, so nothing here is a test: every pair is timed in turn (A B A B ...), and the ratio of the
medians is what counts. Run it with ``make bench``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
TORCHINFO = """
import sys
sys.path.insert(0, {here!r})
from plain_resnet import resnet152
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


def command(*words: str) -> Callable[[], object]:
    """A whole process, its output read and thrown away."""
    return lambda: subprocess.run([PYTHON, *words], check=True, capture_output=True, cwd=ROOT)


def show(what: str, ours: float, theirs: float, goal: str) -> None:
    """One line: both medians and the ratio."""
    print(f"{what:<58} {ours * 1e3:9.1f} ms {theirs * 1e3:9.1f} ms {theirs / ours:7.1f}x   {goal}")


def cold_start() -> None:
    """Cold start to the finished table of ResNet-152, and of AlexNet against bare imports."""
    analyze = ("-m", "cnncalc", "analyze")
    torchinfo = command("-c", TORCHINFO.format(here=str(ROOT / "benchmarks")))
    ours, theirs = paired(command(*analyze, "specs/resnet152.yaml"), torchinfo, 5)
    show("ResNet-152, cold start to table: cnncalc, torchinfo", ours, theirs, "goal: at least 10x")
    bare = command("-c", "import click, yaml, pydantic")
    ours, theirs = paired(command(*analyze, "specs/alexnet.yaml"), bare, 15)
    print(
        f"{'AlexNet, cold: cnncalc, bare imports':<58} {ours * 1e3:9.1f} ms {theirs * 1e3:9.1f} ms {ours / theirs:7.2f} times   goal: at most 2 times"
    )


def warm() -> None:
    """Analysis of a loaded spec against torchinfo's warm call."""
    import torchinfo

    import cnncalc

    sys.path.insert(0, str(ROOT / "benchmarks"))
    from plain_resnet import alexnet, resnet152

    for name, model in (("resnet152", resnet152()), ("alexnet_torchvision", alexnet())):
        network = cnncalc.load(ROOT / "specs" / f"{name}.yaml")
        shape = (1, 3, 224, 224)
        ours, theirs = paired(
            lambda network=network: cnncalc.analyze(network),
            lambda model=model, shape=shape: torchinfo.summary(model, input_size=shape, verbose=0),
            7,
        )
        show(f"{name}, warm: cnncalc, torchinfo", ours, theirs, "goal: at least 10x")


def scaling() -> None:
    """Cost per layer from 1,000 to 100,000 layers."""
    import cnncalc

    for layers in (1_000, 10_000, 100_000):
        lines = "\n".join(f"  - conv {8 + i % 7} 3 p1 | relu" for i in range(layers // 2))
        text = f"cnncalc: 1\ninput: 3x32x32\nlayers:\n{lines}\n"
        load = seconds(lambda text=text: cnncalc.load(text))
        network = cnncalc.load(text)
        analyse = min(seconds(lambda network=network: cnncalc.analyze(network)) for _ in range(3))
        print(
            f"{layers:>7,} layers: load {load / layers * 1e6:6.1f} us, analyse {analyse / layers * 1e6:6.1f} us per layer"
        )


if __name__ == "__main__":
    cold_start()
    warm()
    scaling()
