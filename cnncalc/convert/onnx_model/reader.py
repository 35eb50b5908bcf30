"""A graph of ONNX, node by node: what is known is folded, branches and loops that are known are followed, the rest is added."""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cnncalc.convert.onnx_model.axes import Axes, relative
from cnncalc.convert.onnx_model.base import Fixed, Node
from cnncalc.convert.onnx_model.branches import Branches
from cnncalc.convert.onnx_model.fold import folded
from cnncalc.convert.onnx_model.layout import Value, usual
from cnncalc.convert.onnx_model.points import MERGES, SIMPLE, Points
from cnncalc.convert.onnx_model.products import Products
from cnncalc.convert.onnx_model.reductions import REDUCTIONS, Reductions
from cnncalc.convert.onnx_model.sequences import Recurrent
from cnncalc.convert.onnx_model.windows import Windows
from cnncalc.layers.base import Indices

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.layers.base import Shape

NODES = 50_000
"""Nodes that are read, at most, those of turns included."""

SAME = ("Identity", "Cast", "CastLike", "QuantizeLinear", "DequantizeLinear")

PLACES = 4096
"""Places of a table that are written, at most."""

MASKS = (
    "ScatterND",
    "Where",
    "Equal",
    "Less",
    "Greater",
    "LessOrEqual",
    "GreaterOrEqual",
    "Not",
    "And",
    "Or",
    "ConstantOfShape",
)
"""What gives constants that are no weights, whatever enters."""

TWO = 2

STANDARD = ("", "ai.onnx")


