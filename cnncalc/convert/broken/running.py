"""A PyTorch model as a spec, or why it does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.broken.failure import explain
from cnncalc.convert.broken.words import told
from cnncalc.convert.foreign import theirs
from cnncalc.convert.pytorch import from_torch, samples
from cnncalc.diagnostics import BrokenModelError, UsageError
from cnncalc.layers.base import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from cnncalc.layers.base import Shape


def spec_of(
    module: nn.Module,
    name: str,
    sizes: Sequence[Shape],
    *,
    comment: str = "",
    assume: bool = False,
    opaque: bool = False,
) -> str:
    """The spec of a model, as text.

    Args:
        module: the model of other people.
        name: what it is called in messages.
        sizes: of its inputs, without the batch.
        comment: what stands above.
        opaque: what the format cannot say is taken with what is measured of it.
        assume: of a model that does not run tell the rest too, as if what failed had fitted.

    Raises:
        ConvertError: it does something that the format cannot say.
        BrokenModelError: one of its calls fails.
        UsageError: it raises something that comes from no call on its values.
    """
    on = ", ".join(map(shown, sizes))
    try:
        with theirs(f"running {name} on {on}"):
            return from_torch(module, samples(sizes), comment=comment, opaque=opaque)
    except UsageError as error:
        if error.__cause__ is None:  # it ended the program
            raise
        with theirs(f"running {name} on {on} again"):
            explained = explain(module, samples(sizes), assume=assume)
        if not explained.failures:
            raise
        raise BrokenModelError(f"{name} does not run on {on}\n\n{told(explained, assume=assume)}") from None
