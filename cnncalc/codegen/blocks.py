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
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, Each, Labelled, Ternary, flat, lines, literal
from cnncalc.codegen.pyexpr import HELPERS, Unable, found, python
from cnncalc.network import expand
from cnncalc.network.binding import FLAG, SHORT
from cnncalc.network.scope import Scope
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import (
    Apply,
    Binary,
    Block,
    Body,
    Call,
    Dims,
    Expression,
    From,
    Group,
    Identity,
    If,
    Merge,
    Name,
    Number,
    Path,
    Repeat,
    Stage,
    Statement,
    Unary,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.api import Network
    from cnncalc.graph import Graph
    from cnncalc.network.trace import Visit

DEFAULTS: dict[str, Any] = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "output_padding": 0,
    "bias": True,
    "ceil_mode": False,
}
"""What torch takes where an argument is left out."""

STATELESS = (
    "flatten",
    "maxpool",
    "avgpool",
    "globalavgpool",
    "softmax",
    "upsample",
    "pixelshuffle",
    "relu",
    "relu6",
    "leakyrelu",
    "silu",
    "gelu",
    "sigmoid",
    "tanh",
    "hardswish",
    "hardsigmoid",
    "elu",
    "selu",
    "mish",
    "dropout",
)
"""Layers without tensors that a forward may call by any name."""


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
        top = _Scope(self, None, self.spec.layers)
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
            text = _Scope(self, block, block.body).text()
            made = self.done[name] = Class(camel(name), text)
        return made

    def constant(self, name: str, values: list[Any]) -> str:
        """A parameter of the file: a constant above the classes."""
        if any(value != values[0] for value in values[1:]):
            raise Unable(f"the parameter {name} has several values")
        upper = name.upper()
        self.constants[upper] = values[0]
        return upper


class _Scope:
    """One class: a block, or the network."""

    def __init__(self, writer: _Writer, block: Block | None, body: Body) -> None:
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
            return [Each(items[0], turns)], after
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
        writer = _Forward(self)
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


