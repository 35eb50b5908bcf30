"""Formats whose channels stand last: in which order the axes of a value stand here, and how one order becomes the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.layers.base import Shape

PAIR = 2
"""Axes of a sequence; begin and end of a side."""


class Axes:
    """A network under construction. Values in ``lasts`` have their axes as the format has them, all others channels first."""

    def __init__(self, build: Builder) -> None:
        """Nothing yet."""
        self.build = build
        self.lasts: set[int] = set()
        self.turned: dict[int, int] = {}

    def axes(self, source: int) -> int:
        """How many axes a value has, without the batch."""
        return len(self.build.shapes[source])

    def rank(self, source: int) -> int:
        """How many spatial axes it has."""
        return self.axes(source) - 1

    def first(self, source: int) -> int:
        """The value with its channels first."""
        if source not in self.lasts:
            return source
        n = self.axes(source)
        return self.turn(source, [n - 1, *range(n - 1)])

    def last(self, source: int) -> int:
        """The value with its axes as the format has them."""
        n = self.axes(source)
        if source in self.lasts or n < PAIR:
            return source
        made = self.turn(source, [*range(1, n), 0])
        self.lasts.add(made)
        return made

    def turn(self, source: int, order: list[int]) -> int:
        """The value with its axes in another order, made once."""
        if source not in self.turned:
            text = "transpose" if len(order) == PAIR else f"permute ({','.join(map(str, order))})"
            self.turned[source] = self.build.add(text, source)
            self.turned[self.turned[source]] = source
        return self.turned[source]

    def alike(self, made: int, source: int) -> int:
        """A value made from another whose axes it has."""
        if source in self.lasts and self.axes(made) >= PAIR:
            self.lasts.add(made)
        return made

    def shape(self, source: int) -> Shape:
        """The size of a value as the format has it."""
        shape = self.build.shapes[source]
        return shape if source in self.lasts or len(shape) < PAIR else (*shape[1:], shape[0])

    def per_channel(self, source: int, values: str) -> int:
        """A value with one number per channel that can meet another: ``learned {}`` with the size in place of the braces."""
        shape = self.build.shapes[source]
        own = (shape[-1],) if source in self.lasts else (shape[0], *(1,) * (len(shape) - 1))
        return self.build.constant(values.format("x".join(map(str, own))), own)

    def note(self, text: str) -> None:
        """A remark at the head of the spec, once."""
        if text not in self.build.notes:
            self.build.notes.append(text)
