"""What happened to the stages of a class when the network was expanded, and what its names and numbers are called."""

from __future__ import annotations

import re
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain, count
from typing import TYPE_CHECKING, Any, TypeVar

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import (
    arguments_of,
    may_be_float,
    names_read,
)
from cnncalc.codegen.layout import literal
from cnncalc.codegen.pyexpr import FUNCTIONS, Unable, found, python
from cnncalc.network.scope import Scope, Word
from cnncalc.network.trace import turn_key
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import (
    Block,
    Body,
    Call,
    Expression,
    Name,
    Repeat,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnncalc.codegen.file import File
    from cnncalc.graph import Node
    from cnncalc.network.trace import Visit

Way = TypeVar("Way")

WORDS = re.compile(r"[A-Za-z_]\w*")

FUNCTION_WORDS = {"math", "ceil", "floor", *FUNCTIONS.values()}
"""Words of an expression that stand for no number."""

LONGEST = 4
"""How many turns of a repeat are written out in a block."""


class Visits:
    """The expansions of the stages of one class: a block, or the network."""

    def __init__(self, file: File, block: Block | None, body: Body) -> None:
        """The block that is written, None for the network, and its statements."""
        self.file = file
        self.block = block
        self.body = body
        self.instances = [i for i in file.trace.instances if i.block is block]
        kinds = file.kinds(block) if block else {}
        self.parameters = list(kinds)
        self.numbers = [name for name, kind in kinds.items() if kind == "number"]
        self.words = [name for name, kind in kinds.items() if kind == "word"]
        self.references = [name for name, kind in kinds.items() if kind == "value"]
        self.given = self.passed()
        self.read = names_read(body) | ({name.text for name in file.spec.outputs} if block is None else set())
        self.extras = {} if block is None else file.extras.setdefault(block.name, {})
        self.filters: list[tuple[str, int, int | None]] = []
        self.loop: Mapping[str, str] = {}

    # ------------------------------------------------------------------------------------------ what happened

    def visits_of(self, stage: Stage) -> list[Visit]:
        """The expansions of a stage; within chosen turns of a repeat only those of the turns."""
        visits = self.file.visits.get(id(stage), [])
        for key, low, high in self.filters:
            visits = [
                visit
                for visit in visits
                if (turn := visit.parameters.get(key)) is None or (turn >= low and (high is None or turn <= high))
            ]
        return visits

    @contextmanager
    def turns(self, key: str, low: int, high: int | None = None) -> Iterator[None]:
        """Look only at the turns ``low`` to ``high`` of a repeat."""
        self.filters.append((key, low, high))
        try:
            yield
        finally:
            self.filters.pop()

    @contextmanager
    def within(self, loop: Mapping[str, str]) -> Iterator[None]:
        """Write the body of loops; ``loop`` has their variables."""
        before, self.loop = self.loop, loop
        try:
            yield
        finally:
            self.loop = before

    def passed(self) -> set[str]:
        """Parameters that some call gives, or that have no default."""
        if self.block is None:
            return set()
        names = {p.name for p in self.block.parameters if p.default is None}
        for visits in self.file.visits.values():
            stage = visits[0].stage
            if isinstance(stage, Call) and any(callee(stage, visit) == self.block.name for visit in visits):
                names |= set(arguments_of(self.block, stage, self.file.known))
        return names

    def block_of(self, stage: Call, visits: list[Visit]) -> Block | None:
        """The block that a stage calls, if it is one; one of them where a parameter says which."""
        blocks = self.file.spec.blocks
        called = {callee(stage, visit) for visit in visits}
        if not called & set(blocks):
            return None
        if called - set(blocks) or (len(called) > 1 and stage.name not in self.words):
            raise Unable(f"{stage.name} is a layer and a block")
        block = blocks[min(called)]
        if block.inline:
            raise Unable(f"{block.name} is inline")
        return block

    def passed_values(self, stage: Call, visits: list[Visit]) -> list[str]:
        """The names of the values that a call of a block gives."""
        block = self.block_of(stage, visits)
        if block is None:
            return []
        given = arguments_of(block, stage, self.file.known | set(self.parameters))
        wanted = [name for name, kind in self.file.kinds(block).items() if kind == "value"]
        names = [value.text for name in wanted if isinstance(value := given.get(name), Name)]
        if len(names) != len(wanted):
            raise Unable(f"a value that a call of {stage.name} does not give")
        return names

    def nodes(self, visits: list[Visit]) -> list[Node]:
        """The nodes of visits that made one each.

        Raises:
            Unable: one made another number of nodes.
        """
        if any(visit.last != visit.first + 1 for visit in visits):
            raise Unable("a layer that is no single node")
        return [self.file.graph.nodes[visit.first] for visit in visits]

    # ------------------------------------------------------------------------------------------ names and numbers

    def names(self, loop: Mapping[str, str]) -> dict[str, str]:
        """What the spec's names are called in Python."""
        found_names = {name: name for name in self.numbers} | dict(loop)
        for name in self.file.spec.params:
            if name not in self.parameters and name not in found_names:
                values = [instance.parameters.get(name) for instance in self.instances]
                found_names[name] = self.file.constant(name, values)
        return found_names

    def known(self, visits: list[Visit], loop: Mapping[str, str]) -> dict[str, list[Any]]:
        """The numbers that an expression at a stage can use, one per visit."""
        columns: dict[str, list[Any]] = {}
        for name in (*self.numbers, *loop):
            columns[loop.get(name, name)] = [visit.parameters.get(name) for visit in visits]
        if self.block is not None:
            instances = self.file.trace.instances
            columns["in_channels"] = [(instances[visit.instance].shape or (0,))[0] for visit in visits]
        for name, numbers in self.extras.items():
            columns[name] = [numbers[visit.instance] for visit in visits]
        return columns

    def channels(self, visits: list[Visit], loop: Mapping[str, str], tracked: str | None) -> str:
        """What ``in.c`` is at a stage: as tracked, or found."""
        if not visits:
            # The condition of a named pipeline is decided before anything is expanded.
            if tracked is None:
                raise Unable("a condition on channels that nobody knows")
            return tracked
        column = [self.entering(visit) for visit in visits]
        known = self.known(visits, loop)
        if tracked is not None:
            if tracked in self.file.constants and all(self.file.constants[tracked] == value for value in column):
                return tracked
            if known.get(tracked) == column or (tracked.isdecimal() and all(int(tracked) == value for value in column)):
                return tracked
            if not tracked.isidentifier() and not tracked.isdecimal():
                return tracked
            if all(value == column[0] for value in column) and self.block is None:
                return str(column[0])
        return found(column, known, self.file.steps)

    def channels_if_known(self, visits: list[Visit], loop: Mapping[str, str], tracked: str | None) -> str | None:
        """The same, None where nobody can say it: few layers ask."""
        try:
            return self.channels(visits, loop, tracked)
        except Unable:
            return None

    def entering(self, visit: Visit) -> int:
        node = self.file.graph.nodes[visit.entering] if visit.entering is not None else None
        if node is None or not node.shape:
            raise Unable("a value of unknown size, or a single number")
        return node.shape[0]

    def expression(self, value: Expression, visits: list[Visit], loop: Mapping[str, str], channels: str | None) -> str:
        """The text of an expression of the spec; rounded where it is a whole number that floats may miss."""
        text = python(value, self.names(loop), channels)
        if any(name.isdecimal() for name in loop.values()) and not set(WORDS.findall(text)) - FUNCTION_WORDS:
            turns = self.values(value, visits)
            if turns and all(turn is not None and turn == turns[0] for turn in turns):
                return literal(turns[0])
        params = self.file.spec.params
        exact = {n for n in params if any(isinstance(i.parameters.get(n), Fraction) for i in self.instances)}
        if may_be_float(value, exact) and all(type(v) is int for v in self.values(value, visits)):
            return f"round({text})"
        return text

    def values(self, expression: Expression, visits: list[Visit]) -> list[Any]:
        """The values of an expression of the spec at its visits; None where it has none."""
        found_values: list[Any] = []
        for visit in visits:
            scope = Scope(visit.parameters)
            scope.shape = None if visit.entering is None else self.file.graph.nodes[visit.entering].shape
            try:
                found_values.append(evaluate(expression, scope))
            except ExpressionError:
                found_values.append(None)
        return found_values

    def ways(self, stage: Repeat, whole: Way, peeled: Way, unrolled: Way) -> tuple[Way, ...]:
        """In which order the ways to write a repeat are tried; two turns are two lines."""
        if stage.gathers:
            return (whole,)
        return (whole, unrolled, peeled) if set(self.counts(stage)) <= {0, 1, 2} else (whole, peeled, unrolled)

    def turn_of(self, stage: Repeat, loop: Mapping[str, str], taken: set[str]) -> tuple[str, dict[str, str]]:
        """The variable of a loop that is not taken, and the names that its body knows.

        Raises:
            Unable: no turn is ever reached.
        """
        if not any(self.visits_of(inner) for statement in stage.body for inner in statement.stages):
            raise Unable("a repeat that never runs")
        own_name = [stage.variable] if stage.variable else []
        wanted = chain(own_name, ("i", "j", "k"), (f"i{n}" for n in count(2)))
        variable = next(name for name in wanted if name not in {*taken, *calls.SPOKEN} and calls.is_attribute(name))
        own = {stage.variable: variable} if stage.variable else {}
        return variable, dict(loop) | {turn_key(stage): variable} | own

    def turn(self, stage: Repeat, number: int, loop: Mapping[str, str]) -> dict[str, str]:
        """The names that the body of one turn knows."""
        return dict(loop) | ({stage.variable: str(number)} if stage.variable else {})

    def counts(self, stage: Repeat) -> list[int]:
        """How often a repeat runs, at every visit.

        Raises:
            Unable: nobody knows.
        """
        counts = self.values(stage.count, self.visits_of(stage))
        if not counts or any(type(count) is not int for count in counts):
            raise Unable("a repeat without a number of turns")
        return counts

    def constant_count(self, stage: Repeat) -> int:
        """How many turns are written out.

        Raises:
            Unable: they differ between calls, or are too many.
        """
        counts = set(self.counts(stage))
        if len(counts) > 1 or (self.block is not None and max(counts) > LONGEST):
            raise Unable("a repeat whose turns differ")
        return counts.pop()


def callee(stage: Call, visit: Visit) -> str:
    """The layer or block that a stage calls, directly or by a parameter."""
    held = visit.parameters.get(stage.name)
    return held.text if isinstance(held, Word) else stage.name
