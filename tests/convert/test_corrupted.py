"""Corrupted files of every format: an error of our own, or a spec; nothing else, whatever the bytes."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np
import pytest

from cnncalc.convert.recognise import convert
from cnncalc.diagnostics import CnncalcError

pytest.importorskip("onnx")
sys.path.insert(0, str(Path(__file__).parent))
import keras_applications
from onnx_made import model, one

CFG = b"""[net]
height=16
width=16
channels=3
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
[route]
layers=-1,-2
[shortcut]
from=-3
activation=ramp
[upsample]
stride=2
[local_avgpool]
size=3
stride=2
[connected]
output=9
[yolo]
"""
PROTOTXT = b"""input: "d" input_shape { dim: 1 dim: 3 dim: 16 dim: 16 }
layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param { num_output: 4 kernel_size: 3 stride: 2 } }
layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "i" type: "Interp" bottom: "p" top: "i" interp_param { zoom_factor: 2 } }
layer { name: "s" type: "Slice" bottom: "i" top: "s" top: "t" slice_param { axis: 1 } }
layer { name: "q" type: "Permute" bottom: "s" top: "q" permute_param { order: 0 order: 2 order: 3 order: 1 } }
layer { name: "f" type: "InnerProduct" bottom: "q" top: "f" inner_product_param { num_output: 9 } }
"""
ULTRALYTICS = b"""nc: 3
scales: {n: [0.33, 0.25, 1024]}
backbone:
  - [-1, 1, Conv, [64, 3, 2]]
  - [-1, 3, C2f, [128, True]]
head:
  - [-1, 1, nn.Upsample, [None, 2, "nearest"]]
  - [[-1, 1], 1, Concat, [1]]
  - [[3, 1], 1, Detect, [nc]]
"""
ONNX = one("Conv", [(1, 3, 9, 9)], {"w": (4, 3, 3, 3), "b": (4,)}, strides=[2, 2], pads=[0, 0, 1, 1])
FILES = {
    "darknet": CFG,
    "caffe": PROTOTXT,
    "ultralytics": ULTRALYTICS,
    "keras": json.dumps(json.loads(keras_applications.mobilenet_v3_small())).encode()[:6000],
    "onnx": ONNX,
}


def damaged(data, seed):
    """Bytes that are cut, changed, repeated or left out; numbers that grow."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(found))
        kind = chance.randrange(5)
        if kind == 0:
            found[place] = chance.randrange(256)
        elif kind == 1:
            del found[place : place + chance.randint(1, 40)]
        elif kind == 2:
            found[place:place] = found[place : place + chance.randint(1, 60)]
        elif kind == 3:
            found[place:place] = chance.choice([b"99999999999", b"-1", b"0", b"{", b"]", b"\x00", b"1e400", b"null"])
        elif len(found) > 40:
            del found[max(20, place) :]
        if not found:
            return b" "
    return bytes(found)


@pytest.mark.parametrize("form", FILES)
def test_damaged_files_are_told_or_read(form):
    for seed in range(150):
        data = damaged(FILES[form], seed)
        try:
            convert(data, "damaged", form, ())
        except CnncalcError as error:
            assert str(error)  # noqa: PT017 (what matters is that nothing else is raised)


def layer(kind, **config):
    return {"class_name": kind, "config": {"name": "l", **config}}


def keras(*layers):
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}).encode()


IMAGE = layer("InputLayer", batch_shape=[None, 8, 8, 4])
HOSTILE = {
    "keras": [
        b"[" * 100_000,
        keras(IMAGE, layer("Conv2D", filters=10**30, kernel_size=[3, 3])),
        keras(IMAGE, layer("Conv2D", filters="a; b", kernel_size=[3, 3])),
        keras(IMAGE, layer("ZeroPadding2D", padding=[[1], 2, 3])),
        keras(layer("InputLayer", batch_shape=[None, -8, 8, 4])),
        keras(IMAGE, layer("Lambda", function=["gASV", None, None])),
        b'{"config": {"layers": [1, 2]}}',
    ],
    "darknet": [
        b"[net]\nheight=999999999\nwidth=999999999\nchannels=3\n[convolutional]\nfilters=999999999\nsize=3\n[maxpool]\nsize=0\nstride=0\n",
        b"[net]\nheight=8\nwidth=8\n[shortcut]\nfrom=a\n[route]\nlayers=,,\n[reorg]\nstride=0\n",
        b"[net]\nheight=8\nwidth=8\n[maxpool]\nsize=2\nstride=-1\n",
        b"[net]\nheight=8\nwidth=8\n[scale_channels]\n",
    ],
    "caffe": [
        b'layer { name: "p" type: "Pooling" bottom: "d" top: "p" } input: "d"',
        b'input: "d" input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\nlayer { name: "p" type: "Pooling" bottom: "d" top: "p" pooling_param { kernel_size: 2 stride: 0 } }',
        b'input: "d" input_dim: a input_dim: 3 input_dim: 8 input_dim: 8\nlayer { name: "p" type: "Crop" bottom: "d" top: "p" }',
        b"layer { " * 50_000,
    ],
    "onnx": [
        b"\x08\x07" + b"\xff" * 1000,
        model([], {"x": (1, 3)}, {"y": None}),
        one("ConstantOfShape", [(1, 3)], {"s": np.array([10**12])}),
        one("Expand", [(1, 3)], {"s": np.array([10**6, 10**6, 3])}),
        one("Conv", [(1, 3, 8, 8)], {"w": (4, 3)}),
        one("Reshape", [(1, 3)], {"s": np.array([-1, -1, 0, 7])}),
        one("AveragePool", [(1, 3, 8, 8)], kernel_shape=[0, 0], strides=[0, 0]),
    ],
    "ultralytics": [b"backbone: [[-1, 1, Conv, [1e99]]]\nhead: []\nnc: 3\n", b"backbone: 3\nhead: 4\nnc: 1\n", b"nc: !!python/object:os.system [x]\nbackbone: []\nhead: []\n"],
}  # fmt: skip


@pytest.mark.parametrize(("form", "number"), [(form, i) for form, many in HOSTILE.items() for i in range(len(many))])
def test_hostile_files_are_told_or_read(form, number):
    try:
        convert(HOSTILE[form][number], "hostile", form, ())
    except CnncalcError as error:
        assert str(error)  # noqa: PT017 (as above)
