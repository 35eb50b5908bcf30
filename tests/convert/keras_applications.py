"""More networks of keras.applications as JSON, written from the papers and Keras's own layers, of Keras 2 and 3."""

from __future__ import annotations

from keras_networks import Network

MEAN, VARIANCE = [123.675, 116.28, 103.53], [3409.976, 3262.694, 3291.891]
"""What ConvNeXt takes its input off by and divides it by, squared."""


class Applications(Network):
    """Layers by short names; names of layers count."""

    def __init__(self, name, side):
        super().__init__(name)
        self.layers[0]["config"]["batch_shape"] = [None, side, side, 3]
        self.count = 0

    def __getattr__(self, kind):
        def add(*sources, **config):
            self.count += 1
            return self.add(kind, f"{kind.lower()}_{self.count}", *sources, **config)

        return add

    def c(self, x, filters, size, stride=1, *, padding="same", bias=False, **config):
        size = size if isinstance(size, list) else [size, size]
        more = {"kernel_size": size, "strides": [stride, stride], "padding": padding, "use_bias": bias}
        return self.Conv2D(x, filters=filters, activation="linear", **more, **config)

    def bn(self, x, **config):
        return self.BatchNormalization(x, axis=[3], **{"scale": True, "center": True, **config})

    def act(self, x, word="relu"):
        return self.Activation(x, activation=word)

    def numbers(self, kind, x, number):
        """``x + 3.0`` of Keras 2."""
        name = f"tf_{len(self.layers)}"
        node = [[x, 0, 0, {"y": number, "name": None}]]
        config = {"name": name, "function": kind}
        self.layers.append({"class_name": "TFOpLambda", "name": name, "config": config, "inbound_nodes": node})
        return name


def inception_v3():
    """Szegedy et al. (2015); Keras leaves the scale out of all normalisations."""
    net = Applications("inception_v3", 299)

    def unit(x, filters, height, width, stride=1, padding="same"):
        return net.act(net.bn(net.c(x, filters, [height, width], stride, padding=padding), scale=False))

    def pool(x):
        return net.AveragePooling2D(x, pool_size=[3, 3], strides=[1, 1], padding="same")

    def down(x):
        return net.MaxPooling2D(x, pool_size=[3, 3], strides=[2, 2], padding="valid")

    x = unit(unit(unit("input_1", 32, 3, 3, 2, "valid"), 32, 3, 3, padding="valid"), 64, 3, 3)
    x = down(unit(unit(down(x), 80, 1, 1, padding="valid"), 192, 3, 3, padding="valid"))
    for wide in (32, 64, 64):
        a, b = unit(x, 64, 1, 1), unit(unit(x, 48, 1, 1), 64, 5, 5)
        c = unit(unit(unit(x, 64, 1, 1), 96, 3, 3), 96, 3, 3)
        x = net.Concatenate(a, b, c, unit(pool(x), wide, 1, 1), axis=3)
    a = unit(x, 384, 3, 3, 2, "valid")
    x = net.Concatenate(a, unit(unit(unit(x, 64, 1, 1), 96, 3, 3), 96, 3, 3, 2, "valid"), down(x), axis=3)
    for n in (128, 160, 160, 192):
        a, b = unit(x, 192, 1, 1), unit(unit(unit(x, n, 1, 1), n, 1, 7), 192, 7, 1)
        c = unit(unit(unit(unit(unit(x, n, 1, 1), n, 7, 1), n, 1, 7), n, 7, 1), 192, 1, 7)
        x = net.Concatenate(a, b, c, unit(pool(x), 192, 1, 1), axis=3)
    a = unit(unit(x, 192, 1, 1), 320, 3, 3, 2, "valid")
    b = unit(unit(unit(unit(x, 192, 1, 1), 192, 1, 7), 192, 7, 1), 192, 3, 3, 2, "valid")
    x = net.Concatenate(a, b, down(x), axis=3)
    for _ in range(2):
        a, b, c = unit(x, 320, 1, 1), unit(x, 384, 1, 1), unit(unit(x, 448, 1, 1), 384, 3, 3)
        b = net.Concatenate(unit(b, 384, 1, 3), unit(b, 384, 3, 1), axis=3)
        c = net.Concatenate(unit(c, 384, 1, 3), unit(c, 384, 3, 1), axis=3)
        x = net.Concatenate(a, b, c, unit(pool(x), 192, 1, 1), axis=3)
    return net.text(x)


