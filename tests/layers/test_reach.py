"""Where a layer says that its outputs look, against where torch's gradient says so."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import pytest

from cnncalc.layers.base import Resample, Same, Whole, Window
from cnncalc.layers.pad import Crop, Pad
from cnncalc.layers.part import Slice
from cnncalc.layers.resample import PixelUnshuffle, Upsample

torch = pytest.importorskip("torch")

HALF = Fraction(1, 2)


def place(axis: Resample, o: int) -> Fraction:
    """The coordinate in the input that output o interpolates at."""
    if axis.align_corners:
        return Fraction(o * (axis.size - 1), axis.out - 1)
    return (o + HALF) / (axis.scale or Fraction(axis.out, axis.size)) - HALF


def taps(axis: Resample, o: int) -> set[int]:
    if axis.mode == "nearest":
        return {floor(o / (axis.scale or Fraction(axis.out, axis.size)))}
    if axis.mode == "nearest-exact":
        return {floor(place(axis, o) + HALF)}
    x = place(axis, o)
    if axis.mode == "linear":
        x = max(x, Fraction(0))
        return {floor(x), ceil(x)}
    if x.denominator == 1:
        return {int(x)}
    return {floor(x) + t for t in (-1, 0, 1, 2)}


def reads(axis, o: int, size: int) -> set[int]:
    """What base.py says that output o reads of an axis of that size."""
    if isinstance(axis, Window):
        found = {o * axis.stride - axis.begin + axis.dilation * t for t in range(axis.kernel)}
        return {i for i in found if 0 <= i < size}
    if isinstance(axis, Resample):
        return {min(max(i, 0), size - 1) for i in taps(axis, o)}
    return set(range(size)) if isinstance(axis, Whole) else {o}


def support(function, size: int, o: int) -> set[int]:
    x = torch.rand(1, 1, size, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(function(x)[0, :, o].sum(), x)
    return set(gradient[0, 0].nonzero().flatten().tolist())


@pytest.mark.parametrize("size", [5, 8, 11])
@pytest.mark.parametrize("scale", [Fraction(2), Fraction(3), Fraction(3, 2), Fraction(1, 2)])
@pytest.mark.parametrize(
    ("mode", "corners"), [("nearest", False), ("nearest-exact", False), ("linear", False), ("linear", True)]
)
def test_upsample(size, scale, mode, corners):
    layer = Upsample(scale_factor=scale, mode=mode, align_corners=corners)
    (axis,) = layer.reach((1, size)).axes
    module = torch.nn.Upsample(scale_factor=float(scale), mode=mode, align_corners=corners or None)
    for o in range(axis.out):
        assert support(module, size, o) <= reads(axis, o, size)
        assert reads(axis, o, size) <= support(module, size, o) | {size - 1}


@pytest.mark.parametrize("out", [3, 7, 10, 13])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
def test_upsample_to_a_size(out, mode):
    (axis,) = Upsample(size=out, mode=mode).reach((1, 7)).axes
    for o in range(out):
        assert support(torch.nn.Upsample(size=out, mode=mode), 7, o) == reads(axis, o, 7)


@pytest.mark.parametrize("corners", [False, True])
def test_bicubic(corners):
    layer = Upsample(scale_factor=2, mode="bicubic", align_corners=corners)
    axis = layer.reach((1, 6, 6)).axes[0]
    module = torch.nn.Upsample(scale_factor=2, mode="bicubic", align_corners=corners)
    for o in range(12):
        x = torch.rand(1, 1, 6, 6, dtype=torch.float64, requires_grad=True)
        (gradient,) = torch.autograd.grad(module(x)[0, 0, o].sum(), x)
        seen = set((gradient[0, 0].abs().sum(1) > 1e-9).nonzero().flatten().tolist())
        assert seen <= reads(axis, o, 6)


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (Pad(padding=((2, 1),)), torch.nn.ZeroPad1d((2, 1))),
        (Pad(padding=-2), torch.nn.ZeroPad1d(-2)),
        (Crop(amount=((1, 3),)), lambda x: x[:, :, 1:-3]),
        (Slice(start=2, stop=7, dim=1), lambda x: x[:, :, 2:7]),
    ],
)
def test_shifts(layer, function):
    (axis,) = layer.reach((1, 9)).axes
    for o in range(layer.infer((1, 9))[1]):
        assert support(function, 9, o) == reads(axis, o, 9)


def test_pixelunshuffle():
    axis = PixelUnshuffle(downscale_factor=3).reach((1, 9, 9)).axes[0]
    module = torch.nn.PixelUnshuffle(3)
    for o in range(3):
        assert support(lambda x: module(x.unsqueeze(-1).expand(1, 1, 9, 9)), 9, o) == reads(axis, o, 9)


def test_an_axis_that_stays_reads_itself():
    assert reads(Same(), 3, 9) == {3}
