"""The keys ``expect`` and ``budget``: figures that must come out, and the largest that may."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Span
from cnncalc.source import Map, Scalar, Tree
from cnncalc.spec.model import FIGURES
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Dims, Expression, Number
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError

if TYPE_CHECKING:
    from cnncalc.spec.findings import Findings

_QUANTITY = re.compile(r"(?P<number>[0-9][0-9_]{0,19}(?:\.[0-9]{1,15})?(?:[eE][0-9]{1,2})?)\s*(?P<unit>[A-Za-z]*)\Z")
UNITS = {
    "": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 1, "T": 10**12,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip


def read_expect(entries: Map, findings: Findings, spans: dict[str, Span]) -> dict[str, Expression]:
    """Figure to the number or sizes that must come out."""
    found: dict[str, Expression] = {}
    for key, value in _known(entries, "expect", findings, spans):
        try:
            expression = parse_expression(value.text)
        except NotationError as error:
            findings.note(error)
            continue
        if isinstance(expression, Dims) or (isinstance(expression, Number) and isinstance(expression.value, int)):
            found[key] = expression
        else:
            findings.add(
                f"expect {key} needs an exact whole number, or sizes", value.span, "such as 60_965_224 or 96x55x55"
            )
    return found


def read_budget(entries: Map, findings: Findings, spans: dict[str, Span]) -> dict[str, int]:
    """Figure to the largest number allowed."""
    found: dict[str, int] = {}
    for key, value in _known(entries, "budget", findings, spans):
        match = _QUANTITY.match(value.value)
        if match is None or match["unit"] not in UNITS:
            findings.add(f"'{value.value[:40]}' is no quantity", value.span, "such as 61M, 1.2G or 20MiB")
        else:
            found[key] = int(Fraction(match["number"].replace("_", "")) * UNITS[match["unit"]])
    return found


def _known(entries: Map, what: str, findings: Findings, spans: dict[str, Span]) -> list[tuple[str, Scalar]]:
    """The entries that are figures with one value; what is wrong with the others is noted."""
    good: list[tuple[str, Scalar]] = []
    for key, value in entries.entries:
        spans[f"{what}.{key.value}"] = Span(key.span.start, value.span.end)
        if key.value not in FIGURES:
            findings.add(
                f"{what} knows no '{key.value}'{nearest(key.value, FIGURES)}",
                key.span,
                f"it knows {', '.join(FIGURES)}",
            )
        elif isinstance(value, Scalar):
            good.append((key.value, value))
        else:
            findings.add(f"{key.value} is one value, not a {kind_of(value)}", value.span)
    return good


def kind_of(tree: Tree) -> str:
    """``list`` or ``map``, for messages."""
    return type(tree).__name__.lower()


def plain(tree: Tree) -> Any:
    """Text, lists and dicts of it."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Map):
        return {key.value: plain(value) for key, value in tree.entries}
    return [plain(item) for item in tree.items]
