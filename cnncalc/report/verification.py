"""What verify answers: one claim per figure, as predicted and as measured."""

from __future__ import annotations

from typing import Any, Literal

from cnncalc.display import bundle, html
from cnncalc.record import NamedTuple

Verdict = Literal["equal", "close", "explained", "differs", "not measured"]


class Claim(NamedTuple):
    """One figure of the analysis, held against the module.

    ``kind``: which figure; ``layer``: path of the layer, empty for the whole network, of which ``part`` says more; ``unit``:
    what is counted; ``note``: why a difference is no mistake, or why nothing could be measured.
    """

    kind: str
    layer: str
    predicted: str
    measured: str
    verdict: Verdict
    unit: str = ""
    note: str = ""
    part: str = "whole network"


class Verification(NamedTuple):
    """All claims about a network, and the conditions."""

    name: str
    claims: tuple[Claim, ...]
    conditions: dict[str, Any]

    @property
    def differences(self) -> tuple[Claim, ...]:
        """Claims that do not hold."""
        return tuple(claim for claim in self.claims if claim.verdict == "differs")

    @property
    def holds(self) -> bool:
        """Whether every claim holds."""
        return not self.differences

    def to_dict(self) -> dict[str, Any]:
        """The same as ``cnncalc verify --format json``."""
        return {
            "schema_version": 1,
            "network": self.name,
            "holds": self.holds,
            "conditions": self.conditions,
            "claims": [claim._asdict() for claim in self.claims],
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(self)

    def _repr_html_(self) -> str:
        return html(self)
