"""ONNX: models made by hand, and the tests of operators that the onnx package makes."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import cnncalc
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError

pytest.importorskip("onnx")
sys.path.insert(0, str(Path(__file__).parent))
from onnx import helper, numpy_helper
from onnx_made import INT, model, one
from whole_chain import through


def spec(data):
    return convert(data, "sample", "onnx", ())


def leaves(network):
    return network.graph.nodes[network.graph.outputs[0]].shape


INTS = np.int64
CASES = {
    # the size that leaves by ONNX's own arithmetic, and how many numbers of float are given as weights
    "conv": (one("Conv", [(1, 3, 9, 9)], {"w": (4, 3, 3, 3), "b": (4,)}, strides=[2, 2], pads=[0, 0, 1, 1]), (4, 4, 4), 112),
    "same": (one("Conv", [(1, 3, 8, 8)], {"w": (4, 3, 3, 3)}, strides=[2, 2], auto_pad="SAME_LOWER"), (4, 4, 4), 108),
    "average": (one("AveragePool", [(1, 3, 8, 8)], kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]), (3, 4, 4), 0),
    "layernorm": (one("LayerNormalization", [(2, 5, 8)], {"s": (8,), "b": (8,)}, opset=17), (5, 8), 16),
    "groupnorm": (one("GroupNormalization", [(2, 8, 5, 5)], {"s": (8,), "b": (8,)}, opset=21, num_groups=2), (8, 5, 5), 16),
    "rmsnorm": (one("RMSNormalization", [(2, 5, 8)], {"s": (8,)}, opset=23), (5, 8), 8),
    "lpnorm": (one("LpNormalization", [(2, 8)], axis=1), (8,), 0),
    # 4 gates of 5 units on 6 numbers and 5 states, two biases each, in two directions
    "lstm": (
        one("LSTM", [(9, 1, 6)], {"w": (2, 20, 6), "r": (2, 20, 5), "b": (2, 40)}, hidden_size=5, direction="bidirectional"),
        (9, 2, 5), 2 * (20 * 11 + 40),
    ),
    "gru": (one("GRU", [(9, 1, 6)], {"w": (1, 15, 6), "r": (1, 15, 5)}, hidden_size=5, direction="reverse"), (9, 1, 5), 165),
    "rnn": (one("RNN", [(9, 1, 6)], {"w": (1, 5, 6), "r": (1, 5, 5)}, hidden_size=5, activations=["Relu"]), (9, 1, 5), 55),
    "attention": (one("Attention", [(1, 2, 5, 4), (1, 2, 7, 4), (1, 2, 7, 4)], opset=23, scale=0.25), (2, 5, 4), 0),
    "einsum": (one("Einsum", [(3, 4, 5), (3, 5, 6)], equation="bij,bjk->bik"), (4, 6), 0),
    "einsum of a weight": (one("Einsum", [(3, 4, 5)], {"w": (5, 6)}, equation="bij,jk->bki"), (6, 4), 30),
    "slice": (one("Slice", [(1, 3, 9, 9)], {"s": np.array([7, 0]), "e": np.array([0, 9]), "a": np.array([2, 3]), "t": np.array([-2, 3])}), (3, 4, 3), 0),
    "gather": (one("Gather", [(1, 6, 4)], {"i": np.array([[0, 5], [2, 2]])}, axis=1), (2, 2, 4), 0),
    "one": (one("Gather", [(1, 6, 4)], {"i": np.array(3)}, axis=1), (4,), 0),
    "channels": (one("Pad", [(1, 3, 4, 4)], {"p": np.array([0, 1, 0, 0, 0, 2, 0, 1])}), (6, 4, 5), 0),
    "resize": (one("Resize", [(1, 3, 4, 4)], {"r": np.zeros(0, np.float32), "s": np.array([1, 1, 1.5, 2], np.float32)}, mode="linear"), (3, 6, 8), 0),
    "depth to space": (one("DepthToSpace", [(1, 8, 4, 4)], blocksize=2), (2, 8, 8), 0),
    "space to depth": (one("SpaceToDepth", [(1, 2, 8, 8)], blocksize=2), (8, 4, 4), 0),
    "old softmax": (one("Softmax", [(1, 3, 4)], opset=11), (3, 4), 0),
    "clip": (one("Clip", [(1, 3)], {"l": np.float32(-1)}), (3,), 0),
    "slope": (one("PRelu", [(1, 3, 4)], {"s": (3, 4)}), (3, 4), 12),
    "hard": (one("HardSigmoid", [(1, 3)], alpha=0.25, beta=0.4), (3,), 0),
    "expand": (one("Expand", [(1, 3, 1)], {"s": np.array([1, 3, 7])}), (3, 7), 0),
    "tile": (one("Tile", [(1, 3, 2)], {"s": np.array([1, 2, 3])}), (6, 6), 0),
    "reduce": (one("ReduceL2", [(1, 3, 4)], {"a": np.array([-1])}, keepdims=0), (3,), 0),
    "sum of squares": (one("ReduceSumSquare", [(1, 3, 4)], {"a": np.array([1])}), (1, 4), 0),
    "nothing": (one("Identity", [(1, 3)]), (3,), 0),
    "whole numbers": (
        one("QLinearConv", [(1, 3, 8, 8)], {"a": np.float32(1), "z": np.uint8(0), "w": np.zeros((4, 3, 3, 3), np.int8), "ws": np.float32(1),
            "wz": np.int8(0), "ys": np.float32(1), "yz": np.uint8(0), "b": np.zeros(4, np.int32)}),
        (4, 6, 6), 112,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_operators(name):
    data, out, params = CASES[name]
    network = through(spec(data))
    assert leaves(network) == out
    assert cnncalc.analyze(network).totals.params == params


def nodes(*rows):
    return [helper.make_node(kind, given, made, **dict(attributes)) for kind, given, made, attributes in rows]


def test_quantised_weights_are_told():
    rows = [
        ("QuantizeLinear", ["x", "s", "z"], ["q"], {}), ("DequantizeLinear", ["q", "s", "z"], ["d"], {}),
        ("DequantizeLinear", ["w", "s", "z"], ["v"], {}), ("Conv", ["d", "v"], ["y"], {}),
    ]  # fmt: skip
    weights = {"s": np.float32(0.1), "z": np.int8(0), "w": np.ones((4, 3, 3, 3), np.int8)}
    text = spec(model(nodes(*rows), {"x": (1, 3, 8, 8)}, {"y": None}, weights))
    assert "# 108 numbers of its weights are whole numbers of 8 bits or fewer in the file.\n" in text
    assert cnncalc.analyze(text).totals.params == 108


def test_sizes_are_computed_on_the_way():
    rows = [
        ("Shape", ["x"], ["s"], {}), ("Gather", ["s", "zero"], ["b"], {}), ("Unsqueeze", ["b", "axes"], ["c"], {}),
        ("Concat", ["c", "rest"], ["t"], {"axis": 0}), ("Reshape", ["x", "t"], ["y"], {}),
    ]  # fmt: skip
    weights = {"zero": np.array(0), "axes": np.array([0]), "rest": np.array([-1, 8])}
    for batch in (1, 4, "N"):
        text = spec(model(nodes(*rows), {"x": (batch, 3, 8, 8)}, {"y": None}, weights))
        assert "reshape 24x8" in text


def test_windows_of_an_image_go_along_with_the_batch():
    rows = [
        ("Reshape", ["x", "a"], ["p"], {}), ("Transpose", ["p"], ["q"], {"perm": [0, 1, 3, 2, 4, 5]}), ("Reshape", ["q", "b"], ["r"], {}),
        ("MatMul", ["r", "w"], ["m"], {}), ("Reshape", ["m", "c"], ["y"], {}),
    ]  # fmt: skip
    weights = {"a": np.array([2, 4, 2, 4, 2, 6]), "b": np.array([32, 4, 6]), "w": (6, 5), "c": np.array([2, 16, 4, 5])}
    network = through(spec(model(nodes(*rows), {"x": (2, 8, 8, 6)}, {"y": None}, weights)))
    assert leaves(network) == (16, 4, 5)
    assert cnncalc.analyze(network).totals.macs == 64 * 30


def test_embedding():
    rows = [("Gather", ["table", "x"], ["e"], {}), ("ReduceMean", ["e", "a"], ["y"], {"keepdims": 0})]
    data = model(nodes(*rows), {"x": (1, 12)}, {"y": None}, {"table": (50, 6), "a": np.array([1])}, kinds={"x": INT})
    text = spec(data)
    assert "input: 12 int" in text
    network = through(text)
    assert cnncalc.analyze(network).totals.params == 300
    assert leaves(network) == (6,)


def test_branches_and_loops_that_are_known_are_followed():
    then = helper.make_graph(
        nodes(("Relu", ["x"], ["r"], {})), "then", [], [helper.make_tensor_value_info("r", 1, None)]
    )
    other = helper.make_graph(
        nodes(("Tanh", ["x"], ["t"], {})), "else", [], [helper.make_tensor_value_info("t", 1, None)]
    )
    infos = [helper.make_tensor_value_info(name, kind, []) for name, kind in (("i", 7), ("go", 9))]
    body = helper.make_graph(
        nodes(("Identity", ["go"], ["on"], {}), ("MatMul", ["v", "w"], ["m"], {})), "body",
        [*infos, helper.make_tensor_value_info("v", 1, None)],
        [helper.make_tensor_value_info("on", 9, []), helper.make_tensor_value_info("m", 1, None)],
    )  # fmt: skip
    rows = [
        ("If", ["yes"], ["a"], {"then_branch": then, "else_branch": other}),
        ("Loop", ["three", "yes", "a"], ["y"], {"body": body}),
    ]
    weights = {"yes": np.ones((), bool), "three": np.array(3), "w": (6, 6)}
    network = through(spec(model(nodes(*rows), {"x": (1, 6)}, {"y": None}, weights)))
    assert [node.op for node in network.graph.nodes if node.op != "input"] == ["relu", "linear", "linear", "linear"]
    unknown = model(
        nodes(("Greater", ["x", "zero"], ["g"], {}), ("If", ["g"], ["y"], {"then_branch": then, "else_branch": other})),
        {"x": (1, 6)},
        {"y": None},
        {"zero": np.float32(0)},
    )
    with pytest.raises(ConvertError, match="If whose condition cannot be told"):
        spec(unknown)


def test_operators_of_somebody_else_are_opaque():
    rows = [
        helper.make_node("Deform", ["x", "w"], ["d"], name="deform", domain="mine"),
        helper.make_node("Relu", ["d"], ["y"]),
    ]
    given = ({"x": (1, 3, 8, 8)}, {"y": None}, {"w": (6, 3, 3, 3)})
    text = spec(model(rows, *given, stated={"d": (1, 6, 8, 8)}, domains=["mine"]))
    assert "deform = opaque (6,8,8) parameters=162" in text
    through(text, build=False)
    with pytest.raises(
        ConvertError,
        match=r"operator mine.Deform, which is none of ONNX's, and whose size the file does not state \(1 more wait for it\)",
    ):
        spec(model(rows, *given, domains=["mine"]))


REFUSED = {
    "operator NonZero": one("NonZero", [(1, 3)]),
    "Conv with weights of every sample": one("Conv", [(1, 3, 8, 8), (4, 3, 3, 3)]),
    "ConvTranspose with auto_pad, output_shape or weights that are computed": one("ConvTranspose", [(1, 3, 8, 8)], {"w": (3, 4, 3, 3)}, auto_pad="SAME_UPPER"),
    "MaxPool that gives its indices": model(
        [helper.make_node("MaxPool", ["x"], ["p", "i"], kernel_shape=[2, 2]), helper.make_node("Identity", ["i"], ["y"])],
        {"x": (1, 3, 8, 8)}, {"p": None, "y": None},
    ),
    "AveragePool with dilations": one("AveragePool", [(1, 3, 8, 8)], kernel_shape=[2, 2], dilations=[2, 2]),
    "LpPool with padding, dilations or rounding up": one("LpPool", [(1, 3, 8, 8)], kernel_shape=[2, 2], pads=[1, 1, 1, 1]),
    "Pad of the batch, or by negative numbers": one("Pad", [(1, 3)], {"p": np.array([1, 0, 0, 0])}),
    "Pad of channels by what is in them": one("Pad", [(1, 3)], {"p": np.array([0, 1, 0, 0])}, mode="reflect"),
    "Resize that keeps proportions": one(
        "Resize", [(1, 3, 4, 4)], {"r": np.zeros(0, np.float32), "s": np.zeros(0, np.float32), "n": np.array([1, 3, 8, 6])},
        keep_aspect_ratio_policy="not_larger",
    ),
    "Resize of some axes, or of axes in another order": one(
        "Resize", [(1, 3, 4, 4)], {"r": np.zeros(0, np.float32), "s": np.array([2, 3], np.float32)}, axes=[3, 2],
    ),
    "Gemm with factors, or whose first matrix is transposed": one("Gemm", [(1, 3)], {"w": (3, 4)}, alpha=2.0),
    "Gemm with weights that are computed": one("Gemm", [(4, 3), (3, 4)]),
    "MatMul with a single axis": one("MatMul", [(1, 3)], {"w": (3,)}),
    "GroupNormalization with factors per group": one("GroupNormalization", [(1, 8, 5, 5)], {"s": (2,), "b": (2,)}, num_groups=2),
    "LayerNormalization over some axes": one("LayerNormalization", [(2, 5, 8, 3)], {"s": (8, 3)}, axis=2),
    "RMSNormalization over some axes": one("RMSNormalization", [(2, 5, 8)], {"s": (5, 8)}, axis=1, opset=23),
    "LpNormalization with p 1": one("LpNormalization", [(2, 8)], p=1),
    "Attention that is causal, or with what is kept from before": one("Attention", [(1, 2, 5, 4)] * 3, opset=23, is_causal=1),
    "Attention whose heads are no axis": one("Attention", [(1, 5, 8)] * 3, opset=23, q_num_heads=2, kv_num_heads=2),
    "Einsum ...ij->...ji": one("Einsum", [(2, 3, 4)], equation="...ij->...ji"),
    "Einsum that adds up over the batch": one("Einsum", [(2, 3, 4)], equation="bij->ij"),
    "an operation along the batch": one("ReduceSum", [(2, 3)], {"a": np.array([0])}),
    "Squeeze of an axis that is not 1": one("Squeeze", [(2, 3)], {"a": np.array([1])}),
    "an empty part of a value": one("Slice", [(2, 3)], {"s": np.array([3]), "e": np.array([3]), "a": np.array([1])}),
    "Slice by computed numbers": one("Slice", [(2, 3), (1,), (1,), (1,)]),
    "Gather by computed numbers": one("Gather", [(2, 3), (2, 3)]),
    "Tile along the batch": one("Tile", [(2, 3)], {"s": np.array([2, 1])}),
    "CumSum backwards, or without the number itself": one("CumSum", [(2, 3)], {"a": np.array(1)}, reverse=1),
    "TopK that gives the places, or the smallest": one("TopK", [(2, 3)], {"k": np.array([2])}, largest=0),
    "a reshape of 4x6 to 3x8 that mixes the batch with the rest": one("Reshape", [(4, 6)], {"s": np.array([3, 8])}),
    "a layer whose batch is not the first axis": one("Conv", [(2, 3, 8, 8)], {"w": (4, 3, 3, 3)}) and model(
        nodes(("Transpose", ["x"], ["t"], {"perm": [1, 0, 2, 3]}), ("GlobalMaxPool", ["t"], ["y"], {})), {"x": (2, 3, 8, 8)}, {"y": None}
    ),
    "LSTM that begins with states other than zeros": one("LSTM", [(9, 1, 6)], {"w": (1, 20, 6), "r": (1, 20, 5), "b": (1, 40), "l": np.array([9], np.int32), "h": np.ones((1, 1, 5), np.float32)}, hidden_size=5),
    "LSTM with peepholes, limits or other activations": one("LSTM", [(9, 1, 6)], {"w": (1, 20, 6), "r": (1, 20, 5)}, hidden_size=5, clip=1.0),
    "GRU whose batch is not where it takes it": one("GRU", [(2, 9, 6)], {"w": (1, 15, 6), "r": (1, 15, 5)}, hidden_size=5) and model(
        nodes(("Transpose", ["x"], ["t"], {"perm": [1, 2, 0]}), ("GRU", ["t", "w", "r"], ["y"], {"hidden_size": 5})), {"x": (2, 9, 6)}, {"y": None},
        {"w": (1, 15, 2), "r": (1, 15, 5)},
    ),
    "a sequence that is not made by SplitToSequence": one("SequenceAt", [(2, 3)], {"i": np.array(0)}),
    "the size of input 'x' is open; give one, --input 3x224x224": one("Relu", [(1, "c")]),
    "the output 'y' does not depend on what enters": model(nodes(("Identity", ["w"], ["y"], {})), {"x": (1, 3)}, {"y": None}, {"w": (3,)}),
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_refused(message):
    with pytest.raises(ConvertError) as error:
        spec(REFUSED[message])
    assert message in str(error.value)


MOVED = (
    "transpose", "flatten", "einsum", "expand_dim_changed", "gru", "lstm", "rnn", "reshape_one_dim", "negative_extended",
    "split_to_sequence", "test_squeeze", "unsqueeze_axis_0",
)  # fmt: skip
"""Tests in whose results the batch is not the first axis."""


@pytest.mark.filterwarnings("ignore::Warning")
def test_operators_as_onnx_tests_them():
    """All inputs of the package's tests but the first are made weights; what converts has the size that the test states."""
    from onnx.backend.test.case.node import collect_testcases

    found = Counter()
    for case in collect_testcases(None):
        if case.model is None or not case.data_sets or not all(isinstance(a, np.ndarray) for a in case.data_sets[0][0]):
            continue
        graph = case.model.graph
        for item, array in list(zip(graph.input, case.data_sets[0][0], strict=False))[1:]:
            graph.initializer.append(numpy_helper.from_array(array, item.name))
        del graph.input[1:]
        try:
            network = cnncalc.load(spec(case.model.SerializeToString()))
        except ConvertError:
            found["refused"] += 1
            continue
        wanted = [tuple(d.dim_value for d in o.type.tensor_type.shape.dim)[1:] or (1,) for o in graph.output]
        shapes = [network.graph.nodes[i].shape for i in network.graph.outputs]
        # the batch is not first any more, or one with the rest
        moved = any(word in case.name for word in MOVED)
        if len(shapes) == len(wanted) and not moved:
            assert shapes == wanted, case.name
            found["equal"] += 1
    assert found["equal"] >= 380


def test_a_learned_factor_begins_with_the_number_that_it_has():
    rows = nodes(("Mul", ["x", "gamma"], ["y"], {}))
    text = spec(model(rows, {"x": (1, 3, 4, 4)}, {"y": None}, {"gamma": np.full((3, 1, 1), 0.25, np.float32)}))
    assert "gamma = learned (3,1,1) init=0.25" in text
    through(text)
