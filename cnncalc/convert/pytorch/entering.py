"""What enters a model and its layers: names, sizes, where the batch stands, and whether a spec can have it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.words import is_taken
from cnncalc.layers.base import Indices

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from torch import nn

    from cnncalc.layers.base import Shape


BY_THEMSELVES = frozenset(
    {
        "relu",
        "relu6",
        "gelu",
        "silu",
        "sigmoid",
        "tanh",
        "elu",
        "leakyrelu",
        "softplus",
        "hardswish",
        "dropout",
        "identity",
    }
)
"""Layers on every number by itself, wherever the batch stands."""


def names_of(module: nn.Module, inputs: Sequence[torch.Tensor]) -> list[str]:
    """The names of forward's arguments, where they can be names of inputs."""
    if len(inputs) == 1:
        return ["input"]
    names = list(inspect.signature(module.forward).parameters)[: len(inputs)]
    modules = {name for name, _ in module.named_children()}
    if len(names) < len(inputs) or any(is_taken(name) or name in modules for name in names):
        names = [f"input{i + 1}" for i in range(len(inputs))]
    return names


def check(names: Sequence[str], inputs: Sequence[torch.Tensor], title: str) -> None:
    """Hold inputs against what a spec can have.

    Raises:
        ConvertError: whole numbers that are no list.
    """
    for name, tensor in zip(names, inputs, strict=True):
        if not tensor.is_floating_point() and tensor.ndim != 2:  # noqa: PLR2004 (the batch and a list)
            raise ConvertError([Unsupported("whole numbers enter as one list per sample", f"input '{name}'")], title)


def size_of(tensor: torch.Tensor) -> Shape:
    """The size of an input without its batch, which knows of whole numbers."""
    shape = tuple(tensor.shape[1:])
    return shape if tensor.is_floating_point() else Indices(shape)


def check_batch(module: nn.Module, text: str, batch: int) -> None:
    """Hold where the batch stands against what a layer takes for it.

    Raises:
        ValueError: it takes something else.
    """
    op = text.split(maxsplit=1)[0]
    if op == "attention":
        wanted = 0 if module.batch_first else 1
    elif op in BY_THEMSELVES or " last" in text:
        wanted = batch
    else:
        wanted = 0
    if batch != wanted:
        kind = type(module).__name__
        raise ValueError(f"{kind} takes axis {wanted} for the batch, which is axis {batch} of what enters")
