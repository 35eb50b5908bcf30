"""What the screen can show: whether there is one, its width, colours and characters; how an error looks on it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from cnncalc.text import printable

if TYPE_CHECKING:
    from cnncalc.diagnostics import CnncalcError


def forced() -> bool:
    """Whether FORCE_COLOR asks for a terminal's output; an empty or blank value does not."""
    return bool(os.environ.get("FORCE_COLOR", "").strip())


def default_format() -> str:
    """``terminal`` on a screen, ``plain`` in a pipe or file."""
    return "terminal" if _on_terminal() or forced() else "plain"


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def properties() -> dict[str, Any]:
    """Width, colours and line-drawing characters."""
    import shutil

    color = not os.environ.get("NO_COLOR") and (forced() or (_on_terminal() and os.environ.get("TERM") != "dumb"))
    return {"width": shutil.get_terminal_size((80, 24)).columns, "color": color, "unicode": can_draw()}


def can_draw() -> bool:
    """Whether the encoding of standard output has line-drawing characters."""
    try:
        "─━│".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def message(error: CnncalcError) -> str:
    """An error as the user sees it: problems begin with their place, everything else with 'Error'."""
    text = str(error) if hasattr(error, "problems") else f"Error: {error}"
    return "\n".join(map(printable, text.split("\n")))
