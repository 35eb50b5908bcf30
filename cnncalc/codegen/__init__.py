"""From a network to the text of a PyTorch module. Nothing here imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen.module import emit_flat, emit_with_blocks
from cnncalc.codegen.pyexpr import Unable
from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network

STYLES = ("auto", "blocks", "flat")


def emit(network: Network, *, style: str = "auto") -> str:
    """The text of a self-contained PyTorch module that needs only torch.

    Args:
        network: a loaded spec.
        style: ``blocks`` keeps the spec's blocks as classes; ``flat`` writes every layer out; ``auto`` takes blocks where
            they can say all that the network needs.

    Raises:
        SpecError: the network has a problem.
        UsageError: a name cannot be that of a PyTorch module; an unknown style.
    """
    if style not in STYLES:
        raise UsageError(f"unknown style '{style}': use one of {', '.join(STYLES)}")
    if style != "flat" and network.given is not None and not network.problems:
        try:
            return emit_with_blocks(network)
        except Unable as reason:
            if style == "blocks":
                raise UsageError(f"this network cannot be written with one class per block: {reason}") from None
    return emit_flat(network.graph)
