"""How windows fit: the exact size and the lost rows, from larger inputs and from rows that are not numbers.

A layer gives one output more as soon as another window fits. The rows that this takes are what is missing to the next
whole size, and those from one more output to the next are the stride; so the exact size follows from sizes alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.func import functional_call

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from cnncalc.analysis.result import Row
    from cnncalc.graph import Node
    from cnncalc.layers.base import Fit
    from cnncalc.runtime.verifying.bench import Bench

FURTHEST = 4096
"""Rows that an input is made larger by, at most."""

SMALL = (1, 2, 3, 4, 5, 7, 9, 11, 13, 16, 24, 32)
"""Sizes that are tried for the other axes."""


class _Grown(NamedTuple):
    """``more``: rows until there is one output more; ``stride``: rows from that to the next one."""

    more: int
    stride: int


def hold(bench: Bench, node: Node, row: Row) -> None:
    """The exact size of every axis, the padded rows that no window covers, and how many of them are real."""
    part = bench.steps.parts[node.index]
    shape = tuple(bench.steps.entering[0].shape[1:])
    once = [bench.graph.nodes[i].times == 0 for i in node.inputs]
    run = _Alone(part, bench.steps.entering, once)
    for axis, fit in enumerate(row.fits):
        place = f"axis {axis + 1}" if len(row.fits) > 1 else ""
        bench.note("rounded size", node.path, fit.out, (row.node.shape or ())[axis + 1], note=place)
        _exact(bench, node, run, fit, shape, axis, place)
        _real(bench, node, run, axis, fit, place)


def _exact(bench: Bench, node: Node, run: _Alone, fit: Fit, shape: tuple[int, ...], axis: int, place: str) -> None:
    """The exact size and the lost rows; its floor or ceiling only where the layer takes no larger input.

    A layer that rounds up is measured as it is when it rounds down: a last window that would begin behind the input is
    left out, whatever the exact size.
    """
    floor, ceiling = fit.exact.numerator // fit.exact.denominator, -(-fit.exact.numerator // fit.exact.denominator)
    out = (node.shape or ())[axis + 1]
    with run.rounding_down():
        size, grown = run.size(shape), run.grown(shape, axis)
    if grown is None or size is None:
        between = out in (floor, ceiling)
        bench.note("exact size", node.path, out if between else fit.exact, out, note=place)
        return
    bench.note("exact size", node.path, fit.exact, size[axis] + 1 - Fraction(grown.more, grown.stride), note=place)
    covered = size[axis] < out  # one window more than fits whole
    bench.note("lost padded rows", node.path, fit.lost, 0 if covered else grown.stride - grown.more, note=place)


def _real(bench: Bench, node: Node, run: _Alone, axis: int, fit: Fit, place: str) -> None:
    """Rows at the far edge that no output reads, counted from the edge."""
    sizes = run.smallest(axis)
    size = sizes[axis + 1]
    wanted = sorted({row for row in (fit.lost_real - 1, fit.lost_real) if 0 <= row < size})
    images = torch.ones(len(wanted) + 1, *sizes)
    for number, row in enumerate(wanted):
        images[number].select(axis + 1, size - 1 - row).fill_(float("nan"))
    images[-1].narrow(axis + 1, size - fit.lost_real, fit.lost_real).fill_(float("nan"))
    value = run.value(images)
    hits = [bool(image.isnan().any()) for image in value]
    found = dict(zip(wanted, hits, strict=False))
    clean = not hits[-1]
    holds = clean and (found.get(fit.lost_real, True) or _in_hole(node, fit))
    if holds:
        measured: str | int = fit.lost_real
    else:
        measured = "fewer" if not clean else "more"
    bench.note("lost rows", node.path, fit.lost_real, measured, note=place)


def _in_hole(node: Node, fit: Fit) -> bool:
    """Whether the last row may lie between the taps of a window that covers it."""
    dilation = getattr(node.layer, "dilation", 1)
    return fit.lost_real == 0 and max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1


class _Alone:
    """A layer by itself, in float32: other types may drop what is not a number."""

    def __init__(self, part: Any, entering: Sequence[Tensor], once: Sequence[bool]) -> None:
        self.part, self.once = part, once
        self.entering = [value.float() if value.is_floating_point() else value for value in entering]
        self.state: dict[str, Tensor] = {}
        if isinstance(part, nn.Module):
            tensors = [*part.named_parameters(), *part.named_buffers()]
            self.state = {name: value.float() if value.is_floating_point() else value for name, value in tensors}

    @contextmanager
    def rounding_down(self) -> Iterator[None]:
        """The layer takes no window that does not fit."""
        if not getattr(self.part, "ceil_mode", False):
            yield
            return
        self.part.ceil_mode = False
        try:
            yield
        finally:
            self.part.ceil_mode = True

    def size(self, shape: Sequence[int]) -> tuple[int, ...] | None:
        """The size of the output for an input of a shape; None if the layer does not take it. Nothing is computed."""
        x = torch.empty(1, *shape, device="meta")
        others = [value.to("meta") for value in self._others(1)]
        try:
            return tuple(self._run({name: value.to("meta") for name, value in self.state.items()}, x, others).shape[2:])
        except (RuntimeError, ValueError, IndexError):
            return None

    def value(self, images: Tensor) -> Tensor:
        """The output for other inputs in place of the first."""
        return self._run(self.state, images, self._others(len(images)))

    def _others(self, count: int) -> list[Tensor]:
        """What enters beside the first input, for as many samples; what exists once per network as it is."""
        others = zip(self.entering[1:], self.once[1:], strict=False)
        return [value if once else value[:1].expand(count, *value.shape[1:]) for value, once in others]

    def _run(self, state: dict[str, Tensor], x: Tensor, others: Sequence[Tensor]) -> Tensor:
        with torch.autocast("cpu", enabled=False):
            made = functional_call(self.part, state, (x, *others)) if state else self.part(x, *others)
        value: Tensor = made[0] if isinstance(made, tuple) else made
        return value

    def grown(self, shape: Sequence[int], axis: int) -> _Grown | None:
        """How much larger the input must be for one output more, and for two."""
        first = self.size(shape)
        if first is None:
            return None
        steps: list[int] = []
        for more in range(1, FURTHEST):
            larger = list(shape)
            larger[axis + 1] += more
            found = self.size(larger)
            if found is None:
                return None
            if found[axis] > first[axis] + len(steps):
                steps.append(more)
                if len(steps) == 2:  # noqa: PLR2004 (two points make a step)
                    return _Grown(steps[0], steps[1] - steps[0])
        return None

    def smallest(self, axis: int) -> list[int]:
        """The input with other axes as small as the layer takes them."""
        shape = list(self.entering[0].shape[1:])
        for size in SMALL:
            narrow = [n if place in (0, axis + 1) else min(n, size) for place, n in enumerate(shape)]
            if self.size(narrow) is not None:
                return narrow
        return shape
