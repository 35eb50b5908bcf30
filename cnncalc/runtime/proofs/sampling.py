"""Proofs about pooling and upsampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from cnncalc.layers.base import Adaptive, Scatter
from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, share

if TYPE_CHECKING:
    from torch import Tensor


def border(case: Case) -> Shown:
    """A map of ones under the pooling."""
    module = module_of(case)
    value = module(torch.ones(1, *(case.network.graph.inputs[0].shape or ())))
    return float(value.min()) < 1, f"of a map of ones it makes values down to {float(value.min()):.3f}"


def duplicates(case: Case) -> Shown:
    """Different values per channel."""
    value = module_of(case)(*images(case))[0, 0]
    distinct = int(value.unique().numel())
    return distinct < value.numel(), f"{distinct} of {value.numel()} values differ"


def uneven_windows(case: Case) -> Shown:
    """Sizes of the windows that the gradient of the sum shows: a pixel that counts twice has twice the gradient."""
    node = next(n for n in case.network.graph.nodes if n.op.startswith("adaptive"))
    axes = node.layer.reach(*(case.network.graph.shapes_into(node) or ())).axes
    x = torch.rand(1, *(case.network.graph.inputs[0].shape or ()), requires_grad=True)
    module_of(case)(x).sum().backward()
    assert x.grad is not None  # noqa: S101 (backward has run)
    weights = x.grad[0, 0].unique()
    uneven = any(isinstance(axis, Adaptive) and axis.size % axis.out for axis in axes)
    different = float(weights.max() - weights.min()) > 1e-6
    return uneven and different, f"pixels count between {float(weights.min()):.3f} and {float(weights.max()):.3f}"


def _overlap(case: Case) -> Tensor:
    """How many windows write every place of the output, away from the border."""
    node = next(n for n in case.network.graph.nodes if n.op == "convtranspose")
    axis = node.layer.reach(*(case.network.graph.shapes_into(node) or ())).axes[0]
    assert isinstance(axis, Scatter)  # noqa: S101 (a transposed convolution scatters)
    counts = nn.functional.conv_transpose1d(torch.ones(1, 1, 24), torch.ones(1, 1, axis.kernel), stride=axis.stride)
    return counts[0, 0, axis.kernel : -axis.kernel]


def uneven_overlap(case: Case) -> Shown:
    """Counts that differ."""
    counts = sorted({int(count) for count in _overlap(case)})
    return len(counts) > 1, f"per axis places are written {' or '.join(map(str, counts))} times"


def holes(case: Case) -> Shown:
    """Places that no window writes."""
    counts = _overlap(case)
    empty = int((counts == 0).sum())
    return empty > 0, f"{share(empty, counts.numel())} of the rows are written by no window"
