from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Arg, Run, Saved
from cnncalc.layers.dropout import Dropout
from cnncalc.layers.identity import Identity
from cnncalc.layers.stochastic import Dropout2d, StochasticDepth


def test_dropout_keeps_a_mask_of_numbers_in_training():
    assert Dropout().saved(Run(batch=2), (4096,)) == Saved(extra=2 * 4096 * 4)


@pytest.mark.parametrize(("p", "run"), [(Fraction(1, 2), Run(train=False)), (0, Run()), (1, Run(needs=(False,)))])
def test_dropout_keeps_nothing_otherwise(p, run):
    assert Dropout(p=p).saved(run, (4096,)) == Saved()


def test_dropout_of_channels_keeps_a_number_per_channel():
    assert Dropout2d().saved(Run(batch=2), (8, 5, 7)) == Saved(extra=2 * 8 * 4)


def test_dropout_costs_nothing_in_evaluation():
    assert Dropout().cost((4096,)) == {}


def test_dropout2d_needs_an_image():
    with pytest.raises(ShapeError) as error:
        Dropout2d().infer((8, 9))
    assert error.value.message == "dropout2d needs 2 spatial axes; the input 8x9 has 1"
    assert error.value.hint == "put dropout2d on a feature map: channels, then the spatial axes"


def test_the_rate_is_a_probability():
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        Dropout(p=2)


def test_stochastic_depth_keeps_a_number_per_sample():
    assert StochasticDepth(p=Fraction(1, 5)).saved(Run(batch=8), (8, 5, 7)) == Saved(extra=8 * 4)
    assert StochasticDepth(p=Fraction(1, 5), mode="batch").saved(Run(batch=8), (8, 5, 7)) == Saved(extra=4)


def test_torch_calls():
    assert Dropout(p=Fraction(1, 5)).torch((10,)).arguments == (Arg(Fraction(1, 5), "p"),)
    assert Dropout().torch((10,)).arguments == ()
    assert Identity().torch((10,)).target == "nn.Identity"
