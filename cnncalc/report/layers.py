"""A layer's documentation as plain data, read from its class."""

from __future__ import annotations

import inspect
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer

_SHORT = {"kernel_size": "k", "stride": "s", "padding": "p", "dilation": "d", "groups": "g", "output_padding": "op"}


def describe(kind: type[Layer]) -> dict[str, Any]:
    """Name, aliases, what it does, arguments with defaults, words, examples."""
    about = inspect.cleandoc(kind.__doc__ or "")
    return {
        "name": kind.op,
        "aliases": list(kind.aliases),
        "summary": about.split("\n\n")[0].split("\n")[0],
        "about": about,
        "inputs": "any number" if kind.arity is None else kind.arity,
        "positional": list(kind.positional),
        "arguments": [_argument(name, field) for name, field in kind.model_fields.items()],
        "words": sorted(kind.words),
        "examples": [example.text for example in kind.EXAMPLES if example.text],
    }


def _argument(name: str, field: Any) -> dict[str, Any]:
    required = field.is_required()
    default = None if required else field.default
    return {
        "name": name,
        "short": _SHORT.get(name, ""),
        "required": required,
        "default": str(default) if isinstance(default, Fraction) else default,
    }
