"""Keras: networks of keras.applications against the counts that Keras publishes, layers against their own arithmetic."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError

sys.path.insert(0, str(Path(__file__).parent))
import keras_applications
import keras_nasnet
from whole_chain import through

PUBLISHED = {
    # keras.applications: running statistics count; EfficientNet's normalisation has 7 numbers, one of which counts images
    "inception_v3": 23_851_784,
    "xception": 22_910_480,
    "efficientnet_b0": 5_330_571 - 1,
    "convnext_tiny": 28_589_128,
    "mobilenet_v3_small": 2_554_968,
    "inception_resnet_v2": 55_873_736,
    "nasnet_mobile": 5_326_716,
}


def numbers(network):
    """Parameters, and what is not trained: all that ``count_params`` counts, without the means that a file states."""
    statistics = sum(2 * node.shape[0] for node in network.graph.nodes if node.op == "batchnorm")
    unstated = sum(
        3 for node in network.graph.nodes if node.op == "buffer" and node.shape == (3, 1, 1) and not node.layer.values
    )
    return cnncalc.analyze(network).totals.params + statistics + unstated


def made(name):
    return getattr(keras_nasnet if name == "nasnet_mobile" else keras_applications, name)()


@pytest.mark.parametrize("name", PUBLISHED)
def test_networks_of_keras_applications(name):
    text = convert(made(name).encode(), name, "keras", ())
    network = through(text, build=False)
    ones = 3 if name == "efficientnet_b0" else 0  # the deviation is 1 until the data has given it
    assert numbers(network) + ones == PUBLISHED[name]


def sequence(*layers):
    made = [{"class_name": kind, "config": {"name": f"l{i}", **config}} for i, (kind, config) in enumerate(layers)]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": made}}


def text_of(*layers):
    return convert(json.dumps(sequence(*layers)).encode(), "sample", "keras", ())


TIMES = ("InputLayer", {"batch_shape": [None, 20, 6]})
IMAGE = ("InputLayer", {"batch_shape": [None, 8, 8, 4]})
CELL = {"units": 5, "return_sequences": False}
TABLE = ("Embedding", {"input_dim": 50, "output_dim": 6, "input_length": 12})


def gates(count, entering, units, biases=2):
    return count * (units * (entering + units) + biases * units)


@pytest.mark.parametrize(
    ("layers", "params", "out"),
    [
        ([TIMES, ("LSTM", CELL)], gates(4, 6, 5), (5,)),
        ([TIMES, ("GRU", CELL | {"return_sequences": True})], gates(3, 6, 5), (20, 5)),
        ([TIMES, ("SimpleRNN", CELL | {"use_bias": False, "activation": "relu"})], gates(1, 6, 5, 0), (5,)),
        ([TIMES, ("LSTM", CELL | {"go_backwards": True}), ("Dense", {"units": 2})], gates(4, 6, 5) + 12, (2,)),
        ([TIMES, ("Bidirectional", {"layer": {"class_name": "GRU", "config": CELL}})], 2 * gates(3, 6, 5), (10,)),
        (
            [TIMES, ("Bidirectional", {"layer": {"class_name": "LSTM", "config": CELL}, "merge_mode": "ave"})],
            2 * gates(4, 6, 5), (5,),
        ),
        (
            [TIMES, ("Bidirectional", {"layer": {"class_name": "LSTM", "config": CELL | {"return_sequences": True}}, "merge_mode": "mul"}),
             ("Dense", {"units": 3})],
            2 * gates(4, 6, 5) + 18, (20, 3),
        ),
        ([TABLE, ("LSTM", CELL)], 50 * 6 + gates(4, 6, 5), (5,)),
        ([TABLE, ("GlobalAveragePooling1D", {}), ("Dense", {"units": 1, "activation": "sigmoid"})], 50 * 6 + 7, (1,)),
        ([TABLE, ("GlobalMaxPooling1D", {})], 300, (6,)),
        ([TIMES, ("TimeDistributed", {"layer": {"class_name": "Dense", "config": {"units": 3}}})], 21, (20, 3)),
        ([TIMES, ("LayerNormalization", {}), ("Softmax", {"axis": -1})], 12, (20, 6)),
        ([TIMES, ("Conv1D", {"filters": 3, "kernel_size": [3]}), ("LSTM", CELL)], 3 * 18 + 3 + gates(4, 3, 5), (5,)),
        ([TIMES, ("Permute", {"dims": [2, 1]}), ("Dense", {"units": 4})], 84, (6, 4)),
        ([TIMES, ("Reshape", {"target_shape": [-1, 12]}), ("Dense", {"units": 4})], 52, (10, 4)),
        ([("InputLayer", {"batch_shape": [None, 6]}), ("RepeatVector", {"n": 7}), ("GRU", CELL)], gates(3, 6, 5), (5,)),
        ([IMAGE, ("BatchNormalization", {"scale": False}), ("ReLU", {"max_value": 3})], 4, (4, 8, 8)),
        ([IMAGE, ("BatchNormalization", {"center": False}), ("ReLU", {"threshold": 0.5, "max_value": 2})], 4, (4, 8, 8)),
        ([IMAGE, ("BatchNormalization", {"scale": False, "center": False})], 0, (4, 8, 8)),
        ([IMAGE, ("GroupNormalization", {"groups": 2, "scale": False})], 4, (4, 8, 8)),
        ([IMAGE, ("LayerNormalization", {"center": False})], 4, (4, 8, 8)),
        ([IMAGE, ("PReLU", {})], 256, (4, 8, 8)),
        ([IMAGE, ("UnitNormalization", {}), ("Rescaling", {"scale": [1, 2, 3, 4], "offset": 1})], 0, (4, 8, 8)),
        ([IMAGE, ("Reshape", {"target_shape": [64, 4]}), ("Dense", {"units": 2})], 10, (64, 2)),
        ([IMAGE, ("Reshape", {"target_shape": [4, 16, 4]}), ("Conv2D", {"filters": 2, "kernel_size": 1})], 10, (2, 4, 16)),
        ([IMAGE, ("Resizing", {"height": 5, "width": 6})], 0, (4, 5, 6)),
        (
            [("InputLayer", {"batch_shape": [None, 5, 8, 8, 4]}),
             ("TimeDistributed", {"layer": {"class_name": "Conv2D", "config": {"filters": 3, "kernel_size": [3, 3]}}}),
             ("TimeDistributed", {"layer": {"class_name": "GlobalAveragePooling2D", "config": {}}}), ("LSTM", CELL)],
            3 * 36 + 3 + gates(4, 3, 5), (5,),
        ),
    ],
)  # fmt: skip
def test_layers(layers, params, out):
    network = through(text_of(*layers))
    assert cnncalc.analyze(network).totals.params == params
    assert network.graph.nodes[network.graph.outputs[0]].shape == out


def functional(entering, *layers, outputs=None):
    """A model of Keras 3: layers as (class, name, sources, config), and sizes as the file states them."""

    def tensor(source):
        return {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, *sizes.get(source, ())], "keras_history": [source, 0, 0]},
        }

    sizes = dict(entering)
    made = [
        {"class_name": "InputLayer", "config": {"name": name, "batch_shape": [None, *size]}}
        for name, size in entering.items()
    ]
    for kind, name, sources, config in layers:
        more = {key: config.pop(key) for key in ("module", "registered_name") if key in config}
        inbound = [{"args": list(map(tensor, sources)), "kwargs": {}}]
        sizes[name] = config.pop("gives", ())
        made.append({"class_name": kind, "config": {"name": name, **config}, "inbound_nodes": inbound, **more})
    ends = [[name, 0, 0] for name in outputs or [made[-1]["config"]["name"]]]
    return json.dumps(
        {"config": {"name": "m", "layers": made, "input_layers": [[n, 0, 0] for n in entering], "output_layers": ends}}
    )


SEVERAL = [
    # every head has 6 to 4 for queries, keys and values, and what comes back from 2 heads of 4 is 6 wide
    ({"a": (9, 6), "b": (5, 6)}, [("MultiHeadAttention", "m", ["a", "b"], {"num_heads": 2, "key_dim": 4})], 3 * (6 * 8 + 8) + 8 * 6 + 6, (9, 6)),
    ({"a": (9, 8)}, [("MultiHeadAttention", "m", ["a", "a"], {"num_heads": 2, "key_dim": 4})], 4 * (64 + 8), (9, 8)),
    ({"a": (9, 8)}, [("MultiHeadAttention", "m", ["a", "a"], {"num_heads": 2, "key_dim": 3, "value_dim": 5, "use_bias": False})], 2 * 48 + 80 + 80, (9, 8)),
    ({"a": (9, 6), "b": (5, 6)}, [("Attention", "m", ["a", "b"], {})], 0, (9, 6)),
    ({"a": (4,), "b": (4,)}, [("Dot", "m", ["a", "b"], {"axes": 1, "normalize": True})], 0, (1,)),
    ({"a": (4, 4, 6), "b": (6,)}, [("Multiply", "m", ["a", "b"], {})], 0, (6, 4, 4)),
    ({"a": (5, 6), "b": (5, 6)}, [("Average", "m", ["a", "b"], {})], 0, (5, 6)),
    ({"a": (5, 6), "b": (3, 6)}, [("Concatenate", "m", ["a", "b"], {"axis": 1})], 0, (8, 6)),
]  # fmt: skip


@pytest.mark.parametrize(("entering", "layers", "params", "out"), SEVERAL)
def test_layers_of_several_values(entering, layers, params, out):
    network = through(convert(functional(entering, *layers).encode(), "m", "keras", ()))
    assert cnncalc.analyze(network).totals.params == params
    assert network.graph.nodes[network.graph.outputs[0]].shape == out


def test_average_pooling_counts_real_pixels_where_the_border_is_uneven():
    """3x3 under stride 2 on 8: one pixel more at the end, which no mean may count."""
    pool = {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"}
    module = cnncalc.build(cnncalc.load(text_of(IMAGE, ("AveragePooling2D", pool))))
    x = torch.arange(4 * 64, dtype=torch.float32).reshape(1, 4, 8, 8)
    y = module(x)
    assert y.shape == (1, 4, 4, 4)
    torch.testing.assert_close(y[0, 1, 3, 3], x[0, 1, 6:, 6:].mean())
    torch.testing.assert_close(y[0, 1, 3, 0], x[0, 1, 6:, :3].mean())
    torch.testing.assert_close(y[0, 1, 1, 1], x[0, 1, 2:5, 2:5].mean())


def test_normalisation_by_numbers_of_the_file():
    module = cnncalc.build(
        cnncalc.load(
            text_of(IMAGE, ("Normalization", {"axis": [-1], "mean": [1, 2, 3, 4], "variance": [[4, 4, 9, 9]]}))
        )
    )
    y = module(torch.full((1, 4, 8, 8), 5.0))[0, :, 0, 0]
    torch.testing.assert_close(y, torch.tensor([(5 - 1) / 2, (5 - 2) / 2, (5 - 3) / 3, (5 - 4) / 3]))


def test_layers_of_somebody_else_are_opaque():
    image = {"image": (8, 8, 4)}
    own = {"module": "mine.layers", "registered_name": "mine>Deform", "gives": (8, 8, 6)}
    text = functional(
        image, ("Deform", "d", ["image"], own), ("Conv2D", "c", ["d"], {"filters": 2, "kernel_size": [1, 1]})
    )
    spec = convert(text.encode(), "m", "keras", ())
    network = through(spec, build=False)
    assert "d = opaque 6x8x8" in spec or "opaque (6,8,8)" in spec
    assert cnncalc.analyze(network).totals.params == 14
    lambdas = functional(
        {"a": (6,)}, ("Lambda", "l", ["a"], {"gives": (9,), "function": "marshal"}), ("Dense", "d", ["l"], {"units": 2})
    )
    assert cnncalc.analyze(convert(lambdas.encode(), "m", "keras", ())).totals.params == 20
    last = functional(image, ("Deform", "d", ["image"], {"module": "mine.layers"}))
    with pytest.raises(
        ConvertError, match="layer 'd': layer Deform, which is none of Keras's, and whose size the file does not state"
    ):
        convert(last.encode(), "m", "keras", ())


def test_what_waits_for_a_layer_that_cannot_be_said_is_only_counted():
    layers = [("ConvLSTM1D", {}), ("ReLU", {}), ("Dropout", {}), ("ConvLSTM1D", {})]
    with pytest.raises(ConvertError) as error:
        text_of(IMAGE, *layers)
    assert str(error.value) == "s cannot be converted:\n  layer 'l1': layer ConvLSTM1D (3 more wait for it)"


TWO = {"a": (9, 6), "b": (5, 6)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (sequence(TIMES, ("LSTM", CELL | {"return_state": True})), "LSTM whose states are kept or returned"),
        (sequence(TIMES, ("LSTM", CELL | {"activation": "relu"})), "LSTM with activation relu"),
        (sequence(TIMES, ("GRU", CELL | {"recurrent_activation": "tanh"})), "GRU with recurrent_activation tanh"),
        (sequence(TIMES, ("Bidirectional", {"layer": {"class_name": "RNN"}})), "Bidirectional RNN"),
        (sequence(TIMES, ("Bidirectional", {"layer": {"class_name": "GRU", "config": CELL}, "merge_mode": None})), "Bidirectional that merges by None"),
        (sequence(IMAGE, ("BatchNormalization", {"axis": 1})), "BatchNormalization along 1"),
        (sequence(IMAGE, ("LayerNormalization", {"axis": 1})), "LayerNormalization along 1"),
        (sequence(IMAGE, ("UnitNormalization", {"axis": 1})), "UnitNormalization along 1"),
        (sequence(IMAGE, ("PReLU", {"shared_axes": [1]})), "PReLU that shares its slopes along some axes"),
        (sequence(IMAGE, ("ReLU", {"max_value": 2, "negative_slope": 0.1})), "ReLU with limits and a slope"),
        (sequence(IMAGE, ("UpSampling2D", {"interpolation": "lanczos3"})), "UpSampling2D lanczos3"),
        (sequence(IMAGE, ("Resizing", {"height": 4, "width": 4, "interpolation": "area"})), "Resizing area"),
        (sequence(IMAGE, ("Resizing", {"height": 4, "width": 4, "crop_to_aspect_ratio": True})), "Resizing bilinear that keeps proportions"),
        (sequence(IMAGE, ("Conv2D", {"data_format": "channels_first"})), "channels first"),
        (sequence(IMAGE, ("TFOpLambda", {"function": "image.resize"})), "function image.resize"),
        (sequence(IMAGE, ("Conv2D", {"filters": 3})), "this is not written as Keras does: KeyError 'kernel_size'"),
        (functional(TWO, ("GRU", "g", ["a", "b"], CELL)), "GRU that begins with states other than zeros"),
        (functional(TWO, ("Concatenate", "c", ["a", "b"], {"axis": 0})), "Concatenate along 0"),
        (functional(TWO, ("Attention", "t", ["a", "b"], {"use_scale": True})), "Attention whose scores are learned"),
        (functional(TWO, ("Attention", "t", ["a"], {})), "Attention of anything but two or three sequences"),
        (functional(TWO, ("Dot", "d", ["a", "b"], {"axes": 1})), "Dot of anything but two lists of features"),
        (functional({"a": (9, 0)}, ("ReLU", "r", ["a"], {})), "an input of 9x0: give its size, --input 3x224x224"),
    ],
)  # fmt: skip
def test_what_is_refused(text, message):
    data = text if isinstance(text, str) else json.dumps(text)
    with pytest.raises(ConvertError) as error:
        convert(data.encode(), "sample", "keras", ())
    assert message in str(error.value)
