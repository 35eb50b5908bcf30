"""The forward of a module whose body is no plain sequence, and the attributes that it reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.attributes import Attributes, Value, tensors
from cnncalc.codegen.layout import Bracket, Code, Line, Suite, Ternary, lines, text_of
from cnncalc.codegen.pyexpr import Unable
from cnncalc.layers.broadcast import Elementwise
from cnncalc.network.sequences import is_sequence, modules
from cnncalc.network.trace import turn_key
from cnncalc.spec.syntax import (
    Body,
    Call,
    From,
    Group,
    Identity,
    If,
    Merge,
    Name,
    Path,
    Repeat,
    Shared,
    Stage,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.network.trace import Visit

FIXED = r"\d+|[A-Z][A-Z0-9_]*"
"""A count that a class need not keep: a number, or a constant of the file."""


class Forward(Attributes):
    """Writes the attributes and the forward of a module whose body is no plain sequence."""

    def run(self) -> tuple[list[str], str]:
        """Write everything; gives the head of ``forward`` and what it returns."""
        scope = self.scope
        if scope.block is not None:
            value, taken = Value("x", "in_channels"), ["x", *scope.references]
        else:
            value, taken = self.inputs()
        value = self.body(scope.body, value, "x", {})
        named = scope.writer.spec.outputs if scope.block is None else ()
        results = [self.named(name.text) for name in named] or [value]
        kind = "Tensor" if len(results) == 1 else f"tuple[{', '.join(['Tensor'] * len(results))}]"
        head = Bracket("def forward(", ("self", *(f"{name}: Tensor" for name in taken)))
        return lines("", head, f" -> {kind}:", depth=1), ", ".join(tensors(*results))

    def inputs(self) -> tuple[Value, list[str]]:
        """The value that enters the network, and the arguments of ``forward``."""
        nodes = self.scope.writer.graph.inputs
        if len(nodes) == 1 and nodes[0].path not in self.scope.read:
            return Value("x"), ["x"]
        for node in nodes:
            self.values[node.path] = Value(self.variable(node.path))
        names = [self.values[node.path].name for node in nodes]
        return Value(names[0]), names

    # ------------------------------------------------------------------------------------------ statements

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
            value = self.sequence(stages, name, value, target, loop)
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

    # ------------------------------------------------------------------------------------------ stages

    def stage(self, stage: Stage, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        if isinstance(stage, Call):
            return self.layer(stage, name, value, into, loop)
        if isinstance(stage, Identity):
            return value
        if isinstance(stage, From):
            return self.named(stage.name)
        if isinstance(stage, Merge):
            return self.merge(stage, name, value, into, loop)
        if isinstance(stage, If):
            return self.branch(stage, name, value, into, loop)
        if isinstance(stage, Path | Group):
            return self.body(stage.body, value, into, loop)
        if isinstance(stage, Repeat):
            return self.repeat(stage, value, into, loop)
        if isinstance(stage, Shared):
            return self.share(stage, value, into, loop)
        raise Unable(type(stage).__name__)

    def named(self, name: str) -> Value:
        known = self.values.get(name)
        if known is None:
            raise Unable(f"the value {name}")
        return known

    def layer(self, stage: Call, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        visits = self.scope.visits_of(stage)
        if not visits:
            raise Unable(f"{stage.name} is never reached")
        if self.scope.block_of(stage, visits) is not None:
            others = [self.named(other) for other in self.scope.passed_values(stage, visits)]
            code, after = self.scope.call(stage, loop, value.channels)
            attribute = self.attribute(name, visits, loop)
            return self.module(attribute, code, tensors(value, *others), visits, into, after)
        nodes = self.scope.nodes(visits)
        if calls.is_parameter(nodes[0]):
            return self.constant(stage, name, visits, loop)
        values = tensors(value, *self.others(stage, nodes[0].layer))
        if any(len(node.inputs) != len(values) for node in nodes):
            raise Unable(f"{stage.name} with several values")
        values = self.operands(nodes, values)
        if calls.torch_call(self.scope.writer.graph, nodes[0]).kind == "expression":
            self.assign(into, self.operation(stage, nodes, values), self.comment(visits))
            return Value(into, value.channels if self.same_channels(visits) else None)
        code, after = self.scope.call(stage, loop, value.channels)
        if nodes[0].index in self.scope.writer.indexed:
            return self.pool_with_indices(self.attribute(name, visits, loop), name, code, value, visits, into)
        if nodes[0].op == "unpool":
            values[1] = self.indices_of(stage)
        graph = self.scope.writer.graph
        if name is None and all(calls.is_stateless(graph, node) for node in nodes) and not self.uses(code, loop):
            wanted = stage.name if stage.name in self.scope.words else nodes[0].op
            return self.module(self.stateless(wanted, code), None, values, visits, into, after)
        return self.module(self.attribute(name, visits, loop), code, values, visits, into, after)

    def operation(self, stage: Call, nodes: list[Node], values: list[str]) -> str:
        """A layer that is an expression; where its numbers differ between calls, a function that finds them out."""
        graph = self.scope.writer.graph
        made = [calls.torch_call(graph, node) for node in nodes]
        if all(call.target == made[0].target for call in made):
            return calls.expression(made[0], values, each=calls.is_each(graph, nodes[0]))
        function = calls.FUNCTIONS.get(nodes[0].op)
        if function is None or len(values) == 1:
            raise Unable(f"{stage.name} differs between calls")
        self.scope.writer.helpers.add(function)
        return f"{function}({', '.join(values)})"

    def pool_with_indices(
        self, attribute: str, name: str | None, code: Code, value: Value, visits: list[Visit], into: str
    ) -> Value:
        if name is None or not isinstance(code, Bracket):
            raise Unable("indices of a pool without a name")
        code = code._replace(items=(*code.items, "return_indices=True"))
        self.indices[name] = self.variable(f"{name}_indices")
        self.module(attribute, code, [value.name], visits, f"{into}, {self.indices[name]}", None)
        return Value(into, value.channels)

    def indices_of(self, stage: Call) -> str:
        names = [argument.value.text for argument in stage.arguments if isinstance(argument.value, Name)]
        if len(names) != 1 or names[0] not in self.indices:
            raise Unable("indices from elsewhere")
        return self.indices[names[0]]

    def others(self, stage: Call, layer: Layer) -> list[Value]:
        """The further values that a layer reads, in the order of its fields."""
        given = [argument for argument in stage.arguments if isinstance(argument.value, Name)]
        order = {field: place for place, field in enumerate(layer.references)}
        given.sort(key=lambda argument: order.get(argument.keyword or "", -1))
        names = [argument.value.text for argument in given if isinstance(argument.value, Name)]
        return [self.values[name] for name in names if name in self.values and name not in self.scope.numbers]

    def constant(self, stage: Call, name: str | None, visits: list[Visit], loop: Mapping[str, str]) -> Value:
        """A parameter: an attribute, which is its own value."""
        nodes = self.scope.nodes(visits)
        made = [calls.torch_call(self.scope.writer.graph, node) for node in nodes]
        if made[0].kind == "expression":
            return Value(self.operation(stage, nodes, []))
        code = self.scope.parameter(stage, visits, loop)
        attribute = self.attribute(name, visits, loop)
        if not attribute.isidentifier():
            raise Unable("a parameter without a name")
        self.define(attribute, code)
        self.init[-1] = Line(*calls.registration(nodes[0], self.container, attribute, code))
        said = {calls.batched(node, self.access(attribute)) for node in nodes}
        if len(said) > 1:
            raise Unable("a parameter that is stored in several ways")
        return Value(said.pop())

    def operands(self, nodes: Sequence[Node], values: Sequence[str]) -> list[str]:
        """What a layer is called with: what exists once per network stretched where that is needed."""
        graph = self.scope.writer.graph
        said = {tuple(calls.operands(graph, node, values)) for node in nodes}
        each = {calls.is_each(graph, node) for node in nodes}
        if len(said) > 1 or len(each) > 1:
            raise Unable("a value that exists once per network in some calls only")
        return list(said.pop())

    # ------------------------------------------------------------------------------------------ sequences

    def sequence(self, stages: tuple[Stage, ...], name: str, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """A named sequence: ``nn.Sequential``, or a module that only holds the layers where it is no plain one."""
        visits = [visit for stage in stages for visit in self.scope.visits_of(stage)]
        last = self.scope.visits_of(stages[-1])
        only = stages[0]
        if len(stages) == 1 and isinstance(only, If):
            if any(body and not _is_named_sequence(body) for body in (only.then, only.otherwise)):
                raise Unable("a name for a layer or a sequence")
            if only.otherwise:
                raise Unable("a name for two sequences")
            code, after = self.optional(only, loop, value.channels)
            return self.module(self.attribute(name, visits, loop), code, [value.name], [], into, after)
        attribute = self.attribute(name, visits, loop)
        before = self.state()
        try:
            code, after = self.scope.sequential(stages, loop, value.channels)
        except Unable:
            self.restore(before)
            return self.holder(stages, attribute, value, into, loop)
        return self.module(attribute, code, [value.name], last, into, after)

    def holder(
        self, stages: tuple[Stage, ...], attribute: str, value: Value, into: str, loop: Mapping[str, str]
    ) -> Value:
        """A module without a forward of its own, which holds the layers under the name."""
        if "{" in attribute:
            raise Unable("a named sequence in a loop")
        self.define(attribute, "nn.Module()")
        before = self.container, self.level
        self.container, self.level = self.access(attribute), self.level + 1
        for stage in stages:
            value = self.stage(stage, None, value, into, loop)
        self.container, self.level = before
        return value

    def optional(self, stage: If, loop: Mapping[str, str], tracked: str | None) -> tuple[Code, str | None]:
        """A named sequence that a condition may leave out: an identity then."""
        visits = self.scope.visits_of(stage)
        condition = self.scope.expression(stage.condition, visits, loop, self.scope.channels(visits, loop, tracked))
        code, after = self.scope.sequential((Path(stage.then, stage.span),), loop, tracked)
        if isinstance(code, Bracket) and code.head == "nn.Sequential(" and len(code.items) == 1:
            only = stage.then[0].stages[0]
            if isinstance(only, Call) and self.scope.block_of(only, self.scope.visits_of(only)) is not None:
                code = code.items[0]
        return Ternary(code, condition, "nn.Identity()"), after

    # ------------------------------------------------------------------------------------------ branches, merges

    def branch(self, stage: If, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """A condition on the parameters: decided in the constructor, asked in forward."""
        answers = set(self.answers(stage, value, loop))
        with self.inner():
            if len(answers) == 1:
                return self.part(stage.then if answers.pop() else stage.otherwise, name, value, into, loop)
            return self.cases(stage, name, value, into, loop)

    def cases(self, stage: If, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        visits = self.scope.visits_of(stage)
        condition = self.scope.expression(
            stage.condition, visits, loop, self.scope.channels(visits, loop, value.channels)
        )
        if self.uses(condition, loop):
            raise Unable("a condition on the turn of a loop")
        flag = self.flag("shortcut" if name is None else f"has_{name}", condition)
        value = self.move(value, into)
        init, forward, before = self.init, self.forward, dict(self.values)
        both: list[tuple[list[Line | Suite], list[Line | Suite], Value]] = []
        defined, all_defined = self.defined, set(self.defined)
        for body in (stage.then, stage.otherwise):
            self.init, self.forward, self.values, self.defined = [], [], dict(before), set(defined)
            after = self.move(self.part(body, name, value, into, loop), into)
            both.append((self.init, self.forward, after))
            all_defined |= self.defined
        self.defined = all_defined
        (init_then, forward_then, then), (init_else, forward_else, otherwise) = both
        self.init = init + (init_then if init_then == init_else else _either(flag, init_then, init_else))
        self.forward = forward + _either(flag, forward_then, forward_else)
        return Value(into, then.channels if then.channels == otherwise.channels else None)

    def merge(self, stage: Merge, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """Branches in variables of their own, and the operation that joins them."""
        visits = self.scope.visits_of(stage)
        graph = self.scope.writer.graph
        made = [calls.torch_call(graph, graph.nodes[visit.last - 1]) for visit in visits]
        if not made or len({call.target for call in made}) != 1 or made[0].kind != "expression":
            raise Unable(f"{stage.operator} differs between calls")
        inner = name if modules(stage) == 1 else None
        if any(len(graph.nodes[visit.last - 1].inputs) != len(stage.parts) for visit in visits):
            raise Unable(f"{stage.operator} with more values")
        taken, branches = set(self.taken), self.branches
        ends: list[Value] = []
        with self.inner():
            self.held.add(value.name)
            for part in stage.parts:
                first, variable = self.branches, self.fresh()
                with self.inner():
                    ends.append(self.part(part, inner, value, variable, loop))
                if ends[-1].name != variable:
                    self.taken.discard(variable)
                    self.branches = first
                self.held.add(ends[-1].name)
        nodes = [graph.nodes[visit.last - 1] for visit in visits]
        names = self.operands(nodes, [end.name for end in ends])
        self.assign(into, calls.expression(made[0], names), self.comment(visits))
        self.taken, self.branches = taken | self.written, branches
        if stage.operator == "concat" and not stage.arguments:
            return Value(into, _sum([end.channels for end in ends]))
        stretches = all(isinstance(node.layer, Elementwise) for node in nodes)
        return Value(into, ends[0].channels if stretches and self.same_channels(visits) else None)

    def part(self, part: Body, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """A body below a name: where it holds the only module of the named pipeline, the name is the module's."""
        if name is None or len(part) != 1 or part[0].name is not None:
            return self.body(part, value, into, loop)
        for stage in part[0].stages:
            value = self.stage(stage, name, value, into, loop)
        return value

    # ------------------------------------------------------------------------------------------ repeats, shared weights

    def repeat(self, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """A loop in the constructor and in forward; the first turn by itself, or every turn, where they differ."""
        before, reason = self.state(), None
        for way in (self.again,) if stage.shared else self.scope.ways(stage, self.whole, self.peeled, self.unrolled):
            try:
                with self.inner():
                    return way(stage, value, into, loop)
            except Unable as unable:
                reason = reason or unable
                self.restore(before)
        raise reason or Unable("a repeat")

    def whole(self, stage: Repeat, value: Value, into: str, loop: Mapping[str, str], start: int = 0) -> Value:
        count = self.count(stage, loop)
        variable, inner = self.scope.turn_of(stage, loop, self.taken)
        value = self.move(value, into)
        init, forward, looping = self.init, self.forward, self.looping
        self.init, self.forward, self.looping = [], [], True
        self.taken.add(variable)
        with self.scope.within(inner):
            after = self.body(stage.body, Value(into), into, inner)
            self.move(after, into)
        mine, ours = self.init, self.forward
        self.init, self.forward, self.looping = init, forward, looping
        self.taken.discard(variable)
        self.init += _loop(variable, count, start, mine)
        self.forward += _loop(variable, count, start, ours)
        return Value(into, None if after.channels is None or self.uses(after.channels, inner) else after.channels)

    def count(self, stage: Repeat, loop: Mapping[str, str]) -> str:
        """How often a loop runs, as forward can say it: a number, a constant, or what the constructor noted."""
        count = self.scope.expression(stage.count, self.scope.visits_of(stage), loop, None)
        if re.fullmatch(FIXED, count):
            return count
        if self.uses(count, loop):
            raise Unable("a repeat whose count depends on a loop")
        return self.flag("turns", count)

    def peeled(self, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        if min(self.scope.counts(stage)) < 1:
            raise Unable("a repeat that may have no first turn")
        value = self.one(stage, 0, value, into, loop)
        with self.scope.turns(turn_key(stage), 1):
            return self.whole(stage, value, into, loop, start=1)

    def unrolled(self, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        for turn in range(self.scope.constant_count(stage)):
            value = self.one(stage, turn, value, into, loop)
        return value

    def one(self, stage: Repeat, turn: int, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """One turn, written out."""
        with self.inner(), self.scope.turns(turn_key(stage), turn, turn):
            return self.body(stage.body, value, into, self.scope.turn(stage, turn, loop))

    def again(self, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """The same weights in every turn."""
        if self.looping:
            raise Unable("shared weights in a loop")
        count = self.count(stage, loop)
        value = self.move(value, into)
        forward, self.forward = self.forward, []
        with self.scope.turns(turn_key(stage), 0, 0):
            after = self.move(self.body(stage.body, value, into, loop), into)
        self.forward = [*forward, *_loop("_", count, 0, self.forward)]
        return after

    def share(self, stage: Shared, value: Value, into: str, loop: Mapping[str, str]) -> Value:
        """One set of weights under a name: made where the name stands first."""
        if self.looping or self.container != "self" or not stage.name.isidentifier():
            raise Unable("shared weights under a path")
        visits = self.scope.visits_of(stage)
        if f"self.{stage.name}" in self.defined:
            return self.module(f"self.{stage.name}", None, [value.name], visits, into, None)
        only = stage.body[0].stages
        if len(stage.body) == 1 and len(only) == 1 and isinstance(only[0], Call):
            code, after = self.scope.call(only[0], loop, value.channels)
        else:
            code, after = self.scope.sequential((Path(stage.body, stage.span),), loop, value.channels)
        self.define(stage.name, code)
        return self.module(f"self.{stage.name}", None, [value.name], visits, into, after)


def _either(flag: str, then: list[Line | Suite], otherwise: list[Line | Suite]) -> list[Line | Suite]:
    """``if`` and ``else``, of which one may have nothing to say."""
    if not then:
        return [Suite(f"if not {flag}:", tuple(otherwise))] if otherwise else []
    return [Suite(f"if {flag}:", tuple(then)), *([Suite("else:", tuple(otherwise))] if otherwise else [])]


def _loop(variable: str, count: str, start: int, body: list[Line | Suite]) -> list[Line | Suite]:
    """``for i in range(n):``, with ``_`` for a variable that nobody reads."""
    read = any(re.search(rf"\b{variable}\b", line) for line in text_of(body, 0))
    numbers = f"{start}, {count}" if start else count
    return [Suite(f"for {variable if read else '_'} in range({numbers}):", tuple(body))] if body else []


def _sum(texts: list[str | None]) -> str | None:
    """The channels of values side by side."""
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        return None
    if all(text.isdecimal() for text in known):
        return str(sum(map(int, known)))
    if any(text != known[0] for text in known):
        return " + ".join(known)
    return f"{len(known)} * {known[0] if known[0].isidentifier() else f'({known[0]})'}"


def _is_named_sequence(body: Body) -> bool:
    """Whether a branch of a named condition is a named sequence, whose layers stand below the name."""
    return len(body) != 1 or body[0].name is not None or is_sequence(body[0].stages)
