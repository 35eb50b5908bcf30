"""Attributes and forward of a module whose body is no plain sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, Ternary, flat, lines, parsed
from cnncalc.codegen.pyexpr import Unable
from cnncalc.spec.syntax import (
    Body,
    Call,
    From,
    Group,
    Identity,
    If,
    Merge,
    Path,
    Repeat,
    Stage,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.codegen.blocks import ClassScope
    from cnncalc.network.trace import Visit


class Forward:
    """Writes the attributes and the forward of a module whose body is no plain sequence."""

    def __init__(self, scope: ClassScope) -> None:
        """The class that is written."""
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
        raise Unable(type(stage).__name__)

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
        self.count += 1
        if name is None and nodes and all(calls.is_stateless(self.scope.writer.graph, node) for node in nodes):
            attribute = self.stateless(nodes[0].op, code)
        else:
            attribute = self.attribute(name, visits)
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

    def attribute(self, name: str | None, visits: list[Visit]) -> str:
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
        code = lines(f"{x} = ", parsed(text), depth=self.depth)
        if len(code) == 1 and len(code[0] + comment) <= WIDTH:
            code[0] += comment
        self.forward += code

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
        attribute = self.attribute(name, [])
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
