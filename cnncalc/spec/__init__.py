"""The format: reading a spec into a model, printing it, its schema."""

from __future__ import annotations

from cnncalc.spec.model import Spec
from cnncalc.spec.program import read_program
from cnncalc.spec.reader import read

__all__ = ["Spec", "read", "read_program"]
