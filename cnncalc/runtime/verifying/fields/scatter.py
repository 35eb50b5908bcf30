"""The effective field: how far the pixels scatter that matter.

A row of the input is changed a little, and the squares of what changes tell how much of it arrives where. Every path of a
merge enters with the same deviation, as the estimate has it. In float64: what arrives may be small. Source of the measure: Luo, Li, Urtasun and Zemel,
Understanding the Effective Receptive Field in Deep Convolutional Neural Networks (NIPS 2016).
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.runtime.verifying.fields import merges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from torch import Tensor

    from cnncalc.graph import Node
    from cnncalc.runtime.steps import Steps
    from cnncalc.runtime.verifying.fields.longer import Longer

ROWS = 8
"""How many rows are changed, each in an image of its own, at most."""

FEWEST = 4
"""With fewer they say nothing about layers that read few rows."""

CHANGED = 256
"""Numbers that must have changed: of fewer, chance decides which ones a maximum chooses."""

CHANNELS = 8
"""Channels that all layers on the way must have: the estimate is about weights that are alike on average."""

LITTLE = 0.01
"""How much: so that maxima stay where they are, and normalisations do not give way."""

LOW, HIGH = 3 / 4, 3 / 2
"""The band: what is measured is at least and at most so many times what is shown."""


def widths(steps: Steps, long: Longer, wanted: Iterable[int], most: int = ROWS) -> dict[int, float]:
    """Four standard deviations of the rows that matter to an output of a layer, in pixels.

    Args:
        steps: the network on the longer input, in float64.
        long: that network.
        wanted: the layers, by index in the network.
        most: how many rows may be changed.
    """
    before = {now: index for index, now in long.now.items()}
    left = set(wanted)
    rows = _rows(long, most)
    found: dict[int, float] = {}

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        value = compute()
        index = before[node.index]
        views = long.seen[node.index]
        if index in left and views is not None:
            tensor = value[0] if isinstance(value, tuple) else value
            view = long.fields[index]
            wide = None if view is None else _width(tensor, views.dims.index(long.axis), float(view.jump), rows)
            found.update({} if wide is None else {index: wide})
        return value

    with torch.no_grad():
        merges.balanced(steps).run(tuple(_images(node, long, rows) for node in long.graph.inputs), visit)
    return found


def _rows(long: Longer, most: int) -> list[int]:
    """Rows with many different places within a period."""
    count = min(ROWS, most, long.period)
    step = long.period // count + (count < long.period)
    return [long.first + i * step % long.period for i in range(count)]


def _images(node: Node, long: Longer, rows: list[int]) -> Tensor:
    """An image, and for every row that image with that row changed."""
    generator = torch.Generator().manual_seed(1)
    first = torch.randn(1, *(node.shape or ()), generator=generator, dtype=torch.double)
    images = first.repeat(len(rows) + 1, *([1] * (first.dim() - 1)))
    if node.index == long.now[long.source]:
        for number, row in enumerate(rows, 1):
            place = images[number].select(1 + long.axis, row)
            place += LITTLE * torch.randn(place.shape, generator=generator, dtype=torch.double)
    return images


def _width(value: Tensor, dim: int, jump: float, rows: list[int]) -> float | None:
    """Of the squares of what has changed along a dimension."""
    if value.shape[0] != len(rows) + 1 or not value.is_floating_point():
        return None
    change = (value[1:] - value[:1]).pow(2).movedim(dim + 1, 1).flatten(2).sum(2)
    total = float(change.sum())
    if not total or not isfinite(total) or int((value[1:] != value[:1]).sum()) < CHANGED:
        return None
    change = change / total
    places = torch.arange(change.shape[1], dtype=torch.double) * jump
    offsets = places[None] - torch.tensor(rows, dtype=torch.double)[:, None]
    mean = (change * offsets).sum()
    return 4 * sqrt(float((change * (offsets - mean) ** 2).sum()) + 1 / 12)
