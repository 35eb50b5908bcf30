"""The pictures of a network on a page: SVG without a style sheet of its own, a caption, and the command that draws it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

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
    found = []
    for place, (what, layer) in enumerate(fitting(analysis)):
        options: dict[str, Any] = {"cells": CELLS} if "cells" in KINDS[what].options else {}
        made = draw(analysis, what, layer, **options)
        title = f"{what} of {layer}" if layer else what
        found.append(
            {
                "title": title[0].upper() + title[1:],
                "caption": f"{KINDS[what].about[0].upper()}{KINDS[what].about[1:]}.",
                "command": _command(network, what, layer),
                "svg": made.svg(style=False),
                "open": place < OPEN,
            }
        )
    return found


def _command(network: Network, what: str, layer: str) -> str:
    source = network.spec.source
    spec = ["-e", source.text.strip()] if source.name in ("-e", "<text>") else [shown_name(source)]
    return shlex.join(["cnncalc", "draw", *spec, what, *([layer] if layer else []), "-o", f"{what}.svg"])
