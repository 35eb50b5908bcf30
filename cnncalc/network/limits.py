"""Limits that keep a spec from asking for more than a machine can do; each has its own message and test."""

from __future__ import annotations

NODES = 150_000
"""Nodes of one network."""

STEPS = 2_000_000
"""Stages that one expansion may visit, also those that make no node."""

DEPTH = 64
"""Nesting of calls, branches and repeats."""

ELEMENTS = 2**48
"""Numbers in one value or parameter (a petabyte in float32)."""
