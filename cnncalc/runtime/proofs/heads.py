"""Proofs about outputs and losses."""

from __future__ import annotations

from math import e, log

import torch
from torch import nn

from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, outputs, share, values_of


def loss_floor(case: Case) -> Shown:
    """The cross entropy of the surest right answer."""
    graph = case.network.graph
    node = graph.nodes[graph.outputs[0]]
    classes = (node.shape or (1,))[0]
    best = torch.full((1, classes), -1e4)
    best[0, 0] = 1e4
    if node.op == "softmax":
        best = torch.softmax(best, 1)
    floor = float(nn.functional.cross_entropy(best, torch.tensor([0])))
    bound = log(1 + (classes - 1) / e)
    return abs(floor - bound) < 1e-3, f"the loss of the surest right answer is {floor:.3f}"


def clamped(case: Case) -> Shown:
    """Scores without a gradient at the start."""
    graph = case.network.graph
    scores = next((n for n in graph.nodes if n.op == "relu"), None)
    if scores is None:
        return False, "no score is cut off"
    values, _ = values_of(case, batch=64)
    dead = float((values[scores.index] == 0).float().mean())
    return dead > 0, f"{100 * dead:.0f} % of the scores are zero and get no gradient"


def unbounded(case: Case) -> Shown:
    """Outputs that are no probabilities, or no logarithms of them."""
    module = module_of(case)
    value = module(*[100 * (image - 0.5) for image in images(case, 64)]).detach()
    logs = case.network.spec.task["loss"] == "nll"
    wrong = (value > 0) if logs else (value < 0) | (value > 1)
    return bool(wrong.any()), f"outputs between {float(value.min()):.2g} and {float(value.max()):.2g}"


def other_count(case: Case) -> Shown:
    """Channels of the output, against the classes."""
    found, classes = outputs(module_of(case)(*images(case)))[0].shape[1], case.network.spec.task["classes"]
    return found not in ({classes, 1} if classes == 2 else {classes}), f"{found} channels for {classes} classes"


def share_of_parameters(case: Case) -> Shown:
    """The largest weight against all parameters."""
    module = module_of(case)
    sizes = [p.numel() for p in module.parameters()]
    linear = max(
        (p.numel() for part in module.modules() if isinstance(part, nn.Linear) for p in [part.weight]), default=0
    )
    large = 2 * linear > sum(sizes) and sum(sizes) >= 1_000_000
    return large, f"one linear layer has {share(linear, sum(sizes))} of {sum(sizes):,} parameters"


def rank(case: Case) -> Shown:
    """The rank of the scores of many samples."""
    value = module_of(case).double()(*[image.double() for image in images(case, 512)])
    found = int(torch.linalg.matrix_rank(value - value.mean(0)))
    return found < value.shape[1] - 1, f"{value.shape[1]} scores have rank {found}"
