"""The classes that emitted source brings along, against what they stand for."""

from __future__ import annotations

from importlib import import_module

import pytest

torch = pytest.importorskip("torch")
nn = torch.nn


def helper(module: str, name: str):
    return getattr(import_module(f"cnncalc.codegen.helpers.{module}"), name)


def test_layer_norm_over_channels():
    torch.manual_seed(0)
    x = torch.randn(2, 6, 5, 7)
    layer = helper("channel_layer_norm", "ChannelLayerNorm")(6)
    centred = x - x.mean(1, keepdim=True)
    expected = centred / (x.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(layer(x), expected)


def test_stochastic_depth_drops_whole_samples():
    torch.manual_seed(0)
    layer = helper("stochastic_depth", "StochasticDepth")(0.5)
    means = layer(torch.ones(64, 3, 4)).mean((1, 2))
    assert set(means.tolist()) == {0.0, 2.0}
    assert torch.equal(layer.eval()(torch.ones(2, 3)), torch.ones(2, 3))


def test_stochastic_depth_of_the_batch_drops_all_or_nothing():
    torch.manual_seed(0)
    layer = helper("stochastic_depth", "StochasticDepth")(0.5, mode="batch")
    assert {tuple(layer(torch.ones(3, 1)).flatten().tolist()) for _ in range(20)} == {(0.0,) * 3, (2.0,) * 3}


def test_layer_scale():
    layer = helper("layer_scale", "LayerScale")(3, 0.5)
    assert torch.equal(layer(torch.ones(2, 3, 4, 5)), torch.full((2, 3, 4, 5), 0.5))
    assert helper("layer_scale", "LayerScale")(5, last=True)(torch.ones(2, 3, 5)).shape == (2, 3, 5)


def test_self_attention_is_multihead_attention_of_one_sequence():
    torch.manual_seed(0)
    layer = helper("self_attention", "SelfAttention")(16, 4)
    reference = nn.MultiheadAttention(16, 4, batch_first=True)
    reference.load_state_dict(layer.state_dict())
    x = torch.randn(2, 5, 16)
    torch.testing.assert_close(layer(x), reference(x, x, x)[0])


class Holder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = helper("learned", "learned")(1, 4, init=0.5)


def test_learned_is_named_like_its_attribute():
    module = Holder()
    assert [(k, tuple(v.shape)) for k, v in module.state_dict().items()] == [("token", (1, 4))]
    assert torch.equal(module.token, torch.full((1, 4), 0.5))
    assert type(module.token) is nn.Parameter


def test_learned_is_drawn_around_its_start():
    torch.manual_seed(0)
    value = helper("learned", "learned")(10_000, init=3.0, std=0.1).detach()
    # standard errors: 0.1 / 100 of the mean, 0.1 / 141 of the deviation
    assert float(value.mean()) == pytest.approx(3.0, abs=0.01)
    assert float(value.std()) == pytest.approx(0.1, abs=0.01)
