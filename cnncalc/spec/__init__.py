"""The format: reading a spec into a model, printing it, its schema."""

from __future__ import annotations

from cnncalc.spec.model import Spec
from cnncalc.spec.reader import read, read_program

__all__ = ["Spec", "read", "read_program"]
