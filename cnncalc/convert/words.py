"""Names that a spec can have."""

from __future__ import annotations

import re

from cnncalc.layers import registry
from cnncalc.spec.statement import RESERVED

_FLAG = re.compile(r"(?:op|[spdgk])\d+(?:x\d+)*")


def is_taken(name: str) -> bool:
    """Whether no block can have this name."""
    return name in RESERVED or name in registry.names() or _FLAG.fullmatch(name) is not None


def snake(name: str) -> str:
    """``BasicBlock`` as ``basic_block``."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    text = re.sub(r"\W", "_", text).strip("_") or "block"
    return f"b_{text}" if text[0].isdigit() or is_taken(text) else text
