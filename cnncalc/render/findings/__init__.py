"""Findings of the linter as text: for people, for programs, for services."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.lint.report import Report

FORMATS = ("full", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown")


def render(reports: Sequence[Report], form: str) -> str:
    """The text of reports in one of the formats."""
    module = "json" if form == "jsonl" else form
    text: str = import_module(f"cnncalc.render.findings.{module}").render(reports, form)
    return text
