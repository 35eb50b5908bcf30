"""Proofs about normalisation and dropout."""

from __future__ import annotations

import torch
from torch import nn

from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, outputs, values_of


def bias_gradient(case: Case) -> Shown:
    """The gradient of the bias against that of its weight, in training."""
    module = module_of(case, train=True)
    value = outputs(module(*images(case, 8)))[0]
    (value * torch.rand(value.shape, generator=torch.Generator().manual_seed(1))).sum().backward()
    first = next(part for part in module.modules() if isinstance(part, nn.Conv2d | nn.Linear))
    if first.bias is None:
        return False, "there is no bias"
    ratio = float(first.bias.grad.abs().max() / first.weight.grad.abs().max())
    return ratio < 1e-4, f"its gradient is {ratio:.1g} of the weight's"


def same_statistics(case: Case) -> Shown:
    """A second normalisation changes its input by rounding only."""
    values, _ = values_of(case, train=True, batch=8)
    norms = [n for n in case.network.graph.nodes if n.op == "batchnorm"]
    off = min((float((values[n.index] - values[n.inputs[0]]).abs().max()) for n in norms), default=1.0)
    return off < 1e-3, f"a normalisation changes its input by {off:.1g}"


def tiny_sample(case: Case) -> Shown:
    """The values of a channel that the statistics come from."""
    batch = case.network.spec.task["batch"]
    values, _ = values_of(case, train=True, batch=batch)
    norm = next(n for n in case.network.graph.nodes if n.op == "batchnorm")
    count = values[norm.index][:, 0].numel()
    return count < 16, f"mean and variance of a channel come from {count} values"


def not_centred(case: Case) -> Shown:
    """The mean of what enters the activation."""
    values, _ = values_of(case, train=True, batch=8)
    relu = next(n for n in case.network.graph.nodes if n.op == "relu")
    entering = values[relu.inputs[0]]
    off = float(entering.mean((0, 2, 3)).abs().max() / entering.std())
    return off > 1e-3, f"the activation gets means of up to {off:.2g} standard deviations"


def not_foldable(case: Case) -> Shown:
    """Torch folds a normalisation into the layer before, if that is a convolution."""
    graph = case.network.graph
    norm = next(n for n in graph.nodes if n.op == "batchnorm")
    before = module_of(case).get_submodule(graph.nodes[norm.inputs[0]].path)
    return not isinstance(before, nn.Conv2d | nn.Linear), f"before it stands {type(before).__name__}"


def variance_shift(case: Case) -> Shown:
    """The variance that enters the normalisation, in training and evaluation."""
    norm = [n for n in case.network.graph.nodes if n.op == "batchnorm"][-1]
    found = []
    for train in (True, False):
        torch.manual_seed(0)
        values, _ = values_of(case, train=train, batch=4096)
        found.append(float(values[norm.inputs[0]].var(0).mean()))
    ratio = found[0] / found[1]
    return ratio > 1.05, f"the variance in training is {ratio:.2f} times that in evaluation"


def fewer_zeros(case: Case) -> Shown:
    """The share of zeros that dropout leaves behind the pooling, against its probability."""
    graph = case.network.graph
    nodes = [n for n in graph.nodes if n.op in ("dropout", "maxpool")]
    p = float(getattr(next(n for n in nodes if n.op == "dropout").layer, "p", 0))
    torch.manual_seed(0)
    value = torch.rand(64, *(graph.nodes[nodes[0].inputs[0]].shape or ())) + 1
    module = module_of(case, train=True)
    for node in nodes:
        value = module.get_submodule(node.path)(value)
    zeros = float((value == 0).float().mean())
    return zeros < p / 2, f"{100 * zeros:.1f} % zeros at p = {p:g}"


def zeroed_output(case: Case) -> Shown:
    """Outputs that are exactly zero in training."""
    torch.manual_seed(0)
    zeros = float((outputs(module_of(case, train=True)(*images(case, 64)))[0] == 0).float().mean())
    return zeros > 0, f"{100 * zeros:.0f} % of the outputs are zero in training"


def mostly_zeros(case: Case) -> Shown:
    """The share that dropout zeroes."""
    dropout = next(part for part in module_of(case, train=True).modules() if isinstance(part, nn.Dropout))
    torch.manual_seed(0)
    zeros = float((dropout(torch.ones(100_000)) == 0).float().mean())
    return zeros > 0.55, f"{100 * zeros:.0f} % are zeroed"
