"""NASNet of keras.applications as JSON: Zoph et al. (2017), 4 @ 1056."""

from __future__ import annotations

import math

from keras_applications import Applications


class NASNet(Applications):
    """``sizes`` and ``wide`` are the side and the channels of a value by the name of its layer."""

    def __init__(self):
        super().__init__("NASNet", 224)
        self.sizes, self.wide = {}, {}

    def bn(self, x):
        return super().bn(x, momentum=0.9997, epsilon=1e-3)

    def padded(self, x, kernel):
        over = (math.ceil(self.sizes[x] / 2) - 1) * 2 + kernel - self.sizes[x]
        return self.ZeroPadding2D(x, padding=[[over // 2, over - over // 2]] * 2)

    def sep(self, x, filters, kernel, stride=1):
        y, side = self.act(x), self.sizes[x]
        for place, s in enumerate((stride, 1)):
            if s == 2:
                self.sizes[y] = side
                y = self.padded(y, kernel)
            config = {"kernel_size": [kernel] * 2, "strides": [s, s], "padding": "valid" if s == 2 else "same"}
            y = self.bn(self.SeparableConv2D(y, filters=filters, use_bias=False, **config))
            y = y if place else self.act(y)
        self.sizes[y] = math.ceil(side / stride)
        return y

    def pool(self, kind, x, stride):
        y = getattr(self, kind)(x, pool_size=[3, 3], strides=[stride, stride], padding="same")
        self.sizes[y] = math.ceil(self.sizes[x] / stride)
        return y

    def halved(self, x, filters):
        """Two ways of every second pixel, one of them shifted."""
        x = self.act(x)
        other = self.Cropping2D(self.ZeroPadding2D(x, padding=[[0, 1], [0, 1]]), cropping=[[1, 0], [1, 0]])
        parts = [
            self.c(self.AveragePooling2D(part, pool_size=[1, 1], strides=[2, 2], padding="valid"), filters // 2, 1)
            for part in (x, other)
        ]
        return self.bn(self.Concatenate(*parts, axis=3))

    def adjusted(self, p, x, filters):
        if p is None:
            return x
        if self.sizes[p] != self.sizes[x]:
            made = self.halved(p, filters)
        elif self.wide[p] != filters:
            made = self.bn(self.c(self.act(p), filters, 1))
        else:
            return p
        self.sizes[made] = self.sizes[x]
        return made

    def squeezed(self, x, filters):
        made = self.bn(self.c(self.act(x), filters, 1))
        self.sizes[made] = self.sizes[x]
        return made

    def joined(self, side, filters, *parts):
        x = self.Concatenate(*parts, axis=3)
        self.sizes[x], self.wide[x] = side, filters * len(parts)
        return x

    def normal(self, x, p, filters):
        p, h = self.adjusted(p, x, filters), self.squeezed(x, filters)
        one = self.Add(self.sep(h, filters, 5), self.sep(p, filters, 3))
        two = self.Add(self.sep(p, filters, 5), self.sep(p, filters, 3))
        three = self.Add(self.pool("AveragePooling2D", h, 1), p)
        four = self.Add(self.pool("AveragePooling2D", p, 1), self.pool("AveragePooling2D", p, 1))
        five = self.Add(self.sep(h, filters, 3), h)
        return self.joined(self.sizes[h], filters, p, one, two, three, four, five), x

    def reduction(self, x, p, filters):
        p, h = self.adjusted(p, x, filters), self.squeezed(x, filters)
        one = self.Add(self.sep(h, filters, 5, 2), self.sep(p, filters, 7, 2))
        self.sizes[one] = math.ceil(self.sizes[h] / 2)
        two = self.Add(self.pool("MaxPooling2D", h, 2), self.sep(p, filters, 7, 2))
        three = self.Add(self.pool("AveragePooling2D", h, 2), self.sep(p, filters, 5, 2))
        four = self.Add(two, self.pool("AveragePooling2D", one, 1))
        five = self.Add(self.sep(one, filters, 3), self.pool("MaxPooling2D", h, 2))
        return self.joined(self.sizes[one], filters, two, three, four, five), x


def nasnet_mobile():
    """Cells read what comes out of the two cells before."""
    net = NASNet()
    x, p = net.bn(net.c("input_1", 32, 3, 2, padding="valid")), None
    net.sizes[x], net.wide[x] = 111, 32
    for filters in (11, 22):
        x, p = net.reduction(x, p, filters)
    for stage, filters in enumerate((44, 88, 176)):
        if stage:
            x, _ = net.reduction(x, p, filters)
        for _ in range(4):
            x, p = net.normal(x, p, filters)
    return net.text(net.act(x))
