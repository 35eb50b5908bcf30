"""Padding of windows: numbers, pairs and words, into begin and end of every axis."""

from __future__ import annotations

from typing import Literal

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import axes_of

Sides = int | tuple[int, ...] | tuple[tuple[int, int], ...]
"""One number for every side, one per axis, or a pair begin:end per axis."""

Pairs = tuple[tuple[int, int], ...]


def sides(value: Sides, rank: int, argument: str) -> Pairs:
    """Begin and end for every spatial axis.

    Raises:
        ShapeError: there are not as many as axes.
    """
    return tuple(v if isinstance(v, tuple) else (v, v) for v in axes_of(value, rank, argument))


Padding = Sides | Literal["half", "same", "same_lower", "full", "valid"]
"""``half``: d(k-1)//2 on both sides; ``same``: as many outputs as ceil(size / stride), the odd row at the end
(``same_lower``: at the begin); ``full``: d(k-1) on both sides; ``valid``: none."""

WORDS = {word: {"padding": word} for word in ("half", "same", "same_lower", "full", "valid")}


def resolve(
    padding: Padding, size: tuple[int, ...], kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Pairs:
    """Begin and end for every spatial axis.

    Source of ``same``: the SAME padding of TensorFlow's ``tf.nn.convolution``; of ``half`` and ``full``: dumoulin and
    visin, A guide to convolution arithmetic (2016), relationships 3 and 4.

    Raises:
        ShapeError: there are not as many numbers as axes, or one is negative.
    """
    if not isinstance(padding, str):
        pairs = sides(padding, len(size), "padding")
        if any(side < 0 for pair in pairs for side in pair):
            raise ShapeError("padding must not be negative", argument="padding", hint="put crop before the layer")
        return pairs
    return tuple(_side(padding, *axis) for axis in zip(size, kernel, stride, dilation, strict=True))


def _side(word: str, size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    wide = dilation * (kernel - 1)
    if word == "valid":
        return 0, 0
    if word == "full":
        return wide, wide
    if word == "half":
        return wide // 2, wide // 2
    total = max(0, (-(-size // stride) - 1) * stride + wide + 1 - size)
    small, large = total // 2, total - total // 2
    return (small, large) if word == "same" else (large, small)


def symmetric(pairs: Pairs) -> bool:
    """Whether begin and end are equal on every axis, as PyTorch's own layers want it."""
    return all(begin == end for begin, end in pairs)


def padded(size: tuple[int, ...], pairs: Pairs) -> tuple[int, ...]:
    """The sizes with their padding."""
    return tuple(n + begin + end for n, (begin, end) in zip(size, pairs, strict=True))
