"""How a size suits a network, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.render.columns import decimal

if TYPE_CHECKING:
    from cnncalc.analysis.size.fit_sizes import Grade, SizeFit


def line(fit: SizeFit, grade: Grade = "covered") -> str:
    """``224  0: 54.25 -> 54, 1 row of the input lost``, or ``fits``."""
    if fit.problem is not None:
        message = getattr(fit.problem, "message", "") or str(fit.problem)
        return f"{fit.size}  {message}"
    misfit = fit.inexact if grade == "exact" else fit.uncovered
    if misfit is None:
        return f"{fit.size}  fits"
    lost = misfit.fit.lost_real if grade == "covered" else misfit.fit.lost
    what = "input" if grade == "covered" else "padded input"
    rows = "1 row" if lost == 1 else f"{lost} rows"
    return f"{fit.size}  {misfit.node.path}: {decimal(misfit.fit.exact)} -> {misfit.fit.out}, {rows} of the {what} lost"
