"""The words of the notation, and the parts of names that are computed."""

from __future__ import annotations

import re

MERGES = {
    "concat": "concat",
    "add": "add",
    "mul": "mul",
    "sub": "sub",
    "max": "maximum",
    "maximum": "maximum",
    "min": "minimum",
    "minimum": "minimum",
    "div": "div",
    "pow": "pow",
    "lt": "lt",
    "le": "le",
    "gt": "gt",
    "ge": "ge",
    "eq": "eq",
    "ne": "ne",
    "where": "where",
    "matmul": "matmul",
    "sdpa": "sdpa",
    "einsum": "einsum",
}
"""Operators of merges, with their canonical names."""

RESERVED = frozenset({*MERGES, "from", "id", "repeat", "if", "else", "shared", "group", "in", "and", "or", "not", "as"})
"""Words of the notation, which no name may be."""


def template_parts(name: str) -> list[str]:
    """Text, expression, text... of a name such as ``layer{i+1}``; one element for a plain name."""
    return re.split(r"[{}]", name)
