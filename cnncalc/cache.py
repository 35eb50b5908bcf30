"""Where results are kept between runs."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any


def cache_folder() -> Path:
    """``CNNCALC_CACHE``, or the system's place for caches."""
    if chosen := os.environ.get("CNNCALC_CACHE"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "cnncalc"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "cnncalc"


def recall(name: str) -> dict[str, Any]:
    """What was kept under a name; nothing if there is none, or if it cannot be read."""
    try:
        kept = json.loads((cache_folder() / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def keep(name: str, values: dict[str, Any]) -> None:
    """Keep values under a name; where nothing can be written nothing is kept."""
    with suppress(OSError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{name}.{os.getpid()}"
        unfinished.write_text(json.dumps(values), encoding="utf-8")
        unfinished.replace(folder / name)
