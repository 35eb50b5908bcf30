"""Where the parameters and operations of a layer come from."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.explain import formulas
from cnncalc.analysis.explain.step import Step, Values, step
from cnncalc.analysis.memory.packing import RECURRENT
from cnncalc.layers.einsum import Einsum

if TYPE_CHECKING:
    from cnncalc.analysis.explain.formulas import Formula
    from cnncalc.analysis.facts import Facts
    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.layers.base import Param, Shape

WEIGHTS = {
    "conv": (formulas.CONV_PARAMS, formulas.CONV_PARAMS_BIAS),
    "depthwise": (formulas.CONV_PARAMS, formulas.CONV_PARAMS_BIAS),
    "convtranspose": (formulas.CONV_PARAMS, formulas.CONV_PARAMS_BIAS),
    "linear": (formulas.LINEAR_PARAMS, formulas.LINEAR_PARAMS_BIAS),
}
"""The formulas of layers with a weight, without and with a bias."""

TRANSPOSED = "convtranspose"

KIND_NAMES = {
    "add": "additions",
    "mul": "multiplications",
    "div": "divisions",
    "cmp": "comparisons",
    "exp": "exponentials and the like",
}


def cost_steps(analysis: Analysis, row: Row, facts: Facts) -> list[Step]:
    """Parameters, MACs, the other operations by kind, and FLOPs, as far as they are known."""
    parameters = [] if row.params is None else _parameters(row, facts)
    if row.cost is None:
        return parameters
    return [*parameters, *_macs(analysis, row, facts), *_others(analysis, row, facts), _flops(row)]


def times(numbers: Shape) -> str:
    """``55*55``."""
    return "*".join(map(str, numbers)) or "1"


def _parameters(row: Row, facts: Facts) -> list[Step]:
    owned = [tensor for tensor in facts.tensors if not tensor.buffer]
    shared = "shared weights: counted where they are used first" if row.node.weights != row.node.index else ""
    steps = []
    if owned:
        formula, values = _parameter_formula(row.node.op, owned, facts, row.node.shape or (0,))
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


def _parameter_formula(op: str, owned: list[Param], facts: Facts, shape: Shape) -> tuple[Formula | None, Values]:
    if op not in WEIGHTS:
        return None, {}
    bias = len(owned) > 1
    plain, biased = WEIGHTS[op]
    return biased if bias else plain, _weight_values(op, owned[0].shape, facts, shape[0])


def _weight_values(op: str, weight: Shape, facts: Facts, c_out: int) -> Values:
    """The letters of a weight: (out, in / groups, window), for a transposed convolution (in, out / groups, window)."""
    if op == "linear":
        return {"F_out": weight[0], "F_in": weight[1]}
    first, second, *window = weight
    c_in = facts.shapes[0][0]
    if op == TRANSPOSED:
        groups = c_out // second
        return {"C_out": c_out, "C_in": c_in, "g": groups, "K": times(tuple(window))}
    return {"C_out": first, "C_in": c_in, "g": c_in // second, "K": times(tuple(window))}


def _macs(analysis: Analysis, row: Row, facts: Facts) -> list[Step]:
    macs = row.macs or 0
    if not macs:
        return [Step("MACs", "", "0", Fraction(0))]
    op, shape, batch = row.node.op, row.node.shape or (), row.node.copies(analysis.batch)
    owned = [tensor for tensor in facts.tensors if not tensor.buffer]
    if op in WEIGHTS and owned:
        values = _weight_values(op, owned[0].shape, facts, shape[0]) | {
            "N": batch,
            "P_out": times(shape[1:]),
            "P_in": times(facts.shapes[0][1:]),
        }
        formula = {"linear": formulas.LINEAR_MACS, TRANSPOSED: formulas.TRANSPOSED_MACS}.get(op, formulas.CONV_MACS)
        return [step("MACs", formula, values | {"R": times(facts.shapes[0][:-1])}, macs)]
    if op in RECURRENT:
        matrices = sum(tensor.size for tensor in owned if len(tensor.shape) > 1)
        return [step("MACs", formulas.RECURRENT_MACS, {"N": batch, "T": facts.shapes[0][0], "W": matrices}, macs)]
    product = _product(row, facts)
    if product:
        names, numbers = " * ".join(product), "*".join(map(str, product.values()))
        return [
            Step("MACs", f"N * {names}", f"{batch}*{numbers}", Fraction(macs), note="the axes of the product, N times")
        ]
    each = Fraction(macs, batch)
    return [Step("MACs", "", f"{batch}*{each}", Fraction(macs), note="per sample times batch")]


def _product(row: Row, facts: Facts) -> dict[str, int]:
    """The axes of a product of two values: rows, what disappears, columns; of a sum along named axes its letters."""
    layer = row.node.layer
    if isinstance(layer, Einsum):
        return layer.meeting(*facts.shapes)
    if row.node.op != "matmul":
        return {}
    *leading, rows, columns = row.node.shape or (0, 0)
    return {**({"G": prod(leading)} if leading else {}), "m": rows, "k": facts.shapes[0][-1], "n": columns}


def _others(analysis: Analysis, row: Row, facts: Facts) -> list[Step]:
    """One step per kind of the other operations."""
    outputs = times(row.node.shape or ())
    size = prod(row.node.shape or ())
    batch = row.node.copies(analysis.batch)
    steps = []
    for kind, count in (row.cost or {}).items():
        if kind == "mac" or not count:
            continue
        each = Fraction(count, batch * size)
        formula = each.denominator == 1
        values: Values = {"N": batch, "c": each, "U": outputs}
        named = KIND_NAMES[kind]
        steps.append(
            step(named, formulas.PER_OUTPUT, values, count) if formula else Step(named, "", f"{count}", Fraction(count))
        )
    del facts
    return steps


def _flops(row: Row) -> Step:
    macs = row.macs or 0
    other = (row.flops or 0) - 2 * macs
    return step("FLOPs", formulas.FLOPS, {"MACs": macs, "other": other}, row.flops)
