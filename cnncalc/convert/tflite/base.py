"""What the rooms of TFLite's operators share: values and constants by the places of their tensors, and the axis of the batch."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.convert.channels_last import PAIR, Axes
from cnncalc.convert.tflite.file import SMALL
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.convert.tflite.file import Model, Operation, Tensor
    from cnncalc.layers.base import Shape

FUSED = {1: "relu", 2: "clamp -1 1", 3: "relu6", 4: "tanh"}
"""Activations within other operators, by their numbers in the schema."""


class Base(Axes):
    """A network under construction. Values in ``bare`` have no axis of the batch in the file, whose batch is 1."""

    def __init__(self, model: Model, build: Builder) -> None:
        """Nothing yet but the constants."""
        super().__init__(build)
        self.model = model
        self.values: dict[int, int] = {}
        self.constants = {place: tensor for place, tensor in enumerate(model.tensors) if tensor.data is not None}
        self.bare: set[int] = set()
        self.small: set[int] = set()
        self.owners: dict[tuple[int, ...], int] = {}
        self.batch = 1

    def value(self, place: int) -> int:
        """The value of a tensor; a constant becomes one that the network owns, whose axes stand as in the file."""
        if place in self.values:
            self.build.reach(self.values[place])
            return self.values[place]
        tensor = self.weight(place)
        shape = tensor.dims or (1,)
        size = f"({','.join(map(str, shape))})" if len(shape) > 1 else str(shape[0])
        made = self.build.constant(f"learned {size}", shape, name=self.words(tensor.name))
        self.values[place] = made
        self.bare.add(made)
        self.lasts.update([made] if len(shape) >= PAIR else [])
        return made

    def weight(self, place: int) -> Tensor:
        """A constant.

        Raises:
            Refused: it is computed, or there is none.
        """
        tensor = self.constants.get(place)
        if tensor is None:
            self.build.refuse("a constant that is computed, or that nothing has made")
        if tensor.kind in SMALL:
            self.small.add(place)
        return tensor

    def whole(self, operation: Operation, place: int) -> list[int]:
        """The whole numbers of a constant input."""
        array = self.weight(operation.inputs[place]).array() if operation.has(place) else None
        if array is None:
            self.build.refuse(f"{operation.kind} by numbers that the file has not got")
        return [int(number) for number in array.reshape(-1)]

    def words(self, name: str) -> str | None:
        """A name for weights: the path of a tensor without its last part."""
        parts = name.split(";", maxsplit=1)[0].strip("/").split("/")
        return "_".join(parts[:-1] or parts) or None

    def label(self, operation: Operation) -> str | None:
        """A name for an operation."""
        return self.words(self.model.tensors[operation.outputs[0]].name)

    def shared(self, operation: Operation) -> str | None:
        """A key for weights that several operations read."""
        key = tuple(operation.inputs[1:3])
        return f"weights {key}" if self.owners.get(key, 0) > 1 else None

    def stated(self, operation: Operation, place: int = 0) -> Shape:
        """The size of what an operation gives, as the file states it."""
        return self.model.tensors[operation.outputs[place]].dims

    def dims(self, value: int) -> Shape:
        """The size of a value as TFLite has it."""
        own = self.shape(value)
        return own if value in self.bare else (self.batch, *own)

    def kept(self, made: int, source: int) -> int:
        """A value made from another whose axes it has."""
        self.bare.update([made] if source in self.bare else [])
        return self.alike(made, source)

    def point(self, text: str, source: int) -> int:
        """An operation that keeps the size."""
        return self.kept(self.build.add(text, source), source)

    def map(self, source: int) -> int:
        """The value with its channels first and with a batch."""
        if source in self.bare:
            self.build.refuse("a layer on a map without a batch")
        return self.first(source)

    def laid(self, source: int, dims: Shape) -> int:
        """The same numbers in the same order under another size, as TFLite has it."""
        own, shape = tuple(dims[1:]), self.shape(source)
        bare = not own or dims[0] != self.batch or prod(own) != prod(shape)
        own = tuple(dims) or (1,) if bare else own
        if prod(own) != prod(shape) or (bare and self.batch != 1):
            self.build.refuse(
                f"a value of {self.told(self.dims(source))} as {self.told(dims)}, which mixes the batch with the rest"
            )
        if own == shape:
            return (
                source
                if bare == (source in self.bare)
                else self.named(self.build.add("identity", source), source, bare=bare)
            )
        made = self.flattened(source) if len(own) == 1 else self.other(source, own)
        self.bare.update([made] if bare else [])
        return made

    def named(self, made: int, source: int, *, bare: bool) -> int:
        """The same value with or without an axis for the batch."""
        self.bare.update([made] if bare else [])
        return self.alike(made, source)

    def flattened(self, source: int) -> int:
        """All numbers as one list."""
        shape = self.build.shapes[source]
        if source not in self.lasts and prod(shape) != max(shape):
            self.note("TFLite flattens channels last: the order of features differs.")
        return self.build.add("flatten", source)

    def other(self, source: int, own: Shape) -> int:
        """Other axes, in the order in which TFLite has them; of one place that has channels only they stay in front."""
        if prod(own) == max(own) == own[-1] and len(own) > PAIR:
            return self.build.add(f"reshape {self.told((own[-1], *own[:-1]))}", source)
        made = self.build.add(f"reshape {self.told(own)}", self.last(source))
        self.lasts.add(made)
        return made

    def told(self, dims: Shape) -> str:
        """``3x224x224``."""
        return "x".join(map(str, dims))

    def axis(self, axis: int, value: int) -> int:
        """Which of our axes one of TFLite is."""
        rank = len(self.dims(value))
        own = (axis + rank if axis < 0 else axis) - (value not in self.bare)
        n = self.axes(value)
        if not 0 <= own < n:
            self.build.refuse("an operation along the batch")
        return own if value in self.lasts or n < PAIR else (own + 1) % n

    def fused(self, operation: Operation, made: int) -> int:
        """The activation within an operator."""
        word = operation.option("FusedActivationFunction")
        if word and word not in FUSED:
            self.build.refuse(f"the activation {word} within {operation.kind}")
        return self.point(FUSED[word], made) if word else made


def number(value: Any) -> str:
    """A number in the notation."""
    text = print_float(float(f"{float(value):.9g}"))
    return f"({text})" if "/" in text else text
