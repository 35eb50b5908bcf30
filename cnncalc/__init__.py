"""Exact numbers of convolutional networks, from a short declarative spec.

>>> import cnncalc
>>> cnncalc.conv_out(224, k=11, s=4)
Fit(out=54, exact=Fraction(217, 4), lost=1, lost_real=1)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cnncalc._version import __version__ as __version__

if TYPE_CHECKING:
    from cnncalc.api import Layers, Result, analyze, build, conv_out, emit, explain, findings, load, picture, verify
    from cnncalc.diagnostics import CnncalcError, MissingExtraError, Problem, ShapeError, SpecError, UsageError
    from cnncalc.layers.base import Fit
    from cnncalc.network.loaded import Network
    from cnncalc.page.report import write_report
    from cnncalc.session import Session

__all__ = [
    "CnncalcError",
    "Fit",
    "Layers",
    "MissingExtraError",
    "Network",
    "Problem",
    "Result",
    "Session",
    "ShapeError",
    "SpecError",
    "UsageError",
    "analyze",
    "build",
    "conv_out",
    "emit",
    "explain",
    "findings",
    "load",
    "picture",
    "verify",
    "write_report",
]

_PLACES = {
    **dict.fromkeys(
        (
            "Layers",
            "Result",
            "analyze",
            "build",
            "conv_out",
            "emit",
            "explain",
            "findings",
            "load",
            "picture",
            "verify",
        ),
        "cnncalc.api",
    ),
    **dict.fromkeys(
        ("CnncalcError", "MissingExtraError", "Problem", "ShapeError", "SpecError", "UsageError"), "cnncalc.diagnostics"
    ),
    "Fit": "cnncalc.layers.base",
    "Network": "cnncalc.network.loaded",
    "Session": "cnncalc.session",
    "write_report": "cnncalc.page.report",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is used, so that ``import cnncalc`` costs next to nothing."""
    if name not in _PLACES:
        message = f"module 'cnncalc' has no attribute '{name}'"
        raise AttributeError(message)
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
