"""Proofs about which channels depend on which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from cnncalc.runtime.proofs.case import Case, Shown, module_of, outputs, values_of
from cnncalc.runtime.steps import Steps

if TYPE_CHECKING:
    from torch import Tensor


def _jacobian(case: Case) -> Tensor:
    """Which output channels depend on which input channels."""
    module = module_of(case)
    for name, part in list(module.named_modules()):
        if isinstance(part, nn.ReLU):
            module.set_submodule(name, nn.Identity())
    x = torch.rand(1, *(case.network.graph.inputs[0].shape or ()), requires_grad=True)
    output = outputs(module(x))[0]
    rows = []
    for channel in range(output.shape[1]):
        (gradient,) = torch.autograd.grad(output[0, channel].sum(), x, retain_graph=True)
        rows.append(gradient[0].flatten(1).abs().sum(1) > 0)
    return torch.stack(rows)


def jacobian(case: Case) -> Shown:
    """Blocks of zeros in the Jacobian."""
    depends = _jacobian(case)
    filled = float(depends.float().mean())
    return filled < 1, f"{100 * filled:.0f} % of the pairs of output and input channels depend on each other"


def jacobian_blocks(case: Case) -> Shown:
    """The same between the two grouped convolutions: outputs of the second by channels that enter the first."""
    graph = case.network.graph
    grouped = [n for n in graph.nodes if n.op == "conv" and getattr(n.layer, "groups", 1) > 1]
    values, module = values_of(case, batch=1)
    start = values[grouped[0].inputs[0]].detach().requires_grad_()
    value = start
    for node in graph.nodes[grouped[0].index : grouped[-1].index + 1]:
        if node.op == "relu":
            continue
        part = Steps(graph, module).parts[node.index]
        value = part(value)
    rows = [
        torch.autograd.grad(value[0, c].sum(), start, retain_graph=True)[0][0].flatten(1).abs().sum(1) > 0
        for c in range(value.shape[1])
    ]
    filled = float(torch.stack(rows).float().mean())
    # Without mixing every output depends on the channels of one group only.
    return filled <= 1 / getattr(
        grouped[0].layer, "groups", 1
    ), f"{100 * filled:.0f} % of the pairs of channels depend on each other"


def narrow(case: Case) -> Shown:
    """The rank of what a layer gives is at most its narrowest input."""
    graph = case.network.graph
    widths = [(graph.nodes[n.inputs[0]].shape or (1,))[0] / (n.shape or (1,))[0] for n in graph.nodes if n.op == "conv"]
    return min(widths) < 1 / 8, f"the narrowest layer has {min(widths):.3f} channels per channel that it makes"
