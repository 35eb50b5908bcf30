"""Repeats and shared weights in a forward: a loop in the constructor and one in forward, or every turn written out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.codegen.forward.attributes import Value
from cnncalc.codegen.layout import Line, Suite, text_of
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network.trace import turn_key
from cnncalc.spec.syntax import (
    Call,
    Path,
    Repeat,
    Shared,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.codegen.forward.writer import Forward


FIXED = r"\d+|[A-Z][A-Z0-9_]*"
"""A count that a class need not keep: a number, or a constant of the file."""


def repeat(walk: Forward, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """A loop in the constructor and in forward; the first turn by itself, or every turn, where they differ."""
    before, reason = walk.state(), None
    for way in (_again,) if stage.shared else walk.scope.ways(stage, _whole, _peeled, _unrolled):
        try:
            with walk.inner():
                return way(walk, stage, value, into, loop)
        except Unable as unable:
            reason = reason or unable
            walk.restore(before)
    raise reason or Unable("a repeat")


def _whole(walk: Forward, stage: Repeat, value: Value, into: str, loop: Mapping[str, str], start: int = 0) -> Value:
    count = _count(walk, stage, loop)
    variable, inner = walk.scope.turn_of(stage, loop, walk.taken)
    value = walk.move(value, into)
    gathered = _gathered(walk, into) if stage.gathers else ""
    init, forward, looping = walk.init, walk.forward, walk.looping
    walk.init, walk.forward, walk.looping = [], [], True
    walk.taken.add(variable)
    with walk.scope.within(inner):
        if gathered:
            walk.assign(into, f"torch.cat({gathered}, dim=1)")
        after = walk.body(stage.body, Value(into), into, inner)
        walk.move(after, into)
        if gathered:
            walk.forward.append(Line("", f"{gathered}.append({into})"))
    mine, ours = walk.init, walk.forward
    walk.init, walk.forward, walk.looping = init, forward, looping
    walk.taken.discard(variable)
    walk.init += _loop(variable, count, start, mine)
    walk.forward += _loop(variable, count, start, ours)
    if gathered:
        walk.assign(into, f"torch.cat({gathered}, dim=1)")
        return Value(into)
    return Value(into, None if after.channels is None or walk.uses(after.channels, inner) else after.channels)


def _gathered(walk: Forward, first: str) -> str:
    """The variable of a list of the values that the turns of a repeat begin with."""
    if walk.looping:
        raise Unable("values that are gathered in a loop")
    variable = walk.variable("values")
    walk.assign(variable, f"[{first}]")
    return variable


def _count(walk: Forward, stage: Repeat, loop: Mapping[str, str]) -> str:
    """How often a loop runs, as forward can say it: a number, a constant, or what the constructor noted."""
    count = walk.scope.expression(stage.count, walk.scope.visits_of(stage), loop, None)
    if re.fullmatch(FIXED, count):
        return count
    if walk.uses(count, loop):
        raise Unable("a repeat whose count depends on a loop")
    return walk.flag("turns", count)


def _peeled(walk: Forward, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    if min(walk.scope.counts(stage)) < 1:
        raise Unable("a repeat that may have no first turn")
    value = _one(walk, stage, 0, value, into, loop)
    with walk.scope.turns(turn_key(stage), 1):
        return _whole(walk, stage, value, into, loop, start=1)


def _unrolled(walk: Forward, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    for turn in range(walk.scope.constant_count(stage)):
        value = _one(walk, stage, turn, value, into, loop)
    return value


def _one(walk: Forward, stage: Repeat, turn: int, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """One turn, written out."""
    with walk.inner(), walk.scope.turns(turn_key(stage), turn, turn):
        return walk.body(stage.body, value, into, walk.scope.turn(stage, turn, loop))


def _again(walk: Forward, stage: Repeat, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """The same weights in every turn."""
    if walk.looping:
        raise Unable("shared weights in a loop")
    count = _count(walk, stage, loop)
    value = walk.move(value, into)
    forward, walk.forward = walk.forward, []
    with walk.scope.turns(turn_key(stage), 0, 0):
        after = walk.move(walk.body(stage.body, value, into, loop), into)
    walk.forward = [*forward, *_loop("_", count, 0, walk.forward)]
    return after


def share(walk: Forward, stage: Shared, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """One set of weights under a name: made where the name stands first."""
    if walk.looping or walk.container != "self":
        raise Unable("shared weights in a loop")
    visits = walk.scope.visits_of(stage)
    if walk.access(stage.name) in walk.defined:
        return walk.module(stage.name, None, [value.name], visits, into, None)
    name = walk.below(stage.name) if "." in stage.name else stage.name
    only = stage.body[0].stages
    if len(stage.body) == 1 and len(only) == 1 and isinstance(only[0], Call):
        code, after = walk.scope.call(only[0], loop, value.channels)
    else:
        code, after = walk.scope.sequential((Path(stage.body, stage.span),), loop, value.channels)
    walk.define(name, code)
    return walk.module(name, None, [value.name], visits, into, after)


def _loop(variable: str, count: str, start: int, body: list[Line | Suite]) -> list[Line | Suite]:
    """``for i in range(n):``, with ``_`` for a variable that nobody reads."""
    read = any(re.search(rf"\b{variable}\b", line) for line in text_of(body, 0))
    numbers = f"{start}, {count}" if start else count
    return [Suite(f"for {variable if read else '_'} in range({numbers}):", tuple(body))] if body else []
