"""Max-unpooling against torch, through the emitted module."""

from __future__ import annotations

import pytest
import torch

import cnncalc


@pytest.mark.parametrize(
    ("pool", "size", "rank"),
    [
        ("maxpool 2", "3x8x6", 2),
        ("maxpool 2 ceil", "3x9x7", 2),
        ("maxpool 3 s2 p1", "2x9", 1),
        ("maxpool 2", "2x4x5x6", 3),
    ],
)
def test_numbers_go_back_to_where_they_came_from(pool: str, size: str, rank: int) -> None:
    network = cnncalc.load(f"{size}; p1 = {pool}; unpool p1")
    module = cnncalc.build(network)
    shape = network.graph.inputs[0].shape or ()
    x = torch.rand(2, *shape)
    own = {1: torch.nn.functional.max_pool1d, 2: torch.nn.functional.max_pool2d, 3: torch.nn.functional.max_pool3d}[
        rank
    ]
    back = {
        1: torch.nn.functional.max_unpool1d,
        2: torch.nn.functional.max_unpool2d,
        3: torch.nn.functional.max_unpool3d,
    }[rank]
    layer = network.graph.nodes[1].layer
    pooled, indices = own(x, layer.kernel_size, layer.stride, layer.padding, ceil_mode=layer.ceil, return_indices=True)  # type: ignore[attr-defined]
    expected = back(pooled, indices, layer.kernel_size, layer.stride, layer.padding, output_size=shape[1:])  # type: ignore[attr-defined]
    assert torch.equal(module(x), expected)


def test_only_a_maxpool_can_be_undone() -> None:
    with pytest.raises(cnncalc.SpecError) as error:
        cnncalc.load("3x8x8; a = avgpool 2; unpool a")
    assert error.value.problems[0].line() == "<text>:1:23: 'a' is no maxpool but a layer of kind avgpool"


def test_sizes_must_agree() -> None:
    with pytest.raises(
        cnncalc.SpecError, match="unpool needs the size that the pool gave, 3x4x4, but the input is 3x2x2"
    ):
        cnncalc.load("3x8x8; a = maxpool 2; maxpool 2 | unpool a")
