"""Theoretical receptive fields, exact on general graphs.

The field of a layer is the set of input pixels that one of its outputs can depend on. It is followed forward through the
graph, per spatial axis: windows with dilation, transposed windows, upsampling and adaptive pools by their own index maps,
merges by the union of their paths. Source of the recurrence for plain chains, ``r += (k - 1) d j; j *= s``: Araujo,
Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks (Distill, 2019).

The effective field is an estimate: how far the pixels scatter that matter, when the taps of every window weigh the same and the
paths of a merge contribute by their size. The variances of the layers add up, ``jump^2 d^2 (k^2 - 1) / 12`` for a window, and
the field is the width of four standard deviations, which hold 95.45 % of a normal distribution. Source: Luo, Li, Urtasun and
Zemel, Understanding the Effective Receptive Field in Deep Convolutional Neural Networks (NIPS 2016), section 2.

Of several inputs a value counts for the first that it depends on. A value that only gives a size (``crop x``,
``resize x``) is not followed, nor are the indices of an unpooling.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, prod, sqrt
from typing import TYPE_CHECKING

from cnncalc.analysis.pixels import Budget, TooFineError
from cnncalc.analysis.positions import IDENTITY, View, merged, through
from cnncalc.analysis.result import AxisField, ReceptiveField
from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import (
    GLOBAL,
    POINTWISE,
    Adaptive,
    AxisMap,
    Block,
    Moved,
    Reach,
    Resample,
    Same,
    Scatter,
    Whole,
    Window,
)
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Shape


COPIES = -1
"""The dimension of a value that holds the copies of a sample, taken out of the batch."""


class Fold(NamedTuple):
    """An axis that is cut into blocks, which lie in the batch: the size of a block, and of the axis."""

    block: int
    size: int


class Seen(NamedTuple):
    """What a value sees of one network input.

    ``source``: index of the input. ``views``: per spatial axis of the input; None if every output sees the whole axis.
    ``shortest``: the same along the shortest path. ``spread``: per axis, the variance of the pixels that matter, estimated.
    ``dims``: for each dimension of the value the axis that it carries, None if it is none of the input's.
    ``folds``: axes that lie in the batch, by axis; their views are those of the axis as if it were not cut.
    """

    source: int
    views: tuple[View | None, ...]
    shortest: tuple[View | None, ...]
    spread: tuple[float, ...]
    dims: tuple[int | None, ...]
    folds: tuple[tuple[int, Fold], ...] = ()


def receptive_fields(graph: Graph) -> tuple[ReceptiveField | None, ...]:
    """The field of every node; None where it is unknown, empty where there is no spatial axis or no input."""
    walk = _Walk(graph)
    return tuple(walk.field(node) for node in graph.nodes)


def seen_by(graph: Graph) -> list[Seen | None]:
    """For every node the sets of pixels that its outputs see."""
    return _Walk(graph).seen


class _Walk:
    """Follows the fields through the graph, in execution order."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.budget = Budget()
        self.steps: dict[tuple[View, AxisMap], View] = {}
        self.scatters: dict[tuple[Fraction, AxisMap], float] = {}
        self.fields: dict[tuple[View | None, int, View | None, float, int], AxisField] = {}
        self.whole: dict[tuple[int, Shape], ReceptiveField] = {}
        self.reaches: dict[tuple[int, tuple[Shape, ...]], Reach | None] = {}
        self.seen: list[Seen | None] = []
        for node in graph.nodes:
            self.seen.append(self.see(node))

    # ------------------------------------------------------------------------------------------ forward

    def see(self, node: Node) -> Seen | None:
        if node.shape is None:
            return None
        if node.op == "input":
            axes = len(node.shape) - 1
            return Seen(node.index, (IDENTITY,) * axes, (IDENTITY,) * axes, (0.0,) * axes, (None, *range(axes)))
        arity = node.layer.arity
        flowing = node.inputs if arity is None else node.inputs[:arity]
        reach = self.reach(node)
        if reach is POINTWISE and len(flowing) == 1 and self.graph.nodes[flowing[0]].shape == node.shape:
            return self.seen[flowing[0]]
        read = self.read_whole(node) if len(node.inputs) > len(flowing) and node.layer.reads else ()
        parts = [(self.graph.nodes[i].shape, self.seen[i]) for i in flowing + read]
        known = [(shape, seen) for shape, seen in parts if shape is not None and seen is not None]
        if reach is None or len(known) < len(parts):
            return None
        if not known:
            return Seen(-1, (), (), (), (None,) * len(node.shape))
        try:
            moved = [
                (shape, self.move(self.operand(node, reach, place, len(flowing)), shape, seen, node.shape))
                for place, (shape, seen) in enumerate(known)
                if seen.source >= 0
            ]
            return self.join(moved, node.shape) if moved else known[0][1]
        except TooFineError:
            return None

    def read_whole(self, node: Node) -> tuple[int, ...]:
        """Named values that differ between samples, of which every output reads all."""
        named = [place for field, place in node.layer.places().items() if field in node.layer.reads]
        return tuple(node.inputs[place] for place in named if self.graph.nodes[node.inputs[place]].times)

    def reach(self, node: Node) -> Reach | None:
        shapes = self.graph.shapes_into(node)
        if shapes is None or node.problem is not None:
            return None
        key = (id(node.layer), shapes)
        if key not in self.reaches:
            try:
                self.reaches[key] = node.layer.reach(*shapes)
            except ShapeError:
                self.reaches[key] = None
        return self.reaches[key]

    def operand(self, node: Node, reach: Reach, place: int, flowing: int) -> Reach:
        """What is read of one operand; of a named value everything."""
        if place >= flowing:
            return GLOBAL
        several = flowing > 1 and reach is GLOBAL
        return node.layer.reach_of(place, *(self.graph.shapes_into(node) or ())) if several else reach

    def move(self, reach: Reach, shape: Shape, seen: Seen, out: Shape) -> Seen:
        """One operand through the layer."""
        if reach.batch is not None:
            return (
                self.out_of_batch(reach.batch, seen, out)
                if not reach.batch.into
                else into_batch(reach.batch, seen, shape)
            )
        if seen.folds or COPIES in seen.dims:
            return self.folded(reach, shape, seen, out)
        if reach.globally or (reach.order is None and len(shape) != len(out)):
            whole = (None,) * len(seen.views)
            everything = tuple(_uniform(pixels) for pixels in self.pixels(seen))
            return Seen(seen.source, whole, whole, everything, (None,) * len(out))
        if reach.order is not None:
            return seen._replace(dims=tuple(seen.dims[i] for i in reach.order))
        views, shortest, spread = list(seen.views), list(seen.shortest), list(seen.spread)
        for dim, axis in enumerate(seen.dims):
            if axis is None:
                continue
            before = views[axis]
            for side in (views, shortest):
                side[axis] = self.step(side[axis], reach, dim, shape[dim] < out[dim])
            if views[axis] is None:
                spread[axis] = _uniform(self.pixels(seen)[axis])
            elif before is not None and dim and reach.axes and views[axis] is not before:
                spread[axis] += self.scatter(before.jump, reach.axes[dim - 1])
        return Seen(seen.source, tuple(views), tuple(shortest), tuple(spread), seen.dims)

    def folded(self, reach: Reach, shape: Shape, seen: Seen, out: Shape) -> Seen:
        """One operand through a layer that sees blocks: an axis that lies in the batch is mixed within a block only.

        Unless the blocks lie side by side in the value, and are mixed themselves.
        """
        folds = dict(seen.folds)
        bare = seen._replace(folds=(), dims=tuple(None if a == COPIES or a in folds else a for a in seen.dims))
        after = self.move(reach, shape, bare, out)
        lost = reach.globally or (reach.order is None and len(shape) != len(out))
        dims = seen.dims if reach.order is None else tuple(seen.dims[i] for i in reach.order)
        views, shortest, spread = list(after.views), list(after.shortest), list(after.spread)
        left = dict(folds)
        for axis, fold in folds.items():
            carried = axis in seen.dims and not lost
            mixes = lost or (carried and _spreads(reach, seen.dims.index(axis), shape, out))
            views[axis], shortest[axis], spread[axis] = seen.views[axis], seen.shortest[axis], seen.spread[axis]
            if COPIES in seen.dims and (lost or not keeps(reach, seen.dims.index(COPIES))):
                views[axis], shortest[axis], spread[axis] = None, None, _uniform(self.pixels(seen)[axis])
                del left[axis]
            elif mixes:
                dim = -1 if lost else seen.dims.index(axis)
                block, before = (
                    Block(fold.block, fold.block) if lost else block_of(reach, dim, fold, out[dim]),
                    views[axis],
                )
                views[axis], shortest[axis] = self.through(views[axis], block), self.through(shortest[axis], block)
                spread[axis] += 0 if before is None else self.scatter(before.jump, block)
                left[axis] = Fold(block.out, fold.size // fold.block * block.out)
        dims = (None,) * len(out) if lost else tuple(None if a in folds and a not in left else a for a in dims)
        return Seen(seen.source, tuple(views), tuple(shortest), tuple(spread), dims, tuple(left.items()))

    def out_of_batch(self, moved: Moved, seen: Seen, out: Shape) -> Seen:
        """Copies become axes again: blocks where they were cut, else side by side as a new first axis."""
        folds = dict(seen.folds)
        if not moved.blocks:
            if len(folds) == 1 and [*folds.values()] == [Fold(1, out[0])]:
                return seen._replace(dims=(*folds, *seen.dims), folds=())
            return seen._replace(dims=(COPIES if folds else None, *seen.dims))
        places = [dim for dim, block in enumerate(moved.blocks) if block]
        axes = sorted(folds)
        if COPIES in seen.dims or [folds[a].block for a in axes] != [moved.blocks[dim] for dim in places]:
            dims = tuple(None if a == COPIES or a in folds else a for a in seen.dims)
            return self.whole_axes(seen, axes)._replace(dims=dims, folds=())
        back = dict(zip(places, axes, strict=True))
        return seen._replace(dims=tuple(back.get(dim, a) for dim, a in enumerate(seen.dims)), folds=())

    def whole_axes(self, seen: Seen, axes: Sequence[int]) -> Seen:
        """The same, seeing the whole of some axes."""
        views = tuple(None if a in axes else view for a, view in enumerate(seen.views))
        shortest = tuple(None if a in axes else view for a, view in enumerate(seen.shortest))
        pixels = self.pixels(seen)
        spread = tuple(_uniform(pixels[a]) if a in axes else known for a, known in enumerate(seen.spread))
        return seen._replace(views=views, shortest=shortest, spread=spread)

    def pixels(self, seen: Seen) -> Shape:
        """The sizes of the axes of the input."""
        return (self.graph.nodes[seen.source].shape or ())[1:]

    def scatter(self, jump: Fraction, axis: AxisMap) -> float:
        """What a layer adds to the variance."""
        key = (jump, axis)
        known = self.scatters.get(key)
        if known is None:
            known = self.scatters[key] = float(jump) ** 2 * variance(axis)
        return known

    def step(self, view: View | None, reach: Reach, dim: int, broadcast: bool) -> View | None:  # noqa: FBT001 (a fact)
        """One axis through the layer. Most layers that are not point-wise mix all channels, dimension 0."""
        if view is None or not reach.axes:
            return View(1, 0, view.phases[:1]) if view is not None and broadcast else view
        axis = reach.axes[dim - 1] if dim else reach.first
        if axis is None or isinstance(axis, Whole):
            return None
        if isinstance(axis, Same):
            return view
        return self.through(view, axis)

    def through(self, view: View | None, axis: AxisMap) -> View | None:
        """What the outputs see whose inputs see a view; the same view and map are followed once."""
        if view is None:
            return None
        key = (view, axis)
        known = self.steps.get(key)
        if known is None:
            known = self.steps[key] = through(view, axis, self.budget)
        return known

    def join(self, operands: list[tuple[Shape, Seen]], out: Shape) -> Seen:
        """The operands of a merge; of several network inputs the first counts."""
        source = min(part.source for _, part in operands)
        parts = [part for _, part in operands if part.source == source]
        first = parts[0]
        if all(part == first for part in parts[1:]):
            return first
        if any(part.folds != first.folds for part in parts):
            parts = [self.whole_axes(part, range(len(part.views))) for part in parts]
        placed = max(parts, key=lambda part: sum(axis is not None for axis in part.dims))  # one may have lost its axes
        sizes = sizes_of(placed, out)
        views: list[View | None] = []
        shortest: list[View | None] = []
        for axis in range(len(first.views)):
            size = sizes.get(axis, 1)
            if axis and size == sizes.get(0, 1) and all(_square(part, axis) for part in parts):
                views.append(views[0])
                shortest.append(shortest[0])
                continue
            views.append(self.joined([part.views[axis] for part in parts], size))
            shortest.append(_shortest([part.shortest[axis] for part in parts], size))
        weights = [prod(shape) for shape, part in operands if part.source == source]
        spread = tuple(
            sum(weight * part.spread[axis] for weight, part in zip(weights, parts, strict=True)) / sum(weights)
            for axis in range(len(first.views))
        )
        return Seen(source, tuple(views), tuple(shortest), spread, placed.dims, first.folds)

    def joined(self, views: list[View | None], size: int) -> View | None:
        """What an output sees along several paths; a whole axis if one does."""
        known = [view for view in views if view is not None]
        return merged(known, size, self.budget) if len(known) == len(views) else None

    # ------------------------------------------------------------------------------------------ figures

    def field(self, node: Node) -> ReceptiveField | None:
        seen = self.seen[node.index]
        if seen is None or node.shape is None:
            return None
        if seen.source < 0:
            return ()
        key = (id(seen), node.shape)
        known = self.whole.get(key)
        if known is not None:
            return known
        entering = self.graph.nodes[seen.source].shape or ()
        sizes = sizes_of(seen, node.shape)
        known = self.whole[key] = tuple(
            self.axis(view, sizes.get(axis, 1), short, seen.spread[axis], entering[axis + 1])
            for axis, (view, short) in enumerate(zip(seen.views, seen.shortest, strict=True))
        )
        return known

    def axis(self, view: View | None, outputs: int, short: View | None, spread: float, pixels: int) -> AxisField:
        key = (view, outputs, short, spread, pixels)
        known = self.fields.get(key)
        if known is None:
            known = self.fields[key] = _axis_field(*key)
        return known


def keeps(reach: Reach, dim: int) -> bool:
    """Whether every output reads its own place on a dimension only."""
    if reach.order is not None or not reach.axes:
        return True
    return isinstance(reach.axes[dim - 1] if dim else reach.first, Same)


def _spreads(reach: Reach, dim: int, shape: Shape, out: Shape) -> bool:
    """Whether outputs read more than their own place of a block: the layer mixes, or one place is stretched to several."""
    return not keeps(reach, dim) or (reach.order is None and shape[dim] < out[dim])


def block_of(reach: Reach, dim: int, fold: Fold, out: int) -> Block:
    """What a layer reads within a block; all of it unless it is a window."""
    axis = (reach.axes[dim - 1] if dim else reach.first) if reach.axes else None
    return Block(fold.block, out, axis if isinstance(axis, Window) else None)


def into_batch(moved: Moved, seen: Seen, shape: Shape) -> Seen:
    """Axes that go into the batch: every copy keeps its place on them."""
    folds = dict(seen.folds)
    cut = enumerate(moved.blocks) if moved.blocks else ((0, 1),)
    for dim, block in cut:
        axis = seen.dims[dim]
        if block and axis is not None and axis != COPIES:
            folds[axis] = Fold(block, folds[axis].size if axis in folds else shape[dim])
    return seen._replace(dims=seen.dims if moved.blocks else seen.dims[1:], folds=tuple(sorted(folds.items())))


def sizes_of(seen: Seen, shape: Shape) -> dict[int, int]:
    """How many places a value has on each axis that it carries, or whose blocks lie in the batch."""
    own = {axis: shape[dim] for dim, axis in enumerate(seen.dims) if axis is not None}
    return own | {axis: fold.size for axis, fold in seen.folds}


def variance(axis: AxisMap) -> float:
    """The variance of the places that an output reads, in inputs of the layer; all taps weigh the same."""
    if isinstance(axis, Window):
        return axis.dilation**2 * _uniform(axis.kernel)
    if isinstance(axis, Scatter):
        common = gcd(axis.stride, axis.dilation)
        return (axis.dilation / common) ** 2 * _uniform(max(axis.kernel * common / axis.stride, 1))
    if isinstance(axis, Resample):
        return 0.0 if axis.mode.startswith("nearest") else 1 / 6  # f(1 - f) on average, between neighbours
    if isinstance(axis, Adaptive):
        return _uniform(max(axis.size / axis.out, 1))
    if isinstance(axis, Block):
        return _uniform(axis.size)
    return 0.0


def _uniform(places: float) -> float:
    """The variance of that many neighbouring places of equal weight."""
    return (places**2 - 1) / 12


def _square(seen: Seen, axis: int) -> bool:
    """Whether an axis sees what the first does."""
    return seen.views[axis] == seen.views[0] and seen.shortest[axis] == seen.shortest[0]


def _shortest(views: list[View | None], size: int) -> View | None:
    """The smallest of the paths at the centre; a whole axis is the largest."""
    known = [view for view in views if view is not None]
    return min(known, key=lambda view: view.at(size // 2).width) if known else None


def _axis_field(view: View | None, outputs: int, short: View | None, spread: float, pixels: int) -> AxisField:
    wide = 4 * sqrt(spread + 1 / 12)  # a pixel is itself one wide
    shortest = pixels if short is None else short.at(outputs // 2).width
    if view is None:
        return AxisField(
            pixels, Fraction(0), Fraction(0), Fraction(pixels - 1, 2), Fraction(1), shortest, pixels, pixels, min(wide, pixels),
            whole=True,
        )  # fmt: skip
    centre, first = view.at(outputs // 2), view.at(0)
    widths = [pixels.width for pixels in view.phases[:outputs]]
    size = centre.width
    coverage = Fraction(centre.size, size) if size else Fraction(0)
    middle = Fraction(first.first + first.last, 2)
    return AxisField(
        size, view.jump, Fraction(first.first), middle, coverage, shortest, min(widths), max(widths), min(wide, size)
    )
