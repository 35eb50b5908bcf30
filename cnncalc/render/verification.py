"""A verification as text: one line per kind of claim, differences in full; every claim on request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.report.verification import Claim, Verification

FIGURES = (2, 3)
"""The columns of figures."""

HOLDING = ("equal", "close", "explained")
"""The verdicts of claims that hold, from the best on."""

TITLES = ("claim", "layer", "predicted", "measured", "verdict")


def render(found: Verification, style: str = "plain", *, every: bool = False) -> str:
    """The table.

    Args:
        found: what was measured.
        style: ``plain``, ``markdown`` or ``json``.
        every: also the claims about single layers that hold.
    """
    if style == "json":
        return json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n"
    rows = [_cells(claim) for claim in found.claims] if every else grouped(found.claims)
    text = _markdown(rows) if style == "markdown" else _table(rows)
    conditions = ", ".join(f"{name} {value}" for name, value in found.conditions.items())
    return "\n".join([f"{found.name}: {conditions}", "", *text, "", *_notes(found), verdict(found), ""])


def verdict(found: Verification) -> str:
    """How many claims hold, in words."""
    open_ = sum(claim.verdict == "not measured" for claim in found.claims)
    but = f", {open_} not measured" if open_ else ""
    if found.holds:
        return f"all {len(found.claims) - open_} claims hold{but}"
    return f"{len(found.differences)} of {len(found.claims)} claims do not hold{but}"


def _notes(found: Verification) -> list[str]:
    told = dict.fromkeys(
        f"{claim.kind}: {claim.note}"
        for claim in found.claims
        if claim.note and claim.verdict not in ("equal", "not measured")
    )
    unmeasured = dict.fromkeys(
        f"{claim.kind}: {claim.note}" for claim in found.claims if claim.verdict == "not measured"
    )
    notes = [*told, *unmeasured]
    return [*notes, ""] if notes else []


def grouped(claims: Sequence[Claim]) -> list[tuple[str, ...]]:
    """Claims about single layers in one line per kind, those that fail each in their own; then the whole network's."""
    rows: list[tuple[str, ...]] = []
    for kind in dict.fromkeys((claim.kind, claim.unit) for claim in claims if claim.layer):
        own = [claim for claim in claims if claim.layer and (claim.kind, claim.unit) == kind]
        holding = [claim for claim in own if claim.verdict in HOLDING]
        if holding:
            layers = len({claim.layer for claim in holding})
            number = "1 layer" if layers == 1 else f"{layers} layers"
            worst = max((claim.verdict for claim in holding), key=HOLDING.index)
            rows.append((_cells(holding[0])[0], number, "", "", worst))
        rows += [_cells(claim) for claim in own if claim not in holding]
    return rows + [_cells(claim) for claim in claims if not claim.layer]


def _cells(claim: Claim) -> tuple[str, ...]:
    unit = f", {claim.unit}" if claim.unit else ""
    return (claim.kind + unit, claim.layer or claim.part, claim.predicted, claim.measured, claim.verdict)


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    cells = [TITLES, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(map(_placed, row, widths, range(len(row)))).rstrip() for row in cells]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]


def _placed(cell: str, width: int, column: int) -> str:
    """Figures to the right."""
    return cell.rjust(width) if column in FIGURES else cell.ljust(width)


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    return ["| " + " | ".join(row) + " |" for row in (TITLES, ("---",) * len(TITLES), *rows)]
