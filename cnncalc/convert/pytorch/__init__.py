"""Specs from PyTorch modules: the model is run once on example inputs, and every module and function that it calls is noted.

Running sees what the model does with these inputs, loops and conditions included, and needs no tracer that must
understand its Python. What depends on the values in the inputs is fixed at what it was.

``from_torch(module, inputs)`` gives the text. ``tracer`` knows which tensor is which value, ``reader`` hears of every call, ``modules``
and ``functions`` say each in the notation, ``constants`` tensors that the model makes from numbers, ``whole`` what is left at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnncalc.convert.pytorch.reader import Reader
from cnncalc.convert.writer import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from cnncalc.convert.tree import Imported
    from cnncalc.layers.base import Shape


def from_torch(module: nn.Module, example_inputs: Sequence[torch.Tensor], *, name: str = "", comment: str = "") -> str:
    """The spec of a module, as text.

    Args:
        module: any module; it is run in evaluation and left as it was.
        example_inputs: one tensor per argument of ``forward``, batch first.
        name: the title; the module's class without it.
        comment: what stands above.

    Raises:
        ConvertError: it does something that the format cannot say; lists all of it with its place in the model.
    """
    return write(trace(module, example_inputs, name=name, comment=comment))


def samples(shapes: Sequence[Shape]) -> list[torch.Tensor]:
    """Random inputs of these sizes, a batch of two, the same every time."""
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(2, *shape, generator=generator) for shape in shapes]


def trace(module: nn.Module, example_inputs: Sequence[torch.Tensor], *, name: str = "", comment: str = "") -> Imported:
    """Run a module and note what it does; arguments and errors as ``from_torch``."""
    was_training = [part for part in module.modules() if part.training]
    module.eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return Reader(module, list(example_inputs), name or type(module).__name__, comment).run()
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for part in was_training:
            part.training = True
