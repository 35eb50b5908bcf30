"""Bodies that are plain sequences of modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.constructors import Constructors
from cnncalc.codegen.layout import Bracket, Code, Each, Labelled, Starred, Ternary, flat, mapping
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network.sequences import is_sequence
from cnncalc.network.trace import turn_key
from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import (
    Body,
    Call,
    Group,
    Identity,
    If,
    Path,
    Repeat,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


class Item(NamedTuple):
    """A module of a sequence, with its name if the spec gives it one."""

    name: str | None
    code: Code


class Chains(Constructors):
    """Writes the bodies of a class as lists of modules."""

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
            calls.check_name(name)
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
                if any(len(node.inputs) != 1 or node.index in self.file.indexed for node in nodes):
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
        if isinstance(stage, Repeat) and not stage.shared and not stage.gathers:
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
        chosen_items = Starred(Ternary(listed[0], condition, listed[1]))
        return [Item(None, chosen_items)], after if after == other else None

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


def _is_starred(code: Code) -> bool:
    return isinstance(code, Starred)
