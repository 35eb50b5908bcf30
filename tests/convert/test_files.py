"""Import of Darknet, Caffe, Keras and ONNX: samples written by hand, sizes from the formats' own arithmetic."""

from __future__ import annotations

import json
import textwrap

import pytest

import cnncalc
from cnncalc.convert.recognise import convert, recognise
from cnncalc.convert.tree import ConvertError
from cnncalc.diagnostics import UsageError


def load(text, form, *shapes):
    return cnncalc.load(convert(textwrap.dedent(text).encode(), "sample", form, shapes))


def shapes(network, op):
    return [node.shape for node in network.graph.nodes if node.op == op]


CFG = """
    [net]
    batch = 1
    width=32
    height=32
    channels=3

    # a comment
    [convolutional]
    batch_normalize=1
    filters=8
    size=3
    stride=1
    pad=1
    activation=leaky

    [maxpool]
    size=2
    stride=2

    [convolutional]
    filters=16
    size=3
    stride=2
    pad=1
    groups=2
    activation=mish

    [maxpool]
    size=2
    stride=1

    [shortcut]
    from=-2
    activation=linear

    [route]
    layers=-1,-3

    [route]
    layers=-1
    groups=2
    group_id=1

    [upsample]
    stride=2

    [reorg]
    stride=2

    [dropout]
    probability=0.25

    [convolutional]
    filters=5
    size=1
    activation=linear

    [yolo]
    mask=0,1

    [route]
    layers=-3

    [avgpool]

    [connected]
    output=10
    activation=logistic

    [softmax]

    [cost]
    """


def test_darknet():
    network = load(CFG.replace("[yolo]\n    mask=0,1\n", ""), "darknet")
    assert shapes(network, "conv") == [(8, 32, 32), (16, 8, 8), (5, 8, 8)]
    # 2x2 with stride 1 pads one pixel at the end: 8 stays 8
    assert shapes(network, "maxpool") == [(8, 16, 16), (16, 8, 8)]
    assert shapes(network, "concat") == [(32, 8, 8)]
    assert shapes(network, "chunk") == [(16, 8, 8)]
    assert shapes(network, "upsample") == [(16, 16, 16)]
    assert shapes(network, "pixelunshuffle") == [(64, 8, 8)]
    assert network.graph.nodes[network.graph.outputs[0]].shape == (10,)


def test_darknet_heads_are_outputs():
    network = load(CFG, "darknet")
    assert [network.graph.nodes[i].shape for i in network.graph.outputs] == [(5, 8, 8)]


def test_darknet_maxpool_rounds_as_darknet():
    # out = (in + padding - size)/stride + 1 with padding size-1 in all: (13 + 1 - 2)/1 + 1 = 13; (112 + 2 - 3)/2 + 1 = 56
    network = load("[net]\nheight=13\nwidth=13\nchannels=1\n[maxpool]\nsize=2\nstride=1\n", "darknet")
    assert shapes(network, "maxpool") == [(1, 13, 13)]
    network = load("[net]\nheight=112\nwidth=112\nchannels=1\n[maxpool]\nsize=3\nstride=2\n", "darknet")
    assert shapes(network, "maxpool") == [(1, 56, 56)]


def test_darknet_the_first_of_equal_keys_counts():
    network = load("[net]\nheight=8\nwidth=8\nchannels=3\n[convolutional]\nfilters=4\nfilters=9\nsize=1\n", "darknet")
    assert shapes(network, "conv") == [(4, 8, 8)]
    assert shapes(network, "sigmoid") == [(4, 8, 8)]  # the usual activation is logistic


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("[exotic]\n", "line 5: [exotic]"),
        ("[shortcut]\nfrom=-9\n", "line 5: there is no layer -9 before this line"),
        ("[convolutional]\nactivation=plse\n", "line 5: activation plse"),
        ("[convolutional]\nfilters=4\nsize=3\nstride=2\nactivation=linear\n[convolutional]\nsize=1\nfilters=4\nactivation=linear\n[shortcut]\nfrom=0\n[shortcut]\nfrom=-9\n", "there is no layer -9"),
        ("what\n", "line 5: 'what' is no key=value"),
    ],
)  # fmt: skip
def test_darknet_names_what_it_does_not_know(section, message):
    text = f"[net]\nheight=8\nwidth=8\nchannels=3\n{section}"
    with pytest.raises(ConvertError) as error:
        convert(text.encode(), "sample", "darknet", ())
    assert message in str(error.value)


