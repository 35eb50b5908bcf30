"""Attention over sequences (tokens, features), and the learned scale that goes with it."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, Real, expression, fitting_divisor, helper, keywords
from cnncalc.layers.base import (
    GLOBAL,
    NOTHING,
    Arg,
    Block,
    Cost,
    Example,
    Layer,
    Param,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
    shown,
)

SEQUENCE = 2
"""Axes of a sequence: tokens, features."""

SINGLE = 4
"""Bytes of a number of float32."""

VALUES = 2
"""The place of the values among the inputs of sdpa."""

HEADS = 3
"""Axes where the heads are one of their own, in front."""


def _check_sequence(op: str, shape: Shape, num_heads: int, most: int = SEQUENCE) -> None:
    if not SEQUENCE <= len(shape) <= most:
        message = f"{op} needs a sequence (tokens, features); the input is {shown(shape)}"
        raise ShapeError(
            message, hint="flatten the map and put the channels last: flatten 1 | permute (1,0)", assume=shape
        )
    if shape[-1] % num_heads:
        message = f"num_heads {num_heads} does not divide the {shape[-1]} features"
        raise ShapeError(
            message, argument="num_heads", hint=f"use {fitting_divisor(shape[-1], num_heads)} heads", assume=shape
        )


def attention_cost(queries: int, keys: int, features: int, heads: int) -> Cost:
    """Scaled dot products, softmax over the keys, weighted sum of the values.

    MACs: queries * keys * features twice. Per head and query one softmax over n keys (n - 1 comparisons,
    n subtractions, n exponentials, n - 1 additions, n divisions) and the n scalings of the products.
    """
    scores = heads * queries * keys
    rows = heads * queries
    return {
        "mac": 2 * queries * keys * features,
        "mul": scores,
        "cmp": scores - rows,
        "add": 2 * scores - rows,
        "exp": scores,
        "div": scores,
    }


@final
class Attention(Layer):
    """Multi-head self-attention: ``softmax(q k' / sqrt(d)) v`` per head, between projections in and out.

    T tokens of F features: 4 T F F MACs in the projections (and an addition per output with bias), 2 T T F in the
    attention, and its softmax (see attention_cost). Source: Vaswani et al., Attention Is All You Need (2017);
    parameters as ``torch.nn.MultiheadAttention``.
    """

    op = "attention"
    aliases = ("mha",)
    positional = ("num_heads",)
    words = {"nobias": {"bias": False}}
    EXAMPLES = (
        Example({"num_heads": 4}, ((10, 16),), "attention 4"),
        Example({"num_heads": 1, "bias": False}, ((7, 6),), "attention 1 nobias"),
        Example({"num_heads": 3}, ((5, 12),), "mha 3"),
    )

    num_heads: Count
    bias: bool = True

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input.

        Raises:
            ShapeError: it is no sequence, or the heads do not divide the features.
        """
        _check_sequence(self.op, inputs[0], self.num_heads)
        return inputs[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The projections of queries, keys and values stacked, then that of the output."""
        f = inputs[0][1]
        if not self.bias:
            return (Param("in_proj_weight", (3 * f, f)), Param("out_proj.weight", (f, f)))
        return (
            Param("in_proj_weight", (3 * f, f)),
            Param("in_proj_bias", (3 * f,)),
            Param("out_proj.weight", (f, f)),
            Param("out_proj.bias", (f,)),
        )

    def cost(self, *inputs: Shape) -> Cost:
        """Projections, products, softmax."""
        tokens, features = inputs[0]
        cost = attention_cost(tokens, tokens, features, self.num_heads)
        cost["mac"] += 4 * tokens * features * features
        cost["add"] += 4 * tokens * features if self.bias else 0
        return cost

    def reach(self, *inputs: Shape) -> Reach:
        """Every token sees every token."""
        del inputs
        return GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Queries, keys, values, their result, and a logarithm (in float32 or wider) per token and head.

        Of the input a copy with the tokens first; for a batch of one the input itself.
        """
        tokens = inputs[0][0]
        numbers = 4 * prod(inputs[0])
        logs = max(SINGLE, run.itemsize) * self.num_heads * tokens * run.batch
        if run.batch == 1:
            return Saved((0,), extra=numbers * run.itemsize + logs)
        return Saved(extra=(numbers + prod(inputs[0])) * run.batch * run.itemsize + logs)

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class on top of ``nn.MultiheadAttention``."""
        return helper("SelfAttention", Arg(inputs[0][1]), Arg(self.num_heads, "num_heads"), *keywords(self, "bias"))


@final
class ScaledDotProduct(Layer):
    """Attention without projections: ``sdpa(q, k, v)`` gives ``softmax(q k' / sqrt(d)) v`` per head.

    S queries, T keys and values, F features: 2 S T F MACs and the softmax (see attention_cost). A fourth input is added to the
    products before the softmax (S T additions per head): a bias, or a mask of 0 and -inf, (S, T) or one per head in front. Where
    it needs a gradient PyTorch takes the steps one by one and keeps what is between them.
    Source: Vaswani et al. (2017); ``torch.nn.functional.scaled_dot_product_attention``.
    """

    op = "sdpa"
    arity = None
    EXAMPLES = (
        Example({}, ((10, 16), (7, 16), (7, 16)), "sdpa(id, id, id)"),
        Example({"num_heads": 4}, ((5, 8), (9, 8), (9, 8)), "sdpa(id, id, id, num_heads=4)"),
        Example({}, ((4, 5, 8), (4, 9, 8), (4, 9, 8)), "sdpa(id, id, id)"),
        Example({}, ((4, 5, 8), (4, 9, 8), (4, 9, 8), (4, 5, 9)), ""),
        Example({}, ((4, 5, 8), (4, 9, 8), (4, 9, 8), (5, 9)), ""),
        Example({"num_heads": 4}, ((5, 8), (9, 8), (9, 8), (1, 5, 9)), ""),
    )

    num_heads: Count = 1

    def infer(self, *inputs: Shape) -> Shape:
        """One result per query.

        Raises:
            ShapeError: there are not three sequences of the same features, or not a value for every key.
        """
        for shape in inputs[:3]:
            _check_sequence(self.op, shape, self.num_heads, SEQUENCE if self.num_heads > 1 else HEADS)
        sizes = ", ".join(map(shown, inputs))
        if not 2 < len(inputs) < 5:  # noqa: PLR2004 (queries, keys, values, and a mask)
            raise ShapeError(
                f"sdpa needs 3 inputs: queries, keys, values; found {len(inputs)}",
                hint="sdpa(q, k, v), or with a mask sdpa(q, k, v, m)",
                assume=inputs[0],
            )
        if inputs[1] != inputs[2] or (*inputs[0][:-2], inputs[0][-1]) != (*inputs[1][:-2], inputs[1][-1]):
            message = f"sdpa: sizes differ: {sizes}"
            raise ShapeError(
                message, hint="keys and values need the same shape, queries the same features", assume=inputs[0]
            )
        self._check_mask(inputs)
        return inputs[0]

    def _heads(self, shape: Shape) -> int:
        return shape[0] if len(shape) == HEADS else self.num_heads

    def _check_mask(self, inputs: tuple[Shape, ...]) -> None:
        wanted = (self._heads(inputs[0]), inputs[0][-2], inputs[1][-2])
        mask = inputs[3] if len(inputs) > 3 else wanted  # noqa: PLR2004 (the fourth)
        if len(mask) < SEQUENCE or len(mask) > HEADS or any(n not in (1, m) for n, m in zip(mask[::-1], wanted[::-1], strict=False)):  # fmt: skip
            message = (
                f"sdpa: the mask is {shown(mask)}; it must be {shown(wanted)}, {shown(wanted[1:])}, or 1 on some axes"
            )
            raise ShapeError(message, hint="reshape the mask, or compute it for these sizes", assume=inputs[0])

    def cost(self, *inputs: Shape) -> Cost:
        """Products and softmax; the mask is added."""
        *heads, queries, features = inputs[0]
        one = attention_cost(queries, inputs[1][-2], features, self.num_heads)
        one["add"] += self.num_heads * queries * inputs[1][-2] if len(inputs) > 3 else 0  # noqa: PLR2004 (the fourth)
        return {kind: prod(heads) * count for kind, count in one.items()}

    def reach(self, *inputs: Shape) -> Reach:
        """Every query sees every key."""
        del inputs
        return GLOBAL

    def reach_of(self, place: int, *inputs: Shape) -> Reach:
        """A result sees its own query, and every key, of its head; and its own feature of every value."""
        if place > VALUES:
            return GLOBAL
        if len(inputs[0]) == HEADS:
            return Reach((Whole() if place else Same(), Whole()), first=Same())
        if place == VALUES:
            return Reach((Same(),), first=Whole())
        own = inputs[0][-1] // self.num_heads
        head = Whole() if self.num_heads == 1 else Block(own, own)
        return Reach((head,), first=Whole() if place else Same())

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """Queries, keys, values, the mask, the output, and a logarithm (in float32 or wider) per query and head.

        With a mask that needs a gradient see saved_stepwise.
        """
        if not any(run.needs):
            return NOTHING
        if len(inputs) > 3 and run.needs[3]:  # noqa: PLR2004 (the mask)
            return self.saved_stepwise(run, *inputs, lies=self.num_heads == 1 or run.batch == 1)
        logs = max(SINGLE, run.itemsize) * self.num_heads * prod(inputs[0][:-1]) * run.batch
        return Saved(tuple(range(len(inputs))), output=True, extra=logs)

    def saved_stepwise(self, run: Run, *inputs: Shape, lies: bool) -> Saved:
        """What is kept where PyTorch has no fused product: the weights of the softmax, and what gradients are made with.

        Of two values that are multiplied each is kept for the gradient of the other: queries and keys, which are scaled, and the
        values. All of them in float32 or wider. ``lies``: whether the values lie head by head, so that they need no copy.
        """
        queries, keys, values = map(prod, inputs[:3])
        numbers = self._heads(inputs[0]) * inputs[0][-2] * inputs[1][-2]
        numbers += (queries if run.needs[1] else 0) + (keys if run.needs[0] else 0)
        weighted = any((*run.needs[:2], *run.needs[3:]))
        if run.itemsize < SINGLE or not lies:
            kept = numbers + (values if weighted else 0)
            return Saved(extra=kept * run.batch * max(SINGLE, run.itemsize))
        return Saved((2,) if weighted else (), extra=numbers * run.batch * run.itemsize)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``F.scaled_dot_product_attention`` with the heads as an axis of their own."""
        masks = [f", {{3}}{'' if len(mask) == HEADS else '.unsqueeze(1)'}" for mask in inputs[3:]]
        mask = "".join(masks)
        if len(inputs[0]) == HEADS:
            return expression(f"F.scaled_dot_product_attention({{0}}, {{1}}, {{2}}{mask})")
        heads = [f"{{{i}}}.unflatten(-1, ({self.num_heads}, -1)).transpose(1, 2)" for i in range(3)]
        return expression(f"F.scaled_dot_product_attention({', '.join(heads)}{mask}).transpose(1, 2).flatten(2)")


@final
class LayerScale(Layer):
    """A learned factor per channel of a map, or per feature of a sequence or vector: one multiplication per element.

    Source: Touvron et al., Going Deeper with Image Transformers (2021).
    """

    op = "layerscale"
    positional = ("init",)
    words = {"channels": {"channels": True}}
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "layerscale"),
        Example({"init": Fraction(1, 10)}, ((6, 9),), "layerscale 0.1"),
        Example({"channels": True}, ((6, 9),), "layerscale channels"),
        Example({}, ((4, 3, 4, 5),), "layerscale"),
    )

    init: Real = Fraction(1, 1_000_000)
    channels: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """The shape of the input."""
        return inputs[0]

    def _last(self, shape: Shape) -> bool:
        return len(shape) <= SEQUENCE and not self.channels

    def _factors(self, shape: Shape) -> int:
        return shape[-1] if self._last(shape) else shape[0]

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """The factors."""
        return (Param("gamma", (self._factors(inputs[0]),)),)

    def cost(self, *inputs: Shape) -> Cost:
        """One multiplication per element."""
        return {"mul": prod(inputs[0])}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, for the gradient of the factors."""
        del run, inputs
        return Saved((0,))

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class of its own."""
        last = [Arg(value=True, keyword="last")] if self._last(inputs[0]) else []
        return helper("LayerScale", Arg(self._factors(inputs[0])), *keywords(self, "init"), *last)
