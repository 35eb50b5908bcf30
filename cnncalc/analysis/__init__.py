"""Analyses of graphs: sizes, costs, memory, receptive fields, explanations."""

from __future__ import annotations

from cnncalc.analysis.analyse import analyse, layers

__all__ = ["analyse", "layers"]
