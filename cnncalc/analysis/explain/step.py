"""One step of an explanation."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.analysis.explain.formulas import Formula


Values = dict[str, int | Fraction | str]
"""What stands for the symbols of a formula."""


class Step(NamedTuple):
    """One number of an explanation.

    ``quantity``: what it is; ``formula``: in letters (empty if there is none); ``numbers``: the same with numbers;
    ``result``: the exact value; ``exact``: for a size the value before rounding; ``unit``: bytes, or empty;
    ``axis``: which axes, such as ``height``; ``note``: what there is to say. The latex texts are those of the formula.
    """

    quantity: str
    formula: str
    numbers: str
    result: Fraction
    exact: Fraction | None = None
    unit: str = ""
    axis: str = ""
    note: str = ""
    latex: str = ""
    latex_numbers: str = ""
    symbols: tuple[str, ...] = ()


def step(
    quantity: str,
    formula: Formula,
    values: Mapping[str, int | Fraction | str],
    result: int | Fraction | None,
    *,
    exact: Fraction | None = None,
    unit: str = "",
    axis: str = "",
    note: str = "",
) -> Step:
    """Fill a formula with its values."""
    texts = {name: str(value) for name, value in values.items()}
    return Step(
        quantity,
        formula.general(),
        formula.filled(texts),
        Fraction(result or 0),
        exact,
        unit,
        axis,
        note,
        formula.general_latex(),
        formula.filled_latex(texts),
        formula.symbols,
    )
