"""Input sizes that a network takes without a remainder: every stride fits, every merge agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnncalc.analysis.facts import FactBook
from cnncalc.diagnostics import CnncalcError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cnncalc.diagnostics import Problem
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Fit

Grade = Literal["covered", "exact"]
"""``covered``: no window loses a row of the real input (lost padding is allowed: 224 for ResNet's stem, q = 112.5).
``exact``: every window's exact size q is a whole number (225 for ResNet). Without padding the two agree."""


class Misfit(NamedTuple):
    """The first window of a network that does not fit: its node, the axis (0: the first spatial axis), and the fit."""

    node: Node
    axis: int
    fit: Fit


class SizeFit(NamedTuple):
    """How an input size suits a network.

    ``problem``: the network cannot be built for this size (a merge of different sizes, a window larger than its
    input); ``uncovered``: the first window that loses a row of the real input; ``inexact``: the first whose q is no
    whole number.
    """

    size: int
    problem: Problem | CnncalcError | None = None
    uncovered: Misfit | None = None
    inexact: Misfit | None = None

    def suits(self, grade: Grade = "covered") -> bool:
        """Whether the size suits the network."""
        return self.problem is None and (self.inexact if grade == "exact" else self.uncovered) is None


def size_fit(make_graph: Callable[[int], Graph], size: int) -> SizeFit:
    """How one input size suits a network.

    Args:
        make_graph: builds the network for an input size.
        size: the size to try.
    """
    try:
        graph = make_graph(size)
    except CnncalcError as error:
        return SizeFit(size, error)
    if graph.problems:
        return SizeFit(size, graph.problems[0])
    misfits = _misfits(graph)
    uncovered = next((misfit for misfit in misfits if misfit.fit.lost_real), None)
    return SizeFit(size, None, uncovered, misfits[0] if misfits else None)


def _misfits(graph: Graph) -> list[Misfit]:
    book = FactBook(graph)
    known = [(node, facts) for node in graph.nodes if (facts := book.of(node))]
    return [
        Misfit(node, axis, fit)
        for node, facts in known
        for axis, fit in enumerate(facts.fits)
        if fit.exact.denominator != 1
    ]


def fit_sizes(make_graph: Callable[[int], Graph], sizes: Iterable[int], grade: Grade = "covered") -> list[int]:
    """The sizes at which every stride fits and every merge agrees.

    Darknet-19 and YOLOv2, whose total stride is 32, take 320, 352, ..., 608 out of 320 to 608 (Redmon and Farhadi,
    YOLO9000, 2016, section 2: multi-scale training).

    Args:
        make_graph: builds the network for an input size; a size for which it raises a CnncalcError does not fit.
        sizes: the sizes to try.
        grade: what counts as fitting.
    """
    return [size for size in sizes if size_fit(make_graph, size).suits(grade)]
