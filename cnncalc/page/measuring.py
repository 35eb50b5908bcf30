"""What only PyTorch can say of a network: how long it takes here, and whether every claim of the analysis holds."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import CnncalcError, SpecError, UsageError
from cnncalc.extras import need_torch
from cnncalc.page.asked import network_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.network.loaded import Network

MOST = 4096
"""Samples of a batch, at most."""


def wanted(request: str) -> dict[str, Any]:
    """A question of ``answer`` with ``kind`` (time or verify) and ``batch``; for time also ``train`` and ``layers``, for every layer by itself.

    Raises:
        UsageError: no such measurement, or no such batch.
        MissingExtraError: torch is not installed.
    """
    asked: dict[str, Any] = json.loads(request)
    if asked.get("kind") not in KINDS:
        raise UsageError(f"there is no measurement '{asked.get('kind')}'; there are {', '.join(KINDS)}")
    batch = asked.get("batch", 1)
    if type(batch) is not int or not 1 <= batch <= MOST:
        raise UsageError(f"a batch of '{batch}': needs a whole number from 1 to {MOST:,}")
    need_torch(asked["kind"])
    return asked


def measured(asked: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    """``text`` as the command line writes it, ``pictures`` as SVG, ``good`` (whether it could be timed, or every claim holds).

    Where the network cannot be built ``text`` says why. ``progress`` is called with what is done next.
    """
    try:
        network, _ = network_of(asked)
        if network.problems:
            raise SpecError(network.problems)
        progress("starting PyTorch")
        return KINDS[asked["kind"]](network, asked, progress)
    except SpecError as error:
        return {"good": False, "text": "\n".join(problem.full() for problem in error.problems), "pictures": []}
    except CnncalcError as error:
        return {"good": False, "text": str(error), "pictures": []}


def _time(network: Network, asked: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    from cnncalc.render.timing import render
    from cnncalc.runtime.timing import Conditions, benchmark

    layers = bool(asked.get("layers"))
    conditions = Conditions(
        batches=(asked.get("batch", 1),), train=bool(asked.get("train")), per_layer=layers, progress=progress
    )
    found = benchmark([network], conditions)
    pictures = _pictures(found.to_dict()) if layers else []
    return {
        "good": any(timing.measured for timing in found.timings),
        "text": render(found, "plain"),
        "pictures": pictures,
    }


def _pictures(timings: dict[str, Any]) -> list[str]:
    from cnncalc.draw.pictures import draw

    found = []
    for what in ("time", "roofline"):
        with suppress(UsageError):  # which says what was not measured
            found.append(draw((), what, measured=timings).svg(style=False))
    return found


def _verify(network: Network, asked: dict[str, Any], progress: Callable[[str], None]) -> dict[str, Any]:
    from cnncalc.render.verification import render
    from cnncalc.runtime.verify import verify

    progress("building the module and holding every claim against it")
    found = verify(network, batch=asked.get("batch", 1))
    return {"good": found.holds, "text": render(found, "plain"), "pictures": []}


KINDS = {"time": _time, "verify": _verify}