class _Forward:
    """Writes the attributes and the forward of a module whose body is no plain sequence."""

    def __init__(self, scope: _Scope) -> None:
        self.scope = scope
        self.init: list[str] = []
        self.forward: list[str] = []
        self.depth = 2
        self.variables = {"x"}
        self.count = 0
        self.values: dict[str, tuple[str, str | None]] = {}

    def body(self, body: Body, x: str, loop: Mapping[str, str], tracked: str | None) -> tuple[str, str | None]:
        """Statements one after the other; gives the variable and the channels at the end."""
        for statement in body:
            x, tracked = self.statement(statement, x, loop, tracked)
        return x, tracked

    def statement(
        self, statement: Statement, x: str, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[str, str | None]:
        name = statement.name
        stages = statement.stages
        if name is not None and (len(stages) > 1 or isinstance(stages[0], Repeat | Path | If)):
            x, tracked = self.sequence(statement, name, x, loop, tracked)
        else:
            for stage in stages:
                x, tracked = self.stage(stage, name, x, loop, tracked)
        if name is not None:
            self.values[name] = x, tracked
        return x, tracked

    def stage(
        self, stage: Stage, name: str | None, x: str, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[str, str | None]:
        if isinstance(stage, Call):
            return self.layer(stage, name, x, loop, tracked)
        if isinstance(stage, Identity):
            return x, tracked
        if isinstance(stage, Merge):
            return self.merge(stage, x, loop, tracked)
        if isinstance(stage, From):
            raise Unable("from")
        if isinstance(stage, If):
            return self.branch(stage, x, loop, tracked)
        if isinstance(stage, Path | Group):
            return self.body(stage.body, x, loop, tracked)
        if isinstance(stage, Repeat) and not stage.shared and self.scope.block is None:
            return self.unnamed_repeat(stage, x, loop, tracked)
        raise Unable(type(stage).__name__)

    def unnamed_repeat(
        self, stage: Repeat, x: str, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[str, str | None]:
        raise Unable("a repeat between named layers")

    # ------------------------------------------------------------------------------------------ modules

    def layer(
        self, stage: Call, name: str | None, x: str, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[str, str | None]:
        visits = self.scope.visits_of(stage)
        nodes = (
            [self.scope.writer.graph.nodes[visit.first] for visit in visits]
            if stage.name not in self.scope.writer.spec.blocks
            else []
        )
        if nodes and calls.torch_call(self.scope.writer.graph, nodes[0]).kind == "expression":
            made = [calls.torch_call(self.scope.writer.graph, node) for node in nodes]
            if len({call.target for call in made}) > 1 or any(len(node.inputs) != 1 for node in nodes):
                raise Unable(f"{stage.name} differs between calls")
            self.count += 1
            self.assign(x, calls.expression(made[0], [x]))
            return x, None
        code, after = self.scope.call(stage, loop, tracked)
        number = self.count
        self.count += 1
        if name is None and nodes and all(node.op in STATELESS for node in nodes):
            attribute = self.stateless(nodes[0].op, code)
        else:
            attribute = self.attribute(name, number, visits)
            self.define(attribute, code)
        self.assign(x, f"{self.access(attribute)}({x})", self.comment(visits))
        return x, after

    def stateless(self, op: str, code: Code) -> str:
        """One module for all equal layers without tensors."""
        text = flat(code)
        if text not in self.scope.relus:
            name, number = op, 2
            while name in self.scope.attributes:
                name, number = f"{op}{number}", number + 1
            self.scope.relus[text] = name
            self.define(name, code)
            self.scope.attributes.add(name)
        return self.scope.relus[text]

    def attribute(self, name: str | None, number: int, visits: list[Visit]) -> str:
        """The name of a module: its own, or its place, which must be the same in all calls."""
        if name is not None:
            if not name.isidentifier():
                raise Unable(f"the name {name}")
            calls.check_attribute(name)
            self.scope.attributes.add(name)
            return name
        places = {self.scope.writer.graph.nodes[visit.first].path.split(".")[self.level(visit)] for visit in visits}
        if len(places) != 1:
            raise Unable("a place that differs between calls")
        del number
        return places.pop()

    def level(self, visit: Visit) -> int:
        path = self.scope.writer.trace.instances[visit.instance].path
        return len(path.split(".")) if path else 0

    def define(self, attribute: str, code: Code) -> None:
        if attribute.isidentifier():
            self.init += lines(f"self.{attribute} = ", code, depth=self.depth)
        else:
            self.init += lines("", Bracket("self.add_module(", (f'"{attribute}"', code)), depth=self.depth)

    def access(self, attribute: str) -> str:
        return f"self.{attribute}" if attribute.isidentifier() else f'self.get_submodule("{attribute}")'

    def assign(self, x: str, text: str, comment: str = "") -> None:
        line = f"{INDENT * self.depth}{x} = {text}"
        self.forward.append(line + comment if len(line + comment) <= WIDTH else line)

    def comment(self, visits: list[Visit]) -> str:
        shapes = {self.scope.writer.graph.nodes[visit.leaving].shape for visit in visits if visit.leaving is not None}
        return f"  # {calls.shape_comment(shapes.pop())}" if len(shapes) == 1 and self.scope.block is None else ""

    # ------------------------------------------------------------------------------------------ sequences, branches

    def sequence(
        self, statement: Statement, name: str, x: str, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[str, str | None]:
        """A named sequence: ``nn.Sequential``; one that a condition may leave out is an identity then."""
        stages = statement.stages
        self.count += 1
        if len(stages) == 1 and isinstance(stages[0], If) and not stages[0].otherwise:
            code, after = self.optional(stages[0], loop, tracked)
        else:
            items: list[Code] = []
            after = tracked
            for stage in stages:
                more, after = self.scope.link(stage, loop, after)
                items += more
            code = Bracket("nn.Sequential(", tuple(items))
        attribute = self.attribute(name, 0, [])
        self.define(attribute, code)
        visits = self.scope.visits_of(stages[-1])
        self.assign(x, f"{self.access(attribute)}({x})", self.comment(visits))
        return x, after

    def optional(self, stage: If, loop: Mapping[str, str], tracked: str | None) -> tuple[Code, str | None]:
        visits = self.scope.visits_of(stage)
        condition = self.scope.expression(stage.condition, visits, loop, self.scope.channels(visits, loop, tracked))
        items, after = self.scope.reached(stage.then, loop, tracked)
        if items is None:
            return "nn.Identity()", tracked
        code = items[0] if len(items) == 1 else Bracket("nn.Sequential(", tuple(items))
        return Ternary(code, condition, "nn.Identity()"), after

    def branch(self, stage: If, x: str, loop: Mapping[str, str], tracked: str | None) -> tuple[str, str | None]:
        """A condition on the parameters: decided in the constructor, asked in forward."""
        if self.depth > 2:  # noqa: PLR2004 (within another condition)
            raise Unable("a condition within a condition")
        visits = self.scope.visits_of(stage)
        taken = [
            any(self.scope.visits_of(s) for st in body for s in st.stages) for body in (stage.then, stage.otherwise)
        ]
        if self.scope.block is None:
            return self.body(stage.then if taken[0] else stage.otherwise, x, loop, tracked)
        if not all(taken) or not stage.otherwise:
            raise Unable("a branch that no call takes")
        condition = self.scope.expression(stage.condition, visits, loop, self.scope.channels(visits, loop, tracked))
        flag = "shortcut" if "shortcut" not in self.scope.attributes else f"case{len(self.scope.conditions)}"
        self.scope.attributes.add(flag)
        self.init += lines(f"self.{flag} = ", condition, depth=self.depth)
        both: list[tuple[list[str], list[str]]] = []
        before, afters = (self.init, self.forward, self.count), []
        for body in (stage.then, stage.otherwise):
            self.init, self.forward, self.depth, self.count = [], [], 3, before[2]
            saved = set(self.scope.attributes)
            afters.append(self.body(body, x, loop, tracked)[1])
            both.append((self.init, self.forward))
            self.scope.attributes = saved if body is stage.then else self.scope.attributes
        self.init, self.forward, self.depth = before[0], before[1], 2
        if both[0][0] == both[1][0]:
            self.init += [line[len(INDENT) :] for line in both[0][0]]
        else:
            self.init += [f"{INDENT * 2}if self.{flag}:", *both[0][0], f"{INDENT * 2}else:", *both[1][0]]
        self.forward += [f"{INDENT * 2}if self.{flag}:", *both[0][1], f"{INDENT * 2}else:", *both[1][1]]
        return x, afters[0] if afters[0] == afters[1] else None

    def merge(self, stage: Merge, x: str, loop: Mapping[str, str], tracked: str | None) -> tuple[str, str | None]:
        """Branches as variables, and the operation that joins them."""
        visits = self.scope.visits_of(stage)
        nodes = [self.scope.writer.graph.nodes[visit.last - 1] for visit in visits]
        made = [calls.torch_call(self.scope.writer.graph, node) for node in nodes]
        if len({call.target for call in made}) != 1:
            raise Unable(f"{stage.operator} differs between calls")
        ends: list[str] = []
        widths: list[str | None] = []
        for part in stage.parts:
            end, width = self.part(part, x, loop, tracked)
            ends.append(end)
            widths.append(width)
        code = calls.expression(made[0], ends)
        self.assign(x, code, self.comment(visits))
        for end in ends:
            self.variables.discard(end)
        self.variables.add("x")
        if stage.operator == "concat":
            return x, None
        return x, widths[0]

    def part(self, part: Body, x: str, loop: Mapping[str, str], tracked: str | None) -> tuple[str, str | None]:
        """One branch in a variable of its own; the value itself if nothing is done to it."""
        if (
            len(part) == 1
            and len(part[0].stages) == 1
            and isinstance(part[0].stages[0], Identity)
            and part[0].name is None
        ):
            return x, tracked
        variable = next(name for name in ("y", "z", *(f"y{i}" for i in range(2, 99))) if name not in self.variables)
        self.variables.add(variable)
        start = len(self.forward)
        end, width = self.body(part, variable, loop, tracked)
        if len(self.forward) == start:
            return x, tracked
        self.forward[start] = self.forward[start].replace(f"({variable})", f"({x})", 1)
        if f"({x})" not in self.forward[start]:
            raise Unable("a branch that does not begin with a module")
        return end, width


_MISSING = object()


def parts_of(made: list[Any]) -> list[tuple[int | str, str | None]]:
    """The arguments of calls of one class, positional by number, keywords by name, with the field that each comes from."""
    longest = max(made, key=lambda call: len(call.arguments))
    parts: list[tuple[int | str, str | None]] = []
    for place, argument in enumerate(longest.arguments):
        parts.append((argument.keyword or place, argument.field))
    keywords = {argument.keyword for call in made for argument in call.arguments if argument.keyword}
    missing = keywords - {key for key, _ in parts}
    return [
        *parts,
        *(
            (keyword, next(a.field for call in made for a in call.arguments if a.keyword == keyword))
            for keyword in sorted(missing)
        ),
    ]


def value_at(call: Any, key: int | str) -> Any:
    """The value of an argument; what torch takes where it is left out.

    Raises:
        Unable: nobody knows that.
    """
    for place, argument in enumerate(call.arguments):
        if (argument.keyword or place) == key:
            return argument.value
    value = default_of(call.target, str(key))
    if value is _MISSING:
        raise Unable(f"the argument {key} is not always given")
    return value


def default_of(target: str, name: str) -> Any:
    """What torch takes for an argument that is left out; the stride of a pooling is its window."""
    return _MISSING if name == "stride" and "Pool" in target else DEFAULTS.get(name, _MISSING)


def arguments_by_field(stage: Call, layer: Any) -> dict[str, Expression]:
    """The expressions that the spec gives to the fields of a layer."""
    waiting = list(layer.positional)
    given: dict[str, Expression] = {}
    for argument in stage.arguments:
        value = argument.value
        if argument.keyword is not None:
            field = SHORT.get(argument.keyword, argument.keyword)
        elif isinstance(value, Name) and (FLAG.match(value.text) or value.text in layer.words):
            continue
        else:
            while waiting and waiting[0] in given:
                waiting.pop(0)
            field = waiting[0] if waiting else ""
        given[field] = value
    return given


def arguments_of(block: Block, stage: Call, known: set[str]) -> dict[str, Expression]:
    """The expressions that a call gives to the parameters of a block; ``known`` are names that are no flags here."""
    names = [parameter.name for parameter in block.parameters]
    given: dict[str, Expression] = {}
    for argument in stage.arguments:
        value = argument.value
        match = FLAG.match(value.text) if isinstance(value, Name) and value.text not in known else None
        if argument.keyword is not None:
            given[argument.keyword] = value
        elif match is not None and match[1] in names and isinstance(value, Name):
            given[match[1]] = Number(int(match[2]), value.span) if match[2].isdecimal() else value
        else:
            given[next(name for name in names if name not in given)] = value
    return given


def may_be_float(expression: Any, fractions: set[str]) -> bool:
    """Whether Python would compute an expression in floats: a division, or a parameter that is a fraction."""
    if isinstance(expression, Apply):
        return expression.function in ("min", "max", "abs") and any(
            may_be_float(e, fractions) for e in expression.arguments
        )
    if isinstance(expression, Binary):
        return (
            expression.operator == "/"
            or may_be_float(expression.left, fractions)
            or may_be_float(expression.right, fractions)
        )
    if isinstance(expression, Unary):
        return may_be_float(expression.operand, fractions)
    if isinstance(expression, Name):
        return expression.text in fractions
    return isinstance(expression, Number) and isinstance(expression.value, Fraction)


def uses_names(expression: Any) -> bool:
    """Whether an expression is more than a literal."""
    return not isinstance(expression, Number | Dims)


def super_call(items: list[Code]) -> list[str]:
    """``super().__init__(...)`` with every module on a line of its own where they do not fit."""
    return lines("", Bracket("super().__init__(", tuple(items)), depth=2)


def camel(name: str) -> str:
    """``basic_block`` as ``BasicBlock``; short names such as ``cbr`` in capitals."""
    parts = name.split("_")
    if len(parts) == 1 and len(name) <= 4:  # noqa: PLR2004 (an abbreviation)
        return name.upper()
    return "".join(part[:1].upper() + part[1:] for part in parts)
