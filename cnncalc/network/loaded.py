"""A network as it was loaded: the spec and its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.diagnostics import Problem
    from cnncalc.graph import Graph
    from cnncalc.spec.model import Spec


class Network(NamedTuple):
    """A loaded spec and its graph, every shape known.

    ``given``: the inputs, settings and variant with which the graph was made from the spec; None for another graph.
    """

    spec: Spec
    graph: Graph
    given: tuple[Any, Any, str | None] | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the network; empty for a sound one."""
        return self.graph.problems
