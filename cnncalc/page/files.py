"""The files that pages are made of: those of this folder, and the style sheet of pictures."""

from __future__ import annotations

from pathlib import Path

from cnncalc.draw.style import sheet

FOLDER = Path(__file__).parent

SCRIPTS = ("codemirror.js", "network.js", "notation.js", "write.js", "backend.js", "measure.js", "editor.js")
STYLES = ("report.css", "editor.css", "pictures.css")
"""What the page with an editor loads."""


def text_of(name: str) -> str:
    """A file as text."""
    return sheet() if name == "pictures.css" else (FOLDER / name).read_text(encoding="utf-8")
