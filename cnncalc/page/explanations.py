"""The explanations of all layers as compact data: repeated layers share their steps, and steps their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.explain.explanation import explained
from cnncalc.render.explanation import told

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis

MOST = 2_000
"""Layers that are explained; a page with more would be slow to open."""


def explanations(analysis: Analysis) -> dict[str, Any]:
    """``texts``; ``steps`` as numbers of texts: quantity, formula, with numbers, result, remarks; ``layers`` as numbers of
    steps, by the number of the row; ``abouts``: what each layer does; ``symbols``: what the letters mean.
    """  # noqa: D205 (one sentence)
    texts: dict[str, int] = {}
    steps: dict[tuple[int, ...], int] = {}
    symbols: dict[str, str] = {}
    layers, abouts = [], []
    for found in explained(analysis, analysis.rows[:MOST]):
        layers.append([steps.setdefault(_numbered(told(one), texts), len(steps)) for one in found.steps])
        abouts.append(texts.setdefault(found.about, len(texts)))
        symbols |= found.symbols
    return {"texts": list(texts), "steps": list(steps), "layers": layers, "abouts": abouts, "symbols": symbols}


def _numbered(parts: tuple[str, ...], texts: dict[str, int]) -> tuple[int, ...]:
    return tuple(texts.setdefault(part, len(texts)) for part in parts)
