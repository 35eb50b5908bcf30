"""Conditions and merges in a forward: values that go several ways, or one of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.forward.attributes import Value
from cnncalc.codegen.forward.layers import operands
from cnncalc.codegen.layout import Line, Suite
from cnncalc.codegen.pyexpr import Unable
from cnncalc.layers.broadcast import Elementwise
from cnncalc.network.sequences import modules
from cnncalc.spec.syntax import (
    If,
    Merge,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.codegen.forward.writer import Forward


def branch(walk: Forward, stage: If, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """A condition on the parameters: decided in the constructor, asked in forward."""
    answers = set(walk.answers(stage, value, loop))
    with walk.inner():
        if len(answers) == 1:
            return walk.part(stage.then if answers.pop() else stage.otherwise, name, value, into, loop)
        return _cases(walk, stage, name, value, into, loop)


def _cases(walk: Forward, stage: If, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """Both branches, with what the constructor notes of the condition."""
    visits = walk.scope.visits_of(stage)
    condition = walk.scope.expression(stage.condition, visits, loop, walk.scope.channels(visits, loop, value.channels))
    if walk.uses(condition, loop):
        raise Unable("a condition on the turn of a loop")
    flag = walk.flag("shortcut" if name is None else f"has_{name}", condition)
    value = walk.move(value, into)
    init, forward, before = walk.init, walk.forward, dict(walk.values)
    both: list[tuple[list[Line | Suite], list[Line | Suite], Value]] = []
    defined, all_defined = walk.defined, set(walk.defined)
    for body in (stage.then, stage.otherwise):
        walk.init, walk.forward, walk.values, walk.defined = [], [], dict(before), set(defined)
        after = walk.move(walk.part(body, name, value, into, loop), into)
        both.append((walk.init, walk.forward, after))
        all_defined |= walk.defined
    walk.defined = all_defined
    (init_then, forward_then, then), (init_else, forward_else, otherwise) = both
    walk.init = init + (init_then if init_then == init_else else _either(flag, init_then, init_else))
    walk.forward = forward + _either(flag, forward_then, forward_else)
    return Value(into, then.channels if then.channels == otherwise.channels else None)


def merge(walk: Forward, stage: Merge, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """Branches in variables of their own, and the operation that joins them."""
    visits = walk.scope.visits_of(stage)
    graph = walk.scope.file.graph
    made = [calls.torch_call(graph, graph.nodes[visit.last - 1]) for visit in visits]
    if not made or len({call.target for call in made}) != 1 or made[0].kind != "expression":
        raise Unable(f"{stage.operator} differs between calls")
    inner = name if modules(stage) == 1 else None
    if any(len(graph.nodes[visit.last - 1].inputs) != len(stage.parts) for visit in visits):
        raise Unable(f"{stage.operator} with more values")
    taken, branches = set(walk.taken), walk.branches
    ends = _ends(walk, stage, inner, value, loop)
    nodes = [graph.nodes[visit.last - 1] for visit in visits]
    names = operands(walk, nodes, [end.name for end in ends])
    walk.assign(into, calls.expression(made[0], names), walk.comment(visits))
    walk.taken, walk.branches = taken | walk.written, branches
    if stage.operator == "concat" and not stage.arguments:
        return Value(into, _sum([end.channels for end in ends]))
    stretches = all(isinstance(node.layer, Elementwise) for node in nodes)
    return Value(into, ends[0].channels if stretches and walk.same_channels(visits) else None)


def _ends(walk: Forward, stage: Merge, name: str | None, value: Value, loop: Mapping[str, str]) -> list[Value]:
    """The values at the ends of the branches of a merge, each in a variable that no other takes."""
    ends: list[Value] = []
    with walk.inner():
        walk.held.add(value.name)
        for part in stage.parts:
            first, variable = walk.branches, walk.fresh()
            with walk.inner():
                ends.append(walk.part(part, name, value, variable, loop))
            if ends[-1].name != variable:
                walk.taken.discard(variable)
                walk.branches = first
            walk.held.add(ends[-1].name)
    return ends


def _either(flag: str, then: list[Line | Suite], otherwise: list[Line | Suite]) -> list[Line | Suite]:
    """``if`` and ``else``, of which one may have nothing to say."""
    if not then:
        return [Suite(f"if not {flag}:", tuple(otherwise))] if otherwise else []
    return [Suite(f"if {flag}:", tuple(then)), *([Suite("else:", tuple(otherwise))] if otherwise else [])]


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
