"""What an analysis answers, as frozen values: one row per node and the totals. None is 'unknown' and never counts as 0."""

from __future__ import annotations

from fractions import Fraction

from cnncalc.display import bundle, html
from cnncalc.graph import Graph, Node
from cnncalc.layers.base import Cost, Fit
from cnncalc.record import NamedTuple


class AxisField(NamedTuple):
    """The receptive field of one node on one axis of the input, in input pixels.

    ``size``: pixels from the first to the last that an output sees, at the centre of the output, unclipped;
    ``jump``: distance of neighbouring outputs (effective stride); ``start``: first pixel that output 0 sees (negative:
    padding); ``centre``: middle of what output 0 sees; ``coverage``: share of the pixels within the field that count;
    ``shortest``: size along the shortest path; ``smallest`` and ``largest`` over all output positions, unclipped.
    ``effective``: width of the pixels that matter, estimated, at most ``size``. ``whole``: every output sees the whole axis
    (size is then the input's).
    """

    size: int
    jump: Fraction
    start: Fraction
    centre: Fraction
    coverage: Fraction
    shortest: int
    smallest: int
    largest: int
    effective: float
    whole: bool = False


ReceptiveField = tuple[AxisField, ...]
"""One AxisField per spatial axis of the input."""


class Row(NamedTuple):
    """Everything about one node. Costs and bytes are for the whole batch; None where the shape is unknown."""

    node: Node
    fits: tuple[Fit, ...]
    params: int | None
    buffers: int | None
    cost: Cost | None
    output_bytes: int | None
    saved_bytes: int | None
    receptive_field: ReceptiveField | None

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of convolutions, linear layers and matrix products."""
        return None if self.cost is None else self.cost.get("mac", 0)

    @property
    def flops(self) -> int | None:
        """Two per MAC and one for every other arithmetic operation."""
        return None if self.cost is None else sum(self.cost.values()) + self.cost.get("mac", 0)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def _repr_html_(self) -> str:
        return html(self)


class Stated(NamedTuple):
    """Which part of the sums somebody stated, instead of that it follows from the layers."""

    params: int
    macs: int
    flops: int
    saved_bytes: int


class Totals(NamedTuple):
    """Sums and peaks of the network; ``complete`` is False if a fact of a row is unknown (sums are then of what is known)."""

    params: int
    buffers: int
    macs: int
    flops: int
    flops_by_kind: Cost
    weight_bytes: int
    buffer_bytes: int
    activation_bytes: int
    saved_bytes: int
    inference_peak_bytes: int
    inference_peak_at: int
    training_peak_bytes: int
    training_peak_at: int
    complete: bool
    stated: Stated


class Analysis(NamedTuple):
    """The numbers of a network under the given conditions."""

    graph: Graph
    rows: tuple[Row, ...]
    totals: Totals
    batch: int
    dtype: str
    optimizer: str
