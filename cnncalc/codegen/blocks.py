"""One class per block of the spec, with its parameters as arguments of the constructor: as one writes it by hand.

Everything is checked against all calls of a block: an argument that differs between calls is written as the spec's own
expression if that gives the right number for every one of them. What cannot be written like this raises ``Unable``, and
the flat form is taken.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from cnncalc.codegen import calls
from cnncalc.codegen.arguments import (
    arguments_by_field,
    arguments_of,
    camel,
    default_of,
    may_be_float,
    names_given,
    names_read,
    parts_of,
    super_call,
    uses_names,
    value_at,
)
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, Code, Each, Labelled, flat, lines, literal, mapping, text_of
from cnncalc.codegen.pyexpr import FUNCTIONS, HELPERS, Unable, found, python
from cnncalc.network import expand
from cnncalc.network.binding import FLAG
from cnncalc.network.expander import is_sequence, turn_key
from cnncalc.network.scope import Reference, Scope, Word
from cnncalc.network.trace import Trace
from cnncalc.record import NamedTuple
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import (
    Block,
    Body,
    Call,
    Dims,
    Expression,
    Group,
    Identity,
    If,
    Name,
    Number,
    Path,
    Repeat,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cnncalc.api import Network
    from cnncalc.graph import Graph, Node
    from cnncalc.network.trace import Visit

Way = TypeVar("Way")

WORDS = re.compile(r"[A-Za-z_]\w*")

SPOKEN = {"math", "ceil", "floor", *FUNCTIONS.values()}
"""Words of an expression that stand for no number."""

LONGEST = 4
"""How many turns of a repeat are written out in a block."""


class Class(NamedTuple):
    """A class as text, and the helpers that it needs."""

    name: str
    text: list[str]


class Item(NamedTuple):
    """A module of a sequence, with its name if the spec gives it one."""

    name: str | None
    code: Code


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
        self.visits: dict[int, list[Visit]] = {}
        for visit in self.trace.visits:
            self.visits.setdefault(id(visit.stage), []).append(visit)
        self.helpers: set[str] = set()
        self.known = set(self.spec.params) | {
            p.name for b in self.spec.blocks.values() for p in b.parameters if FLAG.match(p.name)
        }
        values = self.trace.instances[0].parameters
        self.constants: dict[str, Any] = {name.upper(): values[name] for name in self.spec.params}
        whole = [value for value in self.constants.values() if type(value) is int]
        self.steps = {v: n for n, v in self.constants.items() if type(v) is int and v > LONGEST and whole.count(v) == 1}
        self.done: dict[str, Class] = {}
        self.indexed = calls.pools_with_indices(self.graph)

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
        return [*text, own], sorted(name for name in self.helpers if re.search(rf"\b{name}\b", body)), head

    def block(self, name: str) -> Class:
        """The class of a block; made when it is first called."""
        made = self.done.get(name)
        if made is None:
            block = self.spec.blocks[name]
            text = ClassScope(self, block, block.body).text()
            made = self.done[name] = Class(camel(name), text)
        return made

    def kinds(self, block: Block) -> dict[str, str]:
        """What the parameters of a block hold: a number, a layer (or block), a value of the network."""
        kinds = {}
        for parameter in block.parameters:
            held = [i.parameters.get(parameter.name) for i in self.trace.instances if i.block is block]
            found_kinds = {_kind(value) for value in held}
            if len(found_kinds) != 1:
                raise Unable(f"the parameter {parameter.name} is not always of one kind")
            kinds[parameter.name] = found_kinds.pop()
        return kinds

    def constant(self, name: str, values: list[Any]) -> str:
        """A parameter of the file: a constant above the classes."""
        if any(value != values[0] for value in values[1:]):
            raise Unable(f"the parameter {name} has several values")
        upper = name.upper()
        self.constants[upper] = values[0]
        return upper


def _kind(value: Any) -> str:
    if isinstance(value, Word):
        return "word"
    if isinstance(value, Reference):
        return "value"
    if isinstance(value, int | float | Fraction) or (
        isinstance(value, tuple) and all(isinstance(item, int | float | Fraction) for item in value)
    ):
        return "number"
    raise Unable("a parameter that is no number")


class ClassScope:
    """One class: a block, or the network."""

    def __init__(self, writer: _Writer, block: Block | None, body: Body) -> None:
        """The block that is written, None for the network, and its statements."""
        self.writer = writer
        self.block = block
        self.body = body
        self.instances = [i for i in writer.trace.instances if i.block is block]
        kinds = writer.kinds(block) if block else {}
        self.parameters = list(kinds)
        self.numbers = [name for name, kind in kinds.items() if kind == "number"]
        self.words = [name for name, kind in kinds.items() if kind == "word"]
        self.references = [name for name, kind in kinds.items() if kind == "value"]
        self.given = self.passed()
        self.read = names_read(body) | ({name.text for name in writer.spec.outputs} if block is None else set())
        self.filters: list[tuple[str, int, int | None]] = []
        self.loop: Mapping[str, str] = {}
        self.attributes: set[str] = names_given(body)
        self.relus: dict[str, str] = {}

    # ------------------------------------------------------------------------------------------ what happened

    def visits_of(self, stage: Stage) -> list[Visit]:
        """The expansions of a stage; within chosen turns of a repeat only those of the turns."""
        visits = self.writer.visits.get(id(stage), [])
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
        for visits in self.writer.visits.values():
            stage = visits[0].stage
            if isinstance(stage, Call) and any(_called(stage, visit) == self.block.name for visit in visits):
                names |= set(arguments_of(self.block, stage, self.writer.known))
        return names

    def block_of(self, stage: Call, visits: list[Visit]) -> Block | None:
        """The block that a stage calls, if it is one; one of them where a parameter says which."""
        blocks = self.writer.spec.blocks
        called = {_called(stage, visit) for visit in visits}
        if not called & set(blocks):
            return None
        if called - set(blocks) or (len(called) > 1 and stage.name not in self.words):
            raise Unable(f"{stage.name} is a layer and a block")
        return blocks[min(called)]

    def passed_values(self, stage: Call, visits: list[Visit]) -> list[str]:
        """The names of the values that a call of a block gives."""
        block = self.block_of(stage, visits)
        if block is None:
            return []
        given = arguments_of(block, stage, self.writer.known | set(self.parameters))
        wanted = [name for name, kind in self.writer.kinds(block).items() if kind == "value"]
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
        return [self.writer.graph.nodes[visit.first] for visit in visits]

    # ------------------------------------------------------------------------------------------ names and numbers

    def names(self, loop: Mapping[str, str]) -> dict[str, str]:
        """What the spec's names are called in Python."""
        found_names = {name: name for name in self.numbers} | dict(loop)
        for name in self.writer.spec.params:
            if name not in self.parameters and name not in found_names:
                values = [instance.parameters.get(name) for instance in self.instances]
                found_names[name] = self.writer.constant(name, values)
        return found_names

    def known(self, visits: list[Visit], loop: Mapping[str, str]) -> dict[str, list[Any]]:
        """The numbers that an expression at a stage can use, one per visit."""
        columns: dict[str, list[Any]] = {}
        for name in (*self.numbers, *loop):
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
            if tracked in self.writer.constants and all(self.writer.constants[tracked] == value for value in column):
                return tracked
            if known.get(tracked) == column or (tracked.isdecimal() and all(int(tracked) == value for value in column)):
                return tracked
            if not tracked.isidentifier() and not tracked.isdecimal():
                return tracked
            if all(value == column[0] for value in column) and self.block is None:
                return str(column[0])
        return found(column, known, self.writer.steps)

    def channels_if_known(self, visits: list[Visit], loop: Mapping[str, str], tracked: str | None) -> str | None:
        """The same, None where nobody can say it: few layers ask."""
        try:
            return self.channels(visits, loop, tracked)
        except Unable:
            return None

    def entering(self, visit: Visit) -> int:
        node = self.writer.graph.nodes[visit.entering] if visit.entering is not None else None
        if node is None or node.shape is None:
            raise Unable("a value of unknown size")
        return node.shape[0]

    def expression(self, value: Expression, visits: list[Visit], loop: Mapping[str, str], channels: str | None) -> str:
        """The text of an expression of the spec; rounded where it is a whole number that floats may miss."""
        text = python(value, self.names(loop), channels)
        if any(name.isdecimal() for name in loop.values()) and not set(WORDS.findall(text)) - SPOKEN:
            turns = self.values(value, visits)
            if turns and all(turn is not None and turn == turns[0] for turn in turns):
                return literal(turns[0])
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
        block = self.block_of(stage, visits)
        if block is not None:
            return self.block_call(stage, block, visits, loop, tracked)
        nodes = self.nodes(visits)
        made = [calls.torch_call(self.writer.graph, node) for node in nodes]
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
            self.writer.helpers.add(made.target)

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
        made = [calls.torch_call(self.writer.graph, node) for node in nodes]
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
        return found(values, self.known(visits, loop), self.writer.steps)

    def block_call(
        self, stage: Call, block: Block, visits: list[Visit], loop: Mapping[str, str], tracked: str | None
    ) -> tuple[Code, str | None]:
        names = sorted({_called(stage, visit) for visit in visits})
        made = [self.writer.block(name).name for name in names]
        channels = self.channels(visits, loop, tracked)
        items: list[Code] = [channels]
        given = arguments_of(block, stage, self.writer.known | set(self.parameters))
        kinds = self.writer.kinds(block)
        numbers: dict[str, Expression] = {}
        skipped = False
        for parameter in block.parameters:
            value = given.get(parameter.name)
            if kinds[parameter.name] == "value":
                continue
            if value is None:
                skipped = True
                continue
            if kinds[parameter.name] == "word":
                text = self.word(value)
            else:
                text = self.expression(value, visits, loop, channels)
                numbers[text] = value
            items.append(Labelled(f"{parameter.name}=", text) if skipped or parameter.default is not None else text)
        called = stage.name if stage.name in self.words else made[0]
        return Bracket(f"{called}(", tuple(items)), self.behind(visits, loop, channels, numbers)

    def behind(
        self, visits: list[Visit], loop: Mapping[str, str], channels: str, numbers: Mapping[str, Expression]
    ) -> str | None:
        """The channels that leave a block: those that enter, one of its arguments, or what is found."""
        leaving = [self.writer.graph.nodes[visit.leaving] for visit in visits if visit.leaving is not None]
        out = [(node.shape or (0,))[0] for node in leaving]
        if out == [self.entering(visit) for visit in visits]:
            return channels
        for text, value in numbers.items():
            if self.values(value, visits) == out:
                return text
        try:
            return found(out, self.known(visits, loop), self.writer.steps) if len(out) == len(visits) else None
        except Unable:
            return None

    def word(self, value: Expression) -> str:
        """The class that a word of the spec stands for."""
        if not isinstance(value, Name):
            raise Unable("a layer by an expression")
        if value.text in self.words:
            return value.text
        if value.text in self.writer.spec.blocks:
            return self.writer.block(value.text).name
        targets = {
            calls.torch_call(self.writer.graph, self.writer.graph.nodes[visit.first]).target
            for visits in self.writer.visits.values()
            for visit in visits
            if isinstance(visit.stage, Call)
            and _called(visit.stage, visit) == value.text
            and visit.last == visit.first + 1
        }
        if len(targets) != 1:
            raise Unable(f"the class of {value.text}")
        return targets.pop()

    # ------------------------------------------------------------------------------------------ chains

    def sequential(
        self, stages: tuple[Stage, ...], loop: Mapping[str, str], tracked: str | None
    ) -> tuple[Code, str | None]:
        """``nn.Sequential(...)`` of the stages of a named sequence, and the channels behind it."""
        items: list[Item] = []
        for stage in stages:
            more, tracked = self.link(stage, None, loop, tracked)
            items += more
        if all(item.name is None for item in items):
            return Bracket("nn.Sequential(", tuple(item.code for item in items)), tracked
        if any(isinstance(item.code, Each) or _is_starred(item.code) for item in items):
            raise Unable("names beside a repeat or a condition")
        named = {str(place) if item.name is None else item.name: item.code for place, item in enumerate(items)}
        for name in named:
            if "." in name:
                raise Unable("a path as a name")
            calls.check_attribute(name)
        inner: Code = (
            Bracket("OrderedDict(", tuple(Labelled(f"{name}=", code) for name, code in named.items()))
            if all(map(calls.is_attribute, named))
            else Bracket("OrderedDict(", (mapping(named),))
        )
        return Bracket("nn.Sequential(", (inner,)), tracked

    def chain(self, body: Body, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Item], str | None]:
        """The modules of a body that is a plain sequence."""
        items: list[Item] = []
        for statement in body:
            name, stages = statement.name, statement.stages
            if name is not None and (name in self.read or "{" in name or isinstance(stages[0], If)):
                raise Unable("a name that is read, computed or given to a condition")
            if name is not None and is_sequence(stages):
                code, tracked = self.sequential(stages, loop, tracked)
                items.append(Item(name, code))
                continue
            for stage in stages:
                more, tracked = self.link(stage, name, loop, tracked)
                items += more
        return items, tracked

    def plain(self, body: Body, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        """The modules of a sequence without names."""
        items, after = self.chain(body, loop, tracked)
        if any(item.name is not None for item in items):
            raise Unable("a name in a sequence")
        return [item.code for item in items], after

    def link(
        self, stage: Stage, name: str | None, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[list[Item], str | None]:
        if isinstance(stage, Call):
            visits = self.visits_of(stage)
            if self.block_of(stage, visits) is None:
                nodes = self.nodes(visits)
                if any(len(node.inputs) != 1 or node.index in self.writer.indexed for node in nodes):
                    raise Unable(f"{stage.name} with several values")
            elif self.passed_values(stage, visits):
                raise Unable(f"{stage.name} with several values")
            code, tracked = self.call(stage, loop, tracked)
            return [Item(name, code)], tracked
        if isinstance(stage, Identity):
            return [], tracked
        if isinstance(stage, Path | Group):
            return self.chain(stage.body, loop, tracked)
        if isinstance(stage, If):
            return self.chain_if(stage, loop, tracked)
        if isinstance(stage, Repeat) and not stage.shared:
            return self.chain_repeat(stage, loop, tracked)
        raise Unable(type(stage).__name__)

    def chain_if(self, stage: If, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Item], str | None]:
        visits = self.visits_of(stage)
        condition = self.expression(stage.condition, visits, loop, self.channels(visits, loop, tracked))
        then, after = self.reached(stage.then, loop, tracked)
        otherwise, other = self.reached(stage.otherwise, loop, tracked)
        if then is None or otherwise is None:
            chosen = then if otherwise is None else otherwise
            if self.block is not None or chosen is None:
                raise Unable("a branch that no call takes")
            return [Item(None, code) for code in chosen], after if otherwise is None else other
        listed = Bracket("[", tuple(then), "]"), Bracket("[", tuple(otherwise), "]")
        text = f"*({flat(listed[0])} if {condition} else {flat(listed[1])})"
        if len(text) > WIDTH - len(INDENT * 3):
            raise Unable("a condition that is too long for one line")
        return [Item(None, text)], after if after == other else None

    def reached(self, body: Body, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code] | None, str | None]:
        """A branch; None if no call takes it, so that nothing is known about it."""
        if body and not any(self.visits_of(stage) for statement in body for stage in statement.stages):
            return None, tracked
        return self.plain(body, loop, tracked)

    # ------------------------------------------------------------------------------------------ repeats

    def chain_repeat(
        self, stage: Repeat, loop: Mapping[str, str], tracked: str | None
    ) -> tuple[list[Item], str | None]:
        """A comprehension; the first turn by itself, or every turn, where they differ."""
        reason: Unable | None = None
        for way in self.ways(stage, self.whole, self.peeled, self.unrolled):
            try:
                items, after = way(stage, loop, tracked)
            except Unable as unable:
                reason = reason or unable
            else:
                return [Item(None, code) for code in items], after
        raise reason or Unable("a repeat")

    def whole(
        self, stage: Repeat, loop: Mapping[str, str], tracked: str | None, start: int = 0
    ) -> tuple[list[Code], str | None]:
        del tracked  # another one in every turn
        count = self.expression(stage.count, self.visits_of(stage), loop, None)
        variable, inner = self.turn_of(stage, loop, {*self.parameters, *loop.values()})
        with self.within(inner):
            items, after = self.plain(stage.body, inner, None)
        if any(_is_starred(item) for item in items):
            raise Unable("a condition in a repeat")
        shown = variable if any(re.search(rf"\b{variable}\b", flat(item)) for item in items) else "_"
        turns: tuple[Code, ...] = (f"for {shown} in range({f'{start}, {count}' if start else count})",)
        if after is not None and re.search(rf"\b{variable}\b", after):
            after = None
        if len(items) != 1:
            return [Each("layer", (*turns, Labelled("for layer in ", Bracket("(", tuple(items)))))], after
        item = items[0]
        return [Each(item.code, (*turns, *item.turns)) if isinstance(item, Each) else Each(item, turns)], after

    def ways(self, stage: Repeat, whole: Way, peeled: Way, unrolled: Way) -> tuple[Way, ...]:
        """In which order the ways to write a repeat are tried; two turns are two lines."""
        return (whole, unrolled, peeled) if set(self.counts(stage)) <= {0, 1, 2} else (whole, peeled, unrolled)

    def turn_of(self, stage: Repeat, loop: Mapping[str, str], taken: set[str]) -> tuple[str, dict[str, str]]:
        """The variable of a loop that is not taken, and the names that its body knows.

        Raises:
            Unable: no turn is ever reached.
        """
        if not any(self.visits_of(inner) for statement in stage.body for inner in statement.stages):
            raise Unable("a repeat that never runs")
        wanted = (*([stage.variable] if stage.variable else []), "i", "j", "k", *(f"i{n}" for n in range(2, 99)))
        variable = next(name for name in wanted if name not in taken and calls.is_attribute(name))
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

    def peeled(self, stage: Repeat, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        if min(self.counts(stage)) < 1:
            raise Unable("a repeat that may have no first turn")
        key = turn_key(stage)
        with self.turns(key, 0, 0):
            first, _ = self.plain(stage.body, self.turn(stage, 0, loop), tracked)
        with self.turns(key, 1):
            rest, after = self.whole(stage, loop, None, 1)
        return [*first, *rest], after

    def unrolled(self, stage: Repeat, loop: Mapping[str, str], tracked: str | None) -> tuple[list[Code], str | None]:
        """Every turn of a repeat written out, where the turns differ."""
        items: list[Code] = []
        for turn in range(self.constant_count(stage)):
            with self.turns(turn_key(stage), turn, turn):
                more, tracked = self.plain(stage.body, self.turn(stage, turn, loop), tracked)
            items += more
        return items, tracked

    def constant_count(self, stage: Repeat) -> int:
        """How many turns are written out.

        Raises:
            Unable: they differ between calls, or are too many.
        """
        counts = set(self.counts(stage))
        if len(counts) > 1 or (self.block is not None and max(counts) > LONGEST):
            raise Unable("a repeat whose turns differ")
        return counts.pop()

    # ------------------------------------------------------------------------------------------ classes

    def text(self) -> list[str]:
        """The class of a block: a sequence if its body is one, else a module with a forward of its own."""
        assert self.block is not None  # noqa: S101 (the network has its own method)
        name = camel(self.block.name)
        try:
            if self.references:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, "in_channels")
        except Unable:
            return self.module(name)
        head = [f"class {name}(nn.Sequential):", f'{INDENT}"""{self.title()}."""', "", *self.signature()]
        call = super_call(items)
        return [*head, *self.locals(call), *call]

    def title(self) -> str:
        return f"The block {self.block.name}" if self.block else self.writer.graph.name

    def signature(self) -> list[str]:
        """The head of a constructor."""
        if self.block is None:
            return [f"{INDENT}def __init__(self) -> None:"]
        items = ["self", "in_channels: int"]
        for parameter in self.block.parameters:
            name, default = parameter.name, parameter.default
            if name not in self.given or name in self.references:
                continue
            if name in self.words:
                items.append(f"{name}: type[nn.Module]" + (f" = {self.word(default)}" if default else ""))
                continue
            kind = _annotation([instance.parameters[name] for instance in self.instances])
            if default is None:
                items.append(f"{name}: {kind}")
            elif isinstance(default, Number | Dims):
                items.append(f"{name}: {kind} = {literal(_plain(default))}")
            else:
                items.append(f"{name}: {kind} | None = None")
        return lines("", Bracket("def __init__(", tuple(items)), " -> None:", depth=1)

    def locals(self, following: list[str]) -> list[str]:
        """Parameters that follow from others, as far as what follows reads them."""
        if self.block is None:
            return []
        text: list[str] = []
        names = self.names({})
        for parameter in reversed(self.block.parameters):
            name, default = parameter.name, parameter.default
            given = name in self.given
            known = default is None or (given and (name in self.words or isinstance(default, Number | Dims)))
            if known or not any(re.search(rf"\b{name}\b(?!=)", line) for line in [*text, *following]):
                continue
            assert default is not None  # noqa: S101 (it is known then)
            value = self.word(default) if name in self.words else python(default, names, "in_channels")
            text = lines(f"{name} = ", f"{value} if {name} is None else {name}" if given else value, depth=2) + text
        return text

    def module(self, name: str) -> list[str]:
        """A class with attributes and a forward."""
        from cnncalc.codegen.forward import Forward

        writer = Forward(self)
        head, result = writer.run()
        attributes = text_of(writer.attributes(), depth=2)
        return [
            f"class {name}(nn.Module):",
            f'{INDENT}"""{self.title()}."""',
            "",
            *self.signature(),
            *self.locals(attributes),
            f"{INDENT * 2}super().__init__()",
            *attributes,
            "",
            *head,
            *text_of(writer.forward, depth=2),
            f"{INDENT * 2}return {result}",
        ]

    def network(self) -> list[str]:
        """The class of the network."""
        graph = self.writer.graph
        try:
            if len(graph.inputs) != 1 or self.writer.spec.outputs:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, None)
        except Unable:
            return self.module(self.writer.name)
        head = [f"class {self.writer.name}(nn.Sequential):", f'{INDENT}"""{self.title()}."""', ""]
        return [*head, *self.signature(), *super_call(items)]


def _called(stage: Call, visit: Visit) -> str:
    """The layer or block that a stage calls, directly or by a parameter."""
    held = visit.parameters.get(stage.name)
    return held.text if isinstance(held, Word) else stage.name


def _is_starred(code: Code) -> bool:
    return isinstance(code, str) and code.startswith("*")


def _plain(default: Number | Dims) -> Any:
    return default.value if isinstance(default, Number) else default.sizes


def _annotation(values: list[Any]) -> str:
    """The type of a parameter that has these values."""
    kinds = {"tuple[int, ...]" if isinstance(v, tuple) else "int" if isinstance(v, int) else "float" for v in values}
    return " | ".join(
        kind
        for kind in ("int", "float", "tuple[int, ...]")
        if kind in kinds and (kind != "int" or "float" not in kinds)
    )
