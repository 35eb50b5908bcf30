"""Why a model is no spec: what, where, each cause once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.words import tensors_in
from cnncalc.convert.tree import Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = str(Path(__file__).parents[1])
_TORCH = str(Path(torch.__file__).parent)


def running(path: str) -> str:
    """The line of the model that is running, and the path of its module."""
    frame = sys._getframe(1)  # noqa: SLF001 (the only way to the caller)
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_HERE, _TORCH)):
        frame = frame.f_back
    where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
    return f"{where} in '{path}'" if path else where


def grouped(found: Sequence[Unsupported]) -> list[Unsupported]:
    """Causes, each once: what the same line of the model does in several modules is told of the first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for what, place in dict.fromkeys(found):
        line, _, module = place.partition(" in '")
        groups.setdefault((what, line if module else place), []).append(place)
    return [
        Unsupported(what, places[0] + (f" and {len(places) - 1} more" if len(places) > 1 else ""))
        for (what, _), places in groups.items()
    ]


def shown(args: Any) -> str:
    """Arguments of a call, without numbers of tensors."""
    parts = ["..." if tensors_in(value) else repr(value) for value in args]
    text = ", ".join(parts)
    return f"({text[:60]})"


def article(word: str) -> str:
    """``an`` before a vowel."""
    return "an" if word[:1] in "AEIOU" else "a"
