"""What a user sees when the program itself is wrong: two lines, and a file for the report."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from cnncalc._version import __version__


def report(error: Exception) -> str:
    """Write the traceback to a file and say where it is; the file lies in the temporary or else the current directory."""
    short = f"Error: cnncalc itself has failed: {type(error).__name__}: {error}"
    try:
        path = _written(_details(error))
    except OSError as refused:
        return f"{short}\nThe details could not be written ({refused.strerror}); set TMPDIR to a directory that can."
    return f"{short}\nThe details are in {path}; please report them with the spec."


def _details(error: Exception) -> str:
    about = f"cnncalc {__version__}, Python {platform.python_version()}, {platform.system()}"
    return f"{about}\ncommand: {sys.argv[1:]}\n\n{''.join(traceback.format_exception(error))}"


def _written(text: str) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="cnncalc-crash-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
    ) as file:
        file.write(text)
    return Path(file.name)
