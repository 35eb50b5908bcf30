from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Reach, Resample, Same, Window
from cnncalc.layers.resample import ChannelShuffle, PixelShuffle, PixelUnshuffle, Resize, Upsample


def failure(layer, *inputs) -> ShapeError:
    with pytest.raises(ShapeError) as error:
        layer.infer(*inputs)
    return error.value


def test_upsample():
    assert Upsample(scale_factor=2).infer((256, 20, 20)) == (256, 40, 40)
    assert Upsample(scale_factor=2).cost((256, 20, 20)) == {}
    assert Upsample(size=(9, 4)).infer((3, 5, 5)) == (3, 9, 4)


def test_sizes_are_cut_as_torch_cuts_them():
    # 100 * 0.29 is 28.999999999999996 in double precision
    assert Upsample(scale_factor=Fraction(29, 100)).infer((1, 100)) == (1, 28)


@pytest.mark.parametrize(
    ("mode", "shape", "taps"),
    [("linear", (2, 4), 2), ("bilinear", (2, 4, 4), 4), ("trilinear", (2, 4, 4, 4), 8), ("bicubic", (2, 4, 4), 16)],
)
def test_taps(mode, shape, taps):
    layer = Upsample(scale_factor=2, mode=mode)
    out = 2 * 8 ** (len(shape) - 1)
    assert layer.cost(shape) == {"mul": taps * out, "add": (taps - 1) * out}


def test_linear_fits_every_rank():
    names = [Upsample(scale_factor=2, mode="linear").torch((2, *(4,) * rank)).arguments[-1].value for rank in (1, 2, 3)]
    assert names == ["linear", "bilinear", "trilinear"]


def test_bilinear_on_a_sequence():
    error = failure(Upsample(scale_factor=2, mode="bilinear"), (8, 9))
    assert error.message == "bilinear works on 2 spatial axes; the input 8x9 has 1"
    assert error.assume == (8, 18)


def test_nothing_left():
    error = failure(Upsample(scale_factor=Fraction(1, 8)), (8, 5, 9))
    assert error.message == "scale_factor 1/8 leaves nothing of the input 8x5x9"


def test_neither_factor_nor_size():
    with pytest.raises(ValidationError, match="upsample takes a factor or a size"):
        Upsample()


def test_coordinates_use_the_factor():
    assert Upsample(scale_factor=2).reach((1, 5)) == Reach(
        (Resample("nearest", 5, 10, scale=Fraction(2)),), first=Same()
    )
    assert Upsample(size=10).reach((1, 5)) == Reach((Resample("nearest", 5, 10),), first=Same())


def test_resize_follows_a_value():
    layer = Resize(like="skip", mode="bilinear")
    assert layer.infer((8, 5, 7), (3, 9, 14)) == (8, 9, 14)
    assert layer.torch((8, 5, 7), (3, 9, 14)).target == 'F.interpolate({0}, size={1}.shape[2:], mode="bilinear")'
    assert failure(layer, (8, 5, 7), (3, 9)).message == "resize: numbers of axes differ: 8x5x7, skip is 3x9"


def test_pixelshuffle():
    assert PixelShuffle(upscale_factor=3).infer((27, 4, 5)) == (3, 12, 15)
    error = failure(PixelShuffle(upscale_factor=2), (6, 4, 4))
    assert error.message == "upscale_factor 2 needs channels divisible by 4; the input has 6"
    assert error.assume == (1, 8, 8)


def test_pixelunshuffle():
    assert PixelUnshuffle(downscale_factor=2).infer((3, 4, 6)) == (12, 2, 3)
    assert PixelUnshuffle(downscale_factor=2).reach((3, 4, 6)) == Reach((Window(2, 2, 0, 0),) * 2)
    assert (
        failure(PixelUnshuffle(downscale_factor=2), (3, 5, 6)).message
        == "downscale_factor 2 does not divide the size 5x6"
    )


def test_channelshuffle():
    assert ChannelShuffle(groups=2).infer((116, 28, 28)) == (116, 28, 28)
    error = failure(ChannelShuffle(groups=3), (8, 4))
    assert (error.message, error.hint) == ("groups 3 does not divide the 8 channels", "use 2 groups")
