"""The serialisable view of an analysis: schema_version 1, and its JSON Schema."""

from __future__ import annotations

from cnncalc.report.analysis import SCHEMA_VERSION, to_dict

__all__ = ["SCHEMA_VERSION", "to_dict"]
