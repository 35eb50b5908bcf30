"""Keras' ResNet-50 and DenseNet-121 as JSON, with the names of keras.applications."""

from __future__ import annotations

import json
from itertools import pairwise


class Network:
    """Layers one after the other; every method gives the name of its layer."""

    def __init__(self, name):
        self.name = name
        self.layers = [
            {"class_name": "InputLayer", "name": "input_1", "config": {"name": "input_1", "batch_shape": [None, 224, 224, 3]}, "inbound_nodes": []}
        ]  # fmt: skip

    def add(self, kind, name, *sources, **config):
        nodes = [[[source, 0, 0, {}] for source in sources]]
        self.layers.append(
            {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}
        )
        return name

    def conv(self, name, source, filters, size, stride=1, *, bias=True, padding="valid"):
        config = {"filters": filters, "kernel_size": [size, size], "strides": [stride, stride], "padding": padding}
        return self.add("Conv2D", name, source, use_bias=bias, activation="linear", **config)

    def norm(self, name, source):
        return self.add("BatchNormalization", name, source, axis=[3], epsilon=1.001e-5, scale=True, center=True)

    def relu(self, name, source):
        return self.add("Activation", name, source, activation="relu")

    def begin(self, *, bias):
        x = self.add("ZeroPadding2D", "conv1_pad", "input_1", padding=[[3, 3], [3, 3]])
        conv = self.conv("conv1_conv", x, 64, 7, 2, bias=bias)
        x = self.relu("conv1_relu", self.norm("conv1_bn", conv))
        x = self.add("ZeroPadding2D", "pool1_pad", x, padding=[[1, 1], [1, 1]])
        return self.add("MaxPooling2D", "pool1_pool", x, pool_size=[3, 3], strides=[2, 2], padding="valid")

    def text(self, x):
        x = self.add("GlobalAveragePooling2D", "avg_pool", x)
        return self.ended(self.add("Dense", "predictions", x, units=1000, activation="softmax"))

    def ended(self, x):
        """The JSON of a network that gives this value."""
        ends = {"input_layers": [["input_1", 0, 0]], "output_layers": [[x, 0, 0]]}
        return json.dumps({"class_name": "Functional", "config": {"name": self.name, "layers": self.layers, **ends}})


def resnet50():
    """He et al. (2015), with the stride in the first 1x1."""
    net = Network("resnet50")
    x = net.begin(bias=True)
    for stage, (width, units) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 2):
        for unit in range(1, units + 1):
            name = f"conv{stage}_block{unit}"
            stride = 2 if unit == 1 and stage > 2 else 1
            side = net.norm(f"{name}_0_bn", net.conv(f"{name}_0_conv", x, 4 * width, 1, stride)) if unit == 1 else x
            y = net.relu(f"{name}_1_relu", net.norm(f"{name}_1_bn", net.conv(f"{name}_1_conv", x, width, 1, stride)))
            y = net.norm(f"{name}_2_bn", net.conv(f"{name}_2_conv", y, width, 3, padding="same"))
            y = net.conv(f"{name}_3_conv", net.relu(f"{name}_2_relu", y), 4 * width, 1)
            y = net.add("Add", f"{name}_add", side, net.norm(f"{name}_3_bn", y))
            x = net.relu(f"{name}_out", y)
    return net.text(x)


def densenet121():
    """Huang et al. (2016): every layer's 32 channels are joined to what is there."""
    net = Network("densenet121")
    x = net.begin(bias=False)
    channels = 64
    for stage, (units, following) in enumerate(pairwise((6, 12, 24, 16, 0)), 2):
        for unit in range(1, units + 1):
            name = f"conv{stage}_block{unit}"
            y = net.relu(f"{name}_0_relu", net.norm(f"{name}_0_bn", x))
            y = net.norm(f"{name}_1_bn", net.conv(f"{name}_1_conv", y, 128, 1, bias=False))
            y = net.conv(f"{name}_2_conv", net.relu(f"{name}_1_relu", y), 32, 3, bias=False, padding="same")
            x = net.add("Concatenate", f"{name}_concat", x, y, axis=-1)
        channels += 32 * units
        if following:
            channels //= 2
            x = net.relu(f"pool{stage}_relu", net.norm(f"pool{stage}_bn", x))
            x = net.conv(f"pool{stage}_conv", x, channels, 1, bias=False)
            x = net.add("AveragePooling2D", f"pool{stage}_pool", x, pool_size=[2, 2], strides=[2, 2], padding="valid")
    return net.text(net.relu("relu", net.norm("bn", x)))
