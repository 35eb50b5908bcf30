"""The figures that a spec expects and the limits that it sets, beside those that come out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis.expectations import figure, same, text, wanted

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis
    from cnncalc.network.loaded import Network


def limits(network: Network, analysis: Analysis) -> list[dict[str, Any]]:
    """One entry per figure: ``kind`` budget or expect, what is wanted, what was found, whether it holds (None: unknown).

    ``share`` is found over wanted, for budgets. A spec's expectations speak of the spec as it stands: they are left out
    where it was loaded with another size, other parameters, a variant or a batch.
    """
    return [*_budgets(network, analysis), *([] if changed(network, analysis) else _expected(network, analysis))]


def changed(network: Network, analysis: Analysis) -> bool:
    """Whether the network is another than its text says."""
    return any(network.given or ()) or analysis.batch != 1


def _budgets(network: Network, analysis: Analysis) -> list[dict[str, Any]]:
    found = []
    for name, limit in network.spec.budget.items():
        value = figure(analysis, name)
        number = max(value) if isinstance(value, tuple) else value
        holds = None if number is None else number <= limit
        share = number / limit if number is not None and limit else None
        found.append(_entry("budget", name, limit, value, holds) | {"share": share})
    return found


def _expected(network: Network, analysis: Analysis) -> list[dict[str, Any]]:
    found = []
    for name, expression in network.spec.expect.items():
        value, right = figure(analysis, name), wanted(expression)
        found.append(_entry("expect", name, right, value, None if value is None else same(right, value)))
    return found


def _entry(kind: str, name: str, right: Any, value: Any, holds: bool | None) -> dict[str, Any]:  # noqa: FBT001 (a third value: unknown)
    return {
        "kind": kind,
        "figure": name,
        "wanted": text(right),
        "found": "?" if value is None else text(value),
        "holds": holds,
    }
