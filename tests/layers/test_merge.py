from __future__ import annotations

import pytest

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import Reach, Run, Same, Saved, Whole, channels_mixed
from cnncalc.layers.extremum import Maximum
from cnncalc.layers.matmul import Matmul
from cnncalc.layers.merge import Add, Concat, Mul, Sub

MAP = (32, 8, 8)
GATE = (32, 1, 1)


def failure(layer, *inputs) -> ShapeError:
    with pytest.raises(ShapeError) as error:
        layer.infer(*inputs)
    return error.value


def test_add_takes_one_addition_per_further_operand():
    assert Add().cost(MAP, MAP, MAP) == {"add": 2 * 32 * 8 * 8}


def test_gate_is_stretched():
    assert Mul().infer(MAP, GATE) == MAP
    assert Mul().infer(GATE, MAP) == MAP
    assert Mul().cost(MAP, GATE) == {"mul": 32 * 8 * 8}


def test_sizes_that_differ():
    error = failure(Add(), (32, 32, 32), (16, 32, 32))
    assert error.message == "add: sizes differ: 32x32x32, 16x32x32"
    assert error.hint == "add needs equal sizes (an axis of size 1 is stretched)"
    assert error.assume == (32, 32, 32)


def test_axes_that_differ():
    error = failure(Mul(), (32, 8, 8), (32,))
    assert error.message == "mul: numbers of axes differ: 32x8x8, 32"
    assert error.hint == "mul works axis by axis: bring all paths to the same number of axes"


def test_add_and_sub_keep_nothing():
    assert Add().saved(Run(needs=(True, True)), MAP, MAP) == Saved()
    assert Sub().saved(Run(needs=(True, True)), MAP, MAP) == Saved()


@pytest.mark.parametrize(
    ("needs", "kept"), [((True, True), (0, 1)), ((True, False), (1,)), ((False, True), (0,)), ((False, False), ())]
)
def test_factors_are_kept_for_each_other(needs, kept):
    assert Mul().saved(Run(needs=needs), MAP, GATE) == Saved(kept)
    assert Matmul().saved(Run(needs=needs), (5, 6), (6, 7)) == Saved(kept)


def test_partial_products_are_new_bytes():
    assert Mul().saved(Run(batch=2, needs=(True,) * 3), MAP, GATE, MAP) == Saved((0, 1, 2), extra=2 * 32 * 8 * 8 * 4)


def test_maximum_keeps_both():
    assert Maximum().saved(Run(needs=(True, False)), MAP, MAP) == Saved((0, 1))
    assert Maximum().saved(Run(needs=(False, False)), MAP, MAP) == Saved()
    assert Maximum().torch(MAP, MAP, MAP).target == "torch.maximum(torch.maximum({0}, {1}), {2})"


def test_sub_has_two_operands():
    error = failure(Sub(), MAP, MAP, MAP)
    assert error.message == "sub needs 2 inputs; found 3"
    assert error.hint == "nest them: sub(sub(a, b), c)"


def test_concat_of_inception():
    # GoogLeNet 3a: 64 + 128 + 32 + 32 = 256
    parts = [(c, 28, 28) for c in (64, 128, 32, 32)]
    assert Concat().infer(*parts) == (256, 28, 28)
    assert Concat().cost(*parts) == {}
    assert Concat().torch(*parts).target == "torch.cat([{inputs}], dim=1)"


def test_concat_along_a_spatial_axis():
    assert Concat(dim=-1).infer((4, 3, 4), (4, 3, 1)) == (4, 3, 5)
    assert Concat(dim=-1).reach((4, 3, 4), (4, 3, 1)) == Reach((Same(), Whole()), first=Same())
    assert Concat().reach(MAP, MAP) == channels_mixed(MAP)


def test_concat_of_different_maps():
    error = failure(Concat(), (64, 28, 28), (64, 56, 56))
    assert error.message == "concat: sizes differ: 64x28x28, 64x56x56"
    assert error.hint == "only the channels may differ; crop, pad or resize one of the paths"
    assert error.assume == (128, 28, 28)


def test_matmul():
    assert Matmul().infer((5, 6), (6, 7)) == (5, 7)
    assert Matmul().cost((5, 6), (6, 7)) == {"mac": 5 * 6 * 7}
    assert failure(Matmul(), (5, 6), (7, 6)).message == "matmul: inner sizes differ: 6 columns, 7 rows"
