"""Arithmetic between values: sizes are aligned at the last axis, and axes of size 1 are stretched, as torch does.

PyTorch aligns the batch axis too. A value that exists once per sample must therefore have as many axes as any other that it
meets; one that exists once per network may have fewer.
"""

from __future__ import annotations

from itertools import takewhile, zip_longest
from math import prod
from typing import ClassVar

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Cost, Layer, Run, Shape, meeting, shown

_SAME_AXES = "{} works axis by axis: bring all paths to the same number of axes"


def listed(inputs: tuple[Shape, ...]) -> str:
    """The shapes of all inputs, for messages."""
    return ", ".join(map(shown, inputs))


def stretched(op: str, inputs: tuple[Shape, ...]) -> Shape:
    """The common shape of element-wise operands: sizes agree, or are 1.

    Raises:
        ShapeError: they do not.
    """
    first = inputs[0]
    if all(shape == first for shape in inputs[1:]):
        return first
    common = []
    for sizes in zip_longest(*(reversed(shape) for shape in inputs), fillvalue=1):
        wanted = {*sizes} - {1} or {1}
        if len(wanted) > 1:
            ranks = len({len(shape) for shape in inputs}) > 1
            message = f"{op}: {'numbers of axes' if ranks else 'sizes'} differ: {listed(inputs)}"
            hint = _SAME_AXES.format(op) if ranks else f"{op} needs equal sizes (an axis of size 1 is stretched)"
            raise ShapeError(message, hint=hint, assume=max(inputs, key=prod))
        common.append(wanted.pop())
    return tuple(reversed(common))


def together(op: str, inputs: tuple[Shape, ...]) -> list[int]:
    """How many numbers the first operand makes, the first two together, the first three, and so on.

    Raises:
        ShapeError: the sizes differ and are not 1.
    """
    shape, sizes = inputs[0], [prod(inputs[0])]
    for other in inputs[1:]:
        shape = stretched(op, (shape, other))
        sizes.append(prod(shape))
    return sizes


def stretching(op: str, times: tuple[int, ...], inputs: tuple[Shape, ...]) -> int:
    """How often a result exists whose operands are aligned at the last axis, the batch included.

    Raises:
        ShapeError: one that exists per sample has fewer axes than another.
    """
    most = max(map(len, inputs))
    if any(often and len(shape) < most for often, shape in zip(times, inputs, strict=True)):
        message = f"{op}: numbers of axes differ: {listed(inputs)}"
        raise ShapeError(message, hint=_SAME_AXES.format(op), assume=max(inputs, key=prod))
    return meeting(op, times)


class Elementwise(Layer):
    """An operation on numbers at the same place; n operands take n - 1 operations per element of the output."""

    arity = None
    stretches = True
    kind: ClassVar[str]
    operands: ClassVar[int] = 0
    """How many it takes; 0: any number."""
    takes_numbers: ClassVar[bool] = True
    """Whether PyTorch's function takes a number of Python."""

    def infer(self, *inputs: Shape) -> Shape:
        """The common shape of the operands.

        Raises:
            ShapeError: the sizes differ and are not 1, or there are not as many operands.
        """
        if self.operands and len(inputs) != self.operands:
            message = f"{self.op} needs {self.operands} inputs; found {len(inputs)}"
            names = ", ".join("abc"[: self.operands])
            nested = f"nest them: {self.op}({self.op}(a, b), c)" if self.operands == 2 else f"{self.op}({names})"  # noqa: PLR2004 (two operands)
            raise ShapeError(message, hint=nested, assume=inputs[0])
        return stretched(self.op, inputs)

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as the operands do.

        Raises:
            ShapeError: one that exists per sample has fewer axes than another.
        """
        return stretching(self.op, times, inputs)

    def cost(self, *inputs: Shape) -> Cost:
        """One operation per element for every operand after the first."""
        return {self.kind: sum(together(self.op, inputs)[1:])}

    def is_composite(self, *inputs: Shape) -> bool:
        """Of more than two operands: the first two meet, and what they make the next."""
        return len(inputs) > 2 or super().is_composite(*inputs)  # noqa: PLR2004 (an operation takes two)

    def partial(self, run: Run, inputs: tuple[Shape, ...]) -> list[int]:
        """Bytes of what the first operand makes, the first two together, and so on, on the way to the result."""
        once = len(list(takewhile(bool, run.once)))  # so many operands exist once per network
        sizes = enumerate(together(self.op, inputs))
        return [size * (1 if number < once else run.batch) * run.itemsize for number, size in sizes]
