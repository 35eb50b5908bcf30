"""Figures of speed and memory: what was measured, beside a peer or a floor that was measured in the same run.

Machines are shared and noisy, so a time by itself says little. Every pair is measured in turn (A B A B ...), and the ratio of
the medians is the figure. A *peer* is another program that does the same work; a *floor* is work that nobody can leave out.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent


class Figure(NamedTuple):
    """One figure: our median and the other's, in ``unit``; ``ratio`` is ours to theirs, the smaller the better."""

    name: str
    against: str
    ours: float
    theirs: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Ours to theirs."""
        return self.ours / self.theirs

    def line(self) -> str:
        """One line: the ratio first, then what it is made of."""
        times = f"{self.ratio:8.3f} times" if self.ratio >= 1 / 2 else f"{1 / self.ratio:8.1f}x less "
        return f"{self.name:<52} {times} {self.against}: {_shown(self.ours, self.unit)} to {_shown(self.theirs, self.unit)}"


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")):
            if value * factor >= 1:
                return f"{value * factor:.3g} {name}"
    return f"{value:,.3g} {unit}"


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(
    name: str, against: str, ours: Callable[[], object], theirs: Callable[[], object], turns: int, share: int = 1
) -> Figure:
    """Two pieces of work, timed in turn after one warm-up each; ``share`` divides both, for figures per layer."""
    ours()
    theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(turns)]
    medians = [statistics.median(column) / share for column in zip(*times, strict=True)]
    return Figure(name, against, *medians)


def command(*words: str, env: dict[str, str] | None = None) -> Callable[[], object]:
    """A whole process, its output read and thrown away; Python keeps what it compiled, as it does for users."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(
        [sys.executable, *words], check=False, capture_output=True, cwd=ROOT, env=inherited | (env or {})
    )


def written(figures: Iterable[Figure], file: Path) -> None:
    """The figures as JSON, with the machine on which they were measured."""
    about = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }
    values = [{**figure._asdict(), "ratio": figure.ratio} for figure in figures]
    file.write_text(json.dumps({"about": about, "figures": values}, indent=2) + "\n", encoding="utf-8")


def read(file: Path) -> dict[str, dict[str, Any]]:
    """The figures of an earlier run, by name.

    Raises:
        SystemExit: the file has none.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["figures"]
        return {figure["name"]: figure for figure in found}
    except (OSError, ValueError, KeyError, TypeError):
        raise SystemExit(f"{file}: no figures of a benchmark") from None