class Reader(Windows, Points, Products, Axes, Reductions, Recurrent, Branches):
    """A model. ``stated``: sizes that the file states of values."""

    def __init__(self, model: Any, build: Builder, shapes: list[Shape]) -> None:
        """Its inputs and constants."""
        super().__init__(build)
        self.graph = model.graph
        self.opset = max((item.version for item in model.opset_import if item.domain in STANDARD), default=0)
        self.stated = {item.name: _dims(item) for item in (*model.graph.value_info, *model.graph.output)}
        self.left = NODES
        self.quantised = 0
        self.enter(model.graph)
        self.inputs(shapes)

    def text(self) -> str:
        """The spec."""
        self.uses.update(Counter(item.name for item in self.graph.output))
        self.follow(self.graph)
        outputs = []
        for item in self.graph.output:
            if item.name in self.values:
                outputs.append(self.values[item.name].place)
            elif not self.build.found:
                self.build.place = ""
                self.build.blame(f"the output '{item.name}' does not depend on what enters")
        if self.quantised:
            self.build.notes.append(
                f"{self.quantised} numbers of its weights are whole numbers of 8 bits or fewer in the file."
            )
        return self.build.text(outputs)

    def inputs(self, shapes: list[Shape]) -> None:
        """The inputs that are no weights."""
        wanted = [item for item in self.graph.input if item.name not in self.constants]
        sequences = self.sequences()
        batches = [_dims(item)[1 if item.name in sequences else 0 :][:1] for item in wanted]
        self.batch = next((b[0] for b in batches if b and b[0] > 0), self.batch)
        for place, item in enumerate(wanted):
            dims = _dims(item)
            own = (dims[0], *dims[2:]) if item.name in sequences and dims else dims[1:]
            shape = tuple(shapes[place]) if place < len(shapes) else own
            whole = item.type.tensor_type.elem_type in (TensorProto.INT32, TensorProto.INT64) and len(shape) == 1
            if not shape or min(shape) < 1:
                self.build.place = ""
                self.build.blame(f"the size of input '{item.name}' is open; give one, --input 3x224x224")
                shape = (1,)
            name = item.name if len(wanted) > 1 else "input"
            index = self.build.input(name, Indices(shape) if whole else shape)
            layout = usual(self.build.shapes[index])
            layout = (layout[1], layout[0], *layout[2:]) if item.name in sequences else layout
            self.values[item.name] = Value(index, layout)

    def sequences(self) -> set[str]:
        """The inputs that a recurrent operator takes as times by batch by features."""
        kinds = ("LSTM", "GRU", "RNN")
        found = [node for node in self.graph.node if node.op_type in kinds and node.input]
        first = {node.input[0] for node in found if not any(a.name == "layout" and a.i for a in node.attribute)}
        return {item.name for item in self.graph.input if item.name in first and len(_dims(item)) > TWO}

    def enter(self, graph: Any) -> None:
        """Know the constants of a graph, and how often its values are read."""
        for tensor in graph.initializer:
            self.constants[tensor.name] = self.fixed(tensor, trained=True)
        for node in graph.node:
            self.uses.update({name: self.uses.get(name, 0) + 1 for name in node.input})
            for attribute in node.attribute:
                if attribute.type == 5:  # noqa: PLR2004 (a graph)
                    self.count(attribute.g)

    def count(self, graph: Any) -> None:
        """Values outside that an inner graph reads."""
        for name in [name for node in graph.node for name in node.input] + [item.name for item in graph.output]:
            self.uses[name] = self.uses.get(name, 0) + 1

    def fixed(self, tensor: Any, *, trained: bool = False) -> Fixed:
        """A constant of the file; its numbers may lie elsewhere."""
        dims = tuple(tensor.dims)
        floats = tensor.data_type in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
        small = tensor.data_type in (TensorProto.INT8, TensorProto.UINT8, 21, 22)
        self.quantised += prod(dims) if trained and small and dims else 0
        try:
            array = None if tensor.external_data else numpy_helper.to_array(tensor)
        except (ValueError, TypeError):
            array = None
        return Fixed(dims, array, trained and (floats or small or tensor.data_type == TensorProto.INT32), tensor.name)

    # ------------------------------------------------------------------------------------------ nodes

    def follow(self, graph: Any) -> None:
        """The nodes of a graph, in order."""
        for raw in graph.node:
            self.left -= 1
            if self.left < 0:
                self.build.blame(f"more than {NODES} nodes")
                return
            values = {a.name: helper.get_attribute_value(a) for a in raw.attribute if not a.ref_attr_name}
            node = Node(raw.op_type, list(raw.input), list(raw.output), raw.name, values, raw.domain)
            self.build.place = f"node '{node.name or (node.outputs or [node.kind])[0]}'"
            if node.kind in ("If", "Loop") and node.domain in STANDARD:
                self.branched(node)
            elif not self.known(node):
                self.node(node)

    def known(self, node: Node) -> bool:
        """Whether a node gives constants, which are known from here on."""
        if node.kind == "Constant":
            self.constants[node.outputs[0]] = self.literal(node)
            return True
        if node.kind == "Shape" and node.inputs[0] in self.values:
            return self.measured(node)
        if node.kind == "CastLike" and node.inputs[0] in self.constants:
            self.constants[node.outputs[0]] = self.constants[node.inputs[0]]
            return True
        given = [self.constants.get(name) if name else None for name in node.inputs]
        if not node.inputs or any(name and fixed is None for name, fixed in zip(node.inputs, given, strict=True)):
            return False
        if node.kind == "Shape":
            dims = given[0].dims if given[0] is not None else ()
            self.constants[node.outputs[0]] = Fixed((len(dims),), np.array(dims, dtype=np.int64))
            return True
        return self.computed(node, given)

    def computed(self, node: Node, given: list[Fixed | None]) -> bool:
        """Whether the result of a node on constants is known."""
        values = dict(node.values)
        if isinstance(values.get("value"), TensorProto):
            values["value"] = numpy_helper.to_array(values["value"])
        arrays = [None if fixed is None else fixed.array for fixed in given]
        trained = [fixed for fixed in given if fixed is not None and fixed.trained]
        table = trained[0] if trained and trained[0] is given[0] else None
        if table is not None and node.kind == "Expand" and prod(table.dims) > 1:
            return False
        if (
            table is not None
            and node.kind in ("Gather", "GatherND")
            and (relative(table.dims, arrays[1]) or _grows(table, arrays[1], values))
        ):
            return False
        missing = any(fixed is not None and fixed.array is None for fixed in given)
        result = None if missing else folded(node.kind, arrays, values)
        one = trained[0] if len(trained) == 1 else Fixed((), None)
        if result is None:
            dims = one.dims if missing and node.kind in SAME else ()
            if missing and node.kind == "Transpose" and one.dims:
                dims = tuple(one.dims[d] for d in values.get("perm") or range(len(one.dims) - 1, -1, -1))
            if not dims:
                return False
            self.constants[node.outputs[0]] = Fixed(dims, None, one.trained, one.name)
            return True
        if table is not None and result.size > prod(table.dims) > 1:
            note = "Weights of a table that is read at more places than it has are counted as often as they are read."
            self.build.notes += [] if note in self.build.notes else [note]
        learned = bool(trained) and node.kind not in MASKS
        self.constants[node.outputs[0]] = Fixed(result.shape, result, learned, one.name if learned else "")
        return True

    def measured(self, node: Node) -> bool:
        """The size of a value as a constant; the batch is as it is taken here."""
        value = self.values[node.inputs[0]]
        if value.place in self.build.lost:
            return False
        dims = self.dims(value)[slice(node.values.get("start", 0), node.values.get("end"))]
        self.constants[node.outputs[0]] = Fixed((len(dims),), np.array(dims, dtype=np.int64))
        return True

    def literal(self, node: Node) -> Fixed:
        """What a node of the kind Constant holds."""
        ((key, value), *_) = node.values.items() or (("", 0),)
        if key == "value":
            return self.fixed(value)._replace(name="")
        array = np.asarray(value, dtype=np.int64 if "int" in key else np.float32)
        return Fixed(array.shape, array)

    def node(self, node: Node) -> None:
        """Add a node."""
        sources = [self.values[name].place for name in node.inputs if name in self.values]
        made: list[Value] = []

        def work() -> list[int]:
            found = self.operator(node)
            made.extend(found if isinstance(found, list) else [found])
            return [value.place for value in made]

        indices = self.build.attempt(sources, work, len(node.outputs))
        made = (
            made if len(made) == len(indices) and indices[0] not in self.build.lost else [Value(i, ()) for i in indices]
        )
        for name, value in zip(node.outputs, made, strict=False):
            self.values[name] = value

    def operator(self, node: Node) -> Value | list[Value]:
        """The value or values of a node."""
        if node.domain not in STANDARD and not hasattr(self, f"on_{node.kind.lower()}"):
            return self.foreign(node)
        if node.kind in SIMPLE:
            return self.point(SIMPLE[node.kind], self.value(node.inputs[0]))
        if node.kind in SAME:
            return self.value(node.inputs[0])
        if node.kind in MERGES:
            return self.on_merge(node)
        if node.kind in REDUCTIONS:
            return self.on_reduce(node)
        method = getattr(self, f"on_{node.kind.lower()}", None)
        if method is None:
            self.build.refuse(f"operator {node.kind}")
        made: Value | list[Value] = method(node)
        return made

    def foreign(self, node: Node) -> Value:
        """An operator of somebody else: opaque, with the size that the file states, and the weights that it takes."""
        dims = self.stated.get(node.outputs[0], ())
        shape = dims[1:] if len(dims) > 1 and dims[0] in (0, self.batch) else ()
        if not shape or min(shape) < 1:
            self.build.refuse(
                f"operator {node.domain}.{node.kind}, which is none of ONNX's, and whose size the file does not state"
            )
        own = sum(
            prod(fixed.dims)
            for name in node.inputs
            if (fixed := self.constants.get(name)) is not None and fixed.trained
        )
        sources = [self.value(name).place for name in node.inputs if name in self.values]
        if not sources:
            self.build.refuse(f"operator {node.domain}.{node.kind}, which nothing enters")
        made = self.build.opaque(sources, shape, name=node.name or None, parameters=own)
        return Value(made, usual(shape))


def _grows(table: Fixed, indices: Any, values: dict[str, Any]) -> bool:
    """Whether what is taken of a table is more than all of it, and can be written."""
    size = table.dims[int(values.get("axis", 0))] if table.dims and "batch_dims" not in values else 0
    return indices is not None and 0 < size < np.size(indices) <= PLACES


def _dims(item: Any) -> Shape:
    """The size of a value as the file states it; 0 for an axis that is open."""
    return tuple(d.dim_value for d in item.type.tensor_type.shape.dim)
