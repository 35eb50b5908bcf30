"""Repeated measurements on a device: warm, synchronised, interleaved, until they agree."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import torch

from cnncalc.report.timing import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Work = Callable[[], object]

WARM_UP_S = 0.1
"""Every piece of work is run at least this long, and twice, before it counts."""
LEAST_SAMPLE_S = 0.0002
"""Shorter work is repeated within a sample, so that reading the clock does not count."""
LEAST_SAMPLES = 5
AGREED = 0.05
"""Samples whose spread is below this end the measurement early."""


def measure(works: Sequence[Work], device: str, *, seconds: float = 0.5) -> list[Sample]:
    """Measure pieces of work in turns, forth and back (ABBA), so that a slow moment of the machine hits all of them.

    Args:
        works: what to measure; each call does the work once.
        device: where it runs; CUDA is timed by events on its own clock.
        seconds: how long to measure each at least, unless the samples agree before; four times as long at most.

    Returns:
        A sample per piece of work, all of equal length.
    """
    inner = [_warm(work, device) for work in works]
    taken: list[list[float]] = [[] for _ in works]
    order = list(range(len(works)))
    began = perf_counter()
    while True:
        for i in order:
            taken[i].append(_once(works[i], inner[i], device))
        order.reverse()
        passed = (perf_counter() - began) / len(works)
        if len(taken[0]) < LEAST_SAMPLES:
            continue
        agreed = all(Sample(tuple(values)).spread < AGREED for values in taken)
        if passed >= 4 * seconds or (passed >= seconds and agreed):
            return [Sample(tuple(values)) for values in taken]


def synchronise(device: str) -> None:
    """Wait until the device has done what it was told."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    elif device == "mps":
        torch.mps.synchronize()


def _warm(work: Work, device: str) -> int:
    """How often to repeat the work within a sample."""
    began = perf_counter()
    runs = 0
    while runs < 2 or perf_counter() - began < WARM_UP_S:  # noqa: PLR2004 (the first run is never like the others)
        work()
        synchronise(device)
        runs += 1
    return max(1, round(LEAST_SAMPLE_S / ((perf_counter() - began) / runs)))


def _once(work: Work, inner: int, device: str) -> float:
    if device.startswith("cuda"):
        return _on_cuda(work, inner, device)
    began = perf_counter()
    for _ in range(inner):
        work()
    synchronise(device)
    return (perf_counter() - began) / inner


def _on_cuda(work: Work, inner: int, device: str) -> float:
    start = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    end = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    stream = torch.cuda.current_stream(device)
    start.record(stream)
    for _ in range(inner):
        work()
    end.record(stream)
    end.synchronize()
    return float(start.elapsed_time(end)) / 1000 / inner
