"""What the importers of files share: operations are added one by one, and their sizes follow from our own layers."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from cnncalc.convert.inferred import ONCE, inferred
from cnncalc.convert.tree import ConvertError, Imported, Op, Scope, Unsupported
from cnncalc.convert.writer import write
from cnncalc.layers.base import shown
from cnncalc.spec.printer import print_sizes
from cnncalc.spec.statement import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from cnncalc.layers.base import Shape


AXES = 8
"""Axes that an input has at most."""


class Refused(Exception):  # noqa: N818 (no error of its own: whoever adds a node catches it)
    """Something that the format cannot say; ``attempt`` notes it."""


class _Waits(Exception):  # noqa: N818 (as above)
    """A value is read that is lost, by ``cause``."""

    def __init__(self, cause: int) -> None:
        super().__init__()
        self.cause = cause


class Builder:
    """A network under construction. ``place`` says where in the source the present construct stands.

    What cannot be said is noted once; its values are lost, and with them what reads them, which is only counted.
    """

    def __init__(self, title: str, kind: str) -> None:
        """An empty network."""
        self.title = title
        self.kind = kind
        self.place = ""
        self.inputs: dict[str, Shape] = {}
        self.values: dict[str, int] = {}
        self.shapes: list[Shape] = []
        self.root = Scope("", None, "Network")
        self.found: list[Unsupported] = []
        self.stopped: Counter[int] = Counter()
        self.lost: dict[int, int] = {}
        self.once: dict[int, str] = {}
        self.names: set[str] = set()
        self.weights: dict[str, list[Op]] = {}
        self.notes: list[str] = []

    def input(self, name: str, shape: Shape) -> int:
        """An input of the network."""
        if not shape or min(shape) < 1 or len(shape) > AXES:
            self.blame(f"an input of {shown(shape)}: give its size, --input 3x224x224")
            shape = (1,)
        clean = self.name(name) or "input"
        self.inputs[clean] = shape
        self.values[clean] = self._value(shape)
        return self.values[clean]

    def attempt(self, sources: Sequence[int], work: Callable[[], int | list[int]], count: int = 1) -> list[int]:
        """The values of a node; what cannot be said is noted, and its values are lost.

        Args:
            sources: what the node reads; if something of it is lost, so is the node.
            work: adds the node.
            count: how many values it has.
        """
        kept = len(self.root.items)
        try:
            for source in sources:
                self.reach(source)
            made = work()
        except Refused as refused:
            del self.root.items[kept:]
            return self._losses(self.blame(str(refused)), count)
        except _Waits as waits:
            del self.root.items[kept:]
            self.stopped[waits.cause] += 1
            return self._losses(waits.cause, count)
        return made if isinstance(made, list) else [made]

    def reach(self, source: int) -> Shape:
        """The size of a value; what reads one that is lost is lost too."""
        if source in self.lost:
            raise _Waits(self.lost[source])
        return self.shapes[source]

    def _losses(self, cause: int, count: int) -> list[int]:
        made = [self._value(()) for _ in range(count)]
        self.lost.update(dict.fromkeys(made, cause))
        return made

    def blame(self, what: str) -> int:
        """Note what the format cannot say, and go on; gives its number. What was noted before is counted."""
        for number, item in enumerate(self.found):
            if item.what == what:
                self.stopped[number] += item.place != self.place
                return number
        self.found.append(Unsupported(what, self.place))
        return len(self.found) - 1

    def refuse(self, what: str) -> NoReturn:
        """Stop at what the format cannot say.

        Raises:
            Refused: always; ``attempt`` catches it.
        """
        raise Refused(what)

    def add(
        self,
        text: str,
        source: int,
        *,
        name: str | None = None,
        references: Sequence[int] = (),
        weights: str | None = None,
    ) -> int:
        """An operation on one value; ``{0}`` in the text is the first of the ``references``. ``weights`` names shared ones."""
        entering = self.reach(source)
        clean = re.sub("\x01[0-9]+\x01", "", text)
        shape = self._shape(clean, [source, *references])
        op = Op(
            text, [source], self._made(shape, [source]), self.name(name), references=list(references), entering=entering
        )
        op.shape = shape
        self.root.items.append(op)
        if weights is not None:
            self.weights.setdefault(weights, []).append(op)
        return op.output

    def constant(self, text: str, shape: Shape, *, name: str | None = None) -> int:
        """A value that nothing enters, once per network: ``learned 8x1x1``."""
        op = Op(text, [], self._value(shape), self.name(name))
        op.shape = shape
        self.once[op.output] = text
        self.root.items.append(op)
        return op.output

    def chain(self, texts: Sequence[str], source: int, *, name: str | None = None) -> int:
        """Operations one after the other; the name is that of the first."""
        for place, text in enumerate(texts):
            source = self.add(text, source, name=name if place == 0 else None)
        return source

    def together(self, text: str, source: int, count: int) -> int:
        """An operation that takes ``count`` copies of every sample out of the batch, into which they were put before."""
        entering = self.shapes[source]
        op = Op(text, [source], self._value((count, *entering)), None, entering=entering)
        op.shape = (count, *entering)
        self.root.items.append(op)
        return op.output

    def merge(self, operator: str, sources: Sequence[int], *, axis: int = 0, arguments: str = "") -> int:
        """Values that meet, along ``axis`` where they are joined; ``arguments`` stand behind them."""
        if operator == "concat" and axis:
            arguments = f"dim={axis}"
        shape = self._shape(operator, sources, merge=True, arguments=arguments)
        op = Op(operator, list(sources), self._made(shape, sources), None, merge=True, arguments=arguments)
        self.root.items.append(op)
        return op.output

    def opaque(self, sources: Sequence[int], shape: Shape, *, name: str | None = None, parameters: int = 0) -> int:
        """An operation of which only the size is known, and what it owns; several values are joined before it.

        Args:
            sources: what enters.
            shape: what leaves, as the file states it.
            name: of the layer.
            parameters: as far as the file has them.
        """
        if not shape or min(shape) < 1:
            self.refuse("an operation that nobody knows, whose size the file does not state")
        one = sources[0] if len(sources) == 1 else self.merge("concat", [self.flat(source) for source in sources])
        size = f"({','.join(map(str, shape))})" if len(shape) > 1 else str(shape[0])
        return self.add(f"opaque {size}" + (f" parameters={parameters}" if parameters else ""), one, name=name)

    def flat(self, source: int) -> int:
        """The value as a list of features."""
        return source if len(self.shapes[source]) == 1 else self.add("flatten", source)

    def name(self, text: str | None) -> str | None:
        """A name of the source as one that a module can have, once."""
        if not text:
            return None
        clean = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "x"
        if clean[0].isdigit() or clean in RESERVED:
            clean = f"n_{clean}"
        number, base = 1, clean
        while clean in self.names:
            number += 1
            clean = f"{base}_{number}"
        self.names.add(clean)
        return clean

    def text(self, outputs: Sequence[int]) -> str:
        """The spec.

        Raises:
            ConvertError: something could not be said.
        """
        if self.found:
            raise ConvertError([_told(item, self.stopped[place]) for place, item in enumerate(self.found)], self.title)
        for ops in self.weights.values():
            if len(ops) > 1:
                first = ops[0].name
                for op in ops:
                    op.shared, op.name = first, None
        leaving = list(dict.fromkeys(outputs))
        if not self.root.items:
            leaving = [self.add("identity", leaving[0])]
        self.root.outputs = leaving
        comment = "\n".join([f"Converted from {self.kind}.", *self.notes])
        return write(Imported(self.title, self.inputs, self.values, self.root, leaving, comment))

    def _value(self, shape: Shape) -> int:
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def _made(self, shape: Shape, sources: Sequence[int]) -> int:
        """A new value, which exists once if all that it is made of does."""
        made = self._value(shape)
        if all(source in self.once for source in sources):
            self.once[made] = f"learned {'x'.join(map(str, shape)) or 'scalar'}"
        return made

    def _shape(self, text: str, sources: Sequence[int], *, merge: bool = False, arguments: str = "") -> Shape:
        """The size that an operation gives, by our own layer."""
        shapes = [self.reach(source) for source in sources]
        entering = tuple(
            ONCE + self.once[source] if source in self.once else print_sizes(shape)
            for source, shape in zip(sources, shapes, strict=True)
        )
        shape, problem = inferred(text, entering, merge=merge, arguments=arguments)
        if problem:
            of = ", ".join(map(shown, shapes)) if merge else shown(shapes[0])
            self.refuse(f"{text} {'of' if merge else 'on'} {of}: {problem}")
        return shape


def _told(item: Unsupported, stopped: int) -> Unsupported:
    """What is in the way, and of how many more nodes."""
    return item._replace(what=f"{item.what} ({stopped} more wait for it)") if stopped else item


def pads(begin: Sequence[int], end: Sequence[int]) -> list[str]:
    """``p=1`` or ``p=(0:1,0:1)`` for padding per axis; nothing for none."""
    pairs = list(zip(begin, end, strict=True))
    if not any(a or b for a, b in pairs):
        return []
    if all(a == b for a, b in pairs):
        values = [a for a, _ in pairs]
        return [f"p={values[0]}" if len(set(values)) == 1 else f"p={'x'.join(map(str, values))}"]
    if len(set(pairs)) == 1:
        return [f"p={pairs[0][0]}:{pairs[0][1]}"]
    return [f"p=({','.join(f'{a}:{b}' for a, b in pairs)})"]


def sizes(flag: str, values: Sequence[int], usual: int = 1) -> list[str]:
    """``s=2`` or ``s=2x1``; nothing for the usual."""
    if all(value == usual for value in values):
        return []
    return [f"{flag}={values[0]}" if len(set(values)) == 1 else f"{flag}={'x'.join(map(str, values))}"]


def size(values: Sequence[int]) -> str:
    """``3`` or ``1x7``."""
    return str(values[0]) if len(set(values)) == 1 else "x".join(map(str, values))
