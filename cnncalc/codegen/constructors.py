"""Constructors of layers and blocks, with the expressions of the spec as arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import (
    arguments_by_field,
    arguments_of,
    default_of,
    parts_of,
    uses_names,
    value_at,
)
from cnncalc.codegen.further import Further, is_unsaid
from cnncalc.codegen.layout import Bracket, Code, Labelled, literal
from cnncalc.codegen.pyexpr import Unable, found
from cnncalc.codegen.visits import callee
from cnncalc.spec.syntax import (
    Block,
    Call,
    Expression,
    Name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.graph import Node
    from cnncalc.network.trace import Visit


class Constructors(Further):
    """Writes the calls that make the modules of a class."""

    def call(self, stage: Call, loop: Mapping[str, str], tracked: str | None) -> tuple[Code, str | None]:
        """The constructor of a layer or block, and the channels behind it."""
        visits = self.visits_of(stage)
        if not visits:
            raise Unable(f"{stage.name} is never reached")
        block = self.block_of(stage, visits)
        if block is not None:
            return self.block_call(stage, block, visits, loop, tracked)
        nodes = self.nodes(visits)
        made = [calls.torch_call(self.file.graph, node) for node in nodes]
        if made[0].kind == "expression" or any(map(calls.is_parameter, nodes)):
            raise Unable(f"{stage.name} is no module")
        if stage.name in self.words:
            if any(call.arguments for call in made):
                raise Unable(f"{stage.name} with arguments")
            for call in made:
                self.note(call)
            return Bracket(f"{stage.name}(", ()), tracked
        if len({(call.kind, call.target) for call in made}) > 1:
            raise Unable(f"{stage.name} is another class in another call")
        channels = self.channels_if_known(visits, loop, tracked)
        code, widths = self.construct(stage, nodes, made, loop, channels)
        out = [(node.shape or (0,))[0] for node in nodes]
        return code, channels if out == [self.entering(visit) for visit in visits] else widths

    def note(self, made: Any) -> None:
        """A small class that the file must bring along."""
        if made.kind == "helper":
            self.file.helpers.add(made.target)

    def construct(
        self, stage: Call, nodes: list[Node], made: list[Any], loop: Mapping[str, str], channels: str | None
    ) -> tuple[Bracket, str | None]:
        """``nn.Conv2d(in_channels, 2 * c, 3)``, and the channels that it says it gives."""
        self.note(made[0])
        visits = self.visits_of(stage)
        items: list[Code] = []
        widths: str | None = None
        written = arguments_by_field(stage, nodes[0].layer)
        for keyword, field in parts_of(made):
            values = [value_at(call, keyword) for call in made]
            text = self.argument(field, values, written, visits, loop, channels)
            name = keyword if isinstance(keyword, str) else None
            said = field in written and not text.replace(".", "").isdecimal() and uses_names(written[field or ""])
            if name is None or said or any(value != default_of(made[0].target, name) for value in values):
                items.append(Labelled(f"{name}=", text) if name else text)
            if field in ("out_channels", "out_features"):
                widths = text
        return Bracket(f"{made[0].target}(", tuple(items)), widths

    def parameter(self, stage: Call, visits: list[Visit], loop: Mapping[str, str]) -> Code:
        """What makes a learned constant."""
        nodes = self.nodes(visits)
        made = [calls.torch_call(self.file.graph, node) for node in nodes]
        return self.construct(stage, nodes, made, loop, None)[0]

    def argument(
        self,
        field: str | None,
        values: list[Any],
        written: Mapping[str, Expression],
        visits: list[Visit],
        loop: Mapping[str, str],
        channels: str | None,
    ) -> str:
        """One argument: the channels that enter, the spec's own expression, the same number everywhere, or what is found."""
        if channels is not None and field == "in.c" and values == [self.entering(visit) for visit in visits]:
            return channels
        if field is not None and field in written and uses_names(written[field]):
            text = self.expression(written[field], visits, loop, channels)
            if self.values(written[field], visits) == values:
                return text
        if all(value == values[0] for value in values):
            return literal(values[0])
        if channels is not None and field == "groups" and values == [self.entering(visit) for visit in visits]:
            return channels
        return self.said(values, visits, loop, "in_features" if field is None or "." in field else field)

    def block_call(
        self, stage: Call, block: Block, visits: list[Visit], loop: Mapping[str, str], tracked: str | None
    ) -> tuple[Code, str | None]:
        names = sorted({callee(stage, visit) for visit in visits})
        made = [self.file.block(name).name for name in names]
        wide = any(name not in self.file.widthless for name in names)
        channels = self.channels(visits, loop, tracked) if wide else self.channels_if_known(visits, loop, tracked)
        items: list[Code] = [channels] if wide and channels else []
        given = arguments_of(block, stage, self.file.known | set(self.parameters))
        kinds = self.file.kinds(block)
        numbers: dict[str, Expression] = {}
        instances = {visit.made: self.file.trace.instances[visit.made or 0] for visit in visits}
        unsaid = [p.name for p in block.parameters if is_unsaid(p, self.file)]
        skipped = False
        for parameter in block.parameters:
            value = given.get(parameter.name)
            if kinds[parameter.name] == "value":
                continue
            if value is None:
                skipped = True
                if parameter.name in unsaid:
                    column = [instances[visit.made].parameters[parameter.name] for visit in visits]
                    items.append(Labelled(f"{parameter.name}=", self.said(column, visits, loop, parameter.name)))
                continue
            if kinds[parameter.name] == "word":
                text = self.word(value)
            else:
                text = self.number(parameter.name, value, visits, loop, channels)
                numbers[text] = value
            items.append(Labelled(f"{parameter.name}=", text) if skipped or parameter.default is not None else text)
        for name, values in self.file.extras[block.name].items():
            if len(made) > 1:
                raise Unable("further arguments of one of several blocks")
            column = [values[visit.made or 0] for visit in visits]
            items.append(Labelled(f"{name}=", self.said(column, visits, loop, name)))
        target = stage.name if stage.name in self.words else made[0]
        return Bracket(f"{target}(", tuple(items)), self.behind(visits, loop, channels, numbers)

    def number(
        self, name: str, value: Expression, visits: list[Visit], loop: Mapping[str, str], channels: str | None
    ) -> str:
        """A number for a parameter of a block: the spec's expression, or its value where Python cannot say it."""
        try:
            return self.expression(value, visits, loop, channels)
        except Unable:
            column = self.values(value, visits)
            if None in column:
                raise
            return self.said(column, visits, loop, name)

    def behind(
        self, visits: list[Visit], loop: Mapping[str, str], channels: str | None, numbers: Mapping[str, Expression]
    ) -> str | None:
        """The channels that leave a block: those that enter, one of its arguments, or what is found."""
        leaving = [self.file.graph.nodes[visit.leaving] for visit in visits if visit.leaving is not None]
        out = [(node.shape or (0,))[0] for node in leaving]
        if out == [self.entering(visit) for visit in visits]:
            return channels
        for text, value in numbers.items():
            if self.values(value, visits) == out:
                return text
        try:
            return found(out, self.known(visits, loop), self.file.steps) if len(out) == len(visits) else None
        except Unable:
            return None

    def word(self, value: Expression) -> str:
        """The class that a word of the spec stands for."""
        if not isinstance(value, Name):
            raise Unable("a layer by an expression")
        if value.text in self.words:
            return value.text
        if value.text in self.file.spec.blocks:
            return self.file.block(value.text).name
        targets = {
            calls.torch_call(self.file.graph, self.file.graph.nodes[visit.first]).target
            for visits in self.file.visits.values()
            for visit in visits
            if isinstance(visit.stage, Call)
            and callee(visit.stage, visit) == value.text
            and visit.last == visit.first + 1
        }
        if len(targets) != 1:
            raise Unable(f"the class of {value.text}")
        return targets.pop()
