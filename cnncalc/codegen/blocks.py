"""One class per block of the spec, with its parameters as arguments of the constructor: as one writes it by hand.

Everything is checked against all calls of a block: an argument that differs between calls is written as the spec's own
expression if that gives the right number for every one of them. What cannot be written like this raises ``Unable``, and
the flat form is taken.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import (
    arguments_by_field,
    arguments_of,
    camel,
    default_of,
    may_be_float,
    parts_of,
    super_call,
    uses_names,
    value_at,
)
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, Each, Labelled, flat, lines, literal
from cnncalc.codegen.pyexpr import HELPERS, Unable, found, python
from cnncalc.network import expand
from cnncalc.network.binding import FLAG
from cnncalc.network.scope import Scope
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import (
    Block,
    Body,
    Call,
    Expression,
    Group,
    Identity,
    If,
    Number,
    Path,
    Repeat,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.api import Network
    from cnncalc.graph import Graph
    from cnncalc.network.trace import Visit


class Class(NamedTuple):
    """A class as text, and the helpers that it needs."""

    name: str
    text: list[str]


def emit_blocks(network: Network, name: str) -> tuple[list[list[str]], list[str], list[str]]:
    """The classes of a network, the network's own last; the names of helper classes; lines of constants and functions.

    Raises:
        Unable: the spec has what needs the flat form.
    """
    return _Writer(network, name).classes()


class _Writer:
    def __init__(self, network: Network, name: str) -> None:
        self.spec = network.spec
        self.trace = Trace()
        inputs, settings, variant = network.given or ({}, {}, None)
        self.graph: Graph = expand(self.spec, inputs=inputs, settings=settings, variant=variant, trace=self.trace)
        self.name = name
        if len(self.graph.inputs) != 1 or len(self.graph.outputs) != 1:
            raise Unable("several inputs or outputs")
        self.visits: dict[int, list[Visit]] = {}
        for visit in self.trace.visits:
            self.visits.setdefault(id(visit.stage), []).append(visit)
        self.helpers: set[str] = set()
        self.known = set(self.spec.params) | {
            p.name for b in self.spec.blocks.values() for p in b.parameters if FLAG.match(p.name)
        }
        self.constants: dict[str, Any] = {}
        self.done: dict[str, Class] = {}
        self.indexed = calls.pools_with_indices(self.graph)
        if self.indexed:
            raise Unable("pooling indices")

    def classes(self) -> tuple[list[list[str]], list[str], list[str]]:
        top = ClassScope(self, None, self.spec.layers)
        own = top.network()
        text = [made.text for made in self.done.values()]
        body = "\n".join("\n".join(part) for part in [*text, own])
        if any(len(line) > WIDTH for part in [*text, own] for line in part):
            raise Unable("a line that is too long")
        head: list[str] = [
            f"{name} = {literal(value)}" for name, value in self.constants.items() if re.search(rf"\b{name}\b", body)
        ]
        for function, definition in HELPERS.items():
            if f"{function}(" in body:
                head += ["", "", *definition] if head else definition
        return [*text, own], sorted(self.helpers), head

    def block(self, name: str) -> Class:
        """The class of a block; made when it is first called."""
        made = self.done.get(name)
        if made is None:
            block = self.spec.blocks[name]
            text = ClassScope(self, block, block.body).text()
            made = self.done[name] = Class(camel(name), text)
        return made

    def constant(self, name: str, values: list[Any]) -> str:
        """A parameter of the file: a constant above the classes."""
        if any(value != values[0] for value in values[1:]):
            raise Unable(f"the parameter {name} has several values")
        upper = name.upper()
        self.constants[upper] = values[0]
        return upper


class ClassScope:
    """One class: a block, or the network."""

    def __init__(self, writer: _Writer, block: Block | None, body: Body) -> None:
        """The block that is written, None for the network, and its statements."""
        self.writer = writer
        self.block = block
        self.body = body
        self.instances = [i for i in writer.trace.instances if i.block is block]
        self.parameters = [parameter.name for parameter in block.parameters] if block else []
        for name in self.parameters:
            if any(
                not isinstance(i.parameters.get(name), int | float) and not isinstance(i.parameters.get(name), Fraction)
                for i in self.instances
            ):
                raise Unable(f"the parameter {name} is no number")
        self.given = self.passed()
        self.window: tuple[int, int] | None = None
        self.attributes: set[str] = set()
        self.relus: dict[str, str] = {}
        self.conditions: list[str] = []

    # ------------------------------------------------------------------------------------------ names and numbers

    def visits_of(self, stage: Stage) -> list[Visit]:
        """The expansions of a stage; within one turn of a repeat only those of the turn."""
        visits = self.writer.visits.get(id(stage), [])
        if self.window is None:
            return visits
        first, last = self.window
        return [visit for visit in visits if first <= visit.first and visit.last <= last]

    def passed(self) -> set[str]:
        """Parameters that some call gives, or that have no default."""
        if self.block is None:
            return set()
        names = {p.name for p in self.block.parameters if p.default is None}
        for visits in self.writer.visits.values():
            stage = visits[0].stage
            if isinstance(stage, Call) and stage.name == self.block.name:
                names |= set(arguments_of(self.block, stage, self.writer.known))
        return names

    def names(self, visits: list[Visit], loop: Mapping[str, str]) -> dict[str, str]:
        """What the spec's names are called in Python, at a stage."""
        found_names = {name: name for name in self.parameters} | dict(loop)
        for name in self.writer.spec.params:
            if name not in found_names:
                values = [instance.parameters.get(name) for instance in self.instances]
                found_names[name] = self.writer.constant(name, values)
        return found_names

    def known(self, visits: list[Visit], loop: Mapping[str, str]) -> dict[str, list[Any]]:
        """The numbers that an expression at a stage can use, one per visit."""
        columns: dict[str, list[Any]] = {}
        for name in (*self.parameters, *loop):
            columns[loop.get(name, name)] = [visit.parameters.get(name) for visit in visits]
        if self.block is not None:
            instances = self.writer.trace.instances
            columns["in_channels"] = [(instances[visit.instance].shape or (0,))[0] for visit in visits]
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
            if known.get(tracked) == column or (tracked.isdecimal() and all(int(tracked) == value for value in column)):
                return tracked
            if all(value == column[0] for value in column) and self.block is None:
                return str(column[0])
            if not tracked.isidentifier() and not tracked.isdecimal():
                return tracked
        return found(column, known)

    def entering(self, visit: Visit) -> int:
        node = self.writer.graph.nodes[visit.entering] if visit.entering is not None else None
        if node is None or node.shape is None:
            raise Unable("a value of unknown size")
        return node.shape[0]

    def expression(self, value: Expression, visits: list[Visit], loop: Mapping[str, str], channels: str | None) -> str:
        """The text of an expression of the spec; rounded where it is a whole number that floats may miss."""
        text = python(value, self.names(visits, loop), channels)
        params = self.writer.spec.params
        exact = {n for n in params if any(isinstance(i.parameters.get(n), Fraction) for i in self.instances)}
        if may_be_float(value, exact) and all(type(v) is int for v in self.values(value, visits)):
            return f"round({text})"
        return text

    def values(self, expression: Expression, visits: list[Visit]) -> list[Any]:
        """The values of an expression of the spec at its visits; None where it has none."""
        found_values: list[Any] = []
        for visit in visits:
            scope = Scope(visit.parameters)
            scope.shape = None if visit.entering is None else self.writer.graph.nodes[visit.entering].shape
            try:
                found_values.append(evaluate(expression, scope))
            except ExpressionError:
                found_values.append(None)
        return found_values

    # ------------------------------------------------------------------------------------------ constructors

    def call(self, stage: Call, loop: Mapping[str, str], tracked: str | None) -> tuple[Code, str | None]:
        """The constructor of a layer or block, and the channels behind it."""
        visits = self.visits_of(stage)
        if not visits:
            raise Unable(f"{stage.name} is never reached")
        if stage.name in self.writer.spec.blocks:
            return self.block_call(stage, visits, loop, tracked)
        if any(visit.last != visit.first + 1 for visit in visits):
            raise Unable(stage.name)
        nodes = [self.writer.graph.nodes[visit.first] for visit in visits]
        made = [calls.torch_call(self.writer.graph, node) for node in nodes]
        if len({(call.kind, call.target) for call in made}) > 1 or any(
            calls.is_parameter(node) or len(node.inputs) > 1 for node in nodes
        ):
            raise Unable(f"{stage.name} is another class in another call")
        if made[0].kind == "expression":
            raise Unable(f"{stage.name} is no module")
        if made[0].kind == "helper":
            self.writer.helpers.add(made[0].target)
        channels = self.channels(visits, loop, tracked)
        items: list[Code] = []
        written = arguments_by_field(stage, nodes[0].layer)
        for keyword, field in parts_of(made):
            values = [value_at(call, keyword) for call in made]
            text = self.argument(field, values, written, visits, loop, channels)
            name = keyword if isinstance(keyword, str) else None
            if name is None or any(value != default_of(made[0].target, name) for value in values):
                items.append(Labelled(f"{name}=", text) if name else text)
        out = [(node.shape or (0,))[0] for node in nodes]
        after: str | None = channels
        if out != [self.entering(visit) for visit in visits]:
            widths = [
                text
                for (keyword, field), text in zip(parts_of(made), items, strict=False)
                if field in ("out_channels", "out_features")
            ]
            after = flat(widths[0]) if widths else None
        return Bracket(f"{made[0].target}(", tuple(items)), after

    def argument(
        self,
        field: str | None,
        values: list[Any],
        written: Mapping[str, Expression],
        visits: list[Visit],
        loop: Mapping[str, str],
        channels: str,
    ) -> str:
        """One argument: the channels that enter, the spec's own expression, the same number everywhere, or what is found."""
        if field == "in.c" and values == [self.entering(visit) for visit in visits]:
            return channels
        if field is not None and field in written and uses_names(written[field]):
            text = self.expression(written[field], visits, loop, channels)
            if self.values(written[field], visits) == values:
                return text
        if all(value == values[0] for value in values):
            return literal(values[0])
        known = self.known(visits, loop)
        if field == "groups" and values == [self.entering(visit) for visit in visits]:
            return channels
        return found(values, known)

    def block_call(
        self, stage: Call, visits: list[Visit], loop: Mapping[str, str], tracked: str | None
    ) -> tuple[Code, str | None]:
        block = self.writer.spec.blocks[stage.name]
        made = self.writer.block(stage.name)
        channels = self.channels(visits, loop, tracked)
        items: list[Code] = [channels]
        given = arguments_of(block, stage, self.writer.known | set(self.parameters))
        skipped = False
        for parameter in block.parameters:
            value = given.get(parameter.name)
            if value is None:
                skipped = True
                continue
            text = self.expression(value, visits, loop, channels)
            items.append(Labelled(f"{parameter.name}=", text) if skipped or parameter.default is not None else text)
        entering = [self.entering(visit) for visit in visits]
        out = [
            (self.writer.graph.nodes[visit.leaving].shape or (0,))[0] for visit in visits if visit.leaving is not None
        ]
        after = channels if out == entering else None
        if after is None and len(out) == len(visits):
            try:
                after = found(out, self.known(visits, loop))
            except Unable:
                after = None
        return Bracket(f"{made.name}(", tuple(items)), after

    # ------------------------------------------------------------------------------------------ chains

    def chain(self, body: Body, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        """The modules of a body that is a plain sequence."""
        items: list[Code] = []
        for statement in body:
            if statement.name is not None:
                raise Unable("a name in a sequence")
            for stage in statement.stages:
                more, tracked = self.link(stage, loop, tracked)
                items += more
        return items, tracked

    def link(self, stage: Stage, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        if isinstance(stage, Call):
            code, tracked = self.call(stage, loop, tracked)
            return [code], tracked
        if isinstance(stage, Identity):
            return [], tracked
        if isinstance(stage, Path | Group):
            return self.chain(stage.body, loop, tracked)
        if isinstance(stage, If):
            return self.chain_if(stage, loop, tracked)
        if isinstance(stage, Repeat) and not stage.shared:
            return self.chain_repeat(stage, loop, tracked)
        raise Unable(type(stage).__name__)

    def chain_if(self, stage: If, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        visits = self.visits_of(stage)
        condition = self.expression(stage.condition, visits, loop, self.channels(visits, loop, tracked))
        then, after = self.reached(stage.then, loop, tracked)
        otherwise, other = self.reached(stage.otherwise, loop, tracked)
        if then is None or otherwise is None:
            chosen = then if otherwise is None else otherwise
            if self.block is not None or chosen is None:
                raise Unable("a branch that no call takes")
            return chosen, after if otherwise is None else other
        listed = Bracket("[", tuple(then), "]"), Bracket("[", tuple(otherwise), "]")
        return [f"*({flat(listed[0])} if {condition} else {flat(listed[1])})"], after if after == other else None

    def reached(self, body: Body, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code] | None, str | None]:
        """A branch; None if no call takes it, so that nothing is known about it."""
        if body and not any(self.visits_of(stage) for statement in body for stage in statement.stages):
            return None, tracked
        return self.chain(body, loop, tracked)

    def chain_repeat(
        self, stage: Repeat, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[list[Code], str | None]:
        visits = self.visits_of(stage)
        count = self.expression(stage.count, visits, loop, None)
        inner = dict(loop)
        if stage.variable:
            inner[stage.variable] = stage.variable
        if not any(self.visits_of(s) for statement in stage.body for s in statement.stages):
            raise Unable("a repeat that never runs")
        try:
            items, after = self.chain(stage.body, inner, None)
        except Unable:
            if self.block is not None:
                raise
            return self.unrolled(stage, visits, loop, tracked)
        if any(isinstance(item, str) and item.startswith("*") for item in items):
            raise Unable("a condition in a repeat")
        turns = (f"for {stage.variable or '_'} in range({count})",)
        if len(items) == 1:
            item = items[0]
            if isinstance(item, Each):
                return [Each(item.code, (*turns, *item.turns))], after
            return [Each(item, turns)], after
        return [Each("layer", (*turns, f"for layer in ({', '.join(map(flat, items))})"))], after

    def unrolled(
        self, stage: Repeat, visits: list[Visit], loop: Mapping[str, str], tracked: str | None
    ) -> tuple[list[Code], str | None]:
        """Every turn of a repeat written out, where the turns differ."""
        if len(visits) != 1:
            raise Unable("a repeat within a repeat")
        inner = [
            v
            for s in stage.body[0].stages[:1]
            for v in self.writer.visits.get(id(s), [])
            if visits[0].first <= v.first < visits[0].last
        ]
        starts = [*(visit.first for visit in inner), visits[0].last]
        items: list[Code] = []
        before = self.window
        for first, last in pairwise(starts):
            self.window = first, last
            more, tracked = self.chain(stage.body, loop, tracked)
            items += more
        self.window = before
        return items, tracked

    # ------------------------------------------------------------------------------------------ classes

    def text(self) -> list[str]:
        """The class of a block: a sequence if its body is one, else a module with a forward of its own."""
        assert self.block is not None  # noqa: S101 (the network has its own method)
        name = camel(self.block.name)
        try:
            items, _ = self.chain(self.body, {}, "in_channels")
        except Unable:
            return self.module(name)
        head = [f"class {name}(nn.Sequential):", f'{INDENT}"""{self.title()}."""', "", *self.signature()]
        return [*head, *self.locals(), *super_call(items)]

    def title(self) -> str:
        assert self.block is not None  # noqa: S101 (the network has its own method)
        return f"The block {self.block.name}"

    def signature(self) -> list[str]:
        assert self.block is not None  # noqa: S101 (the network has its own method)
        items = ["self", "in_channels: int"]
        for parameter in self.block.parameters:
            if parameter.name not in self.given:
                continue
            default = parameter.default
            kind = "float" if any(not isinstance(i.parameters[parameter.name], int) for i in self.instances) else "int"
            if default is None:
                items.append(f"{parameter.name}: {kind}")
            elif isinstance(default, Number):
                items.append(f"{parameter.name}: {kind} = {literal(default.value)}")
            else:
                items.append(f"{parameter.name}: {kind} | None = None")
        return lines("", Bracket("def __init__(", tuple(items)), " -> None:", depth=1)

    def locals(self) -> list[str]:
        """Parameters that follow from others."""
        assert self.block is not None  # noqa: S101 (the network has its own method)
        text = []
        for parameter in self.block.parameters:
            default = parameter.default
            if default is None or (isinstance(default, Number) and parameter.name in self.given):
                continue
            names = {name: name for name in self.parameters}
            for name in self.writer.spec.params:
                names.setdefault(name, self.writer.constant(name, [i.parameters.get(name) for i in self.instances]))
            value = python(default, names, "in_channels")
            if parameter.name in self.given:
                value = f"{value} if {parameter.name} is None else {parameter.name}"
            text += lines(f"{parameter.name} = ", value, depth=2)
        return text

    def module(self, name: str) -> list[str]:
        """A class with attributes and a forward."""
        from cnncalc.codegen.forward import Forward

        writer = Forward(self)
        writer.body(self.body, "x", {}, "in_channels" if self.block else None)
        init, forward = writer.init, writer.forward
        head = [
            f"class {name}(nn.Module):",
            f'{INDENT}"""{self.title() if self.block else self.writer.graph.name}."""',
            "",
        ]
        signature = self.signature() if self.block else [f"{INDENT}def __init__(self) -> None:"]
        start = [*(self.locals() if self.block else []), f"{INDENT * 2}super().__init__()"]
        body = [f"{INDENT}def forward(self, x: Tensor) -> Tensor:", *forward]
        if forward and (match := re.fullmatch(rf"{INDENT * 2}x = (.*)", forward[-1])) and not self.block:
            body = [*body, f"{INDENT * 2}return x"]
            del match
        else:
            body = [*body, f"{INDENT * 2}return x"]
        return [*head, *signature, *start, *init, "", *body]

    def network(self) -> list[str]:
        """The class of the network."""
        try:
            items, _ = self.chain(self.body, {}, None)
        except Unable:
            return self.module(self.writer.name)
        head = [f"class {self.writer.name}(nn.Sequential):", f'{INDENT}"""{self.writer.graph.name}."""', ""]
        return [*head, f"{INDENT}def __init__(self) -> None:", *super_call(items)]
