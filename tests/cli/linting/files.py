"""Specs that tests of the linter write into their folder."""

from __future__ import annotations

from pathlib import Path

STRIDE = "cnncalc: 1\ninput: 1x7x7\nlayers:\n  - conv 4 3 s3\n"


BIAS = "cnncalc: 1\ninput: 3x9x9\nlayers:\n  - conv 4 3  # first -> layer\n  - bn\n  - relu\n"


def put(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
