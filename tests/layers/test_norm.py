from __future__ import annotations

import pytest

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.base import GLOBAL, POINTWISE, Reach, Run, Same, Saved, Whole, channels_mixed
from cnncalc.layers.groupnorm import GroupNorm, InstanceNorm
from cnncalc.layers.layernorm import L2Norm, LayerNorm, RMSNorm
from cnncalc.layers.norm import LRN, BatchNorm

SHAPE = (64, 112, 112)
SIZE = 64 * 112 * 112


def names(params):
    return [p.name for p in params]


def test_batchnorm_state_dict():
    params = BatchNorm().params(SHAPE)
    assert names(params) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
    assert sum(p.size for p in params if not p.buffer) == 2 * 64
    assert [p.int64 for p in params] == [False] * 4 + [True]
    assert names(BatchNorm(affine=False).params(SHAPE)) == ["running_mean", "running_var", "num_batches_tracked"]
    assert names(BatchNorm(track_running_stats=False).params(SHAPE)) == ["weight", "bias"]


def test_batchnorm_is_a_scale_and_a_shift_in_evaluation():
    assert BatchNorm().cost(SHAPE) == {"mul": SIZE, "add": SIZE}


@pytest.mark.parametrize(("shape", "target"), [((10,), 1), ((10, 5), 1), ((3, 4, 5), 2), ((3, 4, 5, 6), 3)])
def test_batchnorm_of_every_rank(shape, target):
    assert BatchNorm().torch(shape).target == f"nn.BatchNorm{target}d"


def test_batchnorm_keeps_input_mean_and_deviation():
    assert BatchNorm().saved(Run(batch=8), SHAPE) == Saved((0,), extra=2 * 64 * 4)
    assert BatchNorm().saved(Run(batch=8, train=False), SHAPE) == Saved((0,))


def test_batchnorm_as_first_layer_keeps_its_input_for_the_weight():
    assert BatchNorm().saved(Run(needs=(False,)), SHAPE).inputs == (0,)
    assert BatchNorm(affine=False).saved(Run(needs=(False,)), SHAPE) == Saved()


@pytest.mark.parametrize("layer", [GroupNorm(num_groups=32), InstanceNorm(affine=True), LayerNorm()])
def test_norms_with_affine_take_five_operations(layer):
    assert sum(layer.cost(SHAPE).values()) == 5 * SIZE


def test_norms_without_affine_take_four():
    assert sum(InstanceNorm().cost(SHAPE).values()) == 4 * SIZE


def test_groupnorm_keeps_two_numbers_per_sample_and_group():
    assert GroupNorm(num_groups=32).saved(Run(batch=8), SHAPE) == Saved((0,), extra=2 * 8 * 32 * 4)


def test_instancenorm_repeats_its_weight_for_every_sample():
    assert InstanceNorm(affine=True).saved(Run(batch=8), SHAPE).extra == (2 + 1) * 8 * 64 * 4


def test_groupnorm_sees_the_whole_map():
    assert GroupNorm(num_groups=1).reach(SHAPE) == Reach((Whole(), Whole()))


def test_groups_that_do_not_divide():
    with pytest.raises(ShapeError) as error:
        GroupNorm(num_groups=5).infer((64, 7, 7))
    assert error.value.message == "num_groups 5 does not divide the 64 channels"
    assert (error.value.argument, error.value.hint) == ("num_groups", "use 4 groups")
    assert error.value.assume == (64, 7, 7)


def test_instancenorm_of_one_position():
    with pytest.raises(ShapeError) as error:
        InstanceNorm().infer((64, 1, 1))
    assert error.value.message == "instancenorm needs more than one position per channel; the input is 64x1x1"


def test_lrn_of_alexnet():
    # 96x55x55, 5 channels: per element 5 MACs, an addition, a power, 2 divisions
    size = 96 * 55 * 55
    assert LRN(size=5).cost((96, 55, 55)) == {"mul": 5 * size, "add": 6 * size, "exp": size, "div": 2 * size}


def test_lrn_keeps_three_and_a_half_times_its_input_on_eight_channels():
    # measured with torch 2.13: 32256 bytes beside an input of 9216 bytes
    assert LRN(size=5).saved(Run(), (8, 12, 24)) == Saved((0,), extra=32256)


def test_lrn_needs_positions():
    with pytest.raises(ShapeError) as error:
        LRN(size=5).infer((10,))
    assert error.value.message == "lrn needs 1 to 3 spatial axes; the input 10 has 0"


@pytest.mark.parametrize(
    ("over", "shape", "params", "reach"),
    [
        ("auto", (96, 56, 56), 96, channels_mixed((96, 56, 56))),
        ("auto", (197, 768), 768, Reach((Whole(),), first=Same())),
        ("channels", (64, 100), 64, channels_mixed((64, 100))),
        ("last", (96, 56, 28), 28, Reach((Same(), Whole()), first=Same())),
        ("all", (3, 4, 5), 60, GLOBAL),
        ("auto", (10,), 10, POINTWISE),
    ],
)
def test_layernorm_over(over, shape, params, reach):
    layer = LayerNorm(over=over)
    assert layer.infer(shape) == shape
    assert [p.size for p in layer.params(shape)] == [params, params]
    assert layer.reach(shape) == reach


def test_layernorm_keeps_two_numbers_per_row():
    assert LayerNorm().saved(Run(batch=2), (197, 768)) == Saved((0,), extra=2 * 2 * 197 * 4)
    assert LayerNorm().saved(Run(batch=2), (96, 56, 56)) == Saved((0,), extra=2 * 2 * 56 * 56 * 4)


def test_rmsnorm():
    # 4 rows of 6: squares and sums, scale, weight; a division, an addition and a root per row
    assert RMSNorm().cost((4, 6)) == {"mul": 24 + 48, "add": 24 + 4, "div": 4, "exp": 4}


def test_l2norm():
    # 280 = 8 * 5 * 7 squares, whose sums over 8 channels take 7 additions at each of 35 places
    assert L2Norm().cost((8, 5, 7)) == {"mul": 280, "add": 245, "exp": 35, "cmp": 35, "div": 280}
    assert L2Norm().torch((8, 5, 7)).target == "F.normalize({0}, dim=1)"
