"""Published sizes of single layers."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from math import prod
from pathlib import Path
from typing import Any

import pytest

import cnncalc
from cnncalc.layers.conv import Conv
from cnncalc.layers.flatten import Flatten
from cnncalc.layers.globalpool import AdaptiveAvgPool, GlobalAvgPool, GlobalMaxPool
from cnncalc.layers.linear import Linear
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.pools import AvgPool, LPPool
from cnncalc.layers.transposed import ConvTranspose

DATA = Path(__file__).parents[1] / "data"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "row", rows("conv_arithmetic.csv"), ids=lambda row: f"{row['relationship']}-{row['label'] or row['note']}"[:60]
)
def test_conv_arithmetic(row: dict[str, str]) -> None:
    size, kernel, stride, padding, dilation = (int(row[key]) for key in ("input", "k", "s", "p", "dilation"))
    if row["kind"] == "transposed":
        extra = int(row["a_remainder"] or 0)
        layer = ConvTranspose(out_channels=1, kernel_size=kernel, stride=stride, padding=padding, output_padding=extra)
        assert layer.infer((1, size)) == (1, int(row["output"]))
        return
    fit = cnncalc.conv_out(size, k=kernel, s=stride, p=padding, d=dilation)
    assert fit.exact == Fraction(size + 2 * padding - dilation * (kernel - 1) - 1, stride) + 1
    if row["output"]:
        assert fit.out == int(row["output"])
    else:  # the text calls the sizing invalid
        assert fit.exact.denominator > 1


def per_axis(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("number", range(378))
def test_torch_opinfo(number: int) -> None:
    row = OPINFO[number]
    shape, args, kwargs, expected = (json.loads(row[key]) for key in ("input_shape", "args", "kwargs", "output_shape"))
    op = row["op"].rpartition(".")[2]
    axes = {"conv1d": 1, "conv2d": 2, "max_pool2d": 2, "adaptive_avg_pool2d": 2, "linear": 0}[op]
    batch = shape[: len(shape) - axes - 1]
    own = tuple(shape[len(batch) :])
    if op == "max_pool2d":
        fields = {key: per_axis(kwargs[key]) for key in ("kernel_size", "padding", "dilation", "stride")}
        out = MaxPool(**fields, ceil=kwargs["ceil_mode"]).infer(own)
    elif op == "adaptive_avg_pool2d":
        wanted = args[0] if isinstance(args[0], list) else [args[0]] * 2
        out = AdaptiveAvgPool(
            output_size=tuple(want or size for want, size in zip(wanted, own[1:], strict=True))
        ).infer(own)
    elif op == "linear":
        out = Linear(out_features=args[0]["tensor"][0], last=True).infer(own)
    else:
        weight = args[0]["tensor"]
        options = {key: per_axis(value) for key, value in kwargs.items()}
        out = Conv(out_channels=weight[0], kernel_size=tuple(weight[2:]), **options).infer(own)
    if op == "linear" and len(args[0]["tensor"]) == 1:
        pytest.skip("a weight without an output axis is no layer")
    assert [*batch, *out] == expected


OPINFO = rows("torch_opinfo.csv")


def onnx_pads(attributes: dict[str, Any], rank: int) -> Any:
    pads = attributes.get("pads")
    if pads is None:
        return {"SAME_UPPER": "same", "SAME_LOWER": "same_lower", "VALID": "valid"}.get(
            attributes.get("auto_pad", ""), 0
        )
    return tuple((pads[i], pads[rank + i]) for i in range(rank))


def onnx_layer(row: dict[str, str]) -> Any:
    attributes = json.loads(row["attrs"])
    shape = json.loads(row["input_shape"])
    rank = len(shape) - 2
    kernel = tuple(attributes.get("kernel_shape", ()))
    stride = tuple(attributes.get("strides", (1,) * rank))
    dilation = tuple(attributes.get("dilations", (1,) * rank))
    pads = onnx_pads(attributes, rank)
    ceil = bool(attributes.get("ceil_mode", 0))
    if row["op"] == "Conv":
        weight = json.loads(row["weight_shape"])
        return Conv(
            out_channels=weight[0],
            kernel_size=tuple(weight[2:]),
            stride=stride,
            dilation=dilation,
            padding=pads,
            groups=attributes.get("group", 1),
        )
    if row["op"] == "ConvTranspose":
        weight = json.loads(row["weight_shape"])
        extra = tuple(attributes.get("output_padding", (0,) * rank))
        return ConvTranspose(
            out_channels=weight[1] * attributes.get("group", 1), kernel_size=tuple(weight[2:]), stride=stride, padding=pads,
            dilation=dilation, output_padding=extra, groups=attributes.get("group", 1),
        )  # fmt: skip
    if row["op"] == "MaxPool":
        return MaxPool(kernel_size=kernel, stride=stride, padding=pads, dilation=dilation, ceil=ceil)
    if row["op"] == "AveragePool":
        return AvgPool(kernel_size=kernel, stride=stride, padding=pads, ceil=ceil)
    return LPPool(kernel_size=kernel, stride=stride, padding=pads, ceil=ceil, norm_type=attributes.get("p", 2))


ONNX = [row for row in rows("onnx_nodes.csv") if row["torch_match"] == "True"]
ONNX_SIMPLE = [row for row in rows("onnx_nodes.csv") if row["op"] in ("Flatten", "GlobalAveragePool", "GlobalMaxPool")]


@pytest.mark.parametrize("row", ONNX, ids=lambda row: row["test"])
def test_onnx_nodes_that_torch_can_express(row: dict[str, str]) -> None:
    shape = json.loads(row["input_shape"])
    out = onnx_layer(row).infer(tuple(shape[1:]))
    assert [shape[0], *out] == json.loads(row["output_shapes"])[0]


@pytest.mark.parametrize("row", ONNX_SIMPLE, ids=lambda row: row["test"])
def test_onnx_global_pools_and_flatten(row: dict[str, str]) -> None:
    shape = json.loads(row["input_shape"])
    expected = json.loads(row["output_shapes"])[0]
    if row["op"] == "Flatten":
        if json.loads(row["attrs"]).get("axis", 1) != 1:
            pytest.skip("flattening into the batch axis is no layer")
        assert [shape[0], *Flatten().infer(tuple(shape[1:]))] == [expected[0], prod(expected[1:])]
        return
    layer = GlobalAvgPool() if row["op"] == "GlobalAveragePool" else GlobalMaxPool()
    assert [shape[0], *layer.infer(tuple(shape[1:]))] == expected
