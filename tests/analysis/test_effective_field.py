"""The estimate of the effective receptive field, held against gradients through linear networks whose windows are uniform."""

from __future__ import annotations

import pytest

import cnncalc

torch = pytest.importorskip("torch")

CHAINS = {
    "ten convolutions": "3x63x63 | repeat(10, conv 4 3)",
    "stride": "3x101x101 | conv 4 5 s2 | conv 4 3 s2 | conv 4 3",
    "dilation": "3x63x63 | conv 4 3 d1 | conv 4 3 d2 | conv 4 3 d4",
    "average pools": "3x64x64 | conv 4 3 | avgpool 2 | conv 4 3 | avgpool 3 s2 | conv 4 3",
    "one axis": "3x201 | conv 4 9 | conv 4 5 s2 | conv 4 5",
    "unequal axes": "3x64x64 | conv 4 (3,7) | conv 4 (1,5) | conv 4 (5,1)",
    "a path around": "4x63x63 | add(conv 4 3 half | conv 4 3 half, self) | conv 4 3",
    "branches side by side": "4x63x63 | concat(conv 12 7 half, conv 4 1) | conv 4 3",
}


def _moments(gradient):
    """The variance of the places along each axis, weighted by the gradient summed over everything else."""
    for axis in range(gradient.dim() - 2):
        others = [dim for dim in range(gradient.dim()) if dim != axis + 2]
        weight = gradient.sum(others)
        weight = weight / weight.sum()
        places = torch.arange(len(weight), dtype=torch.float64)
        mean = (weight * places).sum()
        yield float((weight * (places - mean) ** 2).sum())


@pytest.mark.parametrize("text", CHAINS.values(), ids=CHAINS)
def test_the_spread_of_the_gradient(text):
    """Every weight is one over the taps that an output has: each path passes on a total of 1, as the estimate assumes."""
    network = cnncalc.load(text.replace("self", "identity"))
    module = cnncalc.build(network).double().eval()
    with torch.no_grad():
        for name, weight in module.named_parameters():
            weight.fill_(0 if name.endswith("bias") else 1 / weight[0].numel())
    shape = network.graph.inputs[0].shape
    image = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    output = module(image)
    output[(0, 0, *(size // 2 for size in output.shape[2:]))].backward()
    field = cnncalc.analyze(network).layers[-1].receptive_field
    for axis, variance in zip(field, _moments(image.grad), strict=True):
        assert axis.effective == pytest.approx(min(4 * (variance + 1 / 12) ** 0.5, axis.size))


def test_by_hand():
    # five 3x3 windows: the variance is 5 * (9 - 1)/12 = 10/3, with the pixel's own width 10/3 + 1/12 = 41/12
    field = cnncalc.analyze("1x32x32 | repeat(5, conv 1 3)").layers[-1].receptive_field
    assert [axis.size for axis in field] == [11, 11]
    assert field[0].effective == pytest.approx(4 * (41 / 12) ** 0.5)


def test_one_window_counts_whole():
    assert cnncalc.analyze("1x32x32 | conv 1 3").layers[-1].receptive_field[0].effective == 3


def test_what_sees_everything():
    fields = [row.receptive_field[0] for row in cnncalc.analyze("1x8x8 | conv 2 3 | gap | flatten | linear 2").layers]
    assert [axis.effective for axis in fields] == [3, 8, 8, 8]
