"""Operators with products of matrices, and normalisations."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Node, number
from cnncalc.convert.onnx_model.layout import BATCH, Layout, Value, met, own
from cnncalc.spec.printer import print_number

PAIR = 2
HEADS = 4
"""Axes of queries: batch, heads, places, features. Inputs of attention without what is kept from before."""


class Products(Base):
    """Methods by the names of operators."""

    def linear(self, node: Node, out: int, *, bias: bool) -> Value:
        """A product with a weight of the network."""
        value = self.value(node.inputs[0])
        if len(value.layout[-1]) != 1 or value.layout[-1] == (BATCH,):
            self.build.refuse("a product along the batch")
        words = ["linear", str(out), *(["last"] if len(self.shape(value)) > 1 else []), *([] if bias else ["nobias"])]
        return Value(self.build.add(" ".join(words), value.place, name=self.label(node)), (*value.layout[:-1], (out,)))

    def on_gemm(self, node: Node) -> Value:
        """With a weight, or of two values."""
        if node.values.get("transA") or node.values.get("alpha", 1.0) != 1.0 or node.values.get("beta", 1.0) != 1.0:
            self.build.refuse("Gemm with factors, or whose first matrix is transposed")
        weight = self.constants.get(node.inputs[1])
        if weight is None:
            self.build.refuse("Gemm with weights that are computed")
        return self.linear(node, weight.dims[0 if node.values.get("transB") else 1], bias=node.has(PAIR))

    def on_matmul(self, node: Node) -> Value:
        """With a weight, or of two values."""
        weight = self.constants.get(node.inputs[1])
        if weight is not None and len(weight.dims) == PAIR and node.inputs[0] in self.values:
            return self.linear(node, weight.dims[1], bias=False)
        a, b = self.value(node.inputs[0]), self.value(node.inputs[1])
        if min(len(a.layout), len(b.layout)) < PAIR:
            self.build.refuse("MatMul with a single axis")
        ends = (*a.layout[-PAIR:], *b.layout[-PAIR:])
        if any(len(axis) != 1 or BATCH in axis for axis in ends):
            self.build.refuse("a product along the batch")
        found = met([a.layout[:-PAIR] or ((1,),), b.layout[:-PAIR] or ((1,),)], self.batch)
        if found is None:
            self.build.refuse("MatMul of values whose axes are grouped otherwise")
        before, shapes = found
        sources = []
        for value, shape in zip((a, b), shapes, strict=True):
            whole = (*shape, *own(value.layout[-PAIR:])) if len(value.layout) > PAIR else self.shape(value)
            sources.append(self.laid(value, tuple((size,) for size in whole)).place)
        made = self.build.merge("matmul", sources)
        layout: Layout = (*before, ends[0], ends[3]) if max(len(a.layout), len(b.layout)) > PAIR else (ends[0], ends[3])
        return Value(self.laid(Value(made, ()), layout).place, layout)

    def on_qlinearmatmul(self, node: Node) -> Value:
        """A product of whole numbers, among scales and zero points."""
        return self.on_matmul(node._replace(inputs=[node.inputs[0], node.inputs[3]]))

    def on_matmulinteger(self, node: Node) -> Value:
        """As a product."""
        return self.on_matmul(node._replace(inputs=node.inputs[:PAIR]))

    def on_batchnormalization(self, node: Node) -> Value:
        """With what it has gathered; of a list of tokens every feature is a channel."""
        value = self.value(node.inputs[0])
        if len(value.layout) == PAIR and not value.plain and len(self.shape(value)) == PAIR:
            turned = self.build.chain(
                ["transpose", " ".join(["bn", *self.eps(node)]), "transpose"], value.place, name=self.label(node)
            )
            return Value(turned, value.layout)
        return self.map(" ".join(["bn", *self.eps(node)]), value, name=self.label(node))

    def eps(self, node: Node, usual: float = 1e-5) -> list[str]:
        """``eps=`` where it is not PyTorch's."""
        eps = Fraction(f"{node.values.get('epsilon', usual):.6g}")
        return [f"eps={print_number(eps)}"] if eps != Fraction(1, 100_000) else []

    def on_instancenormalization(self, node: Node) -> Value:
        """With factors, unless they do nothing."""
        arrays = [self.array(name) for name in node.inputs[1:3]]
        idle = all(a is not None and np.all(a == one) for a, one in zip(arrays, (1, 0), strict=True))
        words = ["instancenorm", *([] if idle else ["affine"]), *self.eps(node)]
        return self.map(" ".join(words), self.value(node.inputs[0]), name=self.label(node))

    def on_groupnormalization(self, node: Node) -> Value:
        """Groups of channels; before opset 21 with factors per group, which are learned values of their own."""
        value, groups = self.value(node.inputs[0]), int(node.values["num_groups"])
        scale = self.constants.get(node.inputs[1])
        if scale is not None and prod(scale.dims) != self.shape(value)[0]:
            self.build.refuse("GroupNormalization with factors per group")
        return self.map(" ".join(["groupnorm", str(groups), *self.eps(node)]), value, name=self.label(node))

    def on_layernormalization(self, node: Node) -> Value:
        """Over the last axis, or all of them."""
        value = self.value(node.inputs[0])
        axis = int(node.values.get("axis", -1)) % len(value.layout)
        if axis == len(value.layout) - 1:
            self.axis(-1, value)
            words = ["layernorm", *(["last"] if len(self.shape(value)) > PAIR else [])]
        elif axis == 1 and value.plain:
            words = ["layernorm", "all"]
        else:
            self.build.refuse("LayerNormalization over some axes")
        words += [*self.eps(node), *([] if node.has(PAIR) else ["nobias"])]
        return self.point(" ".join(words), value, name=self.label(node))

    def on_rmsnormalization(self, node: Node) -> Value:
        """Over the last axis."""
        value = self.value(node.inputs[0])
        if int(node.values.get("axis", -1)) % len(value.layout) != len(value.layout) - 1:
            self.build.refuse("RMSNormalization over some axes")
        self.axis(-1, value)
        return self.point(" ".join(["rmsnorm", *self.eps(node)]), value, name=self.label(node))

    def on_lpnormalization(self, node: Node) -> Value:
        """Unit length along an axis."""
        value = self.value(node.inputs[0])
        if node.values.get("p", PAIR) != PAIR:
            self.build.refuse(f"LpNormalization with p {node.values['p']}")
        return self.point(self.along("l2norm", self.axis(int(node.values.get("axis", -1)), value)), value)

    def on_attention(self, node: Node) -> Value:
        """Attention of heads: queries, keys, values, and what is added to their products."""
        values = [self.value(name) for name in node.inputs[:4] if name]
        usual = ("is_causal", "softcap", "qk_matmul_output_mode")
        if (
            len(node.inputs) > HEADS
            or any(node.values.get(key) for key in usual)
            or any(self.uses.get(n) for n in node.outputs[1:])
        ):
            self.build.refuse("Attention that is causal, or with what is kept from before")
        if any(len(value.layout) != HEADS or not value.plain for value in values[:3]):
            self.build.refuse("Attention whose heads are no axis")
        query, size = values[0], self.shape(values[0])[-1]
        scale = float(node.values.get("scale") or size**-0.5) * size**0.5
        if abs(scale - 1) > 1e-6:  # noqa: PLR2004 (what rounding leaves)
            query = self.point(f"scale {number(scale)}", query)
        made = self.build.merge("sdpa", [query.place, *(value.place for value in values[1:])])
        return Value(made, (*query.layout[:-1], values[2].layout[-1]))

    def on_einsum(self, node: Node) -> Value:
        """Products over named axes; the name of the batch falls away."""
        values = [self.value(name) for name in node.inputs]
        terms, arrow, result = node.word("equation", "").replace(" ", "").partition("->")
        names = terms.split(",")
        if not arrow or "." in terms or len(names) != len(values) or not 1 <= len(values) <= PAIR:
            self.build.refuse(f"Einsum {node.word('equation', '')}")
        sizes: dict[str, tuple[int, ...]] = {}
        for term, value in zip(names, values, strict=True):
            if len(term) != len(value.layout):
                self.build.refuse(f"Einsum {node.word('equation', '')}")
            sizes.update(
                {
                    letter: axis
                    for letter, axis in zip(term, value.layout, strict=True)
                    if axis != (1,) or letter not in sizes
                }
            )
        if any(len(axis) != 1 for axis in sizes.values()):
            self.build.refuse("Einsum along the batch and another axis")
        batch = {letter for letter, axis in sizes.items() if axis == (BATCH,)}
        if not batch <= set(result):
            self.build.refuse("Einsum that adds up over the batch")
        shown = ["".join(letter for letter in term.lower() if letter not in batch) for term in (*names, result)]
        made = self.build.merge("einsum", [value.place for value in values], arguments=f"axes={'_'.join(shown)}")
        return Value(made, tuple(sizes[letter] for letter in result))
