"""What the rooms of Darknet's sections share: the value that is here, those of all layers before, activations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.builder import Builder
    from cnncalc.convert.darknet.sections import Section

ACTIVATIONS = {
    "leaky": "leaky 0.1", "linear": "", "logistic": "sigmoid", "relu": "relu", "relu6": "relu6", "tanh": "tanh", "mish": "mish",
    "swish": "silu", "elu": "elu", "selu": "selu", "gelu": "gelu", "ramp": "leaky 1/11 | scale 1.1", "loggy": "scale 0.5 | tanh",
    "relie": "leaky 0.01", "hardtan": "hardtanh",
}  # fmt: skip
"""``ramp`` is ``x * (x > 0) + x / 10``, ``loggy`` ``2 / (1 + exp(-x)) - 1``."""


class Base:
    """A network under construction; ``current`` is the value that the next section reads."""

    def __init__(self, build: Builder) -> None:
        """Nothing yet."""
        self.build = build
        self.current = 0
        self.layers: list[int] = []

    def chain(self, texts: Sequence[str]) -> None:
        """Stages behind the present value."""
        self.current = self.build.chain([part for text in texts if text for part in text.split(" | ")], self.current)

    def activation(self, section: Section, usual: str = "logistic") -> str:
        """The activation of a section as stages."""
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
