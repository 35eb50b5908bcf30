"""Configurations of Hugging Face against the parameters of the models that transformers 5.24.0 builds of them."""

from __future__ import annotations

import json

import pytest

import cnncalc
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError

MASKS = ["SegformerForSemanticSegmentation"]
COUNTED = [
    ("resnet", {}, 25_557_032),
    ("resnet", {"depths": [2, 2, 2, 2], "hidden_sizes": [64, 128, 256, 512], "layer_type": "basic"}, 11_689_512),
    ("resnet", {"depths": [3, 4, 23, 3], "downsample_in_bottleneck": True}, 44_549_160),
    ("regnet", {}, 20_646_656),
    ("regnet", {"layer_type": "x", "hidden_sizes": [32, 64, 160, 400], "depths": [1, 2, 7, 12], "groups_width": 16}, 5_495_976),
    ("convnext", {}, 28_589_128),
    ("convnext", {"depths": [3, 3, 27, 3], "hidden_sizes": [128, 256, 512, 1024]}, 88_591_464),
    ("convnextv2", {}, 28_635_496),
    ("convnextv2", {"depths": [2, 2, 6, 2], "hidden_sizes": [40, 80, 160, 320]}, 3_708_400),
    ("vit", {}, 86_567_656),
    ("vit", {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536, "image_size": 384, "patch_size": 32}, 22_915_432),
    ("vit", {"qkv_bias": False, "num_hidden_layers": 2}, 15_684_328),
    # timm's count of the network without the second token, and that token with its position
    ("deit", {"hidden_size": 192, "num_attention_heads": 3, "intermediate_size": 768}, 5_717_416 + 2 * 192),
    ("dinov2", {"image_size": 518, "patch_size": 14}, 88_117_480),
    ("dinov2", {"image_size": 224, "patch_size": 14, "hidden_size": 384, "num_attention_heads": 6}, 22_398_184),
    ("dinov2", {"use_swiglu_ffn": True, "image_size": 224, "patch_size": 14, "num_hidden_layers": 2}, 16_370_664),
    ("swin", {}, 28_288_354),
    ("swin", {"depths": [2, 2, 18, 2], "embed_dim": 128, "num_heads": [4, 8, 16, 32]}, 87_768_224),
    ("mobilenet_v1", {"num_labels": 1001}, 4_233_001),
    ("mobilenet_v1", {"num_labels": 1001, "depth_multiplier": 0.75, "image_size": 192}, 2_586_329),
    ("mobilenet_v2", {"num_labels": 1001}, 3_506_153),
    ("mobilenet_v2", {"num_labels": 1001, "depth_multiplier": 0.35}, 1_678_409),
    ("mobilenet_v2", {"num_labels": 1001, "depth_multiplier": 1.4, "image_size": 160}, 6_110_569),
    ("segformer", {}, 3_576_392),
    ("segformer", {"num_labels": 150, "architectures": MASKS}, 3_752_694),
    ("segformer", {"num_labels": 150, "architectures": MASKS, "depths": [3, 4, 6, 3], "hidden_sizes": [64, 128, 320, 512], "decoder_hidden_size": 768}, 27_461_974),
]  # fmt: skip


def spec(kind, **values):
    return convert(json.dumps({"model_type": kind, "num_labels": 1000} | values).encode(), "config.json", "auto", ())


@pytest.mark.parametrize(("kind", "values", "params"), COUNTED)
def test_parameters_are_those_that_transformers_counts(kind, values, params):
    network = cnncalc.load(spec(kind, **values))
    assert cnncalc.analyze(network).totals.params == params
    labels = values.get("num_labels", 1000)
    maps = (labels, 128, 128) if "architectures" in values else (labels,)
    assert network.graph.nodes[network.graph.outputs[0]].shape == maps


@pytest.mark.parametrize("kind", ["resnet", "regnet", "convnext", "convnextv2", "mobilenet_v1", "mobilenet_v2"])
def test_published_products(kind):
    """Of networks that torchvision or the papers publish, in millions; within what counts of normalisations differ."""
    published = {
        "resnet": 4089,
        "regnet": 3980,
        "convnext": 4456,
        "convnextv2": 4456,
        "mobilenet_v1": 569,
        "mobilenet_v2": 300,
    }
    macs = cnncalc.analyze(spec(kind)).totals.macs / 1e6
    assert abs(macs - published[kind]) / published[kind] < 0.02


def test_names_of_classes_are_counted_and_another_size_is_taken():
    data = {"model_type": "resnet", "id2label": {"0": "cat", "1": "dog", "2": "cow"}, "_name_or_path": "owner/net-a"}
    text = convert(json.dumps(data).encode(), "config.json", "huggingface", [(3, 96, 64)])
    assert "name: net-a" in text
    assert "input: 3x96x64" in text
    assert "classifier = linear 3" in text


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("bert", {}, "model_type bert; there are convnext, convnextv2, deit"),
        ("resnet", {"depths": [1, 2]}, "depths: as many depths as hidden_sizes are needed"),
        ("resnet", {"depths": [1, 0, 2, 3]}, "depths: [1, 0, 2, 3] is no list of numbers from 1, at most 12"),
        ("resnet", {"hidden_act": "mine"}, "hidden_act: activation 'mine'"),
        ("resnet", {"layer_type": "odd"}, "layer_type: 'odd' instead of 'bottleneck' or 'basic'"),
        ("resnet", {"embedding_size": 10**9}, "embedding_size: 1000000000 is no number from 1 to 1000000"),
        ("convnext", {"depths": [3]}, "depths: as many depths as hidden_sizes are needed"),
        ("convnext", {"layer_scale_init_value": "x"}, "layer_scale_init_value: 'x' is no number from 0 to 1000000"),
        ("vit", {"image_size": 8}, "patch_size: patches of 16 in an image of 8x8"),
        ("swin", {"num_heads": [2, 4, 8, 16]}, "num_heads: heads of other than 32 features, or not of 4 stages"),
        ("swin", {"depths": [2, 4, 6, 2]}, "depths: stages of other depths than 2, 2, any, 2"),
        ("swin", {"image_size": 200}, "an image of 200x200, which windows of 7 do not fill at every scale"),
        ("segformer", {"depths": [3]}, "as many numbers as hidden_sizes are needed"),
    ],
)
def test_what_is_refused(kind, values, message):
    with pytest.raises(ConvertError) as error:
        spec(kind, **values)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not JSON"), ("[1]", "this JSON has no model_type"), ('{"model_type": 3}', "this JSON has no model_type")],
)
def test_what_is_no_configuration(text, message):
    with pytest.raises(ConvertError, match=message):
        convert(text.encode(), "config.json", "huggingface", ())


def test_an_input_that_is_no_map():
    with pytest.raises(ConvertError, match="an input that is no map: --input 3x224x224"):
        convert(b'{"model_type": "vit"}', "config.json", "auto", [(3, 224)])
