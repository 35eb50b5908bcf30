"""Which pictures there are, and one function that draws any of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.draw.subject import Options, Subject
from cnncalc.record import NamedTuple
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnncalc.analysis.result import Analysis
    from cnncalc.draw.picture import Picture


class Kind(NamedTuple):
    """A kind of picture: what it shows, of what it is drawn, and which options it takes. Its file has its name."""

    about: str
    of: str = "network"
    options: tuple[str, ...] = ()


KINDS = {
    "coverage": Kind("the windows of a layer over its padded input", "layer", ("animate", "cells")),
    "overlap": Kind("how often each output of a transposed convolution is written", "layer", ("cells",)),
    "field": Kind("the receptive field of a layer over the input", "layer", ("at", "image", "object")),
    "formula": Kind("the window of a layer with its numbers, and where they come from", "layer"),
    "network": Kind("the architecture as a graph, or with --style volumes as volumes", options=("depth", "style")),
    "size": Kind("the size of every axis from input to output", options=("depth",)),
    "cost": Kind("bars of parameters, MACs and activations, per layer or block", options=("depth",)),
    "memory": Kind("live bytes over the execution, and what the peak consists of"),
    "pareto": Kind("several specs by two figures, and which no other beats", "networks", ("against",)),
    "activation": Kind("an activation and its derivative, such as 'leaky 0.1'", "function"),
    "roofline": Kind("layers under the roofline, of cnncalc time --per-layer", "timing"),
    "time": Kind("bars of measured times, of cnncalc time", "timing"),
}


def draw(
    analyses: Analysis | Sequence[Analysis],
    what: str,
    layer: str = "",
    *,
    measured: Mapping[str, Any] | None = None,
    **options: Any,
) -> Picture:
    """Draw a picture; ``Picture.svg()`` is its text.

    Args:
        analyses: the network with its numbers; for ``pareto`` several, for ``activation`` and what was measured none.
        what: a name in ``KINDS``.
        layer: path, label or only kind of the layer, where the picture is of a layer; of ``activation`` the function.
        measured: for ``roofline`` and ``time`` what ``cnncalc time --format json`` printed, parsed.
        options: fields of ``Options`` that the picture takes.

    Raises:
        UsageError: there is no such picture, option or layer; the picture does not fit to the layer.
    """
    if what not in KINDS:
        raise UsageError(f"there is no picture '{what}'{nearest(what, KINDS)}; there are {', '.join(KINDS)}")
    kind = KINDS[what]
    for name in options:
        if name not in kind.options:
            takes = ", ".join(f"--{option}" for option in kind.options) or "no options"
            raise UsageError(f"draw {what} does not take --{name}; it takes {takes}")
    if layer and kind.of not in ("layer", "function"):
        raise UsageError(f"draw {what} is about the whole network: leave out '{layer}'")
    networks = (analyses,) if _is_one(analyses) else tuple(analyses)
    subject = Subject(what, networks, layer, Options(**options), measured)  # type: ignore[arg-type] # told apart above
    made: Picture = import_module(f"cnncalc.draw.{what}").picture(subject)
    return made


def _is_one(analyses: object) -> bool:
    return hasattr(analyses, "rows")
