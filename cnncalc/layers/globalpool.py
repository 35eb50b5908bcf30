"""Pooling to a given size: global and adaptive, average and maximum."""

from __future__ import annotations

from math import gcd, prod
from typing import final

from cnncalc.layers.arguments import axes_of, module, spatial_rank
from cnncalc.layers.base import (
    NOTHING,
    Adaptive,
    Arg,
    Cost,
    Example,
    Layer,
    Reach,
    Run,
    Same,
    Saved,
    Shape,
    TorchCall,
    Whole,
)
from cnncalc.layers.windowed import Counts


class _ToSize(Layer):
    """A pool that is told the size of its output. Windows: ``floor(o*i/O) .. ceil((o+1)*i/O) - 1``.

    Source: ``torch.nn.AdaptiveAvgPool2d``.
    """

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """The size of the output per spatial axis."""
        raise NotImplementedError

    def infer(self, *inputs: Shape) -> Shape:
        """(channels, *sizes).

        Raises:
            ShapeError: the input is no feature map.
        """
        return (inputs[0][0], *self.sizes(inputs[0]))

    def reach(self, *inputs: Shape) -> Reach:
        """The windows, or the whole axis."""
        return Reach(
            tuple(
                Whole() if out == 1 else Adaptive(size, out)
                for size, out in zip(inputs[0][1:], self.sizes(inputs[0]), strict=True)
            ),
            first=Same(),
        )

    def seen(self, *inputs: Shape) -> int:
        """How many numbers all windows read together."""
        total = inputs[0][0]
        for size, out in zip(inputs[0][1:], self.sizes(inputs[0]), strict=True):
            total *= size + out - gcd(size, out)  # neighbours share a number, but where a border falls between two
        return total


class _Average(_ToSize):
    def cost(self, *inputs: Shape) -> Cost:
        """Additions within the windows and one division per output."""
        out = prod(self.infer(*inputs))
        return {"add": self.seen(*inputs) - out, "div": out}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input, of which only the size is needed; nothing for a global mean, which is a plain mean."""
        del run
        is_mean = all(size == 1 for size in self.sizes(inputs[0]))
        return NOTHING if is_mean else Saved(inputs=(0,))


class _Largest(_ToSize):
    def cost(self, *inputs: Shape) -> Cost:
        """Comparisons within the windows."""
        return {"cmp": self.seen(*inputs) - prod(self.infer(*inputs))}

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The input and the indices, 8 bytes each."""
        return Saved(inputs=(0,), extra=8 * run.batch * prod(self.infer(*inputs)))


def _ones(shape: Shape, op: str) -> tuple[int, ...]:
    return (1,) * spatial_rank(shape, op)


@final
class GlobalAvgPool(_Average):
    """Mean over all positions of a channel: (C, H, W) becomes (C, 1, 1). Source: Lin et al., Network in Network (2013)."""

    op = "globalavgpool"
    aliases = ("gap",)
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "globalavgpool"),
        Example({}, ((8, 9),), "globalavgpool"),
        Example({}, ((4, 3, 4, 5),), "globalavgpool"),
    )

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """1 on every axis."""
        return _ones(shape, self.op)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.AdaptiveAvgPool2d(1)``."""
        return module(f"AdaptiveAvgPool{len(inputs[0]) - 1}d", Arg(1))


@final
class GlobalMaxPool(_Largest):
    """Largest number over all positions of a channel: (C, H, W) becomes (C, 1, 1)."""

    op = "globalmaxpool"
    aliases = ("gmp",)
    EXAMPLES = (
        Example({}, ((8, 5, 7),), "globalmaxpool"),
        Example({}, ((8, 9),), "globalmaxpool"),
        Example({}, ((4, 3, 4, 5),), "globalmaxpool"),
    )

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """1 on every axis."""
        return _ones(shape, self.op)

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.AdaptiveMaxPool2d(1)``."""
        return module(f"AdaptiveMaxPool{len(inputs[0]) - 1}d", Arg(1))


@final
class AdaptiveAvgPool(_Average):
    """Mean over windows that divide the input into a given number of parts. Source: ``torch.nn.AdaptiveAvgPool2d``."""

    op = "adaptiveavgpool"
    positional = ("output_size",)
    EXAMPLES = (
        Example({"output_size": 6}, ((8, 13, 13),), "adaptiveavgpool 6"),
        Example({"output_size": (2, 3)}, ((4, 5, 9),), "adaptiveavgpool 2x3"),
        Example({"output_size": 7}, ((4, 3, 3),), "adaptiveavgpool 7"),
        Example({"output_size": 4}, ((4, 10),), "adaptiveavgpool 4"),
        Example({"output_size": (1, 2, 2)}, ((4, 3, 4, 5),), "adaptiveavgpool 1x2x2"),
    )

    output_size: Counts

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """As given."""
        return axes_of(self.output_size, spatial_rank(shape, self.op), "output_size")

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.AdaptiveAvgPool2d``."""
        return module(f"AdaptiveAvgPool{len(inputs[0]) - 1}d", Arg(self.output_size, "output_size"))


@final
class AdaptiveMaxPool(_Largest):
    """Largest number of windows that divide the input into a given number of parts."""

    op = "adaptivemaxpool"
    positional = ("output_size",)
    EXAMPLES = (
        Example({"output_size": 6}, ((8, 13, 13),), "adaptivemaxpool 6"),
        Example({"output_size": (2, 3)}, ((4, 5, 9),), "adaptivemaxpool 2x3"),
        Example({"output_size": 4}, ((4, 10),), "adaptivemaxpool 4"),
        Example({"output_size": 2}, ((4, 3, 4, 5),), "adaptivemaxpool 2"),
    )

    output_size: Counts

    def sizes(self, shape: Shape) -> tuple[int, ...]:
        """As given."""
        return axes_of(self.output_size, spatial_rank(shape, self.op), "output_size")

    def torch(self, *inputs: Shape) -> TorchCall:
        """``nn.AdaptiveMaxPool2d``."""
        return module(f"AdaptiveMaxPool{len(inputs[0]) - 1}d", Arg(self.output_size, "output_size"))
