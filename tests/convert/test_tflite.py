"""TFLite: networks whose parameters and products are known from arithmetic, operators by themselves, damaged files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnncalc
from cnncalc import extras
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError
from cnncalc.diagnostics import CnncalcError, MissingExtraError

pytest.importorskip("tflite")
sys.path.insert(0, str(Path(__file__).parent))
from tflite_made import model, one
from whole_chain import through

RELU6, SAME, VALID = 3, 0, 1


class Network:
    """Layers one after the other; ``kind`` is that of the weights."""

    def __init__(self, side, kind="float32"):
        self.tensors = {"image": (1, side, side, 3)}
        self.steps, self.kind, self.last, self.side, self.channels = [], kind, "image", side, 3

    def weights(self, name, *dims):
        self.tensors[name] = np.zeros(dims, "int32" if name.endswith("bias") and self.kind == "int8" else self.kind)
        return name

    def add(self, kind, inputs, size, options=None, **settings):
        name = f"net/l{len(self.steps)}/out"
        self.tensors[name] = size
        self.steps.append((kind, inputs, [name], options, settings))
        self.last = name
        return name

    def window(self, kind, leaving, kernel, stride=1, act=RELU6):
        n = len(self.steps)
        self.side = -(-self.side // stride)
        deep = kind == "DEPTHWISE_CONV_2D"
        dims = (1, kernel, kernel, leaving) if deep else (leaving, kernel, kernel, self.channels)
        inputs = [self.last, self.weights(f"net/l{n}/w", *dims), self.weights(f"net/l{n}/bias", leaving)]
        self.channels = leaving
        more = {"DepthMultiplier": 1} if deep else {}
        options = "DepthwiseConv2DOptions" if deep else "Conv2DOptions"
        settings = {"Padding": SAME, "StrideH": stride, "StrideW": stride, "FusedActivationFunction": act, **more}
        size = (1, self.side, self.side, leaving)
        return self.add(kind, inputs, size, options, **settings)

    def bytes(self):
        return model(self.tensors, self.steps, ["image"], [self.last])


def mobilenet_v1(kind="float32"):
    """Howard et al. (2017), table 1, with normalisations folded, as the converter writes it."""
    net = Network(224, kind)
    net.window("CONV_2D", 32, 3, 2)
    for leaving, stride in PAIRS:
        net.window("DEPTHWISE_CONV_2D", net.channels, 3, stride)
        net.window("CONV_2D", leaving, 1)
    net.add(
        "AVERAGE_POOL_2D",
        [net.last],
        (1, 1, 1, 1024),
        "Pool2DOptions",
        Padding=VALID,
        StrideH=2,
        StrideW=2,
        FilterHeight=7,
        FilterWidth=7,
    )
    net.window("CONV_2D", 1001, 1, act=0)
    net.tensors["shape"] = np.array([1, 1001], "int32")
    net.add("RESHAPE", [net.last, "shape"], (1, 1001))
    net.add("SOFTMAX", [net.last], (1, 1001), "SoftmaxOptions", Beta=1.0)
    return net.bytes()


PAIRS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def counted():
    """Parameters and products of it."""
    side, entering = 112, 32
    params, macs = 27 * 32 + 32, 27 * 32 * side**2
    for leaving, stride in PAIRS:
        side //= stride
        params += 9 * entering + entering + entering * leaving + leaving
        macs += (9 * entering + entering * leaving) * side**2
        entering = leaving
    return params + 1024 * 1001 + 1001, macs + 1024 * 1001


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_mobilenet_has_the_numbers_of_the_paper(kind):
    text = convert(mobilenet_v1(kind), "mobilenet", "auto", ())
    network = through(text, build=False)
    totals = cnncalc.analyze(network).totals
    assert (totals.params, totals.macs) == counted()
    assert round(totals.macs / 1e6) == 569  # the paper's count
    assert network.graph.nodes[network.graph.outputs[0]].shape == (1001,)
    told = "whole numbers of 8 bits or fewer in the file" in text
    assert told == (kind == "int8")
    if told:  # weights, not biases, which have 32 bits
        biases = (
            32 + sum(e + leaving for e, (leaving, _) in zip([32, *(p[0] for p in PAIRS)], PAIRS, strict=False)) + 1001
        )
        assert f"# {counted()[0] - biases} numbers of its weights" in text


def test_residuals_heads_and_attention():
    """An inverted residual, a mean, then a product of tokens with tokens."""
    net = Network(16)
    entering = net.window("CONV_2D", 8, 3, 2)
    net.window("CONV_2D", 48, 1)
    net.window("DEPTHWISE_CONV_2D", 48, 3)
    leaving = net.window("CONV_2D", 8, 1, act=0)
    net.add("ADD", [entering, leaving], (1, 8, 8, 8), "AddOptions")
    net.tensors["s"] = np.array([1, 64, 8], "int32")
    tokens = net.add("RESHAPE", [net.last, "s"], (1, 64, 8))
    met = net.add("BATCH_MATMUL", [tokens, tokens], (1, 64, 64), "BatchMatMulOptions", AdjY=1)
    net.add("SOFTMAX", [met], (1, 64, 64), "SoftmaxOptions", Beta=0.5)
    net.add("BATCH_MATMUL", [net.last, tokens], (1, 64, 8), "BatchMatMulOptions")
    net.tensors["axis"] = np.array([1], "int32")
    net.add("MEAN", [net.last, "axis"], (1, 8), "ReducerOptions", KeepDims=0)
    inputs = [net.last, net.weights("fc", 5, 8), net.weights("fcbias", 5)]
    net.add("FULLY_CONNECTED", inputs, (1, 5), "FullyConnectedOptions")
    totals = cnncalc.analyze(through(convert(net.bytes(), "n", "tflite", ()))).totals
    assert totals.params == 27 * 8 + 8 + 8 * 48 + 48 + 9 * 48 + 48 + 48 * 8 + 8 + 45
    assert totals.macs == 64 * (27 * 8 + 8 * 48 + 9 * 48 + 48 * 8) + 2 * 64 * 64 * 8 + 40


IMAGE = (1, 8, 8, 4)
CASES = [
    (one("TRANSPOSE_CONV", [IMAGE], {"o": np.array([1, 16, 16, 6], "int32"), "w": np.zeros((6, 3, 3, 4), "float32")}, (1, 16, 16, 6), "TransposeConvOptions", Padding=SAME, StrideH=2, StrideW=2, inputs=["o", "w", "x0"]), 216, (6, 16, 16)),
    (one("TRANSPOSE_CONV", [IMAGE], {"o": np.array([1, 17, 17, 6], "int32"), "w": np.zeros((6, 3, 3, 4), "float32")}, (1, 17, 17, 6), "TransposeConvOptions", Padding=VALID, StrideH=2, StrideW=2, inputs=["o", "w", "x0"]), 216, (6, 17, 17)),
    (one("CONV_2D", [IMAGE], {"w": np.zeros((6, 3, 3, 2), "float32")}, (1, 4, 4, 6), "Conv2DOptions", Padding=SAME, StrideH=2, StrideW=2, DilationHFactor=1, DilationWFactor=1), 108, (6, 4, 4)),
    (one("CONV_3D", [(1, 4, 8, 8, 3)], {"w": np.zeros((3, 3, 3, 3, 5), "float32"), "b": np.zeros(5, "float32")}, (1, 2, 6, 6, 5), "Conv3DOptions", Padding=VALID, StrideD=1, StrideH=1, StrideW=1), 410, (5, 2, 6, 6)),
    (one("MAX_POOL_2D", [IMAGE], (), (1, 4, 4, 4), "Pool2DOptions", Padding=SAME, StrideH=2, StrideW=2, FilterHeight=3, FilterWidth=3), 0, (4, 4, 4)),
    (one("AVERAGE_POOL_2D", [IMAGE], (), (1, 4, 4, 4), "Pool2DOptions", Padding=SAME, StrideH=2, StrideW=2, FilterHeight=3, FilterWidth=3), 0, (4, 4, 4)),
    (one("PAD", [IMAGE], {"p": np.array([[0, 0], [1, 2], [0, 1], [0, 0]], "int32")}, (1, 11, 9, 4)), 0, (4, 11, 9)),
    (one("PADV2", [IMAGE], {"p": np.array([[0, 0], [0, 0], [0, 0], [0, 4]], "int32"), "v": np.array([2], "float32")}, (1, 8, 8, 8)), 0, (8, 8, 8)),
    (one("MIRROR_PAD", [IMAGE], {"p": np.array([[0, 0], [1, 1], [1, 1], [0, 0]], "int32")}, (1, 10, 10, 4), "MirrorPadOptions", Mode=0), 0, (4, 10, 10)),
    (one("RESIZE_BILINEAR", [IMAGE], {"s": np.array([16, 24], "int32")}, (1, 16, 24, 4), "ResizeBilinearOptions", AlignCorners=1), 0, (4, 16, 24)),
    (one("RESIZE_NEAREST_NEIGHBOR", [IMAGE], {"s": np.array([5, 7], "int32")}, (1, 5, 7, 4), "ResizeNearestNeighborOptions"), 0, (4, 5, 7)),
    (one("MUL", [IMAGE], {"v": np.ones(4, "float32")}, IMAGE, "MulOptions"), 4, (4, 8, 8)),
    (one("ADD", [IMAGE], {"v": np.ones((1, 8, 8, 4), "float32")}, IMAGE, "AddOptions"), 256, (4, 8, 8)),
    (one("SUB", [IMAGE], {"v": np.array(127.5, "float32")}, IMAGE, "SubOptions"), 0, (4, 8, 8)),
    (one("SUB", [IMAGE], {"v": np.array(1, "float32")}, IMAGE, "SubOptions", inputs=["v", "x0"]), 0, (4, 8, 8)),
    (one("DIV", [IMAGE, (1, 1, 1, 4)], (), IMAGE, "DivOptions"), 0, (4, 8, 8)),
    (one("MUL", [IMAGE, IMAGE], (), IMAGE, "MulOptions", FusedActivationFunction=1), 0, (4, 8, 8)),
    (one("SQUARED_DIFFERENCE", [IMAGE, IMAGE], (), IMAGE), 0, (4, 8, 8)),
    (one("MINIMUM", [IMAGE], {"v": np.array([6], "float32")}, IMAGE), 0, (4, 8, 8)),
    (one("MEAN", [IMAGE], {"a": np.array([1, 2], "int32")}, (1, 4), "ReducerOptions"), 0, (4,)),
    (one("REDUCE_MAX", [IMAGE], {"a": np.array([-1], "int32")}, (1, 8, 8, 1), "ReducerOptions", KeepDims=1), 0, (8, 8, 1)),
    (one("CONCATENATION", [IMAGE, (1, 8, 8, 2)], (), (1, 8, 8, 6), "ConcatenationOptions", Axis=-1), 0, (6, 8, 8)),
    (one("PACK", [(1, 6), (1, 6)], (), (1, 2, 6), "PackOptions", Axis=1), 0, (2, 6)),
    (one("UNPACK", [(1, 2, 6)], (), (1, 6), "UnpackOptions", 2, Axis=1, Num=2), 0, (6,)),
    (one("SPLIT", [IMAGE], {"a": np.array(3, "int32")}, (1, 8, 8, 2), "SplitOptions", 2, NumSplits=2, inputs=["a", "x0"]), 0, (2, 8, 8)),
    (one("SPLIT_V", [IMAGE], {"n": np.array([3, -1], "int32"), "a": np.array(1, "int32")}, (1, 3, 8, 4), "SplitVOptions", 2), 0, (4, 3, 8)),
    (one("SLICE", [IMAGE], {"b": np.array([0, 1, 0, 0], "int32"), "n": np.array([-1, 4, -1, 2], "int32")}, (1, 4, 8, 2)), 0, (2, 4, 8)),
    (one("STRIDED_SLICE", [IMAGE], {"b": np.array([0, 0, 1, 0], "int32"), "e": np.array([1, 8, 2, 4], "int32"), "s": np.array([1, 2, 1, 1], "int32")}, (1, 4, 4), "StridedSliceOptions", ShrinkAxisMask=4), 0, (4, 4)),
    (one("TRANSPOSE", [IMAGE], {"p": np.array([0, 3, 1, 2], "int32")}, (1, 4, 8, 8)), 0, (4, 8, 8)),
    (one("GATHER", [(1, 6)], {"i": np.array([0, 5, 2], "int32")}, (1, 3), "GatherOptions", Axis=1), 0, (3,)),
    (one("GATHER", [((1, 7), "int32")], {"t": np.zeros((50, 3), "float32")}, (1, 7, 3), "GatherOptions", inputs=["t", "x0"]), 150, (7, 3)),
    (one("SPACE_TO_DEPTH", [IMAGE], (), (1, 4, 4, 16), "SpaceToDepthOptions", BlockSize=2), 0, (16, 4, 4)),
    (one("DEPTH_TO_SPACE", [IMAGE], (), (1, 16, 16, 1), "DepthToSpaceOptions", BlockSize=2), 0, (1, 16, 16)),
    (one("PRELU", [IMAGE], {"s": np.zeros((1, 1, 4), "float32")}, IMAGE), 4, (4, 8, 8)),
    (one("PRELU", [IMAGE], {"s": np.zeros((8, 8, 4), "float32")}, IMAGE), 256, (4, 8, 8)),
    (one("LEAKY_RELU", [IMAGE], (), IMAGE, "LeakyReluOptions", Alpha=0.1), 0, (4, 8, 8)),
    (one("GELU", [IMAGE], (), IMAGE, "GeluOptions", Approximate=1), 0, (4, 8, 8)),
    (one("LOG_SOFTMAX", [(1, 6)], (), (1, 6)), 0, (6,)),
    (one("L2_NORMALIZATION", [(1, 6)], (), (1, 6), "L2NormOptions"), 0, (6,)),
    (one("LOCAL_RESPONSE_NORMALIZATION", [IMAGE], (), IMAGE, "LocalResponseNormalizationOptions", Radius=2, Bias=1.0, Alpha=0.1, Beta=0.5), 0, (4, 8, 8)),
    (one("TILE", [(1, 2, 6)], {"n": np.array([1, 3, 1], "int32")}, (1, 6, 6)), 0, (6, 6)),
    (one("BROADCAST_TO", [(1, 1, 6)], {"n": np.array([1, 3, 6], "int32")}, (1, 3, 6)), 0, (3, 6)),
    (one("REVERSE_V2", [(1, 2, 6)], {"n": np.array([1], "int32")}, (1, 2, 6)), 0, (2, 6)),
    (one("EXPAND_DIMS", [(1, 6)], {"a": np.array(1, "int32")}, (1, 1, 6)), 0, (1, 6)),
    (one("RESHAPE", [(1, 4, 6)], {"a": np.array([4, 6], "int32")}, (4, 6)), 0, (4, 6)),
    (one("FULLY_CONNECTED", [(1, 4, 6)], {"w": np.zeros((5, 6), "float32")}, (4, 5), "FullyConnectedOptions"), 30, (4, 5)),
    (one("RESHAPE", [IMAGE], {"a": np.array([1, 256], "int32")}, (1, 256)), 0, (256,)),
]  # fmt: skip


@pytest.mark.parametrize(("data", "params", "out"), CASES)
def test_operators(data, params, out):
    network = through(convert(data, "n", "tflite", ()))
    assert cnncalc.analyze(network).totals.params == params
    assert network.graph.nodes[network.graph.outputs[0]].shape == out


SIMPLE = ["RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1", "TANH", "LOGISTIC", "HARD_SWISH", "ELU", "EXP", "LOG", "SQRT", "ABS", "NEG", "SIN", "COS", "RSQRT", "SQUARE", "QUANTIZE", "DEQUANTIZE", "CAST"]  # fmt: skip


@pytest.mark.parametrize("kind", SIMPLE)
def test_operators_that_keep_the_size(kind):
    network = through(convert(one(kind, [IMAGE], (), IMAGE), "n", "tflite", ()))
    assert network.graph.nodes[network.graph.outputs[0]].shape == (4, 8, 8)


def test_a_dilated_convolution_of_older_files():
    """Batches of every second pixel, a convolution among them, and back."""
    tensors = {
        "x": (1, 8, 8, 4), "n": np.array([2, 2], "int32"), "p": np.array([[2, 2], [2, 2]], "int32"), "a": (4, 6, 6, 4),
        "w": np.zeros((6, 3, 3, 4), "float32"), "b": (4, 4, 4, 6), "c": np.array([[0, 0], [0, 0]], "int32"), "y": (1, 8, 8, 6),
    }  # fmt: skip
    steps = [
        ("SPACE_TO_BATCH_ND", ["x", "n", "p"], ["a"], None, {}),
        ("CONV_2D", ["a", "w"], ["b"], "Conv2DOptions", {"Padding": VALID, "StrideH": 1, "StrideW": 1}),
        ("BATCH_TO_SPACE_ND", ["b", "n", "c"], ["y"], None, {}),
    ]
    text = convert(model(tensors, steps, ["x"], ["y"]), "n", "tflite", ())
    assert "conv 6 3 same d2 nobias" in text


def test_halves_of_floats_and_operators_of_somebody_else():
    tensors = {
        "x": (1, 8, 8, 4), "h": np.zeros((6, 1, 1, 4), "float16"), "w": (6, 1, 1, 4), "y": (1, 8, 8, 6),
        "own": np.zeros(7, "float32"), "z": (1, 10, 4), "n": (1,),
    }  # fmt: skip
    steps = [
        ("DEQUANTIZE", ["h"], ["w"], None, {}),
        ("CONV_2D", ["x", "w"], ["y"], "Conv2DOptions", {"StrideH": 1, "StrideW": 1}),
        ("boxes", ["y", "own"], ["z", "n"], None, {}),
    ]
    network = through(convert(model(tensors, steps, ["x"], ["z", "n"]), "n", "tflite", ()), build=False)
    assert cnncalc.analyze(network).totals.params == 24 + 7
    assert [network.graph.nodes[place].shape for place in network.graph.outputs] == [(10, 4), (1,)]


W = {"w": np.zeros((6, 3, 3, 4), "float32")}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x1c\0\0\0TFL4" + b"\0" * 40, "it does not begin as a TFLite file does"),
        (one("L2_POOL_2D", [IMAGE], (), IMAGE, "Pool2DOptions"), "operator 0 (L2_POOL_2D): operator L2_POOL_2D"),
        (one("CONV_2D", [IMAGE, (6, 3, 3, 4)], (), IMAGE, "Conv2DOptions"), "a constant that is computed, or that nothing has made"),
        (one("CONV_2D", [IMAGE], W, IMAGE, "Conv2DOptions", StrideH=1, StrideW=1, FusedActivationFunction=5), "the activation 5 within CONV_2D"),
        (one("RESHAPE", [(2, 4, 6)], {"a": np.array([1, 48], "int32")}, (1, 48)), "a value of 2x4x6 as 1x48, which mixes the batch with the rest"),
        (one("CONCATENATION", [IMAGE, IMAGE], (), (2, 8, 8, 4), "ConcatenationOptions", Axis=0), "an operation along the batch"),
        (one("PAD", [IMAGE], {"p": np.array([[1, 0], [0, 0], [0, 0], [0, 0]], "int32")}, (2, 8, 8, 4)), "PAD of the batch, or of channels by what is in them"),
        (one("TRANSPOSE", [IMAGE], {"p": np.array([3, 0, 1, 2], "int32")}, (4, 1, 8, 8)), "TRANSPOSE of the batch"),
        (one("TILE", [IMAGE], {"p": np.array([3, 1, 1, 1], "int32")}, (3, 8, 8, 4)), "TILE of the batch"),
        (one("BATCH_TO_SPACE_ND", [IMAGE], {"n": np.array([2, 2], "int32")}, (1, 9, 9, 4)), "BATCH_TO_SPACE_ND behind anything but a dilated convolution"),
        (one("STRIDED_SLICE", [IMAGE], {k: np.zeros(4, "int32") for k in "bes"}, IMAGE, "StridedSliceOptions", NewAxisMask=1), "STRIDED_SLICE with an ellipsis or a new axis"),
        (one("SLICE", [IMAGE], {"b": np.array([0, 3, 0, 0], "int32"), "n": np.array([1, 0, 8, 4], "int32")}, (1, 0, 8, 4)), "an empty part of a value"),
        (one("GATHER", [IMAGE, ((3,), "int32")], (), IMAGE, "GatherOptions"), "a constant that is computed, or that nothing has made"),
        (one("SHAPE", [IMAGE], (), (4,)), "an output that does not depend on what enters"),
        (one("REVERSE_V2", [(1, 6)], {"n": np.array([0, 1], "int32")}, (1, 6)), "this is not written as TFLite does: ValueError"),
    ],
)  # fmt: skip
def test_what_is_refused(data, message):
    with pytest.raises(ConvertError) as error:
        convert(data, "sample", "tflite", ())
    assert message in str(error.value)


def test_damaged_files_are_told_or_read():
    """Bits that are turned, files that end early; within the bounds of what the file holds."""
    data = mobilenet_v1()[:6000], *(case[0] for case in CASES[::6])
    for seed in range(300):
        chance = random.Random(seed)  # noqa: S311 (no secret)
        found = bytearray(chance.choice(data))
        for _ in range(chance.randint(1, 8)):
            found[chance.randrange(8, len(found))] = chance.choice([0, 255, 127, chance.randrange(256)])
        if chance.random() < 0.3:
            del found[chance.randrange(12, len(found)) :]
        try:
            convert(bytes(found), "damaged", "tflite", ())
        except CnncalcError as error:
            assert str(error)  # noqa: PT017 (what matters is that nothing else is raised)


def test_the_command_reads_such_a_file(tmp_path):
    path = tmp_path / "net.tflite"
    path.write_bytes(mobilenet_v1("int8"))
    words = [sys.executable, "-m", "cnncalc", "analyze", str(path), "--format", "json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["totals"]["params"] == counted()[0]


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"convert tflite needs tflite: pip install 'cnncalc\[tflite\]'"):
        convert(CASES[0][0], "n", "tflite", ())
