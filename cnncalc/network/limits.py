"""Limits that keep a spec from asking for more than a machine can do; each has its own message and test.

How many layers a network may have follows the length of its text, so that a short text never costs more than a short time:
a number behind ``repeat`` cannot ask for what the text does not hold.
"""

from __future__ import annotations

NODES = 12_000
"""Nodes of one network whose text has up to 96,000 characters."""

CHARACTERS = 8
"""Of a longer text, one node per so many characters."""

STEPS = 25
"""Stages per possible node that one expansion may visit, also those that make no node."""

DEPTH = 64
"""Nesting of calls, branches and repeats."""

ELEMENTS = 2**48
"""Numbers in one value or parameter (a petabyte in float32)."""


def most_nodes(text: str) -> int:
    """How many nodes a network of this text may have."""
    return max(NODES, len(text) // CHARACTERS)
