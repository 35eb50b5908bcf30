"""``task``: what the network is for. Some rules of the linter ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.source import List, Scalar
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.source import Map, Tree
    from cnncalc.spec.findings import Findings

KEYS = {
    "loss": "text", "kind": "text", "target": "text", "classes": "number", "batch": "number", "object_size": "number",
    "sizes": "numbers",
}  # fmt: skip
"""What a task can say, and of which kind it is."""

WANTED = {"text": "a word", "number": "a whole number", "numbers": "a list of whole numbers"}


def read_task(entries: Map, findings: Findings, spans: dict[str, Span]) -> dict[str, Any]:
    """The values of ``task``; mistakes go to the findings."""
    found: dict[str, Any] = {}
    for key, tree in entries.entries:
        spans[f"task.{key.value}"] = key.span
        kind = KEYS.get(key.value)
        if kind is None:
            findings.add(
                f"task knows no '{key.value}'{nearest(key.value, KEYS)}", key.span, f"it knows {', '.join(KEYS)}"
            )
            continue
        value = _value(kind, tree)
        if value is None:
            findings.add(f"task {key.value} is {WANTED[kind]}", tree.span)
        else:
            found[key.value] = value
    return found


def _value(kind: str, tree: Tree) -> Any:
    if kind == "numbers":
        values = [_value("number", item) for item in tree.items] if isinstance(tree, List) else [None]
        return None if None in values else values
    if not isinstance(tree, Scalar):
        return None
    return tree.value if kind == "text" else _whole(tree.value)


def _whole(text: str) -> int | None:
    digits = text.replace("_", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None  # noqa: PLR2004 (as in expressions)
