"""Rules of the linter as text: one in full, all as a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cnncalc.lint.registry import SECTIONS, documentation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.lint.rule import Rule


def to_dict(rule: Rule) -> dict[str, Any]:
    """Everything about a rule as plain data."""
    said = documentation(rule)
    return {
        "code": rule.code, "name": rule.name, "aliases": list(rule.aliases), "severity": rule.severity,
        "confidence": rule.confidence, "presets": list(rule.presets), "fix": rule.fix or None, "needs": rule.needs or None,
        "proof": rule.proof or None, "summary": said.summary, "sections": said.sections, "bad": list(said.bad), "good": list(said.good),
    }  # fmt: skip


def as_json(rules: Iterable[Rule]) -> str:
    """A list of rules."""
    return json.dumps([to_dict(rule) for rule in rules], indent=2) + "\n"


def as_markdown(rule: Rule, level: int = 1) -> str:
    """A page about a rule."""
    said = documentation(rule)
    fix = {"safe": "safe fix", "unsafe": "fix that changes the network", "": "no automatic fix"}[rule.fix]
    on = (
        "on by default"
        if "recommended" in rule.presets
        else f"off by default; in the presets {', '.join(rule.presets)}"
    )
    needs = f"; needs `task: {{{rule.needs}: ...}}`" if rule.needs else ""
    lines = [
        f"{'#' * level} {rule.code} {rule.name}",
        "",
        said.summary,
        "",
        f"*{rule.severity}, {rule.confidence}, {on}, {fix}{needs}*",
        "",
    ]
    for title in SECTIONS:
        lines += [f"**{title}.** {said.sections[title]}", ""]
    for title, examples in (("Found in", said.bad), ("Not found in", said.good)):
        if examples:
            lines += [f"{title}:", ""]
            for example in examples:
                lines += ["```yaml", example.rstrip("\n"), "```", ""]
    return "\n".join(lines)


def as_text(rule: Rule) -> str:
    """The same for a terminal."""
    return (
        as_markdown(rule)
        .replace("# ", "", 1)
        .replace("**", "")
        .replace("```yaml\n", "")
        .replace("\n```", "")
        .replace("*", "")
    )


def table(rules: Iterable[Rule]) -> str:
    """One line per rule."""
    rows = [
        (
            rule.code,
            rule.name,
            rule.severity,
            "on" if "recommended" in rule.presets else "off",
            documentation(rule).summary,
        )
        for rule in rules
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) + "\n"
        for row in rows
    )
