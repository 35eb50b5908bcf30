"""The ways in which a network can be run for timing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from cnncalc.graph import Graph

MODES = ("eager", "compile", "channels_last", "fused")

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


class UnavailableError(Exception):
    """The mode makes no sense for this network, or cannot be had here; the message says why."""


def prepare(mode: str, graph: Graph, module: nn.Module, inputs: Sequence[Tensor]) -> tuple[nn.Module, Sequence[Tensor]]:
    """Module and inputs for a mode. The module is changed.

    Raises:
        UnavailableError: the mode makes no sense for this network.
    """
    if mode == "compile":
        return torch.compile(module), inputs  # type: ignore[return-value]
    if mode == "channels_last":
        return _channels_last(module, inputs)
    if mode == "fused":
        if module.training:
            raise UnavailableError("normalisation cannot be fused in training")
        fuse(graph, module)
    return module, inputs


def _channels_last(module: nn.Module, inputs: Sequence[Tensor]) -> tuple[nn.Module, Sequence[Tensor]]:
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    layout = formats.get(inputs[0].ndim)
    if layout is None or any(value.ndim != inputs[0].ndim for value in inputs):
        raise UnavailableError("the layout is for feature maps with two or three spatial axes")
    for parameter in module.parameters():
        if parameter.ndim == inputs[0].ndim:
            parameter.data = parameter.data.contiguous(memory_format=layout)
    return module, [value.contiguous(memory_format=layout) for value in inputs]


def fuse(graph: Graph, module: nn.Module) -> int:
    """Fold every batch normalisation that alone reads a convolution into it; how many were folded.

    Source: the arithmetic is torch's own ``fuse_conv_bn_eval``.

    Raises:
        UnavailableError: there is none.
    """
    readers = graph.consumers()
    folded = 0
    calls = [node.weights for node in graph.nodes]
    for node in graph.nodes:
        if node.op != "batchnorm":
            continue
        before = graph.nodes[node.inputs[0]]
        single = readers[before.index] == [node.index] and before.index not in graph.outputs
        if not single or calls.count(before.weights) > 1 or calls.count(node.weights) > 1:
            continue
        norm = module.get_submodule(node.path)
        convolution = module.get_submodule(before.path) if before.op == "conv" else None
        if type(convolution) in _CONVOLUTIONS and type(norm) in _NORMS:
            module.set_submodule(before.path, fuse_conv_bn_eval(convolution, norm))  # type: ignore[type-var,arg-type]
            module.set_submodule(node.path, nn.Identity())
            folded += 1
    if not folded:
        raise UnavailableError("no batch normalisation directly follows a convolution")
    return folded
