"""The graph of a network as text for programs that draw: Mermaid for Markdown pages, DOT for Graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen.calls import shape_comment
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.graph import Graph, Node

INDENT = "  "
_MERMAID = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;"}


def mermaid(graph: Graph) -> str:
    """A flowchart, one box per layer with its size; modules of modules are subgraphs."""
    lines = ["flowchart TB"]
    lines += _nested(graph, "", 1, "subgraph {id}[{label}]", "end", _mermaid_box)
    for node in graph.nodes:
        for i in dict.fromkeys(node.inputs):
            lines.append(f"{INDENT}n{i} -->|{shape_comment(graph.nodes[i].shape) or '?'}| n{node.index}")
    return "\n".join(lines) + "\n"


def dot(graph: Graph) -> str:
    """A directed graph, one box per layer, sizes on the arrows; modules of modules are clusters."""
    lines = ["digraph {", f'{INDENT}label="{_quoted(graph.name)}"', f"{INDENT}labelloc=t", f"{INDENT}node [shape=box]"]
    lines += _nested(graph, "", 1, 'subgraph "cluster_{id}" {{ label={label}', "}", _dot_box)
    for node in graph.nodes:
        for i in dict.fromkeys(node.inputs):
            size = shape_comment(graph.nodes[i].shape) or "?"
            lines.append(f'{INDENT}n{i} -> n{node.index} [label="{size}"]')
    return "\n".join([*lines, "}"]) + "\n"


def _nested(graph: Graph, prefix: str, depth: int, head: str, tail: str, box: object) -> list[str]:
    """The boxes of the modules below a path, containers around theirs."""
    return list(_walk(list(graph.nodes), prefix, depth, head, tail, box))


def _walk(nodes: list[Node], prefix: str, depth: int, head: str, tail: str, box: object) -> Iterator[str]:
    waiting: dict[str, list[Node]] = {}
    for node in nodes:
        rest = node.path[len(prefix) :]
        first, dot_, _ = rest.partition(".")
        waiting.setdefault(first if dot_ else f"\0{node.index}", []).append(node)
    for name, group in waiting.items():
        if name.startswith("\0"):
            yield f"{INDENT * depth}{box(group[0])}"  # type: ignore[operator]
            continue
        path = prefix + name
        yield INDENT * depth + head.format(
            id="m_" + path.replace(".", "_").replace("-", "_"), label=f'"{_quoted(path)}"'
        )
        yield from _walk(group, path + ".", depth + 1, head, tail, box)
        yield INDENT * depth + tail


def _label(node: Node) -> tuple[str, str, str]:
    name = node.path.rpartition(".")[2]
    return name, "" if node.op in (name, "input") else node.op, shape_comment(node.shape) or "?"


def _mermaid_box(node: Node) -> str:
    name, op, size = _label(node)
    text = "<br/>".join(_mermaid(part) for part in (name, op, size) if part)
    return f'n{node.index}(["{text}"])' if node.op == "input" else f'n{node.index}["{text}"]'


def _dot_box(node: Node) -> str:
    name, op, size = _label(node)
    text = "\\n".join(_quoted(part) for part in (name, op, size) if part)
    return f'n{node.index} [label="{text}"]'


def _quoted(text: str) -> str:
    """Text that stays text in a string of DOT."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')


def _mermaid(text: str) -> str:
    """Text that stays text in a label of Mermaid."""
    return "".join(_MERMAID.get(char, char) for char in printable(text))
