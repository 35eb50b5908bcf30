"""Operators of TFLite that move numbers: other axes, parts of them, values side by side; and products of values."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.channels_last import PAIR
from cnncalc.convert.tflite.base import Base

if TYPE_CHECKING:
    from cnncalc.convert.tflite.file import Operation


class Moves(Base):
    """Methods by the names of operators."""

    def on_reshape(self, operation: Operation) -> int:
        """To the size that the file states."""
        return self.laid(self.value(operation.inputs[0]), self.stated(operation))

    on_squeeze = on_expand_dims = on_reshape

    def on_broadcast_to(self, operation: Operation) -> int:
        """Axes of 1 stretched."""
        dims = self.stated(operation)
        source = self.last(self.value(operation.inputs[0]))
        own = self.dims(source)
        if len(own) < len(dims):
            source = self.laid(source, (1,) * (len(dims) - len(own)) + own)
        made = self.build.add(f"expand {self.told(dims if source in self.bare else dims[1:])}", source)
        return self.kept(made, source)

    def on_tile(self, operation: Operation) -> int:
        """Repeated along axes."""
        source, times = self.last(self.value(operation.inputs[0])), self.whole(operation, 1)
        if source not in self.bare and times[:1] != [1]:
            self.build.refuse("TILE of the batch")
        own = times if source in self.bare else times[1:]
        return source if set(own) <= {1} else self.point(f"tile {'x'.join(map(str, own))}", source)

    def on_transpose(self, operation: Operation) -> int:
        """Axes in another order."""
        source, order = self.value(operation.inputs[0]), self.whole(operation, 1)
        if source not in self.bare:
            if order[:1] != [0]:
                self.build.refuse("TRANSPOSE of the batch")
            order = [axis - 1 for axis in order[1:]]
        n = self.axes(source)
        ours = order if source in self.lasts else [(axis + 1) % n for axis in order]
        front = source in self.lasts and n > PAIR and order == [*range(1, n), 0]
        text = "identity" if front or ours == sorted(ours) else f"permute ({','.join(map(str, ours))})"
        made = self.build.add(text, source)
        self.lasts.update([] if front or n < PAIR else [made])
        self.bare.update([made] if source in self.bare else [])
        return made

    def on_concatenation(self, operation: Operation) -> int:
        """Values side by side."""
        made = self.joined([self.value(place) for place in operation.inputs], operation.option("Axis"))
        return self.fused(operation, made)

    def joined(self, sources: list[int], axis: int) -> int:
        """Values one behind the other along an axis of TFLite; one that exists once goes with every sample."""
        whole = next((source for source in sources if source not in self.build.once), sources[0])
        met = [self.last(source) if whole in self.lasts else self.first(source) for source in sources]
        met = [
            self.build.add(f"reshape {self.told(self.dims(part)[1:])}", part)
            if part in self.bare and whole not in self.bare and self.dims(part)[0] == 1
            else part
            for part in met
        ]
        if len(met) == 1:
            return met[0]
        return self.kept(self.build.merge("concat", met, axis=self.axis(axis, whole)), whole)

    def on_pack(self, operation: Operation) -> int:
        """Values along a new axis."""
        axis, dims = operation.option("Axis"), list(self.stated(operation))
        dims[axis] = 1
        return self.joined([self.laid(self.value(place), tuple(dims)) for place in operation.inputs], axis)

    def on_unpack(self, operation: Operation) -> list[int]:
        """Every position of an axis by itself."""
        source, axis = self.value(operation.inputs[0]), operation.option("Axis")
        parts = [self.part(source, axis, place, place + 1) for place in range(len(operation.outputs))]
        return [self.laid(part, self.stated(operation, place)) for place, part in enumerate(parts)]

    def part(self, source: int, axis: int, start: int, stop: int, step: int = 1) -> int:
        """Some of the positions of an axis of TFLite."""
        size = self.dims(source)[axis]
        positions = range(size)[start:stop:step]
        if len(positions) == size and step == 1:
            return source
        if not positions:
            self.build.refuse("an empty part of a value")
        ours = self.axis(axis, source)
        if step < 0:
            if len(positions) != size:
                self.build.refuse("a part of a value that is read backwards")
            return self.kept(self.build.add(f"flip {ours}", source), source)
        text = f"slice {positions[0]} {positions[-1] + 1}" + (f" dim={ours}" if ours else "")
        return self.kept(self.build.add(text + (f" step={step}" if step > 1 else ""), source), source)

    def on_split(self, operation: Operation) -> list[int]:
        """Equal parts."""
        source, (axis, *_) = self.value(operation.inputs[1]), self.whole(operation, 0)
        size = self.dims(source)[axis] // max(1, len(operation.outputs))
        return [self.part(source, axis, i * size, (i + 1) * size) for i in range(len(operation.outputs))]

    def on_split_v(self, operation: Operation) -> list[int]:
        """Parts of given lengths, one of which may be what is left."""
        source, lengths, (axis, *_) = (
            self.value(operation.inputs[0]),
            self.whole(operation, 1),
            self.whole(operation, 2),
        )
        left = self.dims(source)[axis] - sum(n for n in lengths if n >= 0)
        lengths = [n if n >= 0 else left for n in lengths]
        return [self.part(source, axis, sum(lengths[:i]), sum(lengths[: i + 1])) for i in range(len(lengths))]

    def on_slice(self, operation: Operation) -> int:
        """From a place so many of every axis; -1 is all that follow."""
        source = self.value(operation.inputs[0])
        for axis, (start, count) in enumerate(zip(self.whole(operation, 1), self.whole(operation, 2), strict=True)):
            stop = self.dims(source)[axis] if count < 0 else start + count
            source = self.part(source, axis, start, stop)
        return source

    def on_strided_slice(self, operation: Operation) -> int:
        """Some of the positions of every axis; masks leave ends open or take an axis away."""
        source = self.value(operation.inputs[0])
        if operation.option("EllipsisMask") or operation.option("NewAxisMask"):
            self.build.refuse("STRIDED_SLICE with an ellipsis or a new axis")
        starts, stops, steps = (self.whole(operation, place) for place in (1, 2, 3))
        single = operation.option("ShrinkAxisMask")
        for axis, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
            size = self.dims(source)[axis]
            low = None if operation.option("BeginMask") >> axis & 1 else start
            high = None if operation.option("EndMask") >> axis & 1 else stop
            if single >> axis & 1:
                low, high, step = start % size, start % size + 1, 1  # noqa: PLW2901 (one position of the axis)
            low, high, step = slice(low, high, step).indices(size)  # noqa: PLW2901 (as above)
            source = self.part(source, axis, low, high if high >= 0 else -size - 1, step)
        return self.laid(source, self.stated(operation)) if single else source

    def on_gather(self, operation: Operation) -> int:
        """Positions by constant numbers; rows of a table by whole numbers that enter."""
        if operation.inputs[1] in self.values:
            table, index = self.weight(operation.inputs[0]), self.value(operation.inputs[1])
            if len(table.dims) != PAIR or operation.option("Axis"):
                self.build.refuse("GATHER by computed numbers")
            made = self.build.add(f"embedding {table.dims[0]} {table.dims[1]}", index, name=self.label(operation))
            self.lasts.add(made)
            return made
        source, wanted = self.value(operation.inputs[0]), self.whole(operation, 1)
        axis = operation.option("Axis") % len(self.dims(source))
        ours = self.axis(axis, source)
        text = f"take ({','.join(map(str, wanted))}{',' * (len(wanted) == 1)})" + (f" dim={ours}" if ours else "")
        return self.laid(self.kept(self.build.add(text, source), source), self.stated(operation))

    def on_reverse_v2(self, operation: Operation) -> int:
        """An axis backwards."""
        source = self.value(operation.inputs[0])
        (axis,) = self.whole(operation, 1)
        return self.point(f"flip {self.axis(axis, source)}", source)

    def on_batch_matmul(self, operation: Operation) -> int:
        """Products of the last two axes, each of which may be turned."""
        one, other = (self.last(self.value(place)) for place in operation.inputs[:2])
        one = self.swapped(one) if operation.option("AdjX") else one
        other = self.swapped(other) if operation.option("AdjY") else other
        if (one in self.bare) != (other in self.bare) and other not in self.build.once:
            self.build.refuse("BATCH_MATMUL of a value with a batch and one without")
        made = self.build.merge("matmul", [one, other])
        return self.kept(made, one)

    def swapped(self, source: int) -> int:
        """The last two axes turned."""
        n = self.axes(source)
        return self.point("transpose" if n == PAIR else f"transpose {n - 2} {n - 1}", source)

    def on_depth_to_space(self, operation: Operation) -> int:
        """Channels to blocks of pixels."""
        source, b = self.map(self.value(operation.inputs[0])), operation.option("BlockSize")
        c, h, w = self.build.shapes[source]
        deep = c // (b * b)
        texts = [f"reshape {b}x{b}x{deep}x{h}x{w}", "permute (2,3,0,4,1)", f"reshape {deep}x{h * b}x{w * b}"]
        return self.build.chain(texts, source)

    def on_space_to_depth(self, operation: Operation) -> int:
        """Blocks of pixels to channels."""
        source, b = self.map(self.value(operation.inputs[0])), operation.option("BlockSize")
        c, h, w = self.build.shapes[source]
        texts = [
            f"reshape {c}x{h // b}x{b}x{w // b}x{b}",
            "permute (2,4,0,1,3)",
            f"reshape {c * b * b}x{h // b}x{w // b}",
        ]
        return self.build.chain(texts, source)

    def foreign(self, operation: Operation) -> list[int]:
        """An operator of somebody else: opaque, with the sizes that the file states, and the weights that it takes."""
        sources = [self.last(self.value(place)) for place in operation.inputs if place in self.values]
        if not sources:
            self.build.refuse(f"operator {operation.kind}, which nothing enters")
        own = sum(prod(self.weight(place).dims) for place in operation.inputs if place in self.constants)
        made = []
        for place in range(len(operation.outputs)):
            dims = self.stated(operation, place)
            bare = len(dims) < PAIR or dims[0] != self.batch
            value = self.build.opaque(
                sources, dims if bare else dims[1:], name=self.label(operation), parameters=0 if place else own
            )
            self.bare.update([value] if bare else [])
            self.lasts.update([value] if self.axes(value) >= PAIR else [])
            made.append(value)
        return made
