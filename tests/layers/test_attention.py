from __future__ import annotations

import pytest

import cnncalc
from cnncalc.diagnostics import ShapeError
from cnncalc.layers.attention import Attention, LayerScale, ScaledDotProduct
from cnncalc.layers.base import GLOBAL, Run, Saved
from cnncalc.layers.learned import Learned
from cnncalc.runtime.verify import verify

TOKENS = (197, 768)


def test_parameters_of_vit_base():
    params = Attention(num_heads=12).params(TOKENS)
    assert [p.name for p in params] == ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    assert sum(p.size for p in params) == 4 * 768 * 768 + 4 * 768


def test_macs_of_vit_base():
    # projections 4 T F F, products 2 T T F
    macs = 4 * 197 * 768 * 768 + 2 * 197 * 197 * 768
    assert Attention(num_heads=12).cost(TOKENS)["mac"] == macs


def test_softmax_of_attention():
    # 2 heads of 10 tokens: 20 rows of 10
    cost = ScaledDotProduct(num_heads=2).cost((10, 16), (10, 16), (10, 16))
    assert cost["mac"] == 2 * 10 * 10 * 16
    assert (cost["exp"], cost["div"], cost["cmp"]) == (200, 200, 20 * 9)
    # beside the softmax's 200 differences and 180 additions a scaling of every product
    assert (cost["add"], cost["mul"]) == (200 + 180, 200)


def test_attention_sees_everything():
    assert Attention(num_heads=12).reach(TOKENS) == GLOBAL


def test_attention_keeps_queries_keys_values_result():
    tokens = 197 * 768 * 4
    assert Attention(num_heads=12).saved(Run(), TOKENS) == Saved((0,), extra=4 * tokens + 12 * 197 * 4)
    assert Attention(num_heads=12).saved(Run(batch=2), TOKENS) == Saved(extra=2 * (5 * tokens + 12 * 197 * 4))


def test_attention_on_a_map():
    with pytest.raises(ShapeError) as error:
        Attention(num_heads=2).infer((64, 7, 7))
    assert error.value.message == "attention needs a sequence (tokens, features); the input is 64x7x7"
    assert error.value.hint == "flatten the map and put the channels last: flatten 1 | permute (1,0)"


def test_heads_that_do_not_divide():
    with pytest.raises(ShapeError) as error:
        Attention(num_heads=5).infer((10, 16))
    assert (error.value.message, error.value.hint) == ("num_heads 5 does not divide the 16 features", "use 4 heads")


def test_sdpa_of_different_sizes():
    with pytest.raises(ShapeError) as error:
        ScaledDotProduct().infer((10, 16), (7, 16), (8, 16))
    assert error.value.message == "sdpa: sizes differ: 10x16, 7x16, 8x16"


def test_sdpa_of_two():
    with pytest.raises(ShapeError) as error:
        ScaledDotProduct().infer((10, 16), (10, 16))
    assert error.value.message == "sdpa needs 3 inputs: queries, keys, values; found 2"


def test_layerscale():
    assert [p.shape for p in LayerScale().params((96, 56, 56))] == [(96,)]
    assert [p.shape for p in LayerScale().params(TOKENS)] == [(768,)]
    assert [p.shape for p in LayerScale(channels=True).params(TOKENS)] == [(197,)]
    assert LayerScale().saved(Run(needs=(False,)), TOKENS) == Saved((0,))


def test_learned_value_is_its_own_parameter():
    layer = Learned(dims=(1, 768))
    assert layer.infer() == (1, 768)
    assert [(p.name, p.shape) for p in layer.params()] == [("", (1, 768))]
    assert layer.cost() == {}


BIASED = (
    "16x8; b = learned 2x16x16; from input | sdpa(id, id, id, from b, num_heads=2) | ln",
    "16x8; q = linear 8 last; b = learned 2x16x16; from input | sdpa(from q, id, id, from b, num_heads=2)",
    "16x8; k = linear 8 last; b = learned 2x16x16; from input | sdpa(id, from k, id, from b, num_heads=2)",
    "16x8; v = linear 8 last; b = learned 16x16; from input | sdpa(id, id, from v, from b, num_heads=2)",
    "16x8; q = linear 8 last; from input | sdpa(from q, id, id, num_heads=2)",
    "2x16x8; b = learned 2x16x16; from input | sdpa(id, id, id, from b)",
    "6x6; a = learned 6x6 std=1; h = from input | linear 4 last; from h | matmul(from a, id) | elu | linear 2 last",
)
"""Attention of which some of the values need no gradient; a product with a parameter."""


@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", BIASED)
def test_every_claim_holds(text, batch, dtype):
    found = verify(cnncalc.load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences
