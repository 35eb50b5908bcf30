"""Rows that are not numbers: which outputs they reach, node by node, when the network runs on marked images.

Not-a-number goes through every sum, product, maximum and activation, whatever the weights: nothing vanishes and nothing is
hidden. Interpolation multiplies by weights that may be zero; there the mark is carried by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from cnncalc.layers.base import Scatter
from cnncalc.layers.reductions import Std, Var
from cnncalc.runtime.verifying.fused import FUSED, as_products

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Shape
    from cnncalc.runtime.steps import Steps

INTERPOLATING = frozenset({"upsample", "resize"})
"""Layers that multiply by weights which may be zero."""

ROUNDING = 1e-9
"""Weights of an interpolation that are smaller are zero."""

NUMBERS = 1 << 24
"""How many numbers of all inputs go through the network at once, at most."""


def carrying(steps: Steps) -> Steps:
    """The same steps, with layers by hand whose arithmetic would lose a mark or make one."""
    parts = list(steps.parts)
    for node in steps.graph.nodes:
        if node.op == "unpool":
            parts[node.index] = _spread(node)
        elif node.op in INTERPOLATING:
            parts[node.index] = _carried(parts[node.index])
        elif isinstance(node.layer, Var | Std):
            parts[node.index] = _averaged(node.layer, steps.graph.nodes[node.inputs[0]].shape or ())
        elif node.op in FUSED:
            parts[node.index] = _unfused(node, parts[node.index])
    return steps.with_parts(parts)


def _averaged(layer: Var | Std, shape: Shape) -> Callable[[Tensor], Tensor]:
    """A mean in place of a variance, which of a single value is no number, as a mark is."""
    dims = [axis + 1 for axis in layer.axes(shape)]
    return lambda x: x.mean(dims, keepdim=layer.stays(shape))


def losing(graph: Graph) -> set[int]:
    """Nodes that depend on truth values or indices, which cannot be marked."""
    return _behind(graph, lambda node: bool(node.times) and not node.layer.has_gradient)


def placed(graph: Graph) -> set[int]:
    """Nodes that depend on values which indices have put somewhere: how those scatter depends on the numbers."""
    return _behind(graph, lambda node: node.op == "unpool")


REORDERING = frozenset({"roll", "take", "flip", "tile"})
"""Layers that give places another order, so that on a longer input other places meet."""


def rolled(graph: Graph) -> set[int]:
    """Nodes behind an axis that goes round or gets another order: on a longer input other places meet."""
    return _behind(graph, lambda node: node.op in REORDERING)


def narrow(graph: Graph, channels: int) -> set[int]:
    """Nodes that depend on layers of few channels: chance decides how much each of their few weights counts."""
    return _behind(
        graph, lambda node: node.op != "input" and len(node.shape or ()) > 1 and (node.shape or (0,))[0] < channels
    )


def _behind(graph: Graph, first: Callable[[Node], bool]) -> set[int]:
    found: set[int] = set()
    for node in graph.nodes:
        if first(node) or any(i in found for i in node.inputs):
            found.add(node.index)
    return found


def images(graph: Graph, source: int, axis: int, rows: Sequence[int]) -> tuple[Tensor, ...]:
    """For every input one image per row, in which that row is marked if this is the input that is looked at."""
    made = []
    for node in graph.inputs:
        value = torch.ones(len(rows), *(node.shape or ()))
        if node.layer.itemsize:  # whole numbers, which the first row of a table is for
            value = value.long() * 0
        if node.index == source:
            for number, row in enumerate(rows):
                value[number].select(1 + axis, row).fill_(float("nan"))
        made.append(value)
    return tuple(made)


def at_once(graph: Graph) -> int:
    """How many images go through the network together."""
    largest = max(torch.Size(node.shape or ()).numel() * max(node.times, 1) for node in graph.nodes)
    return max(1, NUMBERS // max(largest, 1))


def run(
    steps: Steps, source: int, axis: int, rows: Sequence[int], look: Callable[[Node, Tensor], None],
    around: Callable[[Node, Callable[[], Any]], Any] | None = None,
) -> None:  # fmt: skip
    """Run marked images, one per row, a few at once, and look at every value."""
    together = at_once(steps.graph)

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        value = compute() if around is None else around(node, compute)
        look(node, value[0] if isinstance(value, tuple) else value)
        return value

    with torch.no_grad():
        for start in range(0, len(rows), together):
            steps.run(images(steps.graph, source, axis, rows[start : start + together]), visit)


def along(value: Tensor, dim: int | None, count: int) -> Tensor:
    """For every image and place of a dimension whether anything is marked; every number by itself without a dimension.

    ``count``: the images; copies of a sample follow one another in the batch.
    """
    marked = value.isnan().reshape(count, -1, *value.shape[1:])
    if dim is None:
        return marked.flatten(1)
    return marked.movedim(dim + 2, 1).flatten(2).any(2)


def _carried(part: Any) -> Any:
    """Interpolation multiplies by weights that may be zero: the mark goes where the weight of a marked pixel is not.

    In float64, since far from the origin the place between two pixels is rounded.
    """

    def run(x: Tensor, *others: Tensor) -> Tensor:
        value: Tensor = part(x.nan_to_num(), *others)
        reached = part(x.isnan().double(), *others)
        return value.masked_fill(reached.abs() > ROUNDING, float("nan"))

    return run


def _unfused(node: Node, part: Any) -> Any:
    """Attention as single products: fused, it may drop a mark."""

    def run(*values: Tensor) -> Any:
        with as_products(node):
            return part(*values)

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
