"""The report: networks as one page that opens without a network and can be printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import analyse
from cnncalc.api import load
from cnncalc.lint.run import settings_for
from cnncalc.network.loaded import Network
from cnncalc.page.answers import answers
from cnncalc.page.comparison import comparison
from cnncalc.page.pictures import pictures
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from cnncalc.analysis.result import Analysis
    from cnncalc.lint.settings import Settings


class Subject(NamedTuple):
    """A network that a report is about: as loaded, its numbers, what the linter looks for."""

    network: Network
    analysis: Analysis
    settings: Settings


def report(subjects: Sequence[Subject]) -> str:
    """The page, the same bytes for the same networks.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    from cnncalc.extras import need

    need("jinja2", "report", "report")
    from cnncalc.page.html import page

    networks = [
        _complete(answers(*subject) | {"pictures": pictures(subject.network, subject.analysis)}) for subject in subjects
    ]
    return page(
        "report.html",
        networks=networks,
        comparison=comparison([subject.analysis for subject in subjects]),
        explained=[network["explanations"] for network in networks],
    )


def write_report(
    path: str | os.PathLike[str],
    *specs: str | os.PathLike[str] | Network,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd",
    **options: Any,
) -> None:
    """Write the report of networks into a file, as ``cnncalc report`` does.

    Args:
        path: the file.
        specs: loaded networks, or what ``load`` takes.
        batch: samples per batch.
        dtype: float32, float16, bfloat16, float64, int8...
        optimizer: sgd, momentum or adam, for the training peak.
        options: as for ``load``; with ``strict=False`` a broken network is shown as far as it is known.

    Raises:
        MissingExtraError: jinja2 is not installed.
        SpecError: as ``load``.
        UsageError: as ``analyze``.
    """
    networks = [spec if isinstance(spec, Network) else load(spec, **options) for spec in specs]
    found = [subject(network, batch=batch, dtype=dtype, optimizer=optimizer) for network in networks]
    Path(path).write_text(report(found), encoding="utf-8", newline="\n")


def subject(network: Network, *, batch: int, dtype: str, optimizer: str) -> Subject:
    """A network with its numbers and the linter's settings of its folder.

    Raises:
        UsageError: an unknown dtype or optimiser; a batch below 1; a mistake in the settings.
    """
    analysis = analyse(network.graph, batch=batch, dtype=dtype, optimizer=optimizer)
    return Subject(network, analysis, settings_for(network.spec.source.name, {}))


_SECTIONS = {
    "problems": "Problems",
    "summary": "Summary",
    "limits": "Budget",
    "findings": "Findings",
    "pictures": "Pictures",
    "layers": "Layers",
    "source": "Source",
}


def _complete(network: dict[str, Any]) -> dict[str, Any]:
    """With the sections that the page has for it."""
    network = {"pictures": [], "editable": False, "torch": "", **network}
    there = {"summary", "findings", "layers", "source"} | {
        name for name in ("problems", "limits", "pictures") if network[name]
    }
    return {**network, "sections": [(name, title) for name, title in _SECTIONS.items() if name in there]}
