"""The pictures' tests share a reader of marks, ``marks.py``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import cnncalc

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def draw():
    """Any picture."""
    return cnncalc.picture
