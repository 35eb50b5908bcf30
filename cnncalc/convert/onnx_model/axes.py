"""Operators that move numbers: other axes, parts of them, values side by side; and those that reduce axes."""

from __future__ import annotations

from math import prod

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Node
from cnncalc.convert.onnx_model.layout import BATCH, Value, constant, own, regrouped


class Axes(Base):
    """Methods by the names of operators."""

    def reshaped(self, value: Value, target: list[int]) -> Value:
        """The same numbers in other axes."""
        whole, known = prod(self.dims(value)), prod(size for size in target if size != -1)
        target = [whole // known if size == -1 and known else size for size in target]
        layout = regrouped(value.layout, target, self.batch)
        if layout is None:
            before, after = ("x".join(map(str, sizes)) for sizes in (self.dims(value), target))
            self.build.refuse(f"a reshape of {before} to {after} that mixes the batch with the rest")
        return self.laid(value, layout)

    def on_reshape(self, node: Node) -> Value:
        """To given sizes; 0 keeps one."""
        value = self.value(node.inputs[0])
        target = self.whole(node, 1, "shape") or []
        dims = self.dims(value)
        keep = not node.values.get("allowzero")
        return self.reshaped(value, [dims[i] if size == 0 and keep else size for i, size in enumerate(target)])

    def on_flatten(self, node: Node) -> Value:
        """Two axes: all before a place, and all behind it."""
        value = self.value(node.inputs[0])
        axis, dims = int(node.values.get("axis", 1)), self.dims(value)
        axis += len(dims) if axis < 0 else 0
        return self.reshaped(value, [prod(dims[:axis]), prod(dims[axis:])])

    def on_squeeze(self, node: Node) -> Value:
        """Without axes of size 1."""
        value = self.value(node.inputs[0])
        axes = self.whole(node, 1, "axes")
        rank = len(value.layout)
        gone = {a % rank for a in axes} if axes is not None else {i for i, a in enumerate(value.layout) if a == (1,)}
        if any(self.dims(value)[axis] != 1 for axis in gone):
            self.build.refuse("Squeeze of an axis that is not 1")
        return self.laid(value, tuple(axis for place, axis in enumerate(value.layout) if place not in gone))

    def on_unsqueeze(self, node: Node) -> Value:
        """With more axes of size 1."""
        value = self.value(node.inputs[0])
        axes = self.whole(node, 1, "axes") or []
        rank = len(value.layout) + len(axes)
        layout = list(value.layout)
        for axis in sorted(a % rank for a in axes):
            layout.insert(axis, (1,))
        return self.laid(value, tuple(layout))

    def on_transpose(self, node: Node) -> Value:
        """Axes in another order."""
        value = self.value(node.inputs[0])
        rank = len(value.layout)
        order = [int(d) for d in node.values.get("perm") or range(rank - 1, -1, -1)]
        starts = [len(own(value.layout[:place])) for place in range(rank)]
        ours = [starts[d] + i for d in order for i in range(len(own((value.layout[d],))))]
        layout = tuple(value.layout[d] for d in order)
        if ours == sorted(ours):
            return Value(value.place, layout)
        swapped = [place for place, d in enumerate(ours) if place != d]
        text = f"permute ({','.join(map(str, ours))})"
        if len(swapped) == 2:  # noqa: PLR2004 (two axes change places)
            text = f"transpose {swapped[0]} {swapped[1]}"
        return Value(self.build.add(text, value.place), layout)

    def on_concat(self, node: Node) -> Value:
        """Values side by side; one that exists once goes with every sample."""
        values = [self.value(name) for name in node.inputs]
        if len(values) == 1:
            return values[0]
        whole = next((value for value in values if not self.once(value)), values[0])
        place = int(node.values["axis"]) % len(whole.layout)
        axis = self.axis(place, whole)
        sources, total = [], 0
        for value in values:
            layout = tuple(
                (BATCH,) if part == (BATCH,) and mine in ((1,), (self.batch,)) else mine
                for part, mine in zip(whole.layout, value.layout, strict=True)
            )
            if (
                any(a != b for i, (a, b) in enumerate(zip(layout, whole.layout, strict=True)) if i != place)
                or len(layout[place]) > 1
            ):
                self.build.refuse("Concat of values whose axes are grouped otherwise")
            own_shape = own(layout)
            if prod(own_shape) != prod(self.shape(value)):
                self.build.refuse("Concat of a value that is repeated for every sample")
            sources.append(self.laid(value, layout).place)
            total += layout[place][0]
        made = self.build.merge("concat", sources, axis=axis)
        return Value(made, (*whole.layout[:place], (total,), *whole.layout[place + 1 :]))

    def part(self, value: Value, place: int, start: int, stop: int, step: int = 1) -> Value:
        """Some of the positions of an axis."""
        size = self.dims(value)[place]
        positions = range(size)[start:stop:step]
        if len(positions) == size and step > 0:
            return value
        axis = self.axis(place, value)
        if not positions:
            self.build.refuse("an empty part of a value")
        if step < 0:
            texts = [f"flip {axis}"]
            inner = range(size)[size - 1 - positions[0] : size - positions[-1] : -step]
            if len(inner) < size:
                texts += [
                    self.along(f"slice {inner.start} {inner.stop}", axis) + (f" step={-step}" if step < -1 else "")
                ]
            made = self.build.chain(texts, value.place)
        else:
            text = self.along(f"slice {positions[0]} {min(size, positions[-1] + 1)}", axis)
            made = self.build.add(text + (f" step={step}" if step > 1 else ""), value.place)
        return Value(made, (*value.layout[:place], (len(positions),), *value.layout[place + 1 :]))

    def on_slice(self, node: Node) -> Value:
        """Positions along some axes."""
        value = self.value(node.inputs[0])
        starts, ends = self.whole(node, 1, "starts") or [], self.whole(node, 2, "ends") or []
        axes = self.whole(node, 3, "axes") or list(range(len(starts)))
        steps = self.whole(node, 4, "steps") or [1] * len(starts)
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            place = axis % len(value.layout)
            size = self.dims(value)[place]
            stop = None if step < 0 and end < -size else end
            low, high, by = slice(start, stop, step).indices(size)
            value = self.part(value, place, low, high if high >= 0 else -size - 1, by)
        return value

    def on_split(self, node: Node) -> list[Value]:
        """Parts of an axis, equal unless said otherwise."""
        value = self.value(node.inputs[0])
        place = int(node.values.get("axis", 0)) % len(value.layout)
        size, count = self.dims(value)[place], len(node.outputs)
        lengths = self.whole(node, 1, "split") or [
            min(-(-size // count), size - i * -(-size // count)) for i in range(count)
        ]
        made, start = [], 0
        for length in lengths:
            made.append(self.part(value, place, start, start + length))
            start += length
        return made

    def on_splittosequence(self, node: Node) -> list[Value]:
        """Parts that are read one by one, by their places."""
        value = self.value(node.inputs[0])
        place = int(node.values.get("axis", 0)) % len(value.layout)
        size, given = self.dims(value)[place], self.given(node, 1)
        lengths = [1] * size if given is None else [int(n) for n in np.atleast_1d(given)]
        if given is not None and np.ndim(given) == 0:
            lengths = [min(lengths[0], size - start) for start in range(0, size, lengths[0])]
        starts = [sum(lengths[:i]) for i in range(len(lengths))]
        parts = [self.part(value, place, start, start + length) for start, length in zip(starts, lengths, strict=True)]
        if given is None and not node.values.get("keepdims", 1):
            self.build.refuse("SplitToSequence without the axis")
        self.parts[node.outputs[0]] = parts
        return parts[:1]

    def on_sequenceat(self, node: Node) -> Value:
        """One of the parts."""
        if node.inputs[0] not in self.parts:
            self.value(node.inputs[0])
            self.build.refuse("a sequence that is not made by SplitToSequence")
        return self.parts[node.inputs[0]][int(np.asarray(self.given(node, 1)).reshape(-1)[0])]

    def on_gather(self, node: Node) -> Value:
        """Positions by constant numbers; rows of a table by whole numbers that enter."""
        if node.inputs[1] in self.values:
            return self.rows(node)
        value, indices = self.value(node.inputs[0]), self.given(node, 1)
        side = relative(self.dims(value), indices) if self.once(value) else 0
        if side:
            index = self.build.constant(f"relativeindex ({side},{side})", (side**4,))
            made = self.build.add("select {0}", value.place, references=[index])
            return self.laid(
                Value(made, constant((side**4, *self.dims(value)[1:]))),
                constant((*np.shape(indices), *self.dims(value)[1:])),
            )
        place = int(node.values.get("axis", 0)) % len(value.layout)
        size = self.dims(value)[place]
        wanted = [int(i) % size for i in np.asarray(indices).reshape(-1)]
        before, after = value.layout[:place], value.layout[place + 1 :]
        if np.ndim(indices) == 0:
            if not own((*before, *after)):
                return self.laid(self.part(value, place, wanted[0], wanted[0] + 1), (*before, (1,), *after))
            made = self.build.add(f"unbind {wanted[0]} {self.axis(place, value)}", value.place)
            return Value(made, (*before, *after))
        if wanted == list(range(wanted[0], wanted[0] + len(wanted))):
            found = self.part(value, place, wanted[0], wanted[0] + len(wanted))
        else:
            text = self.along(f"take ({','.join(map(str, wanted))})", self.axis(place, value))
            found = Value(self.build.add(text, value.place), (*before, (len(wanted),), *after))
        return self.laid(found, (*before, *constant(np.shape(indices)), *after))

    def on_gathernd(self, node: Node) -> Value:
        """With a single number per place as a gather along the first axis."""
        indices = self.given(node, 1)
        if np.shape(indices)[-1] != 1 or node.values.get("batch_dims"):
            self.build.refuse("GatherND along several axes")
        name = f"{node.inputs[1]}\0flat"
        self.constants[name] = self.constants[node.inputs[1]]._replace(
            array=np.asarray(indices)[..., 0], dims=np.shape(indices)[:-1]
        )
        return self.on_gather(node._replace(inputs=[node.inputs[0], name], values={"axis": 0}))

    def rows(self, node: Node) -> Value:
        """An embedding."""
        table, index = self.constants.get(node.inputs[0]), self.value(node.inputs[1])
        if table is None or len(table.dims) != 2 or node.values.get("axis", 0) or not index.plain:  # noqa: PLR2004 (rows of features)
            self.build.refuse("Gather by computed numbers")
        made = self.build.add(f"embedding {table.dims[0]} {table.dims[1]}", index.place, name=self.label(node, 0))
        return Value(made, (*index.layout, (table.dims[1],)))

    def on_expand(self, node: Node) -> Value:
        """Axes of size 1 stretched; a value that exists once becomes one for every sample, which nothing needs to say."""
        value = self.value(node.inputs[0])
        target = self.whole(node, 1, "shape") or []
        missing = max(0, len(target) - len(value.layout))
        layout = [*[(1,)] * missing, *value.layout]
        target = [1] * (len(layout) - len(target)) + target
        begin = tuple(layout)
        for place, (axis, size) in enumerate(zip(begin, target, strict=True)):
            if axis == (1,) and size != 1:
                layout[place] = (BATCH,) if size == self.batch and place == 0 else (size,)
        kept = own(tuple(b for a, b in zip(layout, begin, strict=True) if a != (BATCH,)))
        made = (
            value.place
            if kept == self.shape(value)
            else self.build.add(f"reshape {'x'.join(map(str, kept))}", value.place)
        )
        shape = own(tuple(layout))
        if shape != kept:
            made = self.build.add(f"expand {'x'.join(map(str, shape))}", made)
        return Value(made, tuple(layout))

    def on_tile(self, node: Node) -> Value:
        """Repeated along axes."""
        value, repeats = self.value(node.inputs[0]), [int(n) for n in self.given(node, 1)]
        if all(n == 1 for n in repeats):
            return value
        if not value.plain or repeats[0] != 1:
            self.build.refuse("Tile along the batch")
        return self.map(f"tile {'x'.join(map(str, repeats[1:]))}", value)


def relative(dims: tuple[int, ...], indices: object) -> int:
    """The side of a square window whose table of relative positions is read by these numbers; 0 if it is none."""
    wanted = np.asarray(indices).reshape(-1) if indices is not None else np.zeros(0)
    side = round(len(wanted) ** 0.25)
    if side < 2 or side**4 != len(wanted) or len(dims) != 2 or dims[0] != (2 * side - 1) ** 2:  # noqa: PLR2004 (a window, a table)
        return 0
    y, x = (axis.reshape(-1) for axis in np.mgrid[:side, :side])
    rows = (y[:, None] - y + side - 1) * (2 * side - 1) + x[:, None] - x + side - 1
    return side if np.array_equal(rows.reshape(-1), wanted) else 0
