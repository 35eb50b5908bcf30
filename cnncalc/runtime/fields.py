"""Receptive fields measured on the module itself: a pixel that is not a number makes exactly its readers not a number.

No gradient vanishes and no activation hides a path, so that one pass tells for every layer whether its centre output
depends on a row of the input. Interpolation multiplies by weights that may be zero; there the mark is carried by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from cnncalc.analysis.pixels import full, one
from cnncalc.analysis.reading import reading
from cnncalc.analysis.receptive_field import seen_by
from cnncalc.layers.base import Cyclic, Scatter
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn

    from cnncalc.analysis.pixels import Pixels
    from cnncalc.analysis.receptive_field import Seen
    from cnncalc.graph import Graph, Node
    from cnncalc.network.loaded import Network
    from cnncalc.runtime.steps import Steps

MOST = 3
"""How many layers of a network are looked at: the last of every jump, the deepest ones."""

TOGETHER = 4
"""How many marked images go through the network at once."""

INTERPOLATING = frozenset({"upsample", "resize"})
"""Layers that multiply by weights which may be zero."""


class Field(NamedTuple):
    """The rows of the input that the centre output of a layer sees on one axis, clipped to the image."""

    path: str
    predicted: str
    measured: str
    note: str = ""


class _Wanted(NamedTuple):
    node: Node
    axis: int
    first: int
    last: int


def measure(network: Network, steps: Steps, module: nn.Module) -> list[Field]:
    """First and last row that the centre output of several layers depends on, on every axis of the input.

    Args:
        network: the network.
        steps: the network, layer by layer.
        module: its module; it is left in evaluation.
    """
    module.eval()
    module.float()
    seen = seen_by(network.graph)
    carrying = _carrying(steps)
    found: list[Field] = []
    for source in network.graph.inputs:
        chosen = _chosen(network, seen, source.index)
        for axis in range(len(source.shape or ()) - 1):
            limits = [_limits(network, source, node, axis, seen[node.index]) for node in chosen]
            wanted = [item for item in limits if item is not None]
            with torch.no_grad():
                found += _axis(carrying, source, axis, wanted, seen) if wanted else []
    return found


def _chosen(network: Network, seen: Sequence[Seen | None], source: int) -> list[Node]:
    """Layers that still have a place in the image: of every jump the last, and the deepest of all."""
    last: dict[Any, Node] = {}
    for node in network.graph.nodes:
        views = seen[node.index]
        if views is None or views.source != source or node.op == "input" or node.shape is None or node.times != 1:
            continue
        if not views.folds and any(view is not None for view in views.views):
            last[tuple(view and view.jump for view in views.views)] = node
    return sorted(last.values(), key=lambda node: node.index)[-MOST:]


def _limits(network: Network, source: Node, node: Node, axis: int, seen: Seen | None) -> _Wanted | None:
    """First and last row of the centre output's field, less what layers on the way lose at their borders."""
    if seen is None or node.shape is None:
        return None
    view, size = seen.views[axis], (source.shape or ())[axis + 1]
    dim = seen.dims.index(axis) if axis in seen.dims else None
    centre = tuple(full(n) if seen.dims[d] is None else one(n // 2) for d, n in enumerate(node.shape))
    reached = reading(network.graph, {node.index: centre})[source.index]
    rows = _rows(reached[axis + 1]) if reached and all(part.width for part in reached) else []
    if view is not None:
        pixels = view.at(0 if dim is None else node.shape[dim] // 2)
        if (pixels.first < 0 or pixels.last >= size) and _goes_round(network.graph, node.index):
            return None  # what is beyond the border is at the other end
        field = [row for row in range(size) if pixels.first <= row <= pixels.last]
        if not set(rows) <= set(field):
            rows = field
    return _Wanted(node, axis, rows[0], rows[-1]) if rows else None


def _goes_round(graph: Graph, last: int) -> bool:
    """Whether a layer up to a node shifts an axis round."""
    for node in graph.nodes[: last + 1]:
        shapes = graph.shapes_into(node)
        if shapes and node.layer.arity != 0:
            reach = node.layer.reach(*shapes)
            if any(isinstance(axis, Cyclic) for axis in (reach.first, *reach.axes)):
                return True
    return False


def _rows(pixels: Pixels) -> list[int]:
    return [row for first, last in pixels.stretches() for row in range(first, last + 1)]


def _axis(steps: Steps, source: Node, axis: int, wanted: list[_Wanted], seen: Sequence[Seen | None]) -> list[Field]:
    """Mark the limits of every wanted layer and the rows just outside them; see which centre outputs they reach."""
    size = (source.shape or ())[1 + axis]
    around = {row for item in wanted for row in (item.first - 1, item.first, item.last, item.last + 1)}
    rows = sorted(row for row in around if 0 <= row < size)
    hits: dict[int, set[int]] = {item.node.index: set() for item in wanted}
    for start in range(0, len(rows), TOGETHER):
        marked = rows[start : start + TOGETHER]

        def visit(node: Node, compute: Callable[[], Any], marked: Sequence[int] = marked) -> Any:
            value = compute()
            if node.index in hits:
                reached = _centre(value[0] if isinstance(value, tuple) else value, seen[node.index])
                hits[node.index].update(row for row, hit in zip(marked, reached, strict=True) if hit)
            return value

        steps.run(tuple(_image(node, source, axis, marked) for node in steps.graph.inputs), visit)
    return [_field(item, hits[item.node.index], size) for item in wanted]


def _image(node: Node, source: Node, axis: int, rows: Sequence[int]) -> Tensor:
    """One image per row, which is marked if this is the input that is looked at."""
    images = torch.ones(len(rows), *(node.shape or ()))
    if node.index == source.index:
        for number, row in enumerate(rows):
            images[number].select(1 + axis, row).fill_(float("nan"))
    return images


def _centre(value: Tensor, seen: Seen | None) -> list[bool]:
    """For every image of the batch whether the centre output is marked, in any channel."""
    dims = (None,) * (value.dim() - 1) if seen is None else seen.dims
    places = [size // 2 if axis is not None else slice(None) for size, axis in zip(value.shape[1:], dims, strict=True)]
    index: list[int | slice] = [slice(None), *places]
    marked = value[tuple(index)].isnan().flatten(1)
    return [bool(image.any()) for image in marked]


def _field(item: _Wanted, hits: set[int], size: int) -> Field:
    predicted = f"{item.first}..{item.last}"
    known = {item.first, item.last} <= hits
    outside = sorted({item.first - 1, item.last + 1} & hits)
    measured = predicted if known and not outside else f"rows {', '.join(map(str, sorted(hits))) or 'none'} reach it"
    return Field(
        item.node.path, predicted, measured, f"rows of axis {item.axis + 1} of {size} that the centre output sees"
    )


def _carrying(steps: Steps) -> Steps:
    """The same steps, with layers by hand whose arithmetic would lose a mark or make one."""
    parts = list(steps.parts)
    for node in steps.graph.nodes:
        if node.op == "unpool":
            parts[node.index] = _spread(node)
        elif node.op in INTERPOLATING and node.op != "input":
            parts[node.index] = _carried(parts[node.index])
    return steps.with_parts(parts)


def _carried(part: Any) -> Any:
    """Interpolation multiplies by weights that may be zero: the mark goes where the weight of a marked pixel is not."""

    def run(x: Tensor, *others: Tensor) -> Tensor:
        value: Tensor = part(x.nan_to_num(), *others)
        reached = part(x.isnan().to(x.dtype), *others)
        return value.masked_fill(reached != 0, float("nan"))

    return run


def _spread(node: Node) -> Any:
    """An unpooled value may land anywhere in its window: a transposed window of ones over the marks."""
    axes = node.layer.reach(*(node.shape or (),) * 3).axes
    windows = [axis for axis in axes if isinstance(axis, Scatter)]
    rank = len(windows)
    transposed = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]

    def run(x: Tensor, indices: Tensor, *others: Tensor) -> Tensor:
        del indices, others
        channels = x.shape[1]
        kernel = [window.kernel for window in windows]
        extra = [
            size - ((n - 1) * w.stride - 2 * w.begin + w.kernel)
            for size, n, w in zip((node.shape or ())[1:], x.shape[2:], windows, strict=True)
        ]
        reached = transposed(
            x.isnan().to(x.dtype),
            torch.ones(channels, 1, *kernel),
            stride=[window.stride for window in windows],
            padding=[window.begin for window in windows],
            output_padding=[max(0, more) for more in extra],
            groups=channels,
        )
        for axis, size in enumerate((node.shape or ())[1:], 2):
            reached = reached.narrow(axis, 0, size)
        return torch.zeros_like(reached).masked_fill(reached != 0, float("nan"))

    return run
