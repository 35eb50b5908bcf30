"""No module needs another that needs it, not even for the names of types: each can be read, and moved, by itself."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]

KNOWN = (
    # The writer of specs looks for blocks and repeats, whose bodies are written by it again.
    ("cnncalc.convert.blocks", "cnncalc.convert.structure", "cnncalc.convert.writer"),
)
"""Circles that are there, by how the names of their modules begin; nowhere else may one come."""


def modules(root: Path) -> dict[str, Path]:
    found = {}
    for path in (root / "cnncalc").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(text: str, known: set[str]) -> set[str]:
    """The modules that a text imports, anywhere in it: at its top, in functions, and for type checkers only."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the whole name"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else str(node.module))
    return found & known


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Sets of modules each of which leads to all the others: the strongly connected components of more than one."""
    reached = {start: reach(graph, start) for start in graph}
    groups = {frozenset(other for other in reached[start] if start in reached[other]) for start in graph}
    return sorted((set(group) for group in groups if group), key=sorted)


def reach(graph: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [*graph[start]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph[name]
    return found


def within(circle: set[str], known: tuple[str, ...]) -> bool:
    return all(name.startswith(known) for name in circle)


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"e"}}
    assert circles(graph) == [{"b", "c"}, {"e"}]
    assert imported("def f():\n    from p.q import r, s\n", {"p.q", "p.q.r"}) == {"p.q", "p.q.r"}
    assert imported("if TYPE_CHECKING:\n    import p.q\n", {"p.q"}) == {"p.q"}
    assert within({"cnncalc.convert.blocks", "cnncalc.convert.writer"}, KNOWN[0])
    assert not within({"cnncalc.convert.blocks", "cnncalc.api"}, KNOWN[0])


def test_no_circle_of_imports():
    places = modules(ROOT)
    assert len(places) > 400  # it looked at the package
    graph = {name: imported(path.read_text(encoding="utf-8"), set(places)) for name, path in places.items()}
    new = [circle for circle in circles(graph) if not any(within(circle, known) for known in KNOWN)]
    assert new == []
