"""What the rooms of ONNX's operators share: values and constants by their names, and how axes are found."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.convert.onnx_model.layout import BATCH, Layout, Value, constant, own, placed, usual
from cnncalc.record import NamedTuple
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.layers.base import Shape

PRIME = 1009
"""A batch for models that leave theirs open, which no other size is likely to be mistaken for."""

WRITTEN = 64
"""Values of a fixed tensor that a spec writes out, at most."""


class Fixed(NamedTuple):
    """A constant: its size, its values if the file has them, and whether it is a weight: a tensor that a graph is given."""

    dims: Shape
    array: Any
    trained: bool = False
    name: str = ""


class Node(NamedTuple):
    """An operator: its attributes as Python has them."""

    kind: str
    inputs: list[str]
    outputs: list[str]
    name: str
    values: dict[str, Any]
    domain: str

    def has(self, place: int) -> bool:
        """Whether it has such an input."""
        return len(self.inputs) > place and bool(self.inputs[place])

    def word(self, key: str, usual: str) -> str:
        """An attribute that is text."""
        value = self.values.get(key, usual)
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


Made = Value | list[Value]


class Base:
    """A network under construction."""

    def __init__(self, build: Builder) -> None:
        """Nothing yet."""
        self.build = build
        self.values: dict[str, Value] = {}
        self.constants: dict[str, Fixed] = {}
        self.lifted: dict[str, Value] = {}
        self.parts: dict[str, list[Value]] = {}
        self.uses: dict[str, int] = {}
        self.batch = PRIME
        self.opset = 0

    # ------------------------------------------------------------------------------------------ values

    def value(self, name: str) -> Value:
        """The value of a name; a constant becomes one that the network owns."""
        if name in self.values:
            self.build.reach(self.values[name].place)
            return self.values[name]
        if name not in self.lifted:
            if name not in self.constants:
                self.build.refuse(f"there is no value '{name}' before it")
            self.lifted[name] = self.owned(self.constants[name])
        return self.lifted[name]

    def owned(self, fixed: Fixed) -> Value:
        """A constant as a value: a learned one, a fixed one with its numbers, or a number."""
        shape = fixed.dims
        if not shape or prod(shape) == 1:
            value = float(np.asarray(fixed.array).reshape(-1)[0]) if fixed.array is not None else 0.0
            if not fixed.trained:
                return Value(self.build.constant(f"number {number(value)}", ()), ())
            shape = shape or (1,)
        size = f"({','.join(map(str, shape))})" if len(shape) > 1 else str(shape[0])
        if fixed.trained or fixed.array is None:
            text = f"learned {size}{self.begins(fixed.array)}"
            return Value(self.build.constant(text, shape, name=fixed.name or None), constant(shape))
        return Value(self.build.constant(f"buffer {size}{self.numbers(fixed.array)} transient", shape), constant(shape))

    def begins(self, array: Any) -> str:
        """The number that a learned tensor begins with, if it is one for all and not 0: a factor of a branch."""
        flat = np.asarray(array if array is not None else 0, dtype=np.float64).reshape(-1)
        same = flat.size > 0 and np.isfinite(flat[0]) and bool(np.all(flat == flat[0])) and flat[0] != 0
        return f" init={number(flat[0])}" if same else ""

    def numbers(self, array: Any) -> str:
        """The numbers of a fixed tensor, which repeat themselves; of too many nothing is written."""
        flat = np.asarray(array, dtype=np.float64).reshape(-1)
        for period in range(1, min(WRITTEN, len(flat)) + 1):
            if len(flat) % period == 0 and np.array_equal(flat, np.tile(flat[:period], len(flat) // period)):
                if not np.isfinite(flat[:period]).all():
                    break
                written = ",".join(map(number, flat[:period]))
                return f" values=({written})" if period > 1 else f" values={written}"
        note = f"Fixed tensors of more than {WRITTEN} numbers are zeros here."
        if note not in self.build.notes:
            self.build.notes.append(note)
        return ""

    def array(self, name: str) -> Any:
        """The numbers of a constant; None if it is none, or the file has not got them."""
        fixed = self.constants.get(name)
        return None if fixed is None else fixed.array

    def given(self, node: Node, place: int) -> Any:
        """The numbers of a constant input; None if it is left out.

        Raises:
            Refused: it is computed.
        """
        if not node.has(place):
            return None
        array = self.array(node.inputs[place])
        if array is None:
            self.build.refuse(f"{node.kind} by computed numbers")
        return array

    def whole(self, node: Node, place: int, key: str) -> list[int] | None:
        """Whole numbers, as an attribute or as an input; None if there are none."""
        if key in node.values:
            value = node.values[key]
            return [int(v) for v in (value if isinstance(value, list | tuple) else [value])]
        array = self.given(node, place)
        return None if array is None else [int(v) for v in np.atleast_1d(array)]

    def dims(self, value: Value) -> Shape:
        """The size of a value as ONNX has it."""
        return value.dims(self.batch)

    def shape(self, value: Value) -> Shape:
        """The size of a value as we have it."""
        return self.build.reach(value.place)

    # ------------------------------------------------------------------------------------------ making

    def point(self, text: str, value: Value, *, name: str | None = None) -> Value:
        """An operation that keeps the size."""
        return Value(self.build.add(text, value.place, name=name), value.layout)

    def map(self, text: str, value: Value, *, name: str | None = None, references: tuple[int, ...] = ()) -> Value:
        """An operation on a value whose batch is its first axis."""
        index = self.build.add(text, self.first(value), name=name, references=references)
        return Value(index, usual(self.build.shapes[index]))

    def first(self, value: Value) -> int:
        """The value, whose batch must be its first axis; one that exists once has a first axis of 1."""
        if self.once(value) and value.layout[:1] == ((1,),):
            value = self.laid(value, ((BATCH,), *value.layout[1:]))
        if not value.plain:
            self.build.refuse("a layer whose batch is not the first axis")
        return value.place

    def once(self, value: Value) -> bool:
        """Whether a value exists once per network."""
        return value.place in self.build.once

    def laid(self, value: Value, layout: Layout) -> Value:
        """The value with the same numbers in the same order under another layout."""
        if self.batch == 1 and not self.once(value):
            layout = placed(layout)
        shape = own(layout)
        if shape == self.shape(value):
            return Value(value.place, layout)
        if not shape:
            self.build.refuse("a single number per sample without an axis")
        text = "flatten" if len(shape) == 1 else f"reshape {'x'.join(map(str, shape))}"
        return Value(self.build.add(text, value.place), layout)

    def axis(self, axis: int, value: Value) -> int:
        """Which of our axes an axis of ONNX is."""
        place = axis + len(value.layout) if axis < 0 else axis
        if not 0 <= place < len(value.layout):
            self.build.refuse(f"an axis {axis} of {len(value.layout)}")
        if len(value.layout[place]) != 1 or value.layout[place] == (BATCH,):
            self.build.refuse("an operation along the batch")
        return len(own(value.layout[:place]))

    def along(self, text: str, axis: int) -> str:
        """An operation along one of our axes, the first unless said otherwise."""
        return f"{text} dim={axis}" if axis else text

    def label(self, node: Node, place: int = 1) -> str:
        """A name for weights: that of the tensor without its last word, else the node's."""
        weight = node.inputs[place] if len(node.inputs) > place else ""
        fixed = self.constants.get(weight)
        weight = fixed.name if fixed is not None and fixed.name else weight
        base = weight.rpartition(".")[0] if "." in weight and "::" not in weight else node.name
        return base.replace(".", "_").strip("/") if base else ""


def number(value: Any) -> str:
    """A number in the notation; ``inf`` and what is none as a number that no sum reaches."""
    value = float(value)
    if value != value or abs(value) > 1e38:  # noqa: PLR0124, PLR2004 (no number, or a float's largest)
        value = -1e38 if value < 0 else 1e38
    text = print_float(float(f"{value:.9g}"))
    return f"({text})" if "/" in text else text
