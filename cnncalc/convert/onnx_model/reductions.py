"""Operators that reduce axes, or go along one."""

from __future__ import annotations

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Node
from cnncalc.convert.onnx_model.layout import Value

REDUCTIONS = {
    "ReduceMean": ("mean",), "ReduceSum": ("sum",), "ReduceMax": ("amax",), "ReduceMin": ("amin",), "ReduceL2": ("vectornorm",),
    "ReduceL1": ("abs", "sum"), "ReduceSumSquare": ("square", "sum"), "ReduceLogSumExp": ("logsumexp",), "ReduceLogSum": ("sum",),
}  # fmt: skip


class Reductions(Base):
    """Methods by the names of operators."""

    def on_reduce(self, node: Node) -> Value:
        """A reduction over axes."""
        value, ops = self.value(node.inputs[0]), REDUCTIONS[node.kind]
        axes = self.whole(node, 1, "axes")
        if axes is None and node.values.get("noop_with_empty_axes"):
            return value
        rank, keep = len(value.layout), bool(node.values.get("keepdims", 1))
        places = sorted(a % rank for a in axes) if axes else list(range(rank))
        ours = [self.axis(place, value) for place in places]
        if keep and node.kind == "ReduceMean" and value.plain and places == list(range(2, rank)) and rank > 2:  # noqa: PLR2004 (a map)
            return self.map("gap", value)
        for op in ops[:-1]:
            value = self.point(op, value)
        gone = len(ours) == len(self.shape(value)) and not keep
        shown = str(ours[0]) if len(ours) == 1 else f"({','.join(map(str, ours))})"
        made = self.build.add(f"{ops[-1]} dim={shown}{' keepdim' if keep or gone else ''}", value.place)
        layout = [
            (1,) if i in places else axis for i, axis in enumerate(value.layout) if keep or gone or i not in places
        ]
        found = Value(made, tuple(layout))
        if gone:
            found = self.laid(found, (*(a for a in found.layout if a != (1,)), (1,)))
        return Value(self.build.add("log", found.place), found.layout) if node.kind == "ReduceLogSum" else found

    def on_argmax(self, node: Node) -> Value:
        """The place of the largest number."""
        value = self.value(node.inputs[0])
        place, keep = int(node.values.get("axis", 0)) % len(value.layout), bool(node.values.get("keepdims", 1))
        made = self.build.add(f"argmax {self.axis(place, value)}{' keepdim' if keep else ''}", value.place)
        return Value(made, (*value.layout[:place], *([(1,)] if keep else []), *value.layout[place + 1 :]))

    def on_cumsum(self, node: Node) -> Value:
        """A running sum."""
        value, axis = self.value(node.inputs[0]), int(np.asarray(self.given(node, 1)).reshape(-1)[0])
        if node.values.get("exclusive") or node.values.get("reverse"):
            self.build.refuse("CumSum backwards, or without the number itself")
        return self.point(self.along("cumsum", self.axis(axis, value)), value)

    def on_topk(self, node: Node) -> Value:
        """The largest numbers, in order."""
        value, k = self.value(node.inputs[0]), int(np.asarray(self.given(node, 1)).reshape(-1)[0])
        place = int(node.values.get("axis", -1)) % len(value.layout)
        if self.uses.get([*node.outputs, ""][1]) or not node.values.get("largest", 1):
            self.build.refuse("TopK that gives the places, or the smallest")
        made = self.build.add(f"topk {k} {self.axis(place, value)}", value.place)
        return Value(made, (*value.layout[:place], (k,), *value.layout[place + 1 :]))
