"""What a rule finds, and how it could be mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from cnncalc.diagnostics import Note, Span
from cnncalc.display import bundle, html
from cnncalc.record import NamedTuple
from cnncalc.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "info"]
LEVELS: tuple[Severity, ...] = ("info", "warning", "error")
"""From mild to severe."""


class Fix(NamedTuple):
    """A change of the source text. ``safe``: an untrained network computes the same, with outputs of the same size."""

    message: str
    edits: tuple[Edit, ...]
    safe: bool = False


class Finding(NamedTuple):
    """One finding. A rule gives message, place, notes, help, numbers and fixes; the engine adds the rest.

    ``path``: the layer; ``also``: paths of further layers that the same line makes and that have the same defect;
    ``data``: the numbers of the message, for machines; ``measure``: how bad it is, for baselines that only let it shrink.
    """

    message: str
    path: str = ""
    span: Span | None = None
    notes: tuple[Note, ...] = ()
    help: str = ""
    data: dict[str, Any] = {}
    fixes: tuple[Fix, ...] = ()
    measure: float | None = None
    also: tuple[str, ...] = ()
    code: str = ""
    name: str = ""
    severity: Severity = "warning"

    @property
    def start(self) -> int:
        """Where it stands, for sorting; the front of the file without a place."""
        return -1 if self.span is None else self.span.start

    def pack(self) -> list[Any]:
        """As plain data, for caches and other processes."""
        return [
            self.message, self.path, self.span, [list(note) for note in self.notes], self.help, self.data,
            [[fix.message, [list(edit) for edit in fix.edits], fix.safe] for fix in self.fixes],
            self.measure, self.also, self.code, self.name, self.severity,
        ]  # fmt: skip

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def _repr_html_(self) -> str:
        return html(self)


def unpack(values: list[Any]) -> Finding:
    """The finding of ``pack``."""
    message, path, span, notes, text, data, fixes, measure, also, code, name, severity = values
    return Finding(
        message, path, _span(span), tuple(Note(said, _span(place)) for said, place in notes), text, data,
        tuple(Fix(said, tuple(Edit(*edit) for edit in edits), safe) for said, edits, safe in fixes),
        measure, tuple(also), code, name, severity,
    )  # fmt: skip


def _span(value: Any) -> Span | None:
    return None if value is None else Span(*value)


def at_least(findings: Iterable[Finding], level: Severity) -> list[Finding]:
    """The findings of this severity and above."""
    return [found for found in findings if LEVELS.index(found.severity) >= LEVELS.index(level)]
