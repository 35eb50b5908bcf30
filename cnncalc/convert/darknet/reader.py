"""Darknet's .cfg files. Sizes are rounded as Darknet does; heads are outputs.

Source of the formulas: the parser and layers of pjreddie/darknet and AlexeyAB/darknet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.builder import Builder, pads
from cnncalc.convert.darknet.cells import Cells
from cnncalc.convert.darknet.sections import Section, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

HEADS = ("yolo", "region", "detection", "gaussian_yolo", "Gaussian_yolo", "iseg", "contrastive")
IGNORED = ("cost",)
CELLS = ("rnn", "gru", "lstm")


class Reader(Cells):
    """The sections of a file, in order."""

    def __init__(self, text: str, build: Builder, shapes: Sequence[Shape]) -> None:
        """Its input.

        Raises:
            ConvertError: it is no list of sections.
        """
        self.sections = sections(text)
        super().__init__(build)
        net = self.sections[0] if self.sections else Section("net", {}, 1)
        self.current = self.build.input("input", shapes[0] if shapes else self.size(net))
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