CAFFE = """
    name: "Sample"
    input: "data"
    input_dim: 1 input_dim: 3 input_dim: 35 input_dim: 35
    layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
      convolution_param { num_output: 8 kernel_size: 3 stride: 2 pad: 1 bias_term: false } }
    layer { name: "bn1" type: "BatchNorm" bottom: "conv1" top: "conv1" batch_norm_param { use_global_stats: true } }
    layer { name: "scale1" type: "Scale" bottom: "conv1" top: "conv1" scale_param { bias_term: true } }
    layer { name: "relu1" type: "ReLU" bottom: "conv1" top: "conv1" }
    layer { name: "norm1" type: "LRN" bottom: "conv1" top: "norm1" lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 } }
    layer { name: "pool1" type: "Pooling" bottom: "norm1" top: "pool1" pooling_param { pool: MAX kernel_size: 3 stride: 2 } }
    layer { name: "a" type: "Convolution" bottom: "pool1" top: "a" convolution_param { num_output: 4 kernel_h: 1 kernel_w: 3 pad_h: 0 pad_w: 1 } }
    layer { name: "b" type: "Convolution" bottom: "pool1" top: "b" convolution_param { num_output: 4 kernel_size: 1 group: 2 } }
    layer { name: "sum" type: "Eltwise" bottom: "a" bottom: "b" top: "sum" eltwise_param { operation: SUM } }
    layer { name: "cat" type: "Concat" bottom: "sum" bottom: "a" top: "cat" }
    layer { name: "slice" type: "Slice" bottom: "cat" top: "s1" top: "s2" slice_param { slice_point: 3 } }
    layer { name: "up" type: "Deconvolution" bottom: "s2" top: "up" convolution_param { num_output: 2 kernel_size: 4 stride: 2 } }
    layer { name: "crop" type: "Crop" bottom: "up" bottom: "norm1" top: "crop" crop_param { axis: 2 offset: 1 } }
    layer { name: "drop" type: "Dropout" bottom: "crop" top: "crop" dropout_param { dropout_ratio: 0.3 } }
    layer { name: "gap" type: "Pooling" bottom: "crop" top: "gap" pooling_param { pool: AVE global_pooling: true } }
    layer { name: "fc" type: "InnerProduct" bottom: "gap" top: "fc" inner_product_param { num_output: 10 } }
    layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }
    layer { name: "rest" type: "Pooling" bottom: "s1" top: "rest" pooling_param { pool: AVE kernel_size: 2 stride: 2 } }
    """


def test_caffe():
    network = load(CAFFE, "caffe")
    assert network.spec.name == "Sample"
    # 35: (35 + 2 - 3)/2 + 1 = 18; pooling rounds up: (18 - 3)/2 + 1 = 8.5 -> 9
    assert shapes(network, "conv") == [(8, 18, 18), (4, 9, 9), (4, 9, 9)]
    assert shapes(network, "maxpool") == [(8, 9, 9)]
    assert sorted(shapes(network, "slice")) == [(3, 9, 9), (5, 9, 9)]
    assert shapes(network, "convtranspose") == [(2, 20, 20)]
    assert shapes(network, "crop") == [(2, 18, 18)]
    assert shapes(network, "avgpool") == [(3, 5, 5)]
    assert [network.graph.nodes[i].shape for i in network.graph.outputs] == [(10,), (3, 5, 5)]
    paths = [node.path for node in network.graph.nodes]
    assert {"conv1", "bn1", "a", "b", "up", "fc"} <= set(paths)


