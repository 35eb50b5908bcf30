"""JSON: the versioned contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cnncalc.report import to_dict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.analysis.result import Analysis
    from cnncalc.diagnostics import Problem


def render(analysis: Analysis, problems: Iterable[Problem] = ()) -> str:
    """One object."""
    return json.dumps(to_dict(analysis, problems), indent=1, ensure_ascii=False) + "\n"
