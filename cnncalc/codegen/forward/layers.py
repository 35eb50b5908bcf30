"""Calls in a forward: layers and blocks as attributes that are called, expressions written out, learned constants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.codegen import calls
from cnncalc.codegen.forward.attributes import Value, tensors
from cnncalc.codegen.forward.numbers import numbered
from cnncalc.codegen.layout import Bracket, Code, Line
from cnncalc.codegen.pyexpr import Unable
from cnncalc.spec.syntax import (
    Call,
    Name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnncalc.codegen.forward.writer import Forward
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.network.trace import Visit


def layer(walk: Forward, stage: Call, name: str | None, value: Value, into: str, loop: Mapping[str, str]) -> Value:
    """What a call is in a forward: a module that is called, an expression, or a learned constant.

    Raises:
        Unable: no call reaches it, or its calls differ in what cannot be said.
    """
    scope = walk.scope
    visits = scope.visits_of(stage)
    if not visits:
        raise Unable(f"{stage.name} is never reached")
    if scope.block_of(stage, visits) is not None:
        others = [walk.named(other) for other in scope.passed_values(stage, visits)]
        code, after = scope.call(stage, loop, value.channels)
        return walk.module(walk.attribute(name, visits, loop), code, tensors(value, *others), visits, into, after)
    nodes = scope.nodes(visits)
    if calls.is_parameter(nodes[0]):
        return _constant(walk, stage, name, visits, loop)
    values = _values(walk, stage, nodes, value)
    if calls.torch_call(scope.file.graph, nodes[0]).kind == "expression":
        walk.assign(into, _operation(walk, stage, nodes, values, loop, value.channels), walk.comment(visits))
        return Value(into, value.channels if walk.same_channels(visits) else None)
    return _module(walk, stage, name, value, values, into, loop)


def _values(walk: Forward, stage: Call, nodes: list[Node], value: Value) -> list[str]:
    """What flows, and the named values that the layer reads beside it."""
    values = tensors(value, *_others(walk, stage, nodes[0].layer))
    if any(len(node.inputs) != len(values) for node in nodes):
        raise Unable(f"{stage.name} with several values")
    return operands(walk, nodes, values)


def _module(
    walk: Forward,
    stage: Call,
    name: str | None,
    value: Value,
    values: list[str],
    into: str,
    loop: Mapping[str, str],
) -> Value:
    """A module of its own; one for all equal layers without tensors and a name."""
    scope, graph = walk.scope, walk.scope.file.graph
    visits = scope.visits_of(stage)
    nodes = scope.nodes(visits)
    code, after = scope.call(stage, loop, value.channels)
    if nodes[0].index in scope.file.indexed:
        return _pool_with_indices(walk, walk.attribute(name, visits, loop), name, code, value, visits, into)
    if nodes[0].op == "unpool":
        values[1] = _indices_of(walk, stage)
    if name is None and all(calls.is_stateless(graph, node) for node in nodes) and not walk.uses(code, loop):
        wanted = stage.name if stage.name in scope.words else nodes[0].op
        return walk.module(walk.stateless(wanted, code), None, values, visits, into, after)
    return walk.module(walk.attribute(name, visits, loop), code, values, visits, into, after)


def _operation(
    walk: Forward, stage: Call, nodes: list[Node], values: list[str], loop: Mapping[str, str], channels: str | None
) -> str:
    """A layer that is an expression; where its numbers differ between calls, a function or arguments that say them."""
    graph = walk.scope.file.graph
    made = [calls.torch_call(graph, node) for node in nodes]
    each = calls.is_each(graph, nodes[0])
    if all(call.target == made[0].target for call in made):
        return calls.expression(made[0], values, each=each)
    function = calls.FUNCTIONS.get(nodes[0].op)
    if function is not None and len(values) > 1:
        walk.scope.file.helpers.add(function)
        return f"{function}({', '.join(values)})"
    chosen = [call.each if each and call.each else call.target for call in made]
    if nodes[0].op == "reshape":  # which may cut one axis in one call, and join others in another
        sizes = [", ".join(map(str, node.shape or ())) for node in nodes]
        chosen = [f"{{0}}.reshape(-1, {size})" for size in sizes]
    return calls.expression(made[0]._replace(target=numbered(walk, stage, chosen, loop, channels)), values)


def _pool_with_indices(
    walk: Forward, attribute: str, name: str | None, code: Code, value: Value, visits: list[Visit], into: str
) -> Value:
    if name is None or not isinstance(code, Bracket):
        raise Unable("indices of a pool without a name")
    code = code._replace(items=(*code.items, "return_indices=True"))
    walk.indices[name] = walk.variable(f"{name}_indices")
    walk.module(attribute, code, [value.name], visits, f"{into}, {walk.indices[name]}", None)
    return Value(into, value.channels)


def _indices_of(walk: Forward, stage: Call) -> str:
    names = [argument.value.text for argument in stage.arguments if isinstance(argument.value, Name)]
    if len(names) != 1 or names[0] not in walk.indices:
        raise Unable("indices from elsewhere")
    return walk.indices[names[0]]


def _others(walk: Forward, stage: Call, layer: Layer) -> list[Value]:
    """The further values that a layer reads, in the order of its fields."""
    given = [argument for argument in stage.arguments if isinstance(argument.value, Name)]
    order = {field: place for place, field in enumerate(layer.references)}
    given.sort(key=lambda argument: order.get(argument.keyword or "", -1))
    names = [argument.value.text for argument in given if isinstance(argument.value, Name)]
    return [walk.values[name] for name in names if name in walk.values and name not in walk.scope.numbers]


def _constant(walk: Forward, stage: Call, name: str | None, visits: list[Visit], loop: Mapping[str, str]) -> Value:
    """A parameter: an attribute, which is its own value."""
    nodes = walk.scope.nodes(visits)
    made = [calls.torch_call(walk.scope.file.graph, node) for node in nodes]
    if made[0].kind == "expression":
        return Value(_operation(walk, stage, nodes, [], loop, None))
    code = walk.scope.parameter(stage, visits, loop)
    attribute = walk.attribute(name, visits, loop)
    if "{" in attribute:
        raise Unable("a parameter in a loop")
    walk.define(attribute, code)
    parent, _, own = attribute.rpartition(".")
    owner = walk.access(parent) if parent else walk.container
    walk.init[-1] = Line(*calls.registration(nodes[0], owner, own, code))
    kind = "buffer" if nodes[0].layer.params()[0].buffer else "parameter"
    access = f"{owner}.{own}" if calls.is_attribute(own) else f'{owner}.get_{kind}("{own}")'
    said = {calls.batched(node, access) for node in nodes}
    if len(said) > 1:
        raise Unable("a parameter that is stored in several ways")
    return Value(said.pop())


def operands(walk: Forward, nodes: Sequence[Node], values: Sequence[str]) -> list[str]:
    """What a layer is called with: what exists once per network stretched where that is needed."""
    graph = walk.scope.file.graph
    said = {tuple(calls.operands(graph, node, values)) for node in nodes}
    each = {calls.is_each(graph, node) for node in nodes}
    if len(said) > 1 or len(each) > 1:
        raise Unable("a value that exists once per network in some calls only")
    return list(said.pop())
