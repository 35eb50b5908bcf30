"""Where the parameters and operations of a layer come from."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis import formulas
from cnncalc.analysis.step import Step, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.formulas import Formula
    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.layers.base import Param, Shape

Values = dict[str, int | Fraction | str]

KIND_NAMES = {
    "add": "additions",
    "mul": "multiplications",
    "div": "divisions",
    "cmp": "comparisons",
    "exp": "exponentials and the like",
}


def cost_steps(analysis: Analysis, row: Row, facts: Facts) -> list[Step]:
    """Parameters, MACs, the other operations by kind, and FLOPs."""
    return [*_parameters(row, facts), *_macs(analysis, row, facts), *_others(analysis, row, facts), _flops(row)]


def times(numbers: Shape) -> str:
    """``55*55``."""
    return "*".join(map(str, numbers)) or "1"


def _parameters(row: Row, facts: Facts) -> list[Step]:
    owned = [tensor for tensor in facts.tensors if not tensor.buffer]
    shared = "shared weights: counted where they are used first" if row.node.weights != row.node.index else ""
    steps = []
    if owned:
        formula, values = _parameter_formula(row.node.op, owned, facts)
        numbers = " + ".join(times(tensor.shape) for tensor in owned)
        named = " + ".join(tensor.name for tensor in owned)
        plain = Step("parameters", named, numbers, Fraction(facts.params), note=shared)
        steps.append(step("parameters", formula, values, facts.params, note=shared) if formula else plain)
    else:
        steps.append(Step("parameters", "", "0", Fraction(0)))
    buffers = [tensor for tensor in facts.tensors if tensor.buffer]
    if buffers:
        named = " + ".join(tensor.name for tensor in buffers)
        numbers = " + ".join(times(tensor.shape) for tensor in buffers)
        steps.append(Step("buffers", named, numbers, Fraction(facts.buffers), note=shared))
    return steps


def _parameter_formula(op: str, owned: list[Param], facts: Facts) -> tuple[Formula | None, Values]:
    if op not in WEIGHTS:
        return None, {}
    bias = len(owned) > 1
    plain, biased = WEIGHTS[op]
    return biased if bias else plain, _weight_values(op, owned[0].shape, facts)


def _weight_values(op: str, weight: Shape, facts: Facts) -> Values:
    """The letters of a weight: (out, in / groups, window), for a transposed convolution (in, out / groups, window)."""
    if op == "linear":
        return {"F_out": weight[0], "F_in": weight[1]}
    first, second, *window = weight
    c_in = facts.shapes[0][0]
    groups = first // (first // (c_in // second)) if op != TRANSPOSED else 1
    return {"C_out": first, "C_in": c_in, "g": groups, "K": times(tuple(window))}
