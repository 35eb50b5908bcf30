from __future__ import annotations

import pytest

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Arg, Reach, Run, Same, Saved, Window
from cnncalc.layers.pad import Crop, Pad


def failure(layer, *inputs) -> ShapeError:
    with pytest.raises(ShapeError) as error:
        layer.infer(*inputs)
    return error.value


def test_pad_begin_and_end_of_every_axis():
    layer = Pad(padding=((0, 1), (2, 3)))
    assert layer.infer((8, 5, 7)) == (8, 5 + 0 + 1, 7 + 2 + 3)
    # torch lists the sides from the last axis on
    assert layer.torch((8, 5, 7)).arguments == (Arg((2, 3, 0, 1)),)
    assert layer.reach((8, 5, 7)) == Reach((Window(1, 1, 0, 1), Window(1, 1, 2, 3)), first=Same())


@pytest.mark.parametrize(("mode", "kept"), [("zeros", ()), ("reflect", (0,)), ("replicate", (0,)), ("circular", ())])
def test_what_padding_keeps(mode, kept):
    assert Pad(padding=1, mode=mode).saved(Run(), (8, 5, 7)) == Saved(kept)


@pytest.mark.parametrize(
    ("mode", "amount", "message"),
    [
        ("reflect", 5, "reflect padding 5 on an axis of 5: at most 4 is possible"),
        ("circular", 6, "circular padding 6 on an axis of 5: at most 5 is possible"),
        ("zeros", -3, "padding leaves nothing of the input 8x5x7"),
    ],
)
def test_padding_that_cannot_be(mode, amount, message):
    assert failure(Pad(padding=amount, mode=mode), (8, 5, 7)).message == message


def test_sides_for_another_rank():
    error = failure(Pad(padding=(1, 2, 3)), (8, 5, 7))
    assert error.message == "padding has 3 numbers, but the input has 2 spatial axes"
    assert error.hint == "give one number, or 2"


def test_crop_to_the_size_of_a_value():
    # U-Net: 64x64 to 56x56 takes 4 off every side
    layer = Crop(amount="up")
    assert layer.infer((512, 64, 64), (512, 56, 56)) == (512, 56, 56)
    assert layer.torch((512, 64, 64), (512, 56, 56)).target == "{0}[:, :, 4:60, 4:60]"
    assert layer.reach((512, 64, 64), (512, 56, 56)) == Reach((Window(1, 1, -4, -4),) * 2, first=Same())


def test_crop_of_an_odd_rest_takes_more_off_the_end():
    assert Crop(amount="x").reach((1, 9), (1, 6)) == Reach((Window(1, 1, -1, -2),), first=Same())


def test_crop_to_a_larger_value():
    error = failure(Crop(amount="x"), (8, 5, 7), (8, 6, 7))
    assert error.message == "crop: 8x5x7 does not cover x, which is 8x6x7"
    assert error.assume == (8, 6, 7)


def test_crop_of_everything():
    assert (
        failure(Crop(amount=3), (8, 5, 7)).message == "crop must leave a part of the input 8x5x7; it would leave 8x-1x1"
    )
