"""The figures that a spec expects, held against those that come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Problem
from cnncalc.layers.base import shown
from cnncalc.spec.syntax import Dims, Number

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis
    from cnncalc.spec.model import Spec
    from cnncalc.spec.syntax import Expression


def figure(analysis: Analysis, name: str) -> Any:
    """A figure of the network by its name in ``expect`` and ``budget``; None where it is unknown."""
    totals = analysis.totals
    if name == "out":
        outputs = analysis.graph.outputs
        return analysis.graph.nodes[outputs[0]].shape if outputs else None
    if name == "layers":
        return len(analysis.rows)
    if name == "receptive_field":
        return _receptive_field(analysis)
    field = {
        "weights": "weight_bytes",
        "inference_peak": "inference_peak_bytes",
        "training_peak": "training_peak_bytes",
    }.get(name, name)
    return getattr(totals, field) if totals.complete or name == "weights" else None


def _receptive_field(analysis: Analysis) -> Any:
    """The size of the field of the last output, per axis; one number where all are equal."""
    outputs = analysis.graph.outputs
    rows = {row.node.index: row for row in analysis.rows}
    row = rows.get(outputs[0]) if outputs else None
    if row is None or not row.receptive_field:
        return None
    sizes = tuple(axis.size for axis in row.receptive_field)
    return sizes[0] if len(set(sizes)) == 1 else sizes


def unmet(spec: Spec, analysis: Analysis) -> tuple[Problem, ...]:
    """A problem for every expected figure that does not come out; none where it is unknown because of an earlier one."""
    problems = []
    for name, value in spec.expect.items():
        right, found = wanted(value), figure(analysis, name)
        if found is None or same(right, found):
            continue
        message = f"expected {name} {text(right)} but it is {text(found)}"
        problems.append(Problem(message, spec.source, spec.spans.get(f"expect.{name}")))
    return tuple(problems)


def wanted(value: Expression) -> Any:
    """The figure that an expected value stands for: a number, or sizes."""
    return value.sizes if isinstance(value, Dims) else value.value if isinstance(value, Number) else None


def same(right: Any, found: Any) -> bool:
    """Whether a figure is the expected one."""
    return bool(right == found or (isinstance(found, tuple) and found == (right,)))


def text(value: Any) -> str:
    """A figure as people read it."""
    return shown(value) if isinstance(value, tuple) else f"{value:,}"
