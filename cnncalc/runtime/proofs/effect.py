"""Proofs that something has no effect, or another than meant."""

from __future__ import annotations

import torch

from cnncalc.runtime.proofs.case import Case, Shown, case_of, images, module_of, outputs, values_of
from cnncalc.source import apply_edits


def no_gradient(case: Case) -> Shown:
    """Parameters and inputs without a gradient."""
    module = module_of(case, train=True)
    given = [value.requires_grad_() for value in images(case)]
    sum(output.sum() for output in outputs(module(*given))).backward()
    idle = [name for name, parameter in module.named_parameters() if parameter.grad is None]
    idle += [f"input {i}" for i, value in enumerate(given) if value.grad is None]
    return bool(idle), f"without a gradient: {', '.join(idle) or 'nothing'}"


def equal_branches(case: Case) -> Shown:
    """Operands of a merge that are equal to the bit."""
    values, _ = values_of(case)
    given = images(case, 2)
    for node in case.network.graph.inputs:
        values[node.index] = given[node.index]
    merge = next(n for n in case.network.graph.nodes if n.op in ("add", "concat"))
    a, b = (values[i] for i in merge.inputs[:2])
    equal = a.shape == b.shape and torch.equal(a, b)
    return equal, f"the operands are {'equal' if equal else 'different'}"


def same_network(case: Case) -> Shown:
    """The definition is not needed: what the file builds does not mention it."""
    idle = len(case.findings)
    module_of(case)
    return idle > 0, f"{idle} definitions are in no layer of the module"


def same_output(case: Case) -> Shown:
    """The network with its fix, given the same weights in order, computes the same."""
    fixes = [fix for finding in case.findings for fix in finding.fixes]
    if not fixes:
        return False, "there is nothing to delete"
    text = apply_edits(case.source.text, fixes[0].edits)
    after = case_of(case.rule, text)
    first, second = module_of(case), module_of(after)
    weights = dict(zip(second.state_dict(), first.state_dict().values(), strict=True))
    second.load_state_dict(weights)
    with torch.no_grad():
        a, b = first(*images(case)), second(*images(case))
    exact = torch.equal(a, b)
    return exact or torch.allclose(
        a, b, atol=1e-5
    ), f"without it the outputs are equal{' to the bit' if exact else ' but for rounding'}"


def inplace(case: Case) -> Shown:
    """The same network without working in place gives another result."""
    text = case.source.text.replace(" inplace", "")
    first, second = module_of(case), module_of(case_of(case.rule, text))
    with torch.no_grad():
        off = float((first(*images(case)) - second(*images(case))).abs().max())
    return off > 0, f"in place the output is off by up to {off:.2g}"


def broadcast(case: Case) -> Shown:
    """Operands of a sum that torch repeats."""
    values, _ = values_of(case)
    merges = [n for n in case.network.graph.nodes if n.op == "add"]
    shapes = [tuple(values[i].shape[1:]) for n in merges for i in n.inputs if i in values]
    return len(set(shapes)) > 1, f"torch adds {' and '.join(map(str, shapes)) or 'nothing'} without a word"


def constant_output(case: Case) -> Shown:
    """The value of the layer for two different inputs."""
    node = case.node or next(
        n for n in case.network.graph.nodes if n.op in ("groupnorm", "layernorm", "softmax", "sigmoid")
    )
    values, _ = values_of(case, batch=2)
    off = float((values[node.index][0] - values[node.index][1]).detach().abs().max())
    return off < CONSTANT, f"two inputs give values that differ by {off:.1g}"


CONSTANT = 1e-3
"""Group normalisation over one element divides 0 by the root of its epsilon."""
