"""Recurrent layers over sequences (times, features): what comes out at a time depends on that time and all before it.

T times, F features, H hidden units, L layers, D directions (2 if bidirectional), O numbers out per time and direction (H,
or the size of the projection), I numbers into a layer (F for the first, D O for the others).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import Count, Rate, helper, keywords
from cnncalc.layers.base import (
    GLOBAL,
    Arg,
    Cost,
    Example,
    Layer,
    Param,
    Reach,
    Run,
    Saved,
    Shape,
    TorchCall,
    Whole,
    Window,
    shown,
)

SEQUENCE = 2
"""Axes of a sequence: times, features."""

_WORDS: dict[str, dict[str, Any]] = {
    "nobias": {"bias": False},
    "bidirectional": {"bidirectional": True},
    "last": {"last": True},
}

_EXAMPLES: tuple[tuple[dict[str, Any], Shape, str], ...] = (
    ({}, (5, 3), ""),
    ({"last": True}, (5, 3), "last"),
    ({"bidirectional": True}, (6, 4), "bidirectional"),
    ({"num_layers": 2, "bidirectional": True, "last": True, "bias": False}, (7, 3), "2 bidirectional last nobias"),
    ({"num_layers": 3}, (1, 3), "3"),
)


def _examples(op: str, hidden: int) -> tuple[Example, ...]:
    return tuple(
        Example({"hidden_size": hidden} | arguments, (shape,), f"{op} {hidden} {text}".strip())
        for arguments, shape, text in _EXAMPLES
    )


class Recurrent(Layer):
    """What the three have in common.

    ``gates``: linear maps of what enters and of the state; ``each``: operations per time and unit beside their products;
    ``kept``: H numbers that are kept per time, at all times, and of the states between two times.
    """

    positional = ("hidden_size", "num_layers")
    words = _WORDS
    target: ClassVar[str]
    gates: ClassVar[int]
    each: ClassVar[dict[str, int]]

    hidden_size: Count
    num_layers: Count = 1
    bias: bool = True
    dropout: Rate = 0
    bidirectional: bool = False
    last: bool = False

    @property
    def directions(self) -> int:
        """1, or 2 if it also reads backwards."""
        return 2 if self.bidirectional else 1

    @property
    def out(self) -> int:
        """Numbers out per time and direction."""
        return self.hidden_size

    def entering(self, shape: Shape) -> list[int]:
        """How many numbers enter each layer at a time."""
        return [shape[-1], *[self.directions * self.out] * (self.num_layers - 1)]

    def infer(self, *inputs: Shape) -> Shape:
        """(T, D O); with ``last`` (D O,): the state of the last layer when its direction has read everything.

        Raises:
            ShapeError: the input is no sequence, or there is a dropout between layers and only one layer.
        """
        wide = self.directions * self.out
        if len(inputs[0]) != SEQUENCE:
            message = f"{self.op} needs a sequence (times, features); the input is {shown(inputs[0])}"
            hint = "of a map, make every place a time: flatten 1 | permute (1,0)"
            raise ShapeError(message, hint=hint, assume=(wide,) if self.last else (inputs[0][0], wide))
        if self.dropout and self.num_layers == 1:
            message = f"dropout {float(self.dropout):g} stands between layers, and {self.op} has one"
            hint = "num_layers=2, or a dropout behind it"
            raise ShapeError(
                message, argument="dropout", hint=hint, assume=(wide,) if self.last else (inputs[0][0], wide)
            )
        return (wide,) if self.last else (inputs[0][0], wide)

    def params(self, *inputs: Shape) -> tuple[Param, ...]:
        """Of every layer and direction the maps of what enters and of the state, gates stacked, and both biases."""
        found: list[Param] = []
        for layer, size in enumerate(self.entering(inputs[0])):
            for direction in range(self.directions):
                found += self._owned(f"_l{layer}{'_reverse' if direction else ''}", size)
        return tuple(found)

    def _owned(self, end: str, entering: int) -> list[Param]:
        rows = self.gates * self.hidden_size
        own = [Param(f"weight_ih{end}", (rows, entering)), Param(f"weight_hh{end}", (rows, self.out))]
        return own + ([Param(f"bias_{of}{end}", (rows,)) for of in ("ih", "hh")] if self.bias else [])

    def macs(self, entering: int) -> int:
        """Multiply-accumulates of one layer in one direction at one time."""
        return self.gates * self.hidden_size * (entering + self.out)

    def cost(self, *inputs: Shape) -> Cost:
        """Products and what every gate computes, for all times, layers and directions; biases belong to the products."""
        steps = inputs[0][0] * self.directions
        units = steps * self.num_layers * self.hidden_size
        cost = {"mac": steps * sum(map(self.macs, self.entering(inputs[0])))}
        return cost | {kind: count * units for kind, count in self.each.items()}

    def reach(self, *inputs: Shape) -> Reach:
        """Its own time and all before it, as a causal window of all T; everything if it is bidirectional, or the last."""
        if self.bidirectional or self.last:
            return GLOBAL
        times = inputs[0][0]
        return Reach((Whole(),), first=Window(times, 1, times - 1, 0))

    def saved(self, run: Run, *inputs: Shape, lies: bool | None = None) -> Saved:
        """What enters the layers, first states, gates and states of every time; masks of a dropout in training.

        The input is kept with the times first: a copy per direction, or itself where it lies so (``lies``), as with one
        sample or one time it does.
        As PyTorch's own operations keep it; the fused LSTM of oneDNN keeps a work space of its own instead of the gates.
        """
        times, features = inputs[0]
        narrow, wide = run.batch * run.itemsize, run.batch * max(run.itemsize, run.weights)
        whole = (run.batch == 1 or times == 1) if lies is None else lies
        whole = whole and wide == narrow  # else it is cast, for every direction
        copies = 0 if whole else self.directions * times * features * narrow
        runs = self.num_layers * self.directions
        own = runs * self._steps(times, narrow, wide)
        between = (self.num_layers - 1) * self._between(run, times * self.directions * self.out, narrow, wide)
        return Saved((0,) if whole else (), extra=copies + own + between)

    def _between(self, run: Run, numbers: int, narrow: int, wide: int) -> int:
        """Bytes of what goes from layer to layer: numbers, cast once for every direction, and in training a mask.

        Where everything is dropped the mask is a single 0.
        """
        gives = wide if self.gives_wide else narrow
        kept = numbers * (narrow if gives == narrow else self.directions * narrow)
        if not (self.dropout and run.train):
            return kept
        return kept + (numbers * gives if self.dropout < 1 else gives // run.batch)

    @property
    def gives_wide(self) -> bool:
        """Whether under autocast a state is as wide as the first one, which is never cast."""
        return True

    def _steps(self, times: int, narrow: int, wide: int) -> int:
        """Bytes that one layer keeps in one direction: first states, and what is made at every time."""
        raise NotImplementedError

    def torch(self, *inputs: Shape) -> TorchCall:
        """A small class on top of the one in ``torch.nn``, which also returns the states."""
        named = keywords(self, "num_layers", "bias", *self.own, "dropout", "bidirectional", "last")
        return helper(f"Sequence{self.target}", Arg(inputs[0][-1]), Arg(self.hidden_size, "hidden_size"), *named)

    own: ClassVar[tuple[str, ...]] = ()
    """Fields that only one of them has."""


@final
class RNN(Recurrent):
    """Elman's network: ``h = tanh(W x + b + U h + c)`` at every time, or with ``relu`` in place of tanh.

    MACs: T D H (I + O) per layer. Per time and unit an addition of the two products and a tanh of 6 operations (7), or a
    comparison (2 in all). ``last``: (D O,), the state behind the last time, of both directions one after the other.
    Source: Elman, Finding Structure in Time (1990); ``torch.nn.RNN``.
    """

    op = "rnn"
    words = _WORDS | {"relu": {"nonlinearity": "relu"}, "tanh": {"nonlinearity": "tanh"}}
    target = "RNN"
    gates = 1
    each = {"add": 3, "mul": 1, "exp": 2, "div": 1}
    own = ("nonlinearity",)
    EXAMPLES = (
        *_examples("rnn", 4),
        Example({"hidden_size": 4, "nonlinearity": "relu"}, ((5, 3),), "rnn 4 relu"),
    )

    nonlinearity: Literal["tanh", "relu"] = "tanh"

    def cost(self, *inputs: Shape) -> Cost:
        """As others, with a tanh or a rectifier."""
        cost = super().cost(*inputs)
        if self.nonlinearity == "tanh":
            return cost
        return {"mac": cost["mac"], "add": cost["div"], "cmp": cost["div"]}

    @property
    def gives_wide(self) -> bool:
        """A tanh of products is as narrow as they are."""
        return False

    def _steps(self, times: int, narrow: int, wide: int) -> int:
        """The first state, and the state of every time."""
        del wide
        return (times + 1) * self.hidden_size * narrow


@final
class LSTM(Recurrent):
    """Long short-term memory: ``c = f * c + i * g``, ``h = o * tanh(c)``, with gates i, f, g, o of what enters and h.

    MACs: 4 T D H (I + O) per layer, and T D H O for a projection of h to ``proj_size``. Per time and unit 4 additions of
    products, 3 sigmoids (4 each), 2 tanh (6 each), 3 multiplications, an addition (32). ``last``: (D O,), h behind the last
    time, of both directions one after the other. Source: Hochreiter and Schmidhuber (1997); Gers, Schmidhuber and Cummins
    (2000); the projection: Sak, Senior and Beaufays (2014); ``torch.nn.LSTM``.
    """

    op = "lstm"
    target = "LSTM"
    gates = 4
    each = {"add": 12, "mul": 8, "exp": 7, "div": 5}
    own = ("proj_size",)
    EXAMPLES = (
        *_examples("lstm", 4),
        Example(
            {"hidden_size": 4, "num_layers": 2, "proj_size": 3, "bidirectional": True},
            ((5, 3),),
            "lstm 4 2 bidirectional proj_size=3",
        ),
    )

    proj_size: Annotated[int, Field(ge=0)] = 0

    @property
    def out(self) -> int:
        """The size of the projection if there is one."""
        return self.proj_size or self.hidden_size

    @property
    def gives_wide(self) -> bool:
        """Unless a product comes last."""
        return not self.proj_size

    def infer(self, *inputs: Shape) -> Shape:
        """As others.

        Raises:
            ShapeError: as for others, or the projection is not smaller than what it projects.
        """
        if self.proj_size >= self.hidden_size:
            message = f"proj_size {self.proj_size} must be smaller than hidden_size {self.hidden_size}"
            hint = "leave it out for no projection"
            raise ShapeError(message, argument="proj_size", hint=hint, assume=inputs[0])
        return super().infer(*inputs)

    def _owned(self, end: str, entering: int) -> list[Param]:
        projection = [Param(f"weight_hr{end}", (self.proj_size, self.hidden_size))] if self.proj_size else []
        return super()._owned(end, entering) + projection

    def macs(self, entering: int) -> int:
        """Gates, and the projection."""
        return super().macs(entering) + self.hidden_size * self.proj_size

    def _steps(self, times: int, narrow: int, wide: int) -> int:
        """First h and c; gates and tanh(c) of every time, what is projected; h and c between two times."""
        hidden, out = self.hidden_size, self.out
        numbers = out + 4 * times * hidden + (times - 1) * out + bool(self.proj_size) * times * hidden
        return numbers * narrow + (1 + times + times - 1) * hidden * wide


@final
class GRU(Recurrent):
    """Gated recurrent unit: ``h = n + z * (h - n)``, ``n = tanh(a + r * b)``, with a of what enters and b of h; gates r, z.

    MACs: 3 T D H (I + O) per layer. Per time and unit 2 additions of products, 2 sigmoids (4 each), for n a multiplication,
    an addition and a tanh (6), for h 2 additions and a multiplication (21). ``last``: (D O,), h behind the last time, of
    both directions one after the other. Source: Cho et al. (2014), with the reset behind the product as in ``torch.nn.GRU``.
    """

    op = "gru"
    target = "GRU"
    gates = 3
    each = {"add": 9, "mul": 5, "exp": 4, "div": 3}
    EXAMPLES = _examples("gru", 4)

    def _steps(self, times: int, narrow: int, wide: int) -> int:
        """The first h; gates, candidates and the way between them at every time; h between two times."""
        hidden = self.hidden_size
        return (hidden + 5 * times * hidden + (times - 1) * hidden) * narrow + times * hidden * wide
