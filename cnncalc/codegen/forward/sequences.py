"""Named sequences in a forward: ``nn.Sequential``, or a module that only holds the layers where it is no plain one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen.forward.attributes import Value
from cnncalc.codegen.layout import Bracket, Code, Ternary
from cnncalc.codegen.pyexpr import Unable
from cnncalc.network.sequences import is_sequence
from cnncalc.spec.syntax import (
    Body,
    Call,
    From,
    If,
    Path,
    Stage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.codegen.forward.writer import Forward


def sequence(
    walk: Forward, stages: tuple[Stage, ...], name: str, value: Value, into: str, loop: Mapping[str, str]
) -> Value:
    """A named sequence: ``nn.Sequential``, or a module that only holds the layers where it is no plain one."""
    if isinstance(stages[0], From) and is_sequence(stages[1:]):
        value, stages = walk.named(stages[0].name), stages[1:]
    visits = [visit for stage in stages for visit in walk.scope.visits_of(stage)]
    last = walk.scope.visits_of(stages[-1])
    only = stages[0]
    if len(stages) == 1 and isinstance(only, If):
        if any(body and not _is_named_sequence(body) for body in (only.then, only.otherwise)):
            raise Unable("a name for a layer or a sequence")
        if only.otherwise:
            raise Unable("a name for two sequences")
        code, after = _optional(walk, only, loop, value.channels)
        return walk.module(walk.attribute(name, visits, loop), code, [value.name], [], into, after)
    attribute = walk.attribute(name, visits, loop)
    before = walk.state()
    try:
        code, after = walk.scope.sequential(stages, loop, value.channels)
    except Unable:
        walk.restore(before)
        return _holder(walk, stages, attribute, value, into, loop)
    return walk.module(attribute, code, [value.name], last, into, after)


def _holder(
    walk: Forward, stages: tuple[Stage, ...], attribute: str, value: Value, into: str, loop: Mapping[str, str]
) -> Value:
    """A module without a forward of its own, which holds the layers under the name."""
    if "{" in attribute:
        raise Unable("a named sequence in a loop")
    walk.define(attribute, "nn.Module()")
    init, number = walk.init, len(walk.init)
    before = walk.container, walk.level
    walk.container, walk.level = walk.access(attribute), walk.level + 1
    for stage in stages:
        value = walk.stage(stage, None, value, into, loop)
    walk.container, walk.level = before
    if len(init) == number:  # it holds nothing
        init.pop()
        walk.defined.discard(walk.access(attribute))
    return value


def _optional(walk: Forward, stage: If, loop: Mapping[str, str], tracked: str | None) -> tuple[Code, str | None]:
    """A named sequence that a condition may leave out: an identity then."""
    visits = walk.scope.visits_of(stage)
    condition = walk.scope.expression(stage.condition, visits, loop, walk.scope.channels(visits, loop, tracked))
    code, after = walk.scope.sequential((Path(stage.then, stage.span),), loop, tracked)
    if isinstance(code, Bracket) and code.head == "nn.Sequential(" and len(code.items) == 1:
        only = stage.then[0].stages[0]
        if isinstance(only, Call) and walk.scope.block_of(only, walk.scope.visits_of(only)) is not None:
            code = code.items[0]
    return Ternary(code, condition, "nn.Identity()"), after


def _is_named_sequence(body: Body) -> bool:
    """Whether a branch of a named condition is a named sequence, whose layers stand below the name."""
    return len(body) != 1 or body[0].name is not None or is_sequence(body[0].stages)
