from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import activation, smooth, softmax
from cnncalc.layers.base import GLOBAL, Arg, Reach, Run, Same, Saved, TorchCall, Whole, channels_mixed

SHAPE = (8, 5, 7)
SIZE = prod(SHAPE)

# FLOPs of one element: torchscan's counts for the first six; the others are the operations of their formulas.
FLOPS = {
    activation.ReLU: 1,
    activation.ReLU6: 2,
    activation.LeakyReLU: 4,
    smooth.ELU: 6,
    smooth.Sigmoid: 4,
    smooth.Tanh: 6,
    smooth.SiLU: 5,
    smooth.GELU: 5,
    smooth.Hardswish: 5,
    smooth.Hardsigmoid: 4,
    smooth.Hardtanh: 2,
    smooth.Mish: 3 + 6 + 1,
    smooth.PReLU: 4,
    smooth.Softsign: 3,
}

# What torch's derivatives.yaml lists: "self" is the input, "result" the output.
KEPT = {
    activation.ReLU: "result",
    activation.ReLU6: "self",
    activation.LeakyReLU: "self",
    smooth.ELU: "self",
    smooth.Sigmoid: "result",
    smooth.Tanh: "result",
    smooth.SiLU: "self",
    smooth.GELU: "self",
    smooth.Hardswish: "self",
}


def flops(cost: dict[str, int]) -> int:
    return sum(cost.values()) + cost.get("mac", 0)


@pytest.mark.parametrize(("kind", "each"), FLOPS.items())
def test_flops_per_element(kind, each):
    assert flops(kind().cost(SHAPE)) == each * SIZE


def test_gelu_by_tanh_costs_the_tanh():
    assert flops(smooth.GELU(approximate="tanh").cost(SHAPE)) == (8 + 6) * SIZE


@pytest.mark.parametrize(("kind", "kept"), KEPT.items())
def test_keeps_input_or_output(kind, kept):
    assert kind().saved(Run(), SHAPE) == (Saved((0,)) if kept == "self" else Saved(output=True))


@pytest.mark.parametrize("kind", [activation.ReLU, activation.LeakyReLU, smooth.ELU, smooth.SELU, smooth.CELU])
def test_in_place_with_a_formula_of_its_own_keeps_the_output(kind):
    assert kind(inplace=True).saved(Run(), SHAPE) == Saved(output=True)


@pytest.mark.parametrize("kind", [activation.ReLU6, smooth.SiLU, smooth.Mish, smooth.Hardswish, smooth.Hardsigmoid])
def test_in_place_without_one_copies_the_input(kind):
    assert kind(inplace=True).saved(Run(batch=3, itemsize=4), SHAPE) == Saved(extra=3 * 8 * 5 * 7 * 4)


@pytest.mark.parametrize("kind", [activation.ReLU, activation.ReLU6, smooth.SiLU])
def test_in_place_shares_storage(kind):
    assert kind(inplace=True).is_view(SHAPE)
    assert not kind().is_view(SHAPE)


def test_nothing_is_kept_where_nothing_needs_a_gradient():
    assert activation.ReLU().saved(Run(needs=(False,)), SHAPE) == Saved()


def test_prelu_keeps_its_input_for_its_own_slope():
    assert smooth.PReLU().saved(Run(needs=(False,)), SHAPE) == Saved((0,))


def test_prelu_has_one_slope_or_one_per_channel():
    assert [p.shape for p in smooth.PReLU().params(SHAPE)] == [(1,)]
    assert [p.shape for p in smooth.PReLU(channelwise=True).params(SHAPE)] == [(8,)]


def test_torch_call_leaves_defaults_out():
    assert activation.ReLU().torch(SHAPE) == TorchCall("module", "nn.ReLU")
    slope = Arg(Fraction(1, 10), "negative_slope", "negative_slope")
    assert activation.LeakyReLU(negative_slope=Fraction(1, 10)).torch(SHAPE) == TorchCall(
        "module", "nn.LeakyReLU", (slope,)
    )


def test_softmax_over_ten_classes():
    # 9 comparisons, 10 differences, 10 exponentials, 9 additions, 10 quotients
    assert softmax.Softmax().cost((10,)) == {"cmp": 9, "add": 19, "exp": 10, "div": 10}


def test_softmax_over_channels_has_a_row_per_position():
    assert softmax.Softmax().cost((8, 5, 7))["cmp"] == 5 * 7 * (8 - 1)
    assert softmax.Softmax(dim=-1).cost((8, 5, 7))["cmp"] == 8 * 5 * (7 - 1)


def test_softmax_counts_the_batch_for_torch():
    assert softmax.Softmax(dim=-1).torch((8, 5, 7)).arguments == (Arg(3, None, "dim"),)


def test_softmax_along_an_axis_reads_all_of_it():
    assert softmax.Softmax().reach(SHAPE) == channels_mixed(SHAPE)
    assert softmax.Softmax(dim=2).reach(SHAPE) == Reach((Same(), Whole()), first=Same())
    assert softmax.Softmax().reach(SHAPE) != GLOBAL


def test_softmax_on_a_missing_axis():
    with pytest.raises(ShapeError) as error:
        softmax.Softmax(dim=3).infer(SHAPE)
    assert error.value.message == "dim 3 is out of range: the input 8x5x7 has 3 axes"
    assert error.value.hint == "count from 0 (channels) to 2 (last), without the batch"
    assert (error.value.argument, error.value.assume) == ("dim", SHAPE)


def test_glu_halves():
    assert softmax.GLU().infer((8, 5, 7)) == (4, 5, 7)
    assert flops(softmax.GLU().cost((8, 5, 7))) == 5 * 4 * 5 * 7


def test_glu_on_an_odd_axis():
    with pytest.raises(ShapeError) as error:
        softmax.GLU().infer((7, 9))
    assert error.value.message == "glu halves axis 0, but the input 7x9 has 7 there, which is odd"
    assert error.value.assume == (3, 9)
