"""What a user sees when the program itself is wrong: two lines, and a file for the report."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path


def report(error: Exception) -> str:
    """Write the traceback to a file and say where it is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        known = version("cnncalc")
    except PackageNotFoundError:
        known = "unknown"
    text = "".join(traceback.format_exception(error))
    about = f"cnncalc {known}, Python {platform.python_version()}, {platform.system()}\ncommand: {sys.argv[1:]}\n\n"
    short = f"Error: cnncalc itself has failed: {type(error).__name__}: {error}"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="cnncalc-crash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(about + text)
        return f"{short}\nThe details are in {Path(file.name)}; please report them with the spec."
    except OSError:
        return f"{short}\n{text}"
