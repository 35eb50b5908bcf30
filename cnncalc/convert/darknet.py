"""Darknet's .cfg files. Sizes are rounded as Darknet does; heads are outputs.

Source of the formulas: the parser and layers of pjreddie/darknet and AlexeyAB/darknet.
"""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.averages import exact_mean
from cnncalc.convert.builder import Builder, pads
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.written import as_written
from cnncalc.record import NamedTuple
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

ACTIVATIONS = {
    "leaky": "leaky 0.1", "linear": "", "logistic": "sigmoid", "relu": "relu", "relu6": "relu6", "tanh": "tanh", "mish": "mish",
    "swish": "silu", "elu": "elu", "selu": "selu", "gelu": "gelu", "ramp": "leaky 1/11 | scale 1.1", "loggy": "scale 0.5 | tanh",
    "relie": "leaky 0.01", "hardtan": "hardtanh",
}  # fmt: skip
"""``ramp`` is ``x * (x > 0) + x / 10``, ``loggy`` ``2 / (1 + exp(-x)) - 1``."""

HEADS = ("yolo", "region", "detection", "gaussian_yolo", "Gaussian_yolo", "iseg", "contrastive")
IGNORED = ("cost",)
CELLS = ("rnn", "gru", "lstm")


class Section(NamedTuple):
    """``[kind]`` with its values and the line where it begins."""

    kind: str
    values: dict[str, str]
    line: int

    def number(self, key: str, usual: int) -> int:
        """A whole number, as C reads it."""
        return atoi(self.values[key]) if self.values.get(key) else usual

    def numbers(self, key: str) -> list[int]:
        """A list of whole numbers, as C reads them."""
        return [atoi(part) for part in self.values.get(key, "").split(",") if part]

    def real(self, key: str, usual: str) -> str:
        """A real number, as C reads it, in the notation."""
        match = re.match(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", self.values.get(key, usual))
        return print_float(float(match[0])) if match else "0"


def atoi(text: str) -> int:
    """A text as C's atoi reads it: the digits that it begins with, and 0 without any."""
    match = re.match(r"[+-]?[0-9]{1,18}", text)
    return int(match[0]) if match else 0


def is_darknet(text: str) -> bool:
    """Whether a text looks like a .cfg file."""
    return re.search(r"^\s*\[(net|network)\]", text, re.MULTILINE) is not None


def sections(text: str) -> list[Section]:
    """The sections; blanks do not count, the first of equal keys does."""
    found: list[Section] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"\s", "", raw)
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            found.append(Section(line.strip("[]"), {}, number))
            continue
        key, equals, value = line.partition("=")
        if not equals or not found:
            raise ConvertError([Unsupported(f"'{raw.strip()}' is no key=value", f"line {number}")], "the file")
        found[-1].values.setdefault(key, value)
    return found


