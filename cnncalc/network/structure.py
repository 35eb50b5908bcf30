"""Stages that are structure: merges, repeats, conditions, shared weights, groups, and going on from a named value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.network.scope import Namespace, Scope
from cnncalc.network.sequences import modules, modules_of
from cnncalc.network.trace import turn_key
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Body, Call, From, Group, Identity, If, Input, Merge, Path, Repeat, Shared

if TYPE_CHECKING:
    from cnncalc.network.expander import Expander


def same(
    walk: Expander, stage: Input | Identity, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Nothing happens to the value."""
    del walk, stage, scope, names, name
    return value


def go_from(
    walk: Expander, stage: From, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Go on from a named value."""
    del walk, value, names, name
    node = scope.find(stage.name)
    if node is None:
        guess = nearest(stage.name, scope.value_names())
        raise ExpressionError(f"there is no value named '{stage.name}' before this line{guess}", stage.name_span)
    return node


def merge(
    walk: Expander, stage: Merge, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand every part from the current value; then let the results meet."""
    inner = name if modules(stage) == 1 else None
    parts = [walk.part(part, value, scope, names, inner) for part in stage.parts]
    scope.shape = walk.shape(value)
    inputs = tuple(part for part in parts if part is not None)
    if len(inputs) < len(parts):
        raise walk.no_value(stage.span)
    call = Call(stage.operator, stage.arguments, stage.name_span, stage.span)
    layer, binding = walk.vocabulary.layer(call, scope, stage)
    path = f"{names.prefix}{name}" if name is not None and inner is None else names.merge(stage.operator)
    return walk.graph.apply(layer, inputs + binding.references, path, stage.name_span, binding)


def repeat(
    walk: Expander, stage: Repeat, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand the body several times: new weights each time, or the same ones if shared."""
    del name
    times = _times(walk, stage, scope)
    start, before, gathered = names.count, walk.graph.repeating, [value]
    for turn in range(times):
        if stage.shared and turn:
            names.count, walk.graph.repeating = start, True
        inner = scope.inner(_turn(walk, stage, turn))
        walk.steps += 1
        value = _gather(walk, stage, gathered, scope, names) if stage.gathers else value
        value = walk.body(stage.body, value, inner, names)
        gathered.append(value)
    walk.graph.repeating = before
    return _gather(walk, stage, gathered, scope, names) if stage.gathers and times else value


def _gather(walk: Expander, stage: Repeat, values: list[int | None], scope: Scope, names: Namespace) -> int:
    """What entered a repeat and what its turns gave so far, side by side."""
    inputs = tuple(value for value in values if value is not None)
    if len(inputs) < len(values):
        raise walk.no_value(stage.span)
    layer, binding = walk.vocabulary.layer(Call("concat", (), stage.count.span, stage.span), scope, None)
    return walk.graph.apply(layer, inputs, names.merge("concat"), stage.count.span, binding)


def _turn(walk: Expander, stage: Repeat, number: int) -> dict[str, int] | None:
    """What the body of a repeat sees of its turn; a trace sees it always."""
    seen = {stage.variable: number} if stage.variable else {}
    return seen | {turn_key(stage): number} if walk.trace is not None else seen or None


def _times(walk: Expander, stage: Repeat, scope: Scope) -> int:
    times = evaluate(stage.count, scope)
    if type(times) is not int or times < 0:
        raise ExpressionError(f"repeat needs a whole number of times, 0 or more, but this is {times}", stage.count.span)
    most = walk.graph.most
    if times > most:
        walk.problems.too_large(f"repeat {times:,} times is more than the limit of {most:,}", stage.count.span)
    return times


def branch(
    walk: Expander, stage: If, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand the branch that the condition chooses; nothing if there is no such branch."""
    return walk.part(walk.chosen(stage, value, scope), value, scope, names, name)


def path(
    walk: Expander, stage: Path, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand a nested list in place."""
    del name
    return walk.body(stage.body, value, scope, names)


def group(
    walk: Expander, stage: Group, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand a section of the report."""
    del name
    before, walk.graph.groups = walk.graph.groups, (*walk.graph.groups, stage.title)
    value = walk.body(stage.body, value, scope, names)
    walk.graph.groups = before
    return value


def share(
    walk: Expander, stage: Shared, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Apply one set of weights: made where the name stands first, reused wherever it stands again."""
    del name
    known = names.shared.get(stage.name)
    body = _shared(stage, known, names)
    before, walk.graph.repeating = walk.graph.repeating, known is not None
    value = _apply_shared(walk, body, value, scope, f"{names.prefix}{stage.name}")
    walk.graph.repeating = before
    return value


def _shared(stage: Shared, known: Body | None, names: Namespace) -> Body:
    """The layers under the name: those of its first use, which a later one may say again."""
    body = stage.body or known
    if body is None:
        raise ExpressionError(f"shared({stage.name}) has no layers: give them at its first use", stage.name_span)
    if known is None:
        names.shared[stage.name] = body
        names.place(stage.name)
    elif stage.body and modules_of(stage.body) != modules_of(known):
        message = f"shared({stage.name}) differs from its first use"
        raise ExpressionError(message, stage.name_span, "leave the layers out: shared(name)")
    return body


def _apply_shared(walk: Expander, body: Body, value: int | None, scope: Scope, at: str) -> int | None:
    """The layers of a name; a single one has the name itself."""
    stages = body[0].stages
    if len(body) == 1 and len(stages) == 1 and isinstance(stages[0], Call):
        parent, _, last = at.rpartition(".")
        return walk.stages(stages, value, scope.inner(), Namespace(f"{parent}." if parent else ""), last)
    return walk.body(body, value, scope.inner(), Namespace(f"{at}."))
