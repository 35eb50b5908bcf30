"""How values show themselves in notebooks.

A value of an inner room does not know HTML: what it looks like stands in ``render/notebook.py``, by the name of its type, and
is imported when a notebook asks.
"""

from __future__ import annotations

from importlib import import_module


def bundle(value: object) -> dict[str, str]:
    """A value as ``text/plain`` and ``text/html``."""
    shown: dict[str, str] = import_module("cnncalc.render.notebook").bundle(value)
    return shown


def html(value: object) -> str:
    """A value as HTML."""
    return bundle(value)["text/html"]