OLD = """
    name: "Old"
    layers { name: "data" type: DATA top: "data" top: "label" data_param { crop_size: 12 } include: { phase: TRAIN } }
    layers { name: "data" type: DATA top: "data" top: "label" data_param { crop_size: 16 } include: { phase: TEST } }
    layers { name: "conv" type: CONVOLUTION bottom: "data" top: "conv" blobs_lr: 1 blobs_lr: 2
      convolution_param { num_output: 4 kernel_size: 3 } }
    layers { name: "relu" type: RELU bottom: "conv" top: "conv" }
    layers { name: "lrn" type: LRN bottom: "conv" top: "lrn" lrn_param { local_size: 3 } }
    layers { name: "fc" type: INNER_PRODUCT bottom: "lrn" top: "fc" inner_product_param { num_output: 7 } }
    layers { name: "loss" type: SOFTMAX_LOSS bottom: "fc" bottom: "label" }
    layers { name: "acc" type: ACCURACY bottom: "fc" bottom: "label" top: "acc" include: { phase: TEST } }
    """


def test_caffe_in_its_old_syntax_for_training():
    network = load(OLD, "caffe")
    assert [node.shape for node in network.graph.inputs] == [(3, 16, 16)]
    assert shapes(network, "conv") == [(4, 14, 14)]
    assert [network.graph.nodes[i].shape for i in network.graph.outputs] == [(7,)]
    assert [node.shape for node in load(OLD, "caffe", (3, 20, 20)).graph.inputs] == [(3, 20, 20)]


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "pad", "out"),
    [
        (112, 3, 2, 0, 56),  # (112 - 3)/2 = 54.5 -> 55, + 1
        (4, 2, 3, 0, 2),  # (4 - 2)/3 -> 1, + 1; the second window begins at 3, within the image
        (3, 1, 2, 1, 3),  # (3 + 2 - 1)/2 + 1 = 3; the third begins at 4 = 3 + 1: Caffe takes it away, see below
    ],
)
def test_caffe_pooling(length, kernel, stride, pad, out):
    # padding above half of the window is Caffe's own business: only the size is checked here
    from cnncalc.convert.caffe.layers import caffe_pool

    found = caffe_pool(length, kernel, stride, pad)
    assert found == out - (pad > 0 and (out - 1) * stride >= length + pad)


def test_caffe_without_clipping():
    # 5 pixels, window 1, stride 3, no padding: (5 - 1)/3 -> 2, + 1 = 3 windows, the last at pixel 6: outside of the image
    text = 'input: "d" input_dim: 1 input_dim: 1 input_dim: 5 input_dim: 5\nlayer { name: "p" type: "Pooling" bottom: "d" top: "p" pooling_param { kernel_size: 1 stride: 3 } }'
    with pytest.raises(ConvertError, match="nothing but padding"):
        convert(text.encode(), "sample", "caffe", ())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('input: "d" input_dim: 1 input_dim: 1 input_dim: 5 input_dim: 5\nlayer { name: "x" type: "SPP" bottom: "d" top: "x" }', "line 2: layer SPP 'x'"),
        ('input: "d" input_dim: 1 input_dim: 1 input_dim: 5 input_dim: 5\nlayer { name: "x" type: "ReLU" bottom: "e" top: "x" }', "line 2: ReLU 'x': there is no blob 'e' before it"),
        ("layer {\n name: }\n", "line 2: name has no value"),
        ("layer { ", "line 1: a bracket is not closed"),
        ("layer { } }", "line 1: a bracket closes that was not opened"),
        ("layer ? { }", "line 1: unexpected character '?'"),
        ('layer { name: "d" type: "Data" top: "data" }\n', "line 1: Data says no size"),
    ],
)  # fmt: skip
def test_caffe_names_what_it_does_not_know(text, message):
    with pytest.raises(ConvertError) as error:
        convert(text.encode(), "sample", "caffe", ())
    assert message in str(error.value)


