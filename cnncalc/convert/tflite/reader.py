"""A graph of TFLite, operation by operation: what is made of constants alone is one, all else is added."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.channels_last import PAIR
from cnncalc.convert.tflite.maps import Maps
from cnncalc.convert.tflite.moves import Moves
from cnncalc.convert.tflite.points import MERGES, REDUCTIONS, SIMPLE, Points
from cnncalc.layers.base import Indices

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.convert.tflite.file import Model, Operation
    from cnncalc.layers.base import Shape

SAME = ("QUANTIZE", "DEQUANTIZE", "CAST", "FAKE_QUANT", "DENSIFY")
"""What only says how numbers are stored."""


class Reader(Maps, Points, Moves):
    """A model."""

    def __init__(self, model: Model, build: Builder, shapes: list[Shape]) -> None:
        """Its inputs and constants."""
        super().__init__(model, build)
        self.spread = {}
        keys = Counter(tuple(one.inputs[1:3]) for one in model.operations)
        self.owners = dict(keys)
        batches = [model.tensors[place].dims[:1] for place in model.inputs if len(model.tensors[place].dims) >= PAIR]
        self.batch = max(1, batches[0][0]) if batches else 1
        for number, place in enumerate(model.inputs):
            self.input(place, shapes[number] if number < len(shapes) else None)

    def text(self) -> str:
        """The spec."""
        for place, operation in enumerate(self.model.operations):
            self.build.place = f"operator {place} ({operation.kind})"
            if not self.known(operation):
                self.add(operation)
        outputs = [self.values[place] for place in self.model.outputs if place in self.values]
        if len(outputs) < len(self.model.outputs) and not self.build.found:
            self.build.place = ""
            self.build.blame("an output that does not depend on what enters")
        if self.small:
            count = sum(prod(self.model.tensors[place].dims) for place in self.small)
            self.note(f"{count} numbers of its weights are whole numbers of 8 bits or fewer in the file.")
        return self.build.text(outputs)

    def input(self, place: int, given: Shape | None) -> None:
        """A value that enters; images become channels first, what is transposed at once stays as it is."""
        tensor = self.model.tensors[place]
        bare = len(tensor.dims) < PAIR
        own = tensor.dims if bare else tensor.dims[1:]
        readers = [one.kind for one in self.model.operations if place in one.inputs]
        self.build.place = f"input '{tensor.name}'"
        name = tensor.name.split(":")[0]
        rows = [one for one in self.model.operations if one.kind == "GATHER" and one.inputs[1:2] == [place]]
        if len(own) > PAIR and "TRANSPOSE" not in readers:
            made = self.build.input(name, given or (own[-1], *own[:-1]))
        else:
            shape = given or own
            made = self.build.input(name, Indices(shape) if rows else shape)
            self.lasts.update([made] if len(shape) >= PAIR else [])
        self.values[place] = made
        self.bare.update([made] if bare else [])

    def known(self, operation: Operation) -> bool:
        """Whether an operation gives a constant: what only stores one otherwise, or what is made of constants alone."""
        if operation.kind in SAME and operation.inputs[0] in self.constants:
            self.constants[operation.outputs[0]] = self.constants[operation.inputs[0]]
            return True
        given = [place for place in operation.inputs if place >= 0]
        if operation.kind != "SHAPE" and not all(place in self.constants for place in given):
            return False
        for place in operation.outputs:
            self.constants[place] = self.model.tensors[place]
        return True

    def add(self, operation: Operation) -> None:
        """One operation."""
        sources = [self.values[place] for place in operation.inputs if place in self.values]

        def work() -> list[int]:
            made = self.operator(operation)
            return made if isinstance(made, list) else [made]

        made = self.build.attempt(sources, work, len(operation.outputs))
        self.values.update(zip(operation.outputs, made, strict=False))

    def operator(self, operation: Operation) -> int | list[int]:
        """The value or values of an operation."""
        kind = operation.kind
        if kind.startswith("CUSTOM"):
            return self.foreign(operation)
        if kind in SAME:
            return self.value(operation.inputs[0])
        if kind in SIMPLE:
            return self.point(SIMPLE[kind], self.value(operation.inputs[0]))
        if kind in MERGES:
            return self.on_merge(operation)
        if kind in REDUCTIONS:
            return self.on_reduce(operation)
        method = getattr(self, f"on_{kind.lower()}", None)
        if method is None:
            self.build.refuse(f"operator {kind}")
        made: int | list[int] = method(operation)
        return made
