"""Faults that tests plant, and what of ``verify`` fails then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.graph import Graph
from cnncalc.network.loaded import Network
from cnncalc.runtime.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator


def failing(graph: Graph) -> set[tuple[str, str, str]]:
    """The claims that fail; all of them if the analysis or the module cannot even run."""
    claims = verify(Network(None, graph)).differences  # type: ignore[arg-type]
    return {(claim.kind, claim.layer, claim.part) for claim in claims}


def more(value: Any) -> list[Any]:
    """A number by one and by a factor of two."""
    return [value + 1] + ([value * 2] if value else [])


def altered_cost(cost: dict[str, int]) -> Iterator[dict[str, int]]:
    for kind in cost or {"add": 0}:
        for value in more(cost.get(kind, 0)):
            yield {**cost, kind: value}
