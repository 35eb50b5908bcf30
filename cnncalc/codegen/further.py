"""Numbers of a block that the spec's parameters do not say: they become further arguments of its class."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING, Any

from cnncalc.codegen import calls
from cnncalc.codegen.pyexpr import Unable, found, python
from cnncalc.codegen.visits import Visits
from cnncalc.spec.syntax import Block, Body, Dims, Name, Number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.codegen.file import File
    from cnncalc.network.trace import Visit
    from cnncalc.spec.syntax import Parameter


class Further(Visits):
    """Finds what gives a number at every call: a name, an expression, or an argument made for it."""

    def __init__(self, file: File, block: Block | None, body: Body) -> None:
        """The block that is written, None for the network, and its statements."""
        super().__init__(file, block, body)
        self.unsaid = [] if block is None else [p.name for p in block.parameters if is_unsaid(p, file)]

    def said(self, column: list[Any], visits: list[Visit], loop: Mapping[str, str], wanted: str) -> str:
        """What gives these numbers: one of the names in sight, an expression, or a further argument of the class.

        Raises:
            Unable: they are no numbers of the calls alone.
        """
        known = self.known(visits, loop)
        if any(value != column[0] for value in column):
            same = next((name for name, values in known.items() if values == column), None)
            if same is not None:
                return same
        try:
            return found(column, known, self.file.steps)
        except Unable:
            if self.block is None:
                raise
            return self.further(column, visits, wanted)

    def further(self, column: list[Any], visits: list[Visit], wanted: str) -> str:
        """A further argument of the class, with a number for every call of the block.

        Raises:
            Unable: the numbers differ within a call, or some call is never asked.
        """
        numbers: dict[int, int] = {}
        for visit, value in zip(visits, column, strict=True):
            if type(value) is not int or numbers.setdefault(visit.instance, value) != value:
                raise Unable("a value for which no expression was found")
        if any(instance.index not in numbers for instance in self.instances):
            raise Unable("a value that not every call has")
        taken = {*self.parameters, *calls.SPOKEN, *self.file.constants}
        endings = chain(("",), (str(n) for n in count(2)))
        name = next(
            name for end in endings if (name := wanted + end) not in taken and self.extras.get(name, numbers) == numbers
        )
        self.extras[name] = numbers
        return name


def is_unsaid(parameter: Parameter, file: File) -> bool:
    """Whether a parameter has a default that Python cannot say, such as the rows of what enters."""
    if parameter.default is None or isinstance(parameter.default, Number | Dims):
        return False
    names = {
        name: name for name in (*file.spec.params, *(p.name for b in file.spec.blocks.values() for p in b.parameters))
    }
    try:
        python(parameter.default, names, "in_channels")
    except Unable:
        return not isinstance(parameter.default, Name)
    return False
