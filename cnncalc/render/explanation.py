"""An explanation as text, Markdown, LaTeX for slides, or plain data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import shown
from cnncalc.render.columns import decimal
from cnncalc.render.latex import escape as latex_escape
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from cnncalc.analysis.explain.explanation import Explanation, Step
    from cnncalc.analysis.size.why import Choice


def render(explanation: Explanation, style: str = "plain") -> str:
    """The explanation as ``plain``, ``markdown``, ``latex`` or ``json``."""
    return _STYLES[style](explanation)


def heading(explanation: Explanation) -> str:
    """Path, operation and size of the layer."""
    node = explanation.row.node
    size = "?" if node.shape is None else shown(node.shape)
    often = "" if node.times == 1 else f", {node.times} per sample" if node.times else ", once per network"
    return f"{node.path}: {node.op}, output {size}{often}"


def _quantity(step: Step) -> str:
    return f"{step.quantity} ({step.axis})" if step.axis else step.quantity


def _result(step: Step) -> str:
    return f"{_number(step.result)}{f' {step.unit}' if step.unit else ''}"


def _is_shape(step: Step) -> bool:
    """Whether it tells a shape, which is no number."""
    return step.quantity == "output shape" and not step.result


def _number(value: Fraction) -> str:
    return f"{value.numerator:,}" if value.denominator == 1 else f"{value} = {decimal(value)}"


def _exact(step: Step) -> str:
    """The fraction before rounding, where it is one."""
    if step.exact is None or step.exact.denominator == 1:
        return ""
    return f"exactly {step.exact} = {decimal(step.exact)}"


def told(step: Step) -> tuple[str, str, str, str, str]:
    """A step as texts: quantity, formula, with numbers, result, remarks."""
    remarks = "; ".join(part for part in (_exact(step), step.note) if part)
    return _quantity(step), step.formula, step.numbers, _result(step), remarks


def _plain(explanation: Explanation) -> str:
    text = [heading(explanation), f"  {explanation.about}", ""]
    for step in explanation.steps:
        text.append(_quantity(step))
        if _is_shape(step):
            text.append(f"    {step.note}")
            continue
        text += [f"    {part}" for part in (step.formula, step.numbers) if part]
        text.append(f"    = {_result(step)}")
        text += [f"    {part}" for part in (_exact(step), step.note) if part]
    if explanation.symbols:
        text += ["", "where"]
        width = max(map(len, explanation.symbols))
        text += [f"    {symbol.ljust(width)}  {meaning}" for symbol, meaning in explanation.symbols.items()]
    if explanation.row.node.problem is not None:
        text += ["", explanation.row.node.problem.full()]
    return "\n".join(text) + "\n"


def _markdown(explanation: Explanation) -> str:
    text = [f"### {heading(explanation)}", "", explanation.about, ""]
    for step in explanation.steps:
        notes = "; ".join(part for part in (_exact(step), step.note) if part)
        if _is_shape(step):
            text.append(f"- **{_quantity(step)}**: **{step.note}**")
            continue
        formula = f"`{step.formula}` = `{step.numbers}` = " if step.formula else ""
        text.append(f"- **{_quantity(step)}**: {formula}**{_result(step)}**{f' ({notes})' if notes else ''}")
    if explanation.symbols:
        text += ["", ", ".join(f"`{symbol}` {meaning}" for symbol, meaning in explanation.symbols.items()) + "."]
    return "\n".join(text) + "\n"


def _latex(explanation: Explanation) -> str:
    text = [f"% {printable(heading(explanation))}", r"\begin{align*}"]
    rows = []
    for step in explanation.steps:
        left = rf"\text{{{latex_escape(_quantity(step))}}} &= "
        middle = f"{step.latex} = {step.latex_numbers} = " if step.latex else ""
        exact = (
            rf" \quad (\text{{exactly }} {_latex_number(step.exact)})"
            if step.exact is not None and step.exact.denominator > 1
            else ""
        )
        unit = rf"\ \text{{{step.unit}}}" if step.unit else ""
        rows.append(f"  {left}{middle}{_latex_number(step.result)}{unit}{exact}")
    return "\n".join([*text, " \\\\\n".join(rows), r"\end{align*}", ""])


def _latex_number(value: Fraction) -> str:
    if value.denominator == 1:
        return f"{value.numerator:,}".replace(",", r"\,")
    return rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"


def _json(explanation: Explanation) -> str:
    return json.dumps(to_dict(explanation), indent=1, ensure_ascii=False) + "\n"


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """The explanation as plain data; exact values as text."""
    node = explanation.row.node
    return {
        "schema_version": 1,
        "path": node.path,
        "op": node.op,
        "output_shape": None if node.shape is None else list(node.shape),
        "about": explanation.about,
        "steps": [
            {
                "quantity": step.quantity,
                "axis": step.axis,
                "formula": step.formula,
                "numbers": step.numbers,
                "result": str(step.result),
                "exact": None if step.exact is None else str(step.exact),
                "unit": step.unit,
                "note": step.note,
            }
            for step in explanation.steps
        ],
        "symbols": explanation.symbols,
    }


def why(found: Sequence[Choice], size: int, wanted: int, most: int = 20) -> str:
    """The windows that give a wanted size, as a table."""
    if not found:
        return f"no window of at most 15 with equal padding makes {wanted} out of {size}\n"
    rows = [("kernel", "stride", "padding", "exact", "lost rows")]
    rows += [(str(c.kernel), str(c.stride), str(c.padding), decimal(c.exact), str(c.lost or "")) for c in found[:most]]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    text = [f"windows that make {wanted} out of {size}:", ""]
    text += ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if len(found) > most:
        text.append(f"and {len(found) - most} more")
    return "\n".join(text) + "\n"


_STYLES: dict[str, Callable[[Explanation], str]] = {
    "terminal": _plain,
    "plain": _plain,
    "markdown": _markdown,
    "latex": _latex,
    "json": _json,
}
