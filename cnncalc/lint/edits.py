"""Edits of a spec's text that leave everything else as it is: comments, blanks, order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.network.binding import FLAG, SHORT
from cnncalc.source import Edit
from cnncalc.spec.printer import print_stage
from cnncalc.spec.syntax import Block, Body, Call, Group, If, Merge, Name, Path, Repeat, Shared, Stage, Statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.diagnostics import Span
    from cnncalc.graph import Node
    from cnncalc.spec.model import Spec
    from cnncalc.spec.syntax import Argument


def walk(body: Body) -> Iterator[tuple[Statement, int]]:
    """All stages of a body and of the bodies in it: the statement, and the number of the stage in it."""
    for statement in body:
        for number, stage in enumerate(statement.stages):
            yield statement, number
            for inner in bodies(stage):
                yield from walk(inner)


def bodies(stage: Stage) -> tuple[Body, ...]:
    """The bodies in a stage."""
    if isinstance(stage, Merge):
        return stage.parts
    if isinstance(stage, If):
        return (stage.then, stage.otherwise)
    return (stage.body,) if isinstance(stage, Repeat | Group | Path | Shared) else ()


def all_bodies(spec: Spec) -> tuple[Body, ...]:
    """The layers of the network and of every block."""
    return (spec.layers, *(block.body for block in spec.blocks.values() if isinstance(block, Block)))


class Editor:
    """Finds the stage of a node in the text and says how to change it. Every method gives None where it cannot be done."""

    def __init__(self, spec: Spec) -> None:
        """Look at every stage once."""
        self.text = spec.source.text
        self.places: dict[int, tuple[Statement, int]] = {}
        for body in all_bodies(spec):
            for statement, number in walk(body):
                stage = statement.stages[number]
                if isinstance(stage, Call | Merge):
                    self.places[stage.name_span.start] = statement, number

    def stage(self, node: Node) -> Stage | None:
        """The stage that made a node."""
        place = self.places.get(node.span.start) if node.span else None
        return place[0].stages[place[1]] if place else None

    def literal(self, node: Node) -> bool:
        """Whether no argument of the layer comes from a parameter."""
        stage = self.stage(node)
        return isinstance(stage, Call) and all(
            not isinstance(argument.value, Name) or FLAG.match(argument.value.text) or argument.value.text.isalpha()
            for argument in stage.arguments
        )

    def argument(self, node: Node, field: str) -> Argument | None:
        """The argument that gives a field, where it is written."""
        stage = self.stage(node)
        if not isinstance(stage, Call):
            return None
        waiting = list(node.layer.positional)
        for argument in stage.arguments:
            value = argument.value
            if argument.keyword is not None:
                given = SHORT.get(argument.keyword, argument.keyword)
            elif isinstance(value, Name) and (flag := FLAG.match(value.text)):
                given = SHORT.get(flag[1], flag[1])
            elif isinstance(value, Name) and value.text in node.layer.words:
                given = next(iter(node.layer.words[value.text]), "")
            else:
                given = waiting[0] if waiting else ""
            if given in waiting:
                waiting.remove(given)
            if given == field:
                return argument
        return None

    def place(self, node: Node, field: str) -> Span | None:
        """Where a field is written; the layer's name if it is not."""
        argument = self.argument(node, field)
        return argument.span if argument else node.span

    # ------------------------------------------------------------------------------------------ edits

    def append(self, node: Node, word: str) -> Edit | None:
        """Write a word behind a layer's arguments."""
        stage = self.stage(node)
        return Edit(stage.span.end, stage.span.end, f" {word}") if isinstance(stage, Call) else None

    def put(self, node: Node, field: str, flag: str, value: str) -> Edit | None:
        """Give a field a value: in place of the present one, or as a flag behind the arguments (``p1``)."""
        argument = self.argument(node, field)
        if argument is None:
            return self.append(node, f"{flag}{value}")
        if argument.keyword is not None:
            return Edit(*argument.span, f"{argument.keyword}={value}")
        is_flag = isinstance(argument.value, Name)
        return Edit(*argument.span, f"{flag}{value}" if is_flag else value)

    def remove_word(self, node: Node, field: str) -> Edit | None:
        """Take an argument away, with the blank before it."""
        argument = self.argument(node, field)
        if argument is None:
            return None
        start = argument.span.start
        while self.text[start - 1] in " \t":
            start -= 1
        return Edit(start, argument.span.end, "")

    def replace(self, node: Node, text: str) -> Edit | None:
        """Write another stage in place of this one."""
        stage = self.stage(node)
        return None if stage is None else Edit(*stage.span, text)

    def insert_after(self, node: Node, text: str) -> Edit | None:
        """Write a stage behind this one, in the same pipeline."""
        stage = self.stage(node)
        return None if stage is None else Edit(stage.span.end, stage.span.end, f" | {text}")

    def insert_before(self, node: Node, text: str) -> Edit | None:
        """Write a stage before this one, in the same pipeline."""
        stage = self.stage(node)
        return None if stage is None else Edit(stage.span.start, stage.span.start, f"{text} | ")

    def swap(self, first: Node, second: Node) -> tuple[Edit, ...] | None:
        """Exchange two stages."""
        a, b = self.stage(first), self.stage(second)
        if a is None or b is None:
            return None
        return Edit(*a.span, self.text[slice(*b.span)]), Edit(*b.span, self.text[slice(*a.span)])

    def delete(self, node: Node) -> Edit | None:
        """Take a layer out: its stage with a bar, or its whole line; ``id`` stays where something must stand."""
        place = self.places.get(node.span.start) if node.span else None
        if place is None:
            return None
        statement, number = place
        stage = statement.stages[number]
        if number > 0:
            return Edit(statement.stages[number - 1].span.end, stage.span.end, "")
        if len(statement.stages) > 1:
            return Edit(stage.span.start, statement.stages[1].span.start, "")
        return self._line(statement) or Edit(*stage.span, "id")

    def delete_pair(self, first: Node, second: Node) -> tuple[Edit, ...] | None:
        """Take two neighbours out, which stand behind each other in a pipeline or on lines of their own."""
        a, b = (self.places.get(node.span.start) if node.span else None for node in (first, second))
        if a is None or b is None:
            return None
        if a[0] is not b[0]:
            edits = (self.delete(first), self.delete(second))
            return tuple(edit for edit in edits if edit)
        stages = a[0].stages
        if b[1] != a[1] + 1:
            return None
        if a[1] > 0:
            return (Edit(stages[a[1] - 1].span.end, stages[b[1]].span.end, ""),)
        if b[1] + 1 < len(stages):
            return (Edit(stages[0].span.start, stages[b[1] + 1].span.start, ""),)
        return (Edit(stages[0].span.start, stages[b[1]].span.end, "id"),)

    def _line(self, statement: Statement) -> Edit | None:
        """The whole line of a list item, if it holds nothing else and the list has other lines."""
        start = self.text.rfind("\n", 0, statement.span.start) + 1
        end = self.text.find("\n", statement.span.end)
        end = len(self.text) if end < 0 else end + 1
        line = self.text[start:end]
        item = re.fullmatch(r"(\s*)- [^#]*?\s*", line)
        if item is None or statement.name or line.strip() != f"- {self.text[slice(*statement.span)]}".rstrip():
            return None
        neighbours = self.text[:start].rsplit("\n", 2)[-2:-1] + self.text[end:].split("\n", 1)[:1]
        return Edit(start, end, "") if any(other.startswith(f"{item[1]}- ") for other in neighbours) else None


def shown(stage: Stage) -> str:
    """A stage as it is written."""
    return print_stage(stage)
