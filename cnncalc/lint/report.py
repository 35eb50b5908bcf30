"""What linting one source gives."""

from __future__ import annotations

from cnncalc.diagnostics import Problem, Source
from cnncalc.display import bundle, html
from cnncalc.lint.finding import Finding
from cnncalc.record import NamedTuple


class Report(NamedTuple):
    """What was found in one source: findings, what comments suppressed, or why it could not be read."""

    source: Source
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    unreadable: tuple[Problem, ...] = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def _repr_html_(self) -> str:
        return html(self)
