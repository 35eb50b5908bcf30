"""Rewriting a spec in place: canonical statements, and the sizes behind the arrows. Comments and YAML stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.source import Edit, List, Map, Scalar, Tree, apply_edits, compose
from cnncalc.spec.printer import print_pipeline, print_sizes, print_statement
from cnncalc.spec.statement import Parser
from cnncalc.spec.tokens import NotationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.diagnostics import Source
    from cnncalc.spec.syntax import Statement

_WIDEST = 76
"""Arrows are aligned up to this many characters into a statement; beyond, an arrow follows its statement."""


def fmt(source: Source) -> str:
    """The text with every one-line statement in canonical spelling; the arrows of one list stand below one another.

    Raises:
        SpecError: the text is no spec.
    """
    from cnncalc.spec.reader import read

    read(source)
    edits = []
    for group in _statement_lists(compose(source)):
        lines = [(scalar, statement) for scalar in group if (statement := _alone(scalar)) is not None]
        column = _arrow_column([statement for _, statement in lines])
        edits += [Edit(*scalar.span, _canonical(statement, column)) for scalar, statement in lines]
    return apply_edits(source.text, edits)


def annotate(source: Source, sizes: dict[int, tuple[int, ...]]) -> str:
    """The text with ``-> sizes`` behind statements: written where there are none, corrected where they differ.

    Args:
        source: the spec.
        sizes: offset of the statement in the text, to the sizes of its value.

    Raises:
        SpecError: the text is no spec.
    """
    edits: list[Edit] = []
    for group in _statement_lists(compose(source)):
        lines = [(scalar, statement) for scalar in group if (statement := _alone(scalar)) is not None]
        wanted = {i: sizes[s.span.start] for i, (_, s) in enumerate(lines) if s.span.start in sizes}
        widths = [
            s.insert_expect - s.span.start
            for i, (_, s) in enumerate(lines)
            if i in wanted and s.insert_expect is not None
        ]
        column = max((width for width in widths if width <= _WIDEST), default=0)
        for i, size in wanted.items():
            scalar, statement = lines[i]
            edits += _arrow(source, scalar, statement, size, column)
    return apply_edits(source.text, edits)


def _arrow(source: Source, scalar: Scalar, statement: Statement, size: tuple[int, ...], column: int) -> Iterator[Edit]:
    """The edit that gives one statement its arrow; none where it has the right one."""
    expect, insert = statement.expect, statement.insert_expect
    if expect is not None:
        if expect.sizes != size:
            yield Edit(*expect.span, print_sizes(size))
    elif insert is not None and "\n" not in source.text[statement.span.start : insert]:
        blanks = " " * max(1, column - (insert - statement.span.start) + 1)
        if scalar.plain or scalar.text.text:
            yield Edit(insert, insert, f"{blanks}-> {print_sizes(size)}")


def _alone(scalar: Scalar) -> Statement | None:
    """The only statement of a plain one-line scalar; None for what is no such thing."""
    if not scalar.plain or "\n" in scalar.text.text:
        return None
    try:
        body = Parser(scalar.text, lines=False).program([])
    except NotationError:
        return None
    return body[0] if len(body) == 1 else None


def _arrow_column(statements: list[Statement]) -> int:
    widths = [len(_left(statement)) for statement in statements if statement.expect is not None]
    return max((width for width in widths if width <= _WIDEST), default=0)


def _left(statement: Statement) -> str:
    return f"{statement.name} = {print_pipeline(statement)}" if statement.name else print_pipeline(statement)


def _canonical(statement: Statement, column: int) -> str:
    if statement.expect is None:
        return print_statement(statement)
    return f"{_left(statement).ljust(column)} -> {print_sizes(statement.expect.sizes)}"


def _statement_lists(tree: Tree | None) -> list[list[Scalar]]:
    """The scalars that are statements, list by list: below ``layers`` and ``blocks``."""
    found: list[list[Scalar]] = []
    if not isinstance(tree, Map):
        return found
    for key, value in tree.entries:
        if key.value == "layers":
            _collect(value, found)
        elif key.value == "blocks" and isinstance(value, Map):
            for _, body in value.entries:
                _collect(body, found)
    return found


def _collect(tree: Tree, found: list[list[Scalar]]) -> None:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            found.append([node])
        elif isinstance(node, List):
            found.append([item for item in node.items if isinstance(item, Scalar)])
            waiting += [item for item in node.items if not isinstance(item, Scalar)]
        elif not any(key.value == "op" for key, _ in node.entries):
            waiting += [value for _, value in node.entries]
