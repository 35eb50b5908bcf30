"""The forward of a module whose body is no plain sequence: head, statements, what it returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, final

from cnncalc.codegen.forward.attributes import Attributes, Value, tensors
from cnncalc.codegen.layout import Bracket, lines, results
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network.sequences import is_sequence
from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import Body, If, Path, Stage, Statement

if TYPE_CHECKING:
    from cnncalc.codegen.chains import Chains

Way = Callable[["Forward", Any, str | None, Value, str, Mapping[str, str]], Value]
"""How a kind of stage is written: with its name, the value that enters, the variable for what leaves, the loops around it."""


class Ways(NamedTuple):
    """How every kind of stage is written, and a named sequence of several."""

    stages: Mapping[type, Way]
    sequence: Callable[[Forward, tuple[Stage, ...], str, Value, str, Mapping[str, str]], Value]


@final
class Forward(Attributes):
    """Writes statement by statement; what a kind of stage is in a forward stands in the files beside this one."""

    def __init__(self, scope: Chains, ways: Ways) -> None:
        """The class that is written."""
        super().__init__(scope)
        self.ways = ways

    def run(self) -> tuple[list[str], list[str]]:
        """Write everything; gives the head of ``forward`` and what it returns."""
        scope = self.scope
        if scope.block is not None:
            value, taken = Value("x", "in_channels"), ["x", *scope.references]
        else:
            value, taken = self.inputs()
        value = self.body(scope.body, value, "x", {})
        named = scope.file.spec.outputs if scope.block is None else ()
        ends = [self.named(name.text) for name in named] or [value]
        head = Bracket("def forward(", ("self", *(f"{name}: Tensor" for name in taken)))
        return lines("", head, f" -> {results(len(ends))}:", depth=1), tensors(*ends)

    def inputs(self) -> tuple[Value, list[str]]:
        """The value that enters the network, and the arguments of ``forward``."""
        nodes = self.scope.file.graph.inputs
        if len(nodes) == 1 and nodes[0].path not in self.scope.read:
            return Value("x"), ["x"]
        for node in nodes:
            self.values[node.path] = Value(self.variable(node.path))
        names = [self.values[node.path].name for node in nodes]
        return Value(names[0]), names

    def body(self, body: Body, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """Statements one after the other; the result stands in ``into``, or where it was."""
        for statement in body:
            value = self.statement(statement, value, into, loop)
        return value

    def statement(self, statement: Statement, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        name, stages = statement.name, statement.stages
        kept = name is not None and name in self.scope.read
        target = self.variable(name) if kept and name is not None else into
        if name is not None:
            stages = self.decided(stages, value, loop)
        if name is not None and is_sequence(stages):
            value = self.ways.sequence(self, stages, name, value, target, loop)
        else:
            for stage in stages:
                value = self.stage(stage, name, value, target, loop)
        if kept and "." not in value.name:
            value = self.move(value, target)
        if name is not None:
            self.values[name] = value
        return value

    def decided(self, stages: tuple[Stage, ...], value: Value, loop: Mapping[str, str]) -> tuple[Stage, ...]:
        """The stages of a named pipeline that is one condition with the same answer everywhere."""
        while len(stages) == 1 and isinstance(stages[0], If):
            answers = set(self.answers(stages[0], value, loop))
            if len(answers) != 1:
                return stages
            body = stages[0].then if answers.pop() else stages[0].otherwise
            if len(body) != 1 or body[0].name is not None:
                return (Path(body, stages[0].span),) if body else ()
            stages = body[0].stages
        return stages

    def answers(self, stage: If, value: Value, loop: Mapping[str, str]) -> list[bool]:
        """What a condition gives at every visit."""
        visits = self.scope.visits_of(stage)
        if not visits:
            return []
        found_values = self.scope.values(stage.condition, visits)
        if None in found_values:
            raise Unable("a condition that nobody can decide")
        return [bool(answer) for answer in found_values]

    def stage(self, stage: Stage, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """One stage of a pipeline, by its kind.

        Raises:
            Unable: no forward can say it.
        """
        way = self.ways.stages.get(type(stage))
        if way is None:
            raise Unable(type(stage).__name__)
        return way(self, stage, name, value, into, loop)

    def named(self, name: str) -> Value:
        known = self.values.get(name)
        if known is None:
            raise Unable(f"the value {name}")
        return known

    def part(self, part: Body, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """A body below a name: where it holds the only module of the named pipeline, the name is the module's."""
        if name is None or len(part) != 1 or part[0].name is not None:
            return self.body(part, value, into, loop)
        for stage in part[0].stages:
            value = self.stage(stage, name, value, into, loop)
        return value
