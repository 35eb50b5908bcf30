"""Networks of unusual layers: every claim about them holds."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.runtime.verify import verify

NETWORKS = [
    # layers that write into what enters
    "1x28x28 | conv 8 3 nobias | bn | relu inplace | add(id, relu)",
    "1x28x28 | conv 8 5 | bn noaffine | relu inplace | gap",
    "1x28x28 | bn | relu inplace | conv 8 3",
    "8x20x20 | conv 8 3 | relu inplace | add(id, relu) | gap",
    "3x24x24 | conv 8 3 p1 reflect | silu inplace | conv 8 3 same s2 | leaky inplace | flatten | linear 3",
    # a last window that rounding up leaves out, since it would begin behind the image
    "5x100 | conv 7 9 s4 d3 p5 nobias | tanh | maxpool 4 s3 p2 ceil | upsample 3 | conv 2 3",
    "3x10x10 | conv 4 3 p=(0:1,1:0) | maxpool 2 s1 p1 | avgpool 4 s3 p2 ceil | conv 2 2",
    # outputs between the taps of a dilated window, which see nothing
    "6x15 | conv 6 3 half g3 | layernorm | gelu | convt 6 5 s2 p2 d2 | softmax",
    # layers that are one operation here and several in the backward pass, or several in both
    "3x11x11 | conv 6 3 s2 | abs | sqrt | square | mean | linear 2",
    "2x5x6x7 | conv 4 (2,3,1) s=(2,1,3) p=(0,1,0) | gn 2 | softsign",
    "8x6x6 | maxout 4 | sepconv 8 3 p1 | threshold 0.1 0 | l2norm",
    "3x12x12 | conv 8 3 p1 | glu | hardtanh | rmsnorm",
    "4x8x8 | mul(id, mean (1,2) keepdim | conv 4 1 | sigmoid) | std 0 keepdim | amax (1,2)",
    # single numbers
    "8x6x6 | var (1,2) keepdim | sub(id, number 1) | rsqrt | logsumexp 0",
    # the variance along one axis, which of a single place is no number
    "3x4x8 | conv 4 3 p1 | sub(id, var -1 keepdim) | conv 2 1",
    "3x6x5 | conv 4 3 p1 | div(id, std 1 keepdim | shift 1)",
    # another formula by an argument
    "3x9x7 | conv 8 (3,5) p=(1,2) | gelu tanh",
    # padding, which autocast casts for
    "2x4x4 | conv 3 3 padding_mode=replicate p2 | pad 3 reflect | pad 1 circular | gap",
]


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")  # of PyTorch's rms_norm in autocast
@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("text", NETWORKS)
def test_every_claim_holds(text, dtype):
    verification = verify(cnncalc.load(text), batch=2, dtype=dtype)
    assert [claim for claim in verification.claims if claim.verdict == "differs"] == []
