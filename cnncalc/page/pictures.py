"""The pictures of a network on a page: SVG without a style sheet of its own, a caption, and the command that draws it."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.draw.fitting import fitting
from cnncalc.draw.pictures import KINDS, draw
from cnncalc.page.findings import shown_name

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis
    from cnncalc.network.loaded import Network

OPEN = 2
"""How many are open at first."""

CELLS = 12
"""Places of an axis that are drawn on a page."""


def pictures(network: Network, analysis: Analysis) -> list[dict[str, Any]]:
    """Every picture that fits: ``title``, ``caption``, ``command``, ``svg``, ``open``."""
    return [
        drawn(network, analysis, what, layer) | {"open": place < OPEN}
        for place, (what, layer) in enumerate(fitting(analysis))
    ]


def fitting_pictures(network: Network, analysis: Analysis) -> list[dict[str, Any]]:
    """The same, not drawn yet: with ``what`` and ``layer`` in place of the SVG."""
    return [
        _told(network, what, layer) | {"what": what, "layer": layer, "svg": "", "open": False}
        for what, layer in fitting(analysis)
    ]


def pictures_of_layer(network: Network, analysis: Analysis, layer: str) -> list[dict[str, Any]]:
    """All pictures that can be drawn of one layer."""
    found = []
    for what, kind in KINDS.items():
        if kind.of == "layer":
            with suppress(UsageError):  # which says that this picture does not fit to the layer
                found.append(drawn(network, analysis, what, layer))
    return found


def drawn(network: Network, analysis: Analysis, what: str, layer: str) -> dict[str, Any]:
    """One picture.

    Raises:
        UsageError: there is no such picture or layer, or the picture does not fit to it.
    """
    options: dict[str, Any] = {"cells": CELLS} if what in KINDS and "cells" in KINDS[what].options else {}
    made = draw(analysis, what, layer, **options)
    return _told(network, what, layer) | {"svg": made.svg(style=False)}


def _told(network: Network, what: str, layer: str) -> dict[str, Any]:
    title = f"{what} of {layer}" if layer else what
    about = KINDS[what].about
    return {
        "title": title[0].upper() + title[1:],
        "caption": f"{about[0].upper()}{about[1:]}.",
        "command": _command(network, what, layer),
    }


def _command(network: Network, what: str, layer: str) -> str:
    source = network.spec.source
    spec = ["-e", source.text.strip()] if source.name in ("-e", "<text>") else [shown_name(source)]
    return shlex.join(["cnncalc", "draw", *spec, what, *([layer] if layer else []), "-o", f"{what}.svg"])
