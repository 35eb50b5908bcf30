"""How Caffe's layers hang together: blobs by their names, inputs, the phase, where a network ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.caffe.kinds import DATA, ENDS, IGNORED, LOSSES, SIMPLE, in_test, kind_of
from cnncalc.convert.caffe.layers import Layers
from cnncalc.convert.prototext import Message
from cnncalc.convert.tree import ConvertError, Unsupported

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.layers.base import Shape


class Reader(Layers):
    """The layers of a file, in order."""

    def __init__(self, net: Message, build: Builder, shapes: list[Shape]) -> None:
        """Nothing is read yet."""
        self.net = net
        self.shapes = shapes
        super().__init__(build)
        self.blobs: dict[str, int] = {}
        self.read: set[int] = set()
        self.outputs: list[int] = []

    def text(self) -> str:
        self.inputs()
        layers = [*self.net.all("layer"), *self.net.all("layers")]
        layers = [layer for layer in layers if isinstance(layer, Message) and in_test(layer)]
        self.after = {str(top) for layer in layers if kind_of(layer) == "Scale" for top in layer.all("bottom")}
        for layer in layers:
            self.build.place = f"line {layer.line}"
            self.layer(layer)
        leaving = self.outputs or [
            value
            for value in dict.fromkeys(self.blobs.values())
            if value not in self.read and value >= len(self.build.inputs)
        ]
        if not leaving and not self.build.found:
            raise ConvertError([Unsupported("there is no output", "")], self.build.title)
        return self.build.text(leaving)

    def inputs(self) -> None:
        """``input`` with ``input_dim`` or ``input_shape``."""
        names = self.net.all("input")
        dims = self.net.all("input_dim")
        given = [message.all("dim") for message in self.net.all("input_shape")]
        given += [dims[i : i + 4] for i in range(0, len(dims), 4)]
        for place, name in enumerate(names):
            self.blobs[name] = self.build.input(
                name, self.shapes[place] if place < len(self.shapes) else tuple(given[place][1:])
            )

    def layer(self, layer: Message) -> None:
        kind = kind_of(layer)
        if kind in IGNORED:
            return
        if kind in DATA or kind == "Input" or (kind == "Python" and not layer.all("bottom")):
            self.data(layer, kind)
            return
        bottoms = [str(name) for name in layer.all("bottom")]
        missing = [name for name in bottoms if name not in self.blobs and name != "label"]
        sources = [self.blobs[name] for name in bottoms if name in self.blobs]
        self.read.update(sources)
        if sources and not missing and self.ended(kind, sources):
            return
        tops = [str(name) for name in layer.all("top")] or bottoms[:1]

        def made() -> int | list[int]:
            if missing or not bottoms:
                blob = missing[0] if missing else ""
                self.build.refuse(f"{kind} '{layer.get('name')}': there is no blob '{blob}' before it")
            if SIMPLE.get(kind):
                return self.build.add(SIMPLE[kind], sources[0])
            method = getattr(self, f"on_{kind.lower()}", None)
            if method is None:
                self.build.refuse(f"layer {kind} '{layer.get('name')}'")
            values: int | list[int] = method(layer, sources)
            return values

        values = self.build.attempt(sources, made, len(tops))
        for top, value in zip(tops, values if len(values) > 1 else values * len(tops), strict=False):
            self.blobs[top] = value

    def ended(self, kind: str, sources: list[int]) -> bool:
        """Whether the network ends here: what enters a loss, or a choice among boxes, leaves it."""
        if kind in ENDS and len(sources) > 1:
            self.outputs += sources[:2]
            self.build.notes += [] if ENDS[kind] in self.build.notes else [ENDS[kind]]
            return True
        if kind in LOSSES:
            self.outputs.append(sources[0])
        return kind in LOSSES

    def data(self, layer: Message, kind: str) -> None:
        """The input of a training file: its size is that of the crop, or must be given."""
        for top in layer.all("top"):
            if str(top) == "label":
                continue
            dims = [message.all("dim") for message in layer.message("input_param").all("shape")]
            crop = layer.message("transform_param").get("crop_size") or layer.message("data_param").get("crop_size")
            if dims:
                shape: Shape = tuple(dims[0][1:])
            elif self.shapes:
                shape = self.shapes[min(len(self.build.inputs), len(self.shapes) - 1)]
            elif crop:
                shape = (3, crop, crop)
            else:
                self.build.blame(f"{kind} says no size: give one, --input 3x224x224")
                shape = (3, 1, 1)
            if self.shapes and dims:
                shape = self.shapes[min(len(self.build.inputs), len(self.shapes) - 1)]
            self.blobs[str(top)] = self.build.input(str(top), shape)
