"""What time answers: samples with their spread, beside the lower bound that the roofline gives."""

from __future__ import annotations

from statistics import median, quantiles
from typing import Any

from cnncalc.record import NamedTuple

LEAST_FOR_P90 = 64
"""Samples below which a 90th percentile says nothing. Source: MLPerf's early stopping, floor of the 90th percentile."""

WIDE = 0.10
"""A spread, interquartile range over median, above which a time is not to be trusted."""


class Sample(NamedTuple):
    """Repeated measurements of one piece of work, in seconds, in the order of time."""

    seconds: tuple[float, ...]

    @property
    def n(self) -> int:
        """How many."""
        return len(self.seconds)

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.seconds)

    @property
    def iqr(self) -> float:
        """The interquartile range; 0 for one sample."""
        if self.n < 2:  # noqa: PLR2004 (a range needs two)
            return 0.0
        low, _, high = quantiles(self.seconds, n=4, method="inclusive")
        return high - low

    @property
    def spread(self) -> float:
        """Interquartile range over median."""
        return self.iqr / self.median if self.median else 0.0

    @property
    def p90(self) -> float | None:
        """The 90th percentile; None below 64 samples."""
        return quantiles(self.seconds, n=10, method="inclusive")[8] if self.n >= LEAST_FOR_P90 else None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "median_s": self.median,
            "iqr_s": self.iqr,
            "spread": self.spread,
            "min_s": min(self.seconds),
            "p90_s": self.p90,
            "n": self.n,
        }


class LayerTime(NamedTuple):
    """One layer run by itself on its real inputs: measured, and the least that the roofline allows (None: unknown).

    ``flops`` and ``moved_bytes``: its arithmetic, and what it reads and writes at least, of the whole batch (None: unknown).
    """

    path: str
    op: str
    measured: Sample
    least_s: float | None
    bound: str | None
    flops: int | None = None
    moved_bytes: int | None = None


class Timing(NamedTuple):
    """One network under one mode and batch.

    ``flops`` of one forward pass of the batch, as the analysis counts them; ``least_s`` the sum of the layers' least
    times; ``compile_s`` what the first call took beyond; ``failure`` why a mode could not be run (``measured`` is None).
    """

    network: str
    mode: str
    batch: int
    train: bool
    measured: Sample | None
    flops: int
    macs: int
    params: int
    activations: int
    size: int
    least_s: float | None
    compile_s: float | None = None
    layers: tuple[LayerTime, ...] = ()
    failure: str = ""

    @property
    def per_second(self) -> float | None:
        """Samples of the network (images) per second."""
        return None if self.measured is None else self.batch / self.measured.median

    @property
    def flops_per_second(self) -> float | None:
        """Achieved FLOPs per second of a forward pass; None in training, whose FLOPs depend on what is differentiated."""
        return None if self.measured is None or self.train else self.flops / self.measured.median

    @property
    def share(self) -> float | None:
        """The least time that the roofline allows, over the measured time."""
        if self.measured is None or self.least_s is None or self.train:
            return None
        return self.least_s / self.measured.median

    @property
    def additivity(self) -> float | None:
        """Sum of the layers' times over the time of the whole."""
        if self.measured is None or not self.layers:
            return None
        return sum(layer.measured.median for layer in self.layers) / self.measured.median

    def to_dict(self) -> dict[str, Any]:
        """As plain data; ``predicted_s`` is the older name of ``least_s``: a lower bound, no prediction."""
        return {
            "network": self.network,
            "mode": self.mode,
            "batch": self.batch,
            "train": self.train,
            "measured": None if self.measured is None else self.measured.to_dict(),
            "samples_per_second": self.per_second,
            "flops": self.flops,
            "flops_per_second": self.flops_per_second,
            "least_s": self.least_s,
            "predicted_s": self.least_s,
            "roofline_share": self.share,
            "compile_s": self.compile_s,
            "failure": self.failure or None,
            "layers": [
                {
                    "path": layer.path,
                    "op": layer.op,
                    "measured": layer.measured.to_dict(),
                    "least_s": layer.least_s,
                    "predicted_s": layer.least_s,
                    "bound": layer.bound,
                    "flops": layer.flops,
                    "moved_bytes": layer.moved_bytes,
                }
                for layer in self.layers
            ],
        }


class Comparison(NamedTuple):
    """How the second of two interleaved pieces of work compares with the first: ratios of neighbouring samples."""

    first: str
    second: str
    ratios: Sample

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "first": self.first,
            "second": self.second,
            "ratio": self.ratios.median,
            "iqr": self.ratios.iqr,
            "n": self.ratios.n,
        }


class Roof(NamedTuple):
    """What the device reached: FLOPs per second in the largest matrix product, bytes per second in a copy."""

    flops_per_second: float
    bytes_per_second: float


class Benchmark(NamedTuple):
    """All timings of one run, and the conditions."""

    timings: tuple[Timing, ...]
    comparisons: tuple[Comparison, ...]
    roof: Roof | None
    environment: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """The same as ``cnncalc time --format json``."""
        return {
            "schema_version": 1,
            "environment": self.environment,
            "roofline": None if self.roof is None else self.roof._asdict(),
            "timings": [timing.to_dict() for timing in self.timings],
            "comparisons": [comparison.to_dict() for comparison in self.comparisons],
        }
