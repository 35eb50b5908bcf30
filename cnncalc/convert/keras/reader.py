"""How layers of Keras hang together: what enters each of them, models within models, layers that are applied more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.keras.base import PAIR
from cnncalc.convert.keras.calls import Call, Key, calls, leaving, numbers, stated
from cnncalc.convert.keras.maps import Maps
from cnncalc.convert.keras.merges import Merges
from cnncalc.convert.keras.points import Points
from cnncalc.convert.keras.sequences import Sequences
from cnncalc.layers.base import Indices, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.convert.builder import Builder

OPEN = 224
"""The side of an image whose size a model leaves open; what most of keras.applications are trained on."""

DROPPED = ("ActivityRegularization", "GaussianNoise", "Masking")

WEIGHTED = (
    "conv",
    "convt",
    "depthwise",
    "linear",
    "bn",
    "layernorm",
    "groupnorm",
    "prelu",
    "embedding",
    "lstm",
    "gru",
    "rnn",
)


class Reader(Maps, Points, Sequences, Merges):
    """The layers of a model, one after the other."""

    def __init__(self, config: dict[str, Any], build: Builder, shapes: list[Shape], *, functional: bool) -> None:
        """A model that is read by ``text``."""
        super().__init__(build)
        self.config = config
        self.shapes = shapes
        self.functional = functional
        kinds = {kind for kind, _ in _layers(config)}
        self.images = any(kind.endswith("1D") and not kind.startswith(("Global", "Spatial")) for kind in kinds)
        self.has_times = "TimeDistributed" in kinds
        self.indices = _indices(config)

    def text(self) -> str:
        """The spec."""
        return self.build.text(self.model(self.config, None, functional=self.functional))

    def model(self, config: dict[str, Any], entering: list[int] | None, *, functional: bool) -> list[int]:
        """The values that leave a model.

        Args:
            config: its layers.
            entering: the values that enter a model within another; None for the network itself, which has inputs.
            functional: whether its layers say what enters them; else they follow one another.
        """
        tensors: dict[Key, int] = {}
        waiting = list(entering or ())
        last: int | None = None
        sizes = stated(config)
        for layer in config["layers"]:
            kind, values = str(layer.get("class_name")), dict(layer.get("config") or {})
            name = str(values.get("name", layer.get("name", "")))
            self.build.place = f"layer '{name}'"
            if kind == "InputLayer" or (not functional and last is None):
                last = self.input(values, name) if entering is None else waiting.pop(0) if waiting else None
                if last is None:
                    self.build.blame("more inputs than values enter the model")
                    return entering or []
                tensors[name, 0, 0] = last
                if kind == "InputLayer":
                    continue
            applied = calls(layer) if functional else [[(name, 0, 0)]]
            for place, sources in enumerate(applied):
                given = [tensors[key] for key in sources if key in tensors] if functional else [last or 0]
                if not given or len(given) < len(sources):
                    self.build.blame("it reads a tensor that no layer before it makes")
                    return [0]
                call = Call(
                    layer,
                    kind,
                    values,
                    name,
                    given,
                    numbers(layer, place),
                    sizes.get((name, place, 0)),
                    len(applied) > 1,
                )
                for number, made in enumerate(self.build.attempt(given, lambda call=call: self.layer(call))):  # type: ignore[misc]
                    tensors[name, place, number] = made
                last = tensors[name, place, 0]
        outputs = [tensors[key] for key in leaving(config) if key in tensors] if functional else []
        return outputs or ([] if last is None else [last])

    def input(self, values: dict[str, Any], name: str) -> int:
        """``batch_shape`` with channels last; open sizes must be given."""
        shape = values.get("batch_shape") or values.get("batch_input_shape")
        if not shape and values.get("input_length"):
            shape = [None, values["input_length"]]
        number, title = len(self.build.inputs), name if self.functional else "input"
        whole = name in self.indices
        if number < len(self.shapes):
            given = self.shapes[number]
            return self.build.input(title, Indices(given) if whole else given)
        if not shape or (shape[-1] is None and not whole):
            self.build.blame(f"its size is open: {shape}; give one, --input 3x224x224")
            return self.build.input(title, (3, 1, 1))
        if None in shape[1:]:
            shape = [axis or OPEN for axis in shape]
            open_axes = "x".join(dict.fromkeys(str(axis) for axis in (shape[1:] if whole else shape[1:-1])))
            self.build.notes.append(f"Its size is open: taken as {open_axes}; --input gives another.")
        own = tuple(map(int, shape[1:]))
        if whole:
            return self.build.input(title, Indices(own))
        if (len(own) == PAIR and not self.images) or (len(own) > PAIR + 1 and self.has_times):
            made = self.build.input(title, own)
            self.lasts.add(made)
            return made
        return self.build.input(title, (own[-1], *own[:-1]))

    def layer(self, call: Call) -> int | list[int]:
        """The value or values of a layer."""
        kind, values, sources = call.kind, call.values, call.sources
        if values.get("data_format") == "channels_first":
            self.build.refuse("channels first")
        if kind in DROPPED:
            return sources[0]
        if isinstance(values.get("layers"), list):
            return self.nested(values, sources, shared=call.shared)
        whole = getattr(self, f"at_{kind.lower()}", None)
        if whole is not None:
            made: int | list[int] = whole(call)
            return made
        method = getattr(self, f"on_{kind.lower()}", None)
        if method is None:
            return self.foreign(call)
        source = self.first(sources[0]) if getattr(method, "maps", False) else sources[0]
        texts: list[str] = method(values, source)
        if kind != "Activation":
            texts = [*texts, *self.activation(values, source)]
        return self.chained([text for text in texts if text], source, call)

    def chained(self, texts: list[str], source: int, call: Call) -> int:
        """Stages one after the other; the first has the layer's name. What is applied several times shares its weights."""
        made = source
        for place, text in enumerate(texts):
            owns = call.shared and text.split()[0] in WEIGHTED
            shared = (call.name if place == 0 else f"{call.name}_{place}") if owns else None
            made = self.alike(
                self.build.add(text, made, name=call.name if place == 0 else None, weights=shared), source
            )
        return made

    def nested(self, values: dict[str, Any], sources: list[int], *, shared: bool) -> int | list[int]:
        """A model within the model."""
        if shared:
            self.build.refuse("a model that is applied several times")
        outputs = self.model(values, sources, functional="input_layers" in values)
        if not outputs:
            self.build.refuse("a model within the model with 0 outputs")
        return outputs

    def foreign(self, call: Call) -> int:
        """A layer of somebody else: opaque, with the size that the file states for what it gives."""
        if not call.custom:
            self.build.refuse(f"layer {call.kind}")
        if call.size is None or None in call.size:
            self.build.refuse(f"layer {call.kind}, which is none of Keras's, and whose size the file does not state")
        own = tuple(int(axis) for axis in call.size if axis is not None)
        if len(own) <= PAIR:
            made = self.build.opaque([self.last(source) for source in call.sources], own, name=call.name)
            self.lasts.update([made] if len(own) == PAIR else [])
            return made
        return self.build.opaque([self.first(s) for s in call.sources], (own[-1], *own[:-1]), name=call.name)


def _layers(config: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Kind and entry of all layers, of inner models too."""
    for layer in config.get("layers") or []:
        yield str(layer.get("class_name")), layer
        inner = layer.get("config")
        if isinstance(inner, dict) and isinstance(inner.get("layers"), list):
            yield from _layers(inner)


def _indices(config: dict[str, Any]) -> set[str]:
    """The layers whose value is the whole numbers that an embedding takes."""
    found: set[str] = set()
    before = None
    for kind, layer in _layers(config):
        name = str((layer.get("config") or {}).get("name", layer.get("name", "")))
        if kind == "Embedding":
            found.update(key[0] for sources in calls(layer) for key in sources)
            found.add(name if before is None else before)
        before = name
    return found
