"""Sections of Darknet that few networks have: cells that read times, means within the image, shortcuts of other sizes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.averages import exact_mean
from cnncalc.convert.darknet.base import Base

if TYPE_CHECKING:
    from cnncalc.convert.darknet.sections import Section


class Cells(Base):
    """Methods by the names of sections."""

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