def convert(text: str, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a .cfg file.

    Raises:
        ConvertError: lists what cannot be said, with line numbers.
    """
    build = Builder(name, "Darknet")
    with as_written("Darknet", name, lambda: build.place):
        return _Reader(text, build, shapes).text()


class _Reader:
    def __init__(self, text: str, build: Builder, shapes: Sequence[Shape]) -> None:
        self.sections = sections(text)
        self.build = build
        net = self.sections[0] if self.sections else Section("net", {}, 1)
        self.current = self.build.input("input", shapes[0] if shapes else self.size(net))
        self.layers: list[int] = []
        self.outputs: list[int] = []

    def size(self, net: Section) -> tuple[int, ...]:
        """An image; or so many numbers, of every time if cells read them one after the other."""
        height, inputs = net.number("height", 0), net.number("inputs", 0)
        if height or not inputs:
            return net.number("channels", 3), height, net.number("width", 0)
        read = any(section.kind in CELLS for section in self.sections)
        return (max(1, net.number("time_steps", 1)), inputs) if read else (inputs,)

    def text(self) -> str:
        for section in self.sections[1:]:
            self.build.place = f"line {section.line}"
            if section.kind in HEADS:
                self.outputs.append(self.current)
            elif section.kind not in IGNORED:
                (self.current,) = self.build.attempt([], lambda section=section: self.layer(section))  # type: ignore[misc]
            self.layers.append(self.current)
        return self.build.text(self.outputs or [self.current])

    def layer(self, section: Section) -> int:
        """The value that a section gives."""
        method = getattr(self, f"on_{section.kind}", None)
        if method is None:
            self.build.refuse(f"[{section.kind}]")
        method(section)
        return self.current

    # ------------------------------------------------------------------------------------------ helpers

    def chain(self, texts: Sequence[str]) -> None:
        self.current = self.build.chain([part for text in texts if text for part in text.split(" | ")], self.current)

    def activation(self, section: Section, usual: str = "logistic") -> str:
        word = section.values.get("activation", usual)
        if word not in ACTIVATIONS or (not ACTIVATIONS[word] and word != "linear"):
            self.build.refuse(f"activation {word}")
        return ACTIVATIONS.get(word, "")

    def at(self, index: int) -> int:
        """The value of a layer, by its number or counted back."""
        place = index if index >= 0 else len(self.layers) + index
        if not 0 <= place < len(self.layers):
            self.build.refuse(f"there is no layer {index} before this line")
            return self.current
        return self.layers[place]

    # ------------------------------------------------------------------------------------------ layers

    def on_convolutional(self, section: Section) -> None:
        """Padding is half of the window with pad=1."""
        kernel = section.number("size", 1)
        padding = kernel // 2 if section.number("pad", 0) else section.number("padding", 0)
        dilation = section.number("dilation", 1) if kernel > 1 else 1
        normalised = section.number("batch_normalize", 0)
        words = ["conv", str(section.number("filters", 1)), str(kernel)]
        words += [f"s={section.number('stride', 1)}"] if section.number("stride", 1) != 1 else []
        words += pads(
            [padding * dilation if section.number("pad", 0) else padding],
            [padding * dilation if section.number("pad", 0) else padding],
        )
        words += [f"d={dilation}"] if dilation != 1 else []
        words += [f"g={section.number('groups', 1)}"] if section.number("groups", 1) != 1 else []
        words += ["nobias"] if normalised else []
        self.chain([" ".join(words), "bn eps=0.000001" if normalised else "", self.activation(section)])

    on_conv = on_convolutional

    def on_deconvolutional(self, section: Section) -> None:
        kernel = section.number("size", 1)
        padding = kernel // 2 if section.number("pad", 0) else section.number("padding", 0)
        normalised = section.number("batch_normalize", 0)
        words = [
            "convt",
            str(section.number("filters", 1)),
            str(kernel),
            f"s={section.number('stride', 1)}",
            *pads([padding], [padding]),
        ]
        self.chain(
            [
                " ".join([*words, *(["nobias"] if normalised else [])]),
                "bn eps=0.000001" if normalised else "",
                self.activation(section),
            ]
        )

    def on_local(self, section: Section) -> None:
        kernel = section.number("size", 1)
        padding = kernel // 2 if section.number("pad", 0) else section.number("padding", 0)
        words = [
            "local",
            str(section.number("filters", 1)),
            str(kernel),
            f"s={section.number('stride', 1)}",
            *pads([padding], [padding]),
        ]
        self.chain([" ".join(words), self.activation(section)])

    def on_maxpool(self, section: Section) -> None:
        """The padding is a total, one less than the window unless said otherwise; half of it stands before."""
        stride = section.number("stride", 1)
        kernel = section.number("size", stride)
        total = section.number("padding", kernel - 1)
        words = ["maxpool", str(kernel), *([f"s={stride}"] if stride != kernel else [])]
        axes = len(self.build.shapes[self.current]) - 1
        sizes = self.build.shapes[self.current][1:]
        # What no window reaches anyway needs no padding: an even size under 2x2 with stride 2.
        end = [max(0, (size + total - kernel) // stride * stride + kernel - size - total // 2) for size in sizes]
        self.chain([" ".join([*words, *pads([total // 2] * axes, end)])])

    def on_avgpool(self, section: Section) -> None:
        del section
        self.chain(["gap"])

    def on_route(self, section: Section) -> None:
        sources = [self.at(index) for index in section.numbers("layers")]
        if not sources:
            self.build.refuse("[route] without layers")
            return
        groups = section.number("groups", 1)
        if groups > 1:
            index = section.number("group_id", 0)
            sources = [self.build.add(f"chunk {groups} {index}", source) for source in sources]
        self.current = sources[0] if len(sources) == 1 else self.build.merge("concat", sources)

    def on_shortcut(self, section: Section) -> None:
        other = self.at(section.numbers("from")[0] if section.numbers("from") else -1)
        other = self.fitted(other, self.build.shapes[self.current])
        self.current = self.build.merge("add", [self.current, other])
        self.chain([self.activation(section, "linear")])

    def fitted(self, other: int, shape: tuple[int, ...]) -> int:
        """What a shortcut adds, by Darknet's rule.

        Of a larger map every second pixel (or third, ...), a smaller one to every second pixel, as many channels as both have.
        Source: shortcut_cpu in Darknet's blas.c.
        """
        have = self.build.reach(other)
        if have == shape:
            return other
        if len(have) != 3 or len(shape) != 3 or have[1] * shape[2] != have[2] * shape[1]:  # noqa: PLR2004 (maps)
            self.build.refuse("[shortcut] of maps that are no multiple of one another")
        if have[1] > shape[1]:
            stride = have[1] // shape[1]
            for axis in (1, 2):
                stop = (shape[axis] - 1) * stride + 1
                other = self.build.add(f"slice 0 {stop} dim={axis} step={stride}", other)
        elif have[1] < shape[1]:
            if shape[1] % have[1]:
                self.build.refuse("[shortcut] of maps that are no multiple of one another")
            other = self.build.add(f"bednails {shape[1] // have[1]}", other)
        if have[0] > shape[0]:
            return self.build.add(f"slice 0 {shape[0]}", other)
        if have[0] < shape[0]:
            size = (shape[0] - have[0], *shape[1:])
            zeros = self.build.constant(f"buffer {'x'.join(map(str, size))} values=0 transient", size)
            return self.build.merge("concat", [other, zeros])
        return other

    def on_scale_channels(self, section: Section) -> None:
        self.current = self.build.merge("mul", [self.at(section.numbers("from")[0]), self.current])
        self.chain([self.activation(section, "linear")])

    on_sam = on_scale_channels

    def on_upsample(self, section: Section) -> None:
        self.chain([f"upsample {section.number('stride', 2)}"])

    def on_reorg(self, section: Section) -> None:
        note = "Darknet's reorg orders the channels otherwise than pixelunshuffle."
        if note not in self.build.notes:
            self.build.notes.append(note)
        self.chain([f"pixelunshuffle {section.number('stride', 1)}"])

    on_reorg3d = on_reorg

    def on_connected(self, section: Section) -> None:
        normalised = section.number("batch_normalize", 0)
        times = len(self.build.reach(self.current)) == 2  # noqa: PLR2004 (times and numbers)
        self.current = self.current if times else self.build.flat(self.current)
        words = f"linear {section.number('output', 1)}{' last' if times else ''}{' nobias' if normalised else ''}"
        norm = "transpose | bn eps=0.000001 | transpose" if times else "bn eps=0.000001"
        self.chain([words, norm if normalised else "", self.activation(section)])

    on_conn = on_connected

    def on_dropout(self, section: Section) -> None:
        self.chain([f"dropout {section.real('probability', '0.5')}"])

    def on_softmax(self, section: Section) -> None:
        del section
        if len(self.build.reach(self.current)) == 2:  # noqa: PLR2004 (times and numbers)
            self.chain(["softmax dim=1"])
            return
        self.current = self.build.flat(self.current)
        self.chain(["softmax"])

    def on_batchnorm(self, section: Section) -> None:
        del section
        self.chain(["bn eps=0.000001"])

    def on_activation(self, section: Section) -> None:
        self.chain([self.activation(section, "linear")])

    def on_normalization(self, section: Section) -> None:
        words = [
            section.real(key, usual)
            for key, usual in (("size", "5"), ("alpha", "0.0001"), ("beta", "0.75"), ("kappa", "1"))
        ]
        self.chain([f"lrn {' '.join(words)}"])

    def on_crop(self, section: Section) -> None:
        height, width = section.number("crop_height", 1), section.number("crop_width", 1)
        _, h, w = self.build.shapes[self.current]
        top, left = (h - height) // 2, (w - width) // 2
        self.chain([f"crop ({top}:{h - height - top},{left}:{w - width - left})"])

    def on_local_avgpool(self, section: Section) -> None:
        """As the largest, but the mean of what lies in the image."""
        stride = section.number("stride", 1)
        kernel = section.number("size", stride)
        total = section.number("padding", kernel - 1)
        sizes = self.build.reach(self.current)[1:]
        end = [max(0, (size + total - kernel) // stride * stride + kernel - size - total // 2) for size in sizes]
        text = f"avgpool {kernel} s={stride}"
        if total // 2 or any(end):
            self.current = exact_mean(self.build, self.current, text, [total // 2] * len(sizes), end)
        else:
            self.chain([text])

    # ------------------------------------------------------------------------------------------ cells

    def cell(self, text: str) -> None:
        """A recurrent layer over times."""
        note = "Cells of Darknet apply their activations to what enters and to the state before both are added."
        if note not in self.build.notes:
            self.build.notes.append(note)
        if len(self.build.reach(self.current)) == 1:
            self.chain(["unsqueeze 0"])
        self.chain([text])

    def on_rnn(self, section: Section) -> None:
        """A hidden state, and a layer that reads it."""
        self.plain(section)
        self.cell(f"rnn {section.number('hidden', 1)}")
        self.chain([f"linear {section.number('output', 1)} last", self.activation(section)])

    def on_gru(self, section: Section) -> None:
        """Six layers of each size and bias."""
        self.plain(section)
        self.cell(f"gru {section.number('output', 1)}")

    def on_lstm(self, section: Section) -> None:
        """Eight layers."""
        self.plain(section)
        self.cell(f"lstm {section.number('output', 1)}")

    def plain(self, section: Section) -> None:
        """Refuse normalisation in a cell."""
        if section.number("batch_normalize", 0):
            self.build.refuse(f"[{section.kind}] with batch_normalize")

    def on_crnn(self, section: Section) -> None:
        """Three convolutions of 3x3: of what enters, of the state, and of the state to what leaves; the size stays."""
        channels, *size = self.build.reach(self.current)
        hidden, out = section.number("hidden_filters", 1), section.number("output_filters", 1)
        products = 9 * (channels * hidden + hidden * hidden + hidden * out)
        own = 2 if section.number("batch_normalize", 0) else 1
        parameters = products + own * (2 * hidden + out)
        known = f"parameters={parameters} macs={products * prod(size)}"
        self.chain([f"opaque ({','.join(map(str, (out, *size)))}) {known}"])
