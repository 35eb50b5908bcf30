"""Names that count: ``denselayer1``, ``denselayer2`` and so on as ``denselayer{i+1}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = re.compile(r"\d+")


def progression(numbers: Sequence[int], variable: str = "i") -> str | None:
    """Numbers of the turns of a repeat as an expression in its variable; None if they are no progression upwards."""
    first = numbers[0]
    step = numbers[1] - first if len(numbers) > 1 else 0
    if step < 0 or any(number != first + step * turn for turn, number in enumerate(numbers)):
        return None
    if not step:
        return str(first)
    text = variable if step == 1 else f"{step}*{variable}"
    return f"{text}+{first}" if first else text


def counted(names: Sequence[str | None], variable: str = "i") -> str | None:
    """One name for all turns of a repeat; an empty text if there is none."""
    if all(name is None for name in names):
        return None
    texts = [name or "" for name in names]
    skeletons = {DIGITS.sub("#", text) for text in texts}
    numbers = [DIGITS.findall(text) for text in texts]
    if len(skeletons) > 1 or None in names or any(str(int(number)) != number for row in numbers for number in row):
        return ""
    parts = DIGITS.split(texts[0])
    result = parts[0]
    for column, after in zip(zip(*numbers, strict=True), parts[1:], strict=True):
        said = progression([int(number) for number in column], variable)
        if said is None:
            return ""
        result += (said if said.isdecimal() else f"{{{said}}}") + after
    return "" if result.startswith("{") else result
