"""What the importers of files share: operations are added one by one, and their sizes follow from our own layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.convert.tree import ConvertError, Imported, Op, Scope, Unsupported
from cnncalc.convert.writer import write
from cnncalc.diagnostics import Source, SpecError
from cnncalc.layers.base import shown
from cnncalc.network import expand
from cnncalc.spec import read_program
from cnncalc.spec.statement import RESERVED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape


class Builder:
    """A network under construction. ``place`` says where in the source the present construct stands."""

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
        self.names: set[str] = set()
        self.weights: dict[str, list[Op]] = {}
        self.notes: list[str] = []

    def input(self, name: str, shape: Shape) -> int:
        """An input of the network."""
        clean = self.name(name) or "input"
        self.inputs[clean] = shape
        self.values[clean] = self._value(shape)
        return self.values[clean]

    def add(
        self,
        text: str,
        source: int,
        *,
        name: str | None = None,
        references: Sequence[int] = (),
        weights: str | None = None,
    ) -> int:
        """An operation on one value. ``weights`` names shared ones."""
        entering = self.shapes[source]
        op = Op(text, [source], 0, None, references=list(references), entering=entering)
        op.shape = self._infer(text, entering) if not references else entering
        op.output = self._value(op.shape)
        op.name = self.name(name) if name else None
        self.root.items.append(op)
        if weights is not None:
            self.weights.setdefault(weights, []).append(op)
        return op.output

    def chain(self, texts: Sequence[str], source: int, *, name: str | None = None) -> int:
        """Operations one after the other; the name is that of the first."""
        for place, text in enumerate(texts):
            source = self.add(text, source, name=name if place == 0 else None)
        return source

    def merge(self, operator: str, sources: Sequence[int], *, axis: int = 0) -> int:
        """Values that meet."""
        shapes = [self.shapes[source] for source in sources]
        if operator == "concat":
            alike = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
            if len(alike) > 1:
                self.refuse(f"concat of {', '.join(map(shown, shapes))}")
            shape = (*shapes[0][:axis], sum(s[axis] for s in shapes), *shapes[0][axis + 1 :])
        else:
            shape = max(shapes, key=len)
            if len({len(s) for s in shapes}) > 1 or any(
                a != b and 1 not in (a, b) for s in shapes for a, b in zip(s, shape, strict=True)
            ):
                self.refuse(f"{operator} of {', '.join(map(shown, shapes))}")
            shape = tuple(
                max(axis_sizes) for axis_sizes in zip(*(s for s in shapes if len(s) == len(shape)), strict=True)
            )
        op = Op(
            operator,
            list(sources),
            self._value(shape),
            None,
            merge=True,
            arguments=f"dim={axis}" if operator == "concat" and axis else "",
        )
        self.root.items.append(op)
        return op.output

    def flat(self, source: int) -> int:
        """The value as a list of features."""
        return source if len(self.shapes[source]) == 1 else self.add("flatten", source)

    def refuse(self, what: str) -> None:
        """Note what the format cannot say."""
        self.found.append(Unsupported(what, self.place))

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
            raise ConvertError(self.found, self.title)
        for ops in self.weights.values():
            if len(ops) > 1:
                first = ops[0].name
                for op in ops:
                    op.shared, op.name = first, None
        leaving = list(dict.fromkeys(outputs))
        self.root.outputs = leaving
        comment = "\n".join([f"Converted from {self.kind}.", *self.notes])
        return write(Imported(self.title, self.inputs, self.values, self.root, leaving, comment))

    def _value(self, shape: Shape) -> int:
        self.shapes.append(shape)
        return len(self.shapes) - 1

    def _infer(self, text: str, entering: Shape) -> Shape:
        """The size that an operation gives, by our own layer."""
        clean = re.sub("\x01[0-9]+\x01", "", text)
        try:
            graph = expand(read_program(Source("-e", f"{shown(entering)} | {clean}")))
        except SpecError as error:
            self.refuse(f"{clean}: {error.problems[0].message}")
            return entering
        if graph.problems:
            self.refuse(f"{clean} on {shown(entering)}: {graph.problems[0].message}")
        return graph.nodes[-1].shape or entering


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
