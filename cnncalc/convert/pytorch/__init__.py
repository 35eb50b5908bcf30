"""Specs from PyTorch modules: the model is run once on example inputs, and every module and function that it calls is noted.

Running sees what the model does with these inputs, loops and conditions included, and needs no tracer that must
understand its Python. What depends on the values in the inputs is fixed at what it was.

``from_torch(module, inputs)`` gives the text. ``tracer`` knows which tensor is which value, ``reader`` hears of every call, ``modules``
and ``functions`` say each in the notation, ``constants`` tensors that the model makes from numbers, ``whole`` what is left at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from cnncalc.convert.pytorch.opaque import Close
from cnncalc.convert.pytorch.reader import Reader
from cnncalc.convert.writer import write
from cnncalc.layers.base import Indices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from cnncalc.convert.tree import Imported
    from cnncalc.layers.base import Shape


def from_torch(
    module: nn.Module,
    example_inputs: Sequence[torch.Tensor],
    *,
    name: str = "",
    comment: str = "",
    opaque: bool = False,
) -> str:
    """The spec of a module, as text.

    Args:
        module: any module; it is run in evaluation and left as it was.
        example_inputs: one tensor per argument of ``forward``, batch first.
        name: the title; the module's class without it.
        comment: what stands above.
        opaque: what the format cannot say becomes ``opaque``, with its size and what is measured of it, and is told in the comment.

    Raises:
        ConvertError: it does something that the format cannot say; lists all of it with its place in the model.
    """
    return write(trace(module, example_inputs, name=name, comment=comment, opaque=opaque))


def samples(shapes: Sequence[Shape]) -> list[torch.Tensor]:
    """Random inputs of these sizes, a batch of two, the same every time; whole numbers are 0 and 1, which every table has."""
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randint(2, (2, *shape), generator=generator)
        if isinstance(shape, Indices)
        else torch.rand(2, *shape, generator=generator)
        for shape in shapes
    ]


def trace(
    module: nn.Module,
    example_inputs: Sequence[torch.Tensor],
    *,
    name: str = "",
    comment: str = "",
    opaque: bool = False,
) -> Imported:
    """Run a module and note what it does; arguments and errors as ``from_torch``."""
    was_training = [part for part in module.modules() if part.training]
    module.eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return _read(module, list(example_inputs), name or type(module).__name__, comment, opaque=opaque)
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for part in was_training:
            part.training = True


def _read(module: nn.Module, inputs: list[torch.Tensor], name: str, comment: str, *, opaque: bool) -> Imported:
    """One run, or with ``opaque`` as many as modules must be taken as a whole."""
    closed: frozenset[str] | None = frozenset() if opaque else None
    while True:
        try:
            return Reader(module, inputs, name, comment, closed).run()
        except Close as found:
            closed = (closed or frozenset()) | {found.path}
