"""The largest or the smallest of several operands, element by element."""

from __future__ import annotations

from typing import ClassVar, final

from cnncalc.layers.arguments import expression
from cnncalc.layers.base import (
    NOTHING,
    Example,
    Run,
    Saved,
    Shape,
    TorchCall,
)
from cnncalc.layers.broadcast import Elementwise


class _Extremum(Elementwise):
    """The largest or smallest operand; both operands of every comparison are kept."""

    kind: ClassVar[str] = "cmp"
    function: ClassVar[str]
    takes_numbers = False
    EXAMPLES = (
        Example({}, ((8, 5, 7), (8, 5, 7))),
        Example({}, ((6, 9), (6, 1), (6, 9), (1, 9))),
        Example({}, ((4, 3, 4, 5), (4, 1, 1, 1))),
    )

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Both operands of every comparison whose result needs a gradient; partial results are new bytes."""
        if not any(run.needs):
            return NOTHING
        first = max(1, run.needs.index(True))  # from this operand on, every result needs one
        steps, partial = range(first, len(inputs)), self.partial(run, inputs)
        extra = sum(partial[step - 1] for step in steps if step > 1)
        return Saved((*((0,) if first == 1 else ()), *steps), extra=extra)

    def is_composite(self, *inputs: Shape) -> bool:
        """One operation forward, several backward."""
        del inputs
        return True

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.maximum`` or ``torch.minimum``, nested for more than two."""
        text = "{0}"
        for i in range(1, len(inputs)):
            text = f"torch.{self.function}({text}, {{{i}}})"
        return expression(text)


@final
class Maximum(_Extremum):
    """Largest operand: one comparison per element for every operand after the first.

    Source: as maxout, Goodfellow et al., Maxout Networks (2013).
    """

    op = "maximum"
    aliases = ("max",)
    function = "maximum"


@final
class Minimum(_Extremum):
    """Smallest operand: one comparison per element for every operand after the first."""

    op = "minimum"
    aliases = ("min",)
    function = "minimum"