def xception():
    """Chollet (2016)."""
    net = Applications("xception", 299)

    def sep(x, filters):
        return net.bn(net.SeparableConv2D(x, filters=filters, kernel_size=[3, 3], padding="same", use_bias=False))

    def block(x, first, second, *, relu=True):
        side = net.bn(net.c(x, second, 1, 2))
        y = sep(net.act(sep(net.act(x) if relu else x, first)), second)
        return net.Add(net.MaxPooling2D(y, pool_size=[3, 3], strides=[2, 2], padding="same"), side)

    x = net.act(net.bn(net.c("input_1", 32, 3, 2, padding="valid")))
    x = net.act(net.bn(net.c(x, 64, 3, padding="valid")))
    x = block(block(block(x, 128, 128, relu=False), 256, 256), 728, 728)
    for _ in range(8):
        x = net.Add(sep(net.act(sep(net.act(sep(net.act(x), 728)), 728)), 728), x)
    x = block(x, 728, 1024)
    return net.text(net.act(sep(net.act(sep(x, 1536)), 2048)))


def efficientnet_b0():
    """Tan and Le (2019): normalised within, squeeze and excitation, dropout of samples."""
    net = Applications("efficientnetb0", 224)
    x = net.Normalization(net.Rescaling("input_1", scale=1 / 255, offset=0.0), axis=[3])
    x = net.ZeroPadding2D(x, padding=[[0, 1], [0, 1]])
    x = net.act(net.bn(net.c(x, 32, 3, 2, padding="valid")), "swish")
    channels, number = 32, 0
    for kernel, repeats, out, expand, stride in (
        (3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1), (5, 4, 192, 6, 2), (3, 1, 320, 6, 1),
    ):  # fmt: skip
        for unit in range(repeats):
            s, wide, y = stride if unit == 0 else 1, channels * expand, x
            if expand > 1:
                y = net.act(net.bn(net.c(y, wide, 1)), "swish")
            if s == 2:
                begin = kernel // 2 - 1 if number in (1, 3, 5, 11) else kernel // 2
                y = net.ZeroPadding2D(y, padding=[[begin, kernel // 2], [begin, kernel // 2]])
            padding = "valid" if s == 2 else "same"
            y = net.DepthwiseConv2D(y, kernel_size=[kernel, kernel], strides=[s, s], padding=padding, use_bias=False)
            y = net.act(net.bn(y), "swish")
            gate = net.Reshape(net.GlobalAveragePooling2D(y), target_shape=[1, 1, wide])
            gate = net.Conv2D(gate, filters=channels // 4, kernel_size=[1, 1], padding="same", activation="swish")
            gate = net.Conv2D(gate, filters=wide, kernel_size=[1, 1], padding="same", activation="sigmoid")
            y = net.bn(net.c(net.Multiply(y, gate), out, 1))
            if s == 1 and channels == out:
                rate = 0.2 * number / 16
                y = net.Add(net.Dropout(y, rate=rate, noise_shape=[None, 1, 1, 1]) if rate else y, x)
            x, channels, number = y, out, number + 1
    return net.text(net.act(net.bn(net.c(x, 1280, 1)), "swish"))


def convnext_tiny():
    """Liu et al. (2022), with layers of keras.applications that are none of Keras's."""
    net = Applications("convnext_tiny", 224)
    x = net.Normalization("input_1", axis=[-1], mean=MEAN, variance=VARIANCE)

    def norm(x):
        return net.LayerNormalization(x, axis=[3], epsilon=1e-6)

    number = 0
    for stage, (depth, width) in enumerate(zip((3, 3, 9, 3), (96, 192, 384, 768), strict=True)):
        stem = {"padding": "valid", "bias": True}
        x = norm(net.c(x, width, 4, 4, **stem)) if stage == 0 else net.c(norm(x), width, 2, 2, **stem)
        for _ in range(depth):
            y = net.c(x, width, 7, bias=True, groups=width)
            y = net.Dense(net.Activation(net.Dense(norm(y), units=4 * width), activation="gelu"), units=width)
            y = net.LayerScale(y, init_values=1e-6, projection_dim=width)
            rate = 0.1 * number / 17
            y = net.StochasticDepth(y, drop_path_rate=rate) if rate else net.Activation(y, activation="linear")
            x, number = net.Add(x, y), number + 1
    x = net.LayerNormalization(net.GlobalAveragePooling2D(x), axis=[1], epsilon=1e-6)
    x = net.Dense(x, units=1000)
    return net.ended(x)


def mobilenet_v3_small():
    """Howard et al. (2019): ``x * relu6(x + 3) / 6`` as Keras 2 writes it."""
    net = Applications("MobilenetV3small", 224)

    def hard(x):
        y = net.ReLU(net.numbers("__operators__.add", x, 3.0), max_value=6.0)
        return net.numbers("math.multiply", y, 1 / 6)

    def swish(x):
        return net.Multiply(x, hard(x))

    def relu(x):
        return net.ReLU(x)

    def norm(x):
        return net.bn(x, epsilon=1e-3, momentum=0.999)

    def eight(value):
        new = max(8, int(value + 4) // 8 * 8)
        return new + 8 if new < 0.9 * value else new

    x = swish(norm(net.c(net.Rescaling("input_1", scale=1 / 127.5, offset=-1.0), 16, 3, 2)))
    channels = 16
    for number, (expand, out, kernel, stride, se, act) in enumerate((
        (1, 16, 3, 2, True, relu), (72 / 16, 24, 3, 2, False, relu), (88 / 24, 24, 3, 1, False, relu), (4, 40, 5, 2, True, swish),
        (6, 40, 5, 1, True, swish), (6, 40, 5, 1, True, swish), (3, 48, 5, 1, True, swish), (3, 48, 5, 1, True, swish),
        (6, 96, 5, 2, True, swish), (6, 96, 5, 1, True, swish), (6, 96, 5, 1, True, swish),
    )):  # fmt: skip
        wide, y = eight(channels * expand), x
        if number:
            y = act(norm(net.c(y, wide, 1)))
        if stride == 2:
            begin = kernel // 2 - 1
            y = net.ZeroPadding2D(y, padding=[[begin, kernel // 2], [begin, kernel // 2]])
        padding = "same" if stride == 1 else "valid"
        y = net.DepthwiseConv2D(
            y, kernel_size=[kernel, kernel], strides=[stride, stride], padding=padding, use_bias=False
        )
        y = act(norm(y))
        if se:
            gate = relu(net.c(net.GlobalAveragePooling2D(y, keepdims=True), eight(wide / 4), 1, bias=True))
            y = net.Multiply(y, hard(net.c(gate, wide, 1, bias=True)))
        y = norm(net.c(y, out, 1))
        x = net.Add(x, y) if stride == 1 and channels == out else y
        channels = out
    x = swish(norm(net.c(x, eight(channels * 6), 1)))
    x = swish(net.c(net.GlobalAveragePooling2D(x, keepdims=True), 1024, 1, bias=True))
    x = net.Flatten(net.c(net.Dropout(x, rate=0.2), 1000, 1, bias=True))
    return net.ended(net.Activation(x, activation="softmax"))


def inception_resnet_v2():
    """Szegedy et al. (2016): sums with a scaled branch, which Keras has a layer of its own for."""
    net = Applications("inception_resnet_v2", 299)

    def unit(x, filters, size, stride=1, padding="same"):
        return net.act(net.bn(net.c(x, filters, size, stride, padding=padding), scale=False))

    def down(x):
        return net.MaxPooling2D(x, pool_size=[3, 3], strides=[2, 2], padding="valid")

    def residual(x, channels, scale, branches, *, last=True):
        y = net.c(net.Concatenate(*branches, axis=3), channels, 1, bias=True)
        x = net.CustomScaleLayer(x, y, scale=scale)
        return net.act(x) if last else x

    x = unit(unit(unit("input_1", 32, 3, 2, "valid"), 32, 3, padding="valid"), 64, 3)
    x = down(unit(unit(down(x), 80, 1, padding="valid"), 192, 3, padding="valid"))
    pooled = net.AveragePooling2D(x, pool_size=[3, 3], strides=[1, 1], padding="same")
    c = unit(unit(unit(x, 64, 1), 96, 3), 96, 3)
    x = net.Concatenate(unit(x, 96, 1), unit(unit(x, 48, 1), 64, 5), c, unit(pooled, 64, 1), axis=3)
    for _ in range(10):
        x = residual(
            x, 320, 0.17, [unit(x, 32, 1), unit(unit(x, 32, 1), 32, 3), unit(unit(unit(x, 32, 1), 48, 3), 64, 3)]
        )
    b = unit(unit(unit(x, 256, 1), 256, 3), 384, 3, 2, "valid")
    x = net.Concatenate(unit(x, 384, 3, 2, "valid"), b, down(x), axis=3)
    for _ in range(20):
        x = residual(x, 1088, 0.1, [unit(x, 192, 1), unit(unit(unit(x, 128, 1), 160, [1, 7]), 192, [7, 1])])
    a, b = unit(unit(x, 256, 1), 384, 3, 2, "valid"), unit(unit(x, 256, 1), 288, 3, 2, "valid")
    c = unit(unit(unit(x, 256, 1), 288, 3), 320, 3, 2, "valid")
    x = net.Concatenate(a, b, c, down(x), axis=3)
    for number in range(10):
        branches = [unit(x, 192, 1), unit(unit(unit(x, 192, 1), 224, [1, 3]), 256, [3, 1])]
        x = residual(x, 2080, 0.2 if number < 9 else 1.0, branches, last=number < 9)
    return net.text(unit(x, 1536, 1))
