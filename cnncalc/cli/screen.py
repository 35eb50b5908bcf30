"""What the screen can show: whether there is one, its width, colours and characters."""

from __future__ import annotations

import os
import sys
from typing import Any


def forced() -> bool:
    """Whether FORCE_COLOR asks for a terminal's output; an empty or blank value does not."""
    return bool(os.environ.get("FORCE_COLOR", "").strip())


def default_format() -> str:
    """``terminal`` on a screen, ``plain`` in a pipe or file."""
    return "terminal" if sys.stdout.isatty() or forced() else "plain"


def properties() -> dict[str, Any]:
    """Width, colours and line-drawing characters."""
    import shutil

    color = not os.environ.get("NO_COLOR") and (forced() or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb"))
    return {"width": shutil.get_terminal_size((80, 24)).columns, "color": color, "unicode": can_draw()}


def can_draw() -> bool:
    """Whether the encoding of standard output has line-drawing characters."""
    try:
        "─━│".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
