"""How far the pixels scatter that matter: the variance that a layer adds, when the taps of its window weigh the same.

The variances of the layers add up, ``jump^2 d^2 (k^2 - 1) / 12`` for a window. Source: Luo, Li, Urtasun and Zemel,
Understanding the Effective Receptive Field in Deep Convolutional Neural Networks (NIPS 2016), section 2.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from cnncalc.layers.base import Adaptive, Block, Resample, Scatter, Window

if TYPE_CHECKING:
    from cnncalc.layers.base import AxisMap


def uniform(places: float) -> float:
    """The variance of that many neighbouring places of equal weight."""
    return (places**2 - 1) / 12


def variance(axis: AxisMap) -> float:
    """The variance of the places that an output reads, in inputs of the layer; all taps weigh the same."""
    if isinstance(axis, Window):
        return axis.dilation**2 * uniform(axis.kernel)
    if isinstance(axis, Scatter):
        common = gcd(axis.stride, axis.dilation)
        return (axis.dilation / common) ** 2 * uniform(max(axis.kernel * common / axis.stride, 1))
    if isinstance(axis, Resample):
        return 0.0 if axis.mode.startswith("nearest") else 1 / 6  # f(1 - f) on average, between neighbours
    if isinstance(axis, Adaptive):
        return uniform(max(axis.size / axis.out, 1))
    if isinstance(axis, Block):
        return uniform(axis.size)
    return 0.0
