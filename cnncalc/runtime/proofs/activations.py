"""Proofs about activations and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, outputs
from cnncalc.runtime.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.graph import Node


def affine(case: Case) -> Shown:
    """Two layers are one affine map if f(a) + f(b) = f(a + b) + f(0) for what enters the first of them."""
    module = module_of(case)
    zero = torch.zeros(1, *(case.network.graph.inputs[0].shape or ()))
    a, b = torch.rand_like(zero), torch.rand_like(zero) - 0.5
    with torch.no_grad():
        off = float((module(a) + module(b) - module(a + b) - module(zero)).abs().max())
    return off < 1e-5, f"f(a) + f(b) - f(a + b) - f(0) is at most {off:.1g}"


def vanishing(case: Case) -> Shown:
    """The gradient of the first weights against that of the last."""
    module = module_of(case, train=True)
    outputs(module(*images(case, 4)))[0].pow(2).sum().backward()
    weights = [p for p in module.parameters() if p.ndim > 1]
    norms = [float(p.grad.norm()) for p in weights if p.grad is not None]
    ratio = norms[0] / norms[-1]
    return ratio < 0.001, f"the first layer's gradient is {ratio:.1g} of the last one's"


def bounded(case: Case) -> Shown:
    """The flagged layer's values for inputs a thousand times as large."""
    node = case.node
    if node is None:
        return False, "no such layer stands there"
    module = module_of(case, train=node.op == "batchnorm")
    largest = 0.0

    def visit(at: Node, compute: Callable[[], Any]) -> Any:
        nonlocal largest
        value = compute()
        if at.index == node.index:
            largest = float(value.abs().max())
        return value

    with torch.no_grad():
        Steps(case.network.graph, module).run([1000 * value for value in images(case, 8)], visit)
    return largest < 10, f"inputs a thousand times as large give values of at most {largest:.3g}"


def no_weights(case: Case) -> Shown:
    """Parameters between two poolings."""
    ops = [n.op for n in case.network.graph.nodes]
    first, second = [i for i, op in enumerate(ops) if op.endswith("pool")][:2]
    module = module_of(case)
    between = [case.network.graph.nodes[i].path for i in range(first + 1, second)]
    count = sum(p.numel() for path in between for p in module.get_submodule(path).parameters())
    return count == 0, f"{count} parameters stand between the poolings"


def no_skips(case: Case) -> Shown:
    """Weighted modules, and sums."""
    module = module_of(case)
    weighted = sum(isinstance(part, nn.Conv2d | nn.Linear) for part in module.modules())
    sums = sum(n.op == "add" for n in case.network.graph.nodes)
    return weighted >= 20 and not sums, f"{weighted} weighted modules, {sums} sums"


def no_norm(case: Case) -> Shown:
    """Modules that normalise."""
    norms = sum("Norm" in type(part).__name__ for part in module_of(case).modules())
    return not norms, f"{norms} modules normalise"
