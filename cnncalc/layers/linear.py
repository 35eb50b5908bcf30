"""Fully connected layers."""

from __future__ import annotations

from math import prod
from typing import final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, module
from cnncalc.layers.base import (
    GLOBAL,
    Arg,
    Cost,
    Example,
    Param,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
)
from cnncalc.layers.weights import Weighted


@final
class Linear(Weighted):
    """Fully connected layer on a flat input; with the word ``last`` on the last axis of any input, as ``nn.Linear`` does.

    A feature map is refused without ``last``: that its rows were meant is nearly always a forgotten flatten.
    MACs: in * out per position. The input is kept for the backward pass. Source: ``torch.nn.Linear``.
    """

    op = "linear"
    aliases = ("fc", "dense")
    positional = ("out_features",)
    words = {"nobias": {"bias": False}, "last": {"last": True}}
    EXAMPLES = (
        Example({"out_features": 10}, ((84,),), "linear 10"),
        Example({"out_features": 7, "bias": False}, ((12,),), "linear 7 nobias"),
        Example({"out_features": 32, "last": True}, ((5, 16),), "linear 32 last"),
    )

    keeps_both = False

    out_features: Count
    last: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        """(out_features,), or with ``last`` the same but the last axis.

        Raises:
            ShapeError: the input is a feature map.
        """
        shape = inputs[0]
        if len(shape) > 1 and not self.last:
            message = "linear needs a flat input: put flatten (or gap) before it"
            raise ShapeError(
                message, hint="or say 'last' if it is meant for the last axis", assume=(self.out_features,)
            )
        out = (*shape[:-1], self.out_features)
        self.check_weights(inputs, (self.out_features, shape[-1]), self.out_features, out)
        return out

    def often(self, times: tuple[int, ...], *inputs: Shape) -> int:
        """As often as what enters.

        Raises:
            ShapeError: the weight differs between samples, and more than one axis lies before the last.
        """
        if any(times[1:]) and (len(inputs[0]) > 2 or isinstance(self.bias, str)):  # noqa: PLR2004 (rows, features)
            message = (
                f"linear: weight={self.weight} differs between samples: it goes with one list of rows, without a bias"
            )
            raise ShapeError(message, argument="weight", hint="flatten the rows before, and add a bias behind")
        return super().often(times, *inputs)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """``weight`` (out, in) and ``bias`` (out)."""
        return self.own((self.out_features, inputs[0][-1]), self.out_features)

    def cost(self, *inputs: Shape) -> Cost:
        """One MAC per weight and position."""
        return {"mac": prod(inputs[0]) * self.out_features}

    def reach(self, *inputs: Shape) -> Reach:
        """Everything; with ``last`` every feature of a position."""
        rank = len(inputs[0])
        return Reach((*(Same() for _ in range(rank - 2)), Whole()), first=Same()) if rank > 1 else GLOBAL

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, and a named weight."""
        del inputs
        return self.kept(run)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.Linear``; with a named weight ``F.linear``, or a matrix product where every sample has its own."""
        if self.weight is not None:
            one = "({0}.unsqueeze(1) @ {1}.transpose(1, 2)).squeeze(1)"
            each = "{0} @ {1}.transpose(1, 2)" if len(inputs[0]) > 1 else one
            return TorchCall("expression", f"F.linear({{0}}{self.named()})", each=each)
        bias = () if self.bias else (Arg(False, "bias", "bias"),)  # noqa: FBT003 (a value, not a flag)
        return module("Linear", Arg(inputs[0][-1], "in.c"), Arg(self.out_features, "out_features"), *bias)
