"""The numbers of a configuration, each held to be one, and the text of a spec around what they become."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from cnncalc.convert.lines import quoted
from cnncalc.spec.printer import print_float
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

MOST = 10**6
"""The largest number that a configuration may state."""

STAGES = 12
"""Stages that a network has, at most."""

ACTIVATIONS = {
    "gelu": "gelu", "relu": "relu", "relu6": "relu6", "silu": "silu", "swish": "silu", "gelu_new": "gelu tanh", "selu": "selu",
    "gelu_pytorch_tanh": "gelu tanh", "hard_swish": "hardswish", "hardswish": "hardswish", "sigmoid": "sigmoid", "tanh": "tanh",
}  # fmt: skip


class Refused(Exception):  # noqa: N818 (no error of its own: whoever reads the file catches it)
    """Something that is not written here."""


class Config:
    """What a file states, by keys; ``place`` is the key that was asked for last."""

    def __init__(self, values: dict[str, Any], kind: str, size: Shape | None) -> None:
        """The values of a file of this kind; ``size`` is that of the input, if another is wanted."""
        self.values = values
        self.kind = kind
        self.given = size
        self.place = ""

    def refuse(self, what: str) -> NoReturn:
        """Stop.

        Raises:
            Refused: always.
        """
        raise Refused(what)

    def get(self, key: str, usual: Any) -> Any:
        """A value, or the usual one."""
        self.place = key
        value = self.values.get(key)
        return usual if value is None else value

    def whole(self, key: str, usual: int) -> int:
        """A whole number from 1."""
        value = self.get(key, usual)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
            self.refuse(f"{value!r:.40} is no number from 1 to {MOST}")
        return value

    def wholes(self, key: str, usual: Sequence[int]) -> list[int]:
        """Whole numbers from 1, one per stage."""
        values = self.get(key, list(usual))
        fine = isinstance(values, list) and 1 <= len(values) <= STAGES
        if not fine or any(not isinstance(v, int) or isinstance(v, bool) or not 1 <= v <= MOST for v in values):
            self.refuse(f"{values!r:.40} is no list of numbers from 1, at most {STAGES}")
        return list(values)

    def number(self, key: str, usual: float) -> float:
        """A number."""
        value = self.get(key, usual)
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= MOST:
            self.refuse(f"{value!r:.40} is no number from 0 to {MOST}")
        return float(value)

    def flag(self, key: str, *, usual: bool) -> bool:
        """True or false."""
        return bool(self.get(key, usual))

    def only(self, key: str, *values: Any) -> Any:
        """A value for which there is a choice here, the first of which is the usual one."""
        value = self.get(key, values[0])
        if value not in values:
            self.refuse(f"{value!r:.40} instead of {' or '.join(map(repr, values))}")
        return value

    def act(self, usual: str) -> str:
        """The activation as a stage."""
        word = self.get("hidden_act", usual)
        if not isinstance(word, str) or word not in ACTIVATIONS:
            self.refuse(f"activation {word!r:.40}")
        return ACTIVATIONS[word]

    def eps(self, usual: float) -> str:
        """What normalisations add."""
        return f"eps={print_float(self.number('layer_norm_eps', usual))}"

    @property
    def labels(self) -> int:
        """How many classes it tells apart."""
        names = self.get("id2label", {})
        return self.whole("num_labels", len(names) if isinstance(names, dict) and names else 2)

    def size(self, usual: int) -> tuple[int, int, int]:
        """Channels, rows and columns of the input."""
        if self.given is not None:
            if len(self.given) != 3:  # noqa: PLR2004 (a map)
                self.refuse("an input that is no map: --input 3x224x224")
            return self.given[0], self.given[1], self.given[2]
        value = self.get("image_size", usual)
        rows, columns = value if isinstance(value, list) and len(value) == 2 else (value, value)  # noqa: PLR2004 (rows and columns)
        self.values = {**self.values, "rows": rows, "columns": columns}
        return self.whole("num_channels", 3), self.whole("rows", usual), self.whole("columns", usual)

    def patches(self, size: Sequence[int], usual: int) -> tuple[int, int]:
        """The side of a patch, and how many there are."""
        side = self.whole("patch_size", usual)
        if any(axis < side for axis in size[1:]):
            self.refuse(f"patches of {side} in an image of {size[1]}x{size[2]}")
        return side, prod(axis // side for axis in size[1:])

    @property
    def title(self) -> str:
        """The name of the model, without that of its owner."""
        name = self.values.get("_name_or_path")
        return printable(str(name).rpartition("/")[2] or self.kind) if isinstance(name, str) else self.kind

    def spec(self, size: Sequence[int], blocks: str, layers: Sequence[str]) -> str:
        """The text: its size, its blocks, its layers."""
        head = (
            f"# Converted from Hugging Face's configuration of a {self.kind}.\ncnncalc: 1\nname: {quoted(self.title)}\n"
        )
        body = "\n".join(f"  - {line}" for line in layers)
        shown = f"blocks:\n{blocks.strip(chr(10))}\n" if blocks else ""
        return f"{head}input: {'x'.join(map(str, size))}\n{shown}layers:\n{body}\n"


def several(text: str, count: int) -> str:
    """A stage so many times."""
    return text if count == 1 else f"repeat({count}, {text})"
