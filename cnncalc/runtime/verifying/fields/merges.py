"""Merges that treat their operands by what came in on which path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.runtime.verifying.fields import marking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from cnncalc.analysis.field.seen import Seen
    from cnncalc.graph import Node
    from cnncalc.runtime.steps import Steps
    from cnncalc.runtime.verifying.fields.longer import Longer

EVERYTHING = 1 << 60
"""Stands for the marks of an operand that is marked everywhere."""


def shortest(steps: Steps, long: Longer) -> Steps:
    """The network in which every merge lets marks through from one operand only: the one that sees least."""
    return _with_merges(steps, lambda node, operands, part: _one_path(long, node, operands, part))


def balanced(steps: Steps) -> Steps:
    """The network in which the paths of a merge weigh the same: what differs between images enters with equal deviation."""
    return _with_merges(steps, lambda node, operands, part: _equal_weights(operands, part))


def _with_merges(steps: Steps, merge: Callable[[Node, Sequence[int], Any], Any]) -> Steps:
    parts = list(steps.parts)
    for node in steps.graph.nodes:
        differing = {i for i in node.read if steps.graph.nodes[i].times}
        operands = [place for place, i in enumerate(node.inputs) if i in differing]
        if len(operands) > 1 and callable(parts[node.index]):
            parts[node.index] = merge(node, operands, parts[node.index])
    return steps.with_parts(parts)


def _one_path(long: Longer, node: Node, operands: Sequence[int], part: Any) -> Callable[..., Any]:
    seen = {place: long.seen[node.inputs[place]] for place in operands}
    expected = _expected(long, node, seen)

    def run(*values: Any) -> Any:
        counts = {place: _marks(values[place], seen[place], long.axis) for place in operands}
        known = {place: count for place, count in counts.items() if count is not None}
        if not known:
            return part(*values)
        keep = min(known, key=lambda place: known[place])
        if expected in known and known[expected] <= known[keep] + 2 * values[keep].shape[0]:
            keep = expected  # among operands that see nearly the same, marks alone do not decide
        return part(*(v.nan_to_num(1.0) if i in known and i != keep else v for i, v in enumerate(values)))

    return run


def _expected(long: Longer, node: Node, seen: dict[int, Seen | None]) -> int:
    """The operand that the analysis takes."""
    own = long.seen[node.index]
    if own is None or long.axis not in own.dims:
        return -1
    centre = (node.shape or ())[own.dims.index(long.axis)] // 2
    views = {place: known.shortest[long.axis] for place, known in seen.items() if known and known.views}
    widths = [(view.at(centre).width, place) for place, view in views.items() if view is not None]
    return min(widths, default=(0, -1))[1]


def _marks(value: Any, views: Seen | None, axis: int) -> int | None:
    """How many outputs of all images are marked; None if none is, or the value is no value of an image."""
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or not bool(value.isnan().any()):
        return None
    if views is None or axis not in views.dims or views.folds:
        return EVERYTHING
    hit = marking.along(value, views.dims.index(axis), value.shape[0])
    return EVERYTHING if bool(hit.all()) else int(hit.sum())


def _equal_weights(operands: Sequence[int], part: Any) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        wide = {place: _deviation(values[place]) for place in operands if _varies(values[place])}
        largest = max(wide.values(), default=0.0)
        scaled = list(values)
        for place, deviation in wide.items():
            if deviation > 0:
                first = values[place][:1]
                scaled[place] = first + (values[place] - first) * (largest / deviation)
        return part(*scaled)

    return run


def _varies(value: Any) -> bool:
    """Whether a value may differ between images."""
    return isinstance(value, torch.Tensor) and value.is_floating_point() and value.dim() > 1 and value.shape[0] > 1


def _deviation(value: Tensor) -> float:
    """How far the images are from the first one, per number."""
    return float((value[1:] - value[:1]).double().pow(2).mean().sqrt())