def keras_layer(kind, name, inbound=(), version=2, **config):
    layer = {"class_name": kind, "name": name, "config": {"name": name, **config}}
    if version == 2:
        layer["inbound_nodes"] = [[[source, 0, 0, {}] for source in sources] for sources in inbound]
    else:

        def tensor(source):
            return {"class_name": "__keras_tensor__", "config": {"shape": [None], "keras_history": [source, 0, 0]}}

        layer["inbound_nodes"] = [
            {"args": [tensor(s[0])] if len(s) == 1 else [[tensor(x) for x in s]], "kwargs": {}} for s in inbound
        ]
    return layer


def keras_model(version=2):
    def make(*args, **config):
        return keras_layer(*args, version=version, **config)

    layers = [
        make("InputLayer", "image", (), batch_shape=[None, 33, 33, 3]),
        make("ZeroPadding2D", "pad", [["image"]], padding=[[1, 2], [0, 1]]),
        make(
            "Conv2D",
            "conv",
            [["pad"]],
            filters=8,
            kernel_size=[3, 3],
            strides=[2, 2],
            padding="same",
            use_bias=False,
            activation="linear",
        ),
        make("BatchNormalization", "bn", [["conv"]], axis=[3], momentum=0.99, epsilon=0.001, scale=True, center=True),
        make("Activation", "act", [["bn"]], activation="relu"),
        make("MaxPooling2D", "pool", [["act"]], pool_size=[2, 2], strides=[2, 2], padding="valid"),
        make(
            "DepthwiseConv2D", "dw", [["pool"]], kernel_size=[3, 3], strides=[1, 1], padding="same", depth_multiplier=2
        ),
        make("SeparableConv2D", "sep", [["dw"]], filters=8, kernel_size=[3, 3], padding="same"),
        make("Conv2D", "same", [["sep"], ["pool"]], filters=8, kernel_size=[1, 1]),
        make("Add", "add", [["same", "pool"]]),
        make("UpSampling2D", "up", [["add"]], size=[2, 2], interpolation="nearest"),
        make("Cropping2D", "crop", [["up"]], cropping=[[1, 1], [1, 1]]),
        make("Concatenate", "cat", [["crop", "crop"]], axis=-1),
        make("Conv2DTranspose", "deconv", [["cat"]], filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same"),
        make("GlobalAveragePooling2D", "gap", [["deconv"]]),
        make("Dropout", "drop", [["gap"]], rate=0.2),
        make("Dense", "fc", [["drop"]], units=10, activation="softmax"),
    ]
    return {
        "class_name": "Functional",
        "config": {
            "name": "sample",
            "layers": layers,
            "input_layers": [["image", 0, 0]],
            "output_layers": [["fc", 0, 0]],
        },
    }


@pytest.mark.parametrize("version", [2, 3])
def test_keras(version):
    network = load(json.dumps(keras_model(version)), "keras")
    # 33 + 3 = 36 and 33 + 1 = 34 under stride 2 with padding same: 18 and 17; then 9 and 8
    assert shapes(network, "maxpool") == [(8, 9, 8)]
    assert shapes(network, "depthwise") == [(16, 9, 8), (16, 9, 8)]
    assert [node.path for node in network.graph.nodes].count("same") == 2
    assert shapes(network, "convtranspose")[0][0] == 4
    assert [node.shape for node in network.graph.nodes if node.op == "crop"][-1] == (4, 32, 28)
    assert network.graph.nodes[network.graph.outputs[0]].shape == (10,)


def test_keras_sequential():
    layers = [
        {"class_name": "Conv1D", "config": {"name": "c", "batch_input_shape": [None, 100, 4], "filters": 8, "kernel_size": [3], "padding": "causal", "dilation_rate": [2]}},
        {"class_name": "MaxPooling1D", "config": {"name": "p", "pool_size": [2], "strides": [2], "padding": "valid"}},
        {"class_name": "Flatten", "config": {"name": "f"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "linear"}},
    ]  # fmt: skip
    network = load(json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}}), "keras")
    assert shapes(network, "conv") == [(8, 100)]
    assert shapes(network, "linear") == [(3,)]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (keras_layer("ConvLSTM1D", "rnn", [["image"]], units=4), "layer 'rnn': layer ConvLSTM1D"),
        (keras_layer("Conv2D", "c", [["none"]], filters=4, kernel_size=[1, 1]), "layer 'c': it reads a tensor that no layer before it makes"),
        (keras_layer("Activation", "a", [["image"]], activation="exotic"), "layer 'a': activation exotic"),
    ],
)  # fmt: skip
def test_keras_names_what_it_does_not_know(layer, message):
    layers = [keras_layer("InputLayer", "image", (), batch_shape=[None, 8, 8, 3]), layer]
    model = {"config": {"layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [[layer["name"], 0, 0]]}}
    with pytest.raises(ConvertError) as error:
        convert(json.dumps(model).encode(), "sample", "keras", ())
    assert message in str(error.value)


def test_keras_that_is_none():
    with pytest.raises(ConvertError, match="no Keras model"):
        convert(b"{}", "sample", "keras", ())
    with pytest.raises(ConvertError, match="not JSON"):
        convert(b"{", "sample", "keras", ())


@pytest.mark.parametrize("name", ["lenet5", "squeezenet1_1", "mobilenet_v2", "googlenet"])
def test_onnx_of_our_own_modules(name):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    from cnncalc.runtime.onnx import export

    size = {} if name == "lenet5" else {"inputs": (3, 64, 64)}
    network = cnncalc.load(name, **size)
    again = cnncalc.load(convert(export(network, seed=0), name, "onnx", ()))
    a, b = cnncalc.analyze(network), cnncalc.analyze(again)
    assert a.totals.macs == b.totals.macs
    outputs = [[graph.nodes[i].shape for i in graph.outputs] for graph in (network.graph, again.graph)]
    assert outputs[0] == outputs[1]


def test_onnx_that_is_none():
    pytest.importorskip("onnx")
    with pytest.raises(ConvertError, match="not an ONNX model"):
        convert(b"\x08\x01nonsense", "sample", "onnx", ())


def test_formats_are_recognised():
    assert recognise(textwrap.dedent(CFG).encode()) == "darknet"
    assert recognise(textwrap.dedent(CAFFE).encode()) == "caffe"
    assert recognise(json.dumps(keras_model()).encode()) == "keras"
    assert recognise(b"\x08\x07\x12\x07pytorch") == "onnx"
    with pytest.raises(UsageError, match="name the format"):
        recognise(b"hello")


def keras_sequence(*layers, name="s"):
    """A sequential model of layers given as (class, config)."""
    made = [{"class_name": kind, "config": {"name": f"l{i}", **config}} for i, (kind, config) in enumerate(layers)]
    return {"class_name": "Sequential", "config": {"name": name, "layers": made}}


IMAGE = ("InputLayer", {"batch_shape": [None, 8, 8, 4]})


def test_keras_models_within_models():
    inner = keras_sequence(
        ("InputLayer", {"batch_shape": [None, 8, 8, 4]}), ("Conv2D", {"filters": 6, "kernel_size": [3]})
    )
    outer = keras_sequence(IMAGE, ("Sequential", inner["config"]), ("Conv2D", {"filters": 2, "kernel_size": [1]}))
    network = load(json.dumps(outer), "keras")
    assert shapes(network, "conv") == [(6, 6, 6), (2, 6, 6)]
    # 3*3*4*6 + 6 and 6*2 + 2
    assert cnncalc.analyze(network).totals.params == 222 + 14


def test_keras_functional_model_within_a_model():
    config = keras_model()["config"]
    outer = keras_sequence(
        ("InputLayer", {"batch_shape": [None, 33, 33, 3]}), ("Functional", config), ("Dense", {"units": 2})
    )
    alone = cnncalc.analyze(load(json.dumps(keras_model()), "keras")).totals.params
    assert cnncalc.analyze(load(json.dumps(outer), "keras")).totals.params == alone + 10 * 2 + 2


def test_keras_dense_on_a_map_works_on_every_position():
    network = load(
        json.dumps(keras_sequence(IMAGE, ("Dense", {"units": 5}), ("LayerScale", {"init_values": 1e-6}))), "keras"
    )
    assert shapes(network, "conv") == [(5, 8, 8)]
    assert cnncalc.analyze(network).totals.params == 4 * 5 + 5 + 5


def test_keras_average_pooling_with_padding_same_counts_real_pixels_only():
    torch = pytest.importorskip("torch")
    pool = ("AveragePooling2D", {"pool_size": [3, 3], "strides": [1, 1], "padding": "same"})
    module = cnncalc.build(load(json.dumps(keras_sequence(IMAGE, pool)), "keras"))
    assert torch.equal(module(torch.ones(1, 4, 8, 8)), torch.ones(1, 4, 8, 8))  # the mean of ones is one at the rim too


def test_keras_scaled_sum():
    model = keras_model()
    model["config"]["layers"][9]["class_name"] = "CustomScaleLayer"
    model["config"]["layers"][9]["config"]["scale"] = 0.25
    network = load(json.dumps(model), "keras")
    assert [node.layer.value for node in network.graph.nodes if node.op == "scale"] == [0.25]


def test_keras_an_open_size_is_taken_as_what_is_usual_and_said():
    model = keras_sequence(
        ("InputLayer", {"batch_shape": [None, None, None, 3]}), ("Conv2D", {"filters": 2, "kernel_size": [1]})
    )
    text = convert(json.dumps(model).encode(), "sample", "keras", [])
    assert "# Its size is open: taken as 224; --input gives another.\n" in text
    assert "input: 3x224x224\n" in text
    assert "input: 3x64x48\n" in convert(json.dumps(model).encode(), "sample", "keras", [(3, 64, 48)])
    model["config"]["layers"][0]["config"]["batch_shape"] = [None, 8, 8, None]
    with pytest.raises(ConvertError, match=r"its size is open: \[None, 8, 8, None\]; give one, --input 3x224x224"):
        convert(json.dumps(model).encode(), "sample", "keras", [])


@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ([IMAGE, IMAGE], "more inputs than values enter the model"),
        ([], "a model within the model with 0 outputs"),
    ],
)
def test_keras_models_within_models_that_make_no_sense(inner, message):
    model = keras_sequence(IMAGE, ("Sequential", keras_sequence(*inner)["config"]))
    with pytest.raises(ConvertError, match=message):
        load(json.dumps(model), "keras")


def test_keras_a_model_that_is_applied_twice_is_refused():
    model = keras_model()
    model["config"]["layers"][8] = keras_layer("Sequential", "same", [["sep"], ["pool"]], layers=[], version=2)
    with pytest.raises(ConvertError, match="layer 'same': a model that is applied several times"):
        load(json.dumps(model), "keras")


def test_darknet_reads_numbers_as_c_does():
    """atoi and atof take the number that a text begins with, and 0 where there is none."""
    head = "[net]\nheight=18###P6\nwidth=16abc\nchannels=3\n"
    layers = "[convolutional]\nfilters=4x\nsize=3;\nstride=1.9\npad=yes\nactivation=linear\n[dropout]\nprobability=.25f\n[route]\nlayers=-1###,-2b\n"
    network = load(head + layers, "darknet")
    # 18x16 without padding under a window of 3; the route joins the 4 channels of both
    assert [node.shape for node in network.graph.nodes] == [(3, 18, 16), (4, 16, 14), (4, 16, 14), (8, 16, 14)]
    assert "dropout 0.25" in convert((head + layers).encode(), "odd.cfg", "darknet", ())
