"""Stages that call something: a layer, or a block with its arguments, directly or by a parameter that holds its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.layers import registry
from cnncalc.network import limits
from cnncalc.network.block_arguments import BlockArguments
from cnncalc.network.scope import Namespace, Reference, Scope, Word
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import Name

if TYPE_CHECKING:
    from cnncalc.network.expander import Expander
    from cnncalc.spec.syntax import Block, Call, Expression


def call(
    walk: Expander, stage: Call, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """A layer or a block."""
    held = scope.parameters.get(stage.name)
    if isinstance(held, Word):
        stage = stage._replace(name=held.text)
    block = walk.blocks.get(stage.name)
    if block is not None:
        return _call_block(walk, block, stage, value, scope, names, name)
    layer, binding = walk.vocabulary.layer(stage, scope, None if isinstance(held, Word) else stage)
    if value is None and layer.arity != 0:
        raise walk.no_value(stage.span)
    flowing = () if layer.arity == 0 or value is None else (value,)
    return walk.graph.apply(layer, flowing + binding.references, names.place(name), stage.name_span, binding)


def _call_block(
    walk: Expander, block: Block, stage: Call, value: int | None, scope: Scope, names: Namespace, name: str | None
) -> int | None:
    """Expand a block in a scope of its own: its parameters, the file's, and the value that enters."""
    _check_depth(walk, block, stage)
    inner = Scope(dict(walk.parameters))
    inner.shape = scope.shape
    _fill(walk, block, stage, scope, inner)
    path = names.prefix.removesuffix(".") if block.inline else names.place(name)
    key = walk.stamps.key(block, inner.parameters, value) if walk.trace is None else None
    if key is None or value is None:
        return _expand_block(walk, block, stage, value, inner, names, path)
    known = walk.stamps.find(key, walk.depth)
    made = None if known is None else walk.stamps.again(known, value, stage, path)
    if known is not None and made is not None:
        walk.steps += known.steps
        return made
    before = walk.stamps.before(key, value, path, walk.depth, walk.steps)
    made = _expand_block(walk, block, stage, value, inner, names, path)
    walk.stamps.keep(before, made, walk.steps)
    return made


def _expand_block(
    walk: Expander, block: Block, stage: Call, value: int | None, inner: Scope, names: Namespace, path: str
) -> int | None:
    """The body of a block, its parameters known."""
    problems = walk.problems
    problems.calls, problems.callers = (*problems.calls, stage.span), (*problems.callers, block.name)
    if walk.trace is not None:
        walk.trace.enter(block, path, inner.parameters, value, inner.shape)
    value = walk.body(block.body, value, inner, names if block.inline else Namespace(f"{path}."))
    if walk.trace is not None:
        walk.trace.leave()
    problems.calls, problems.callers = problems.calls[:-1], problems.callers[:-1]
    return value


def _check_depth(walk: Expander, block: Block, stage: Call) -> None:
    """A block must not call itself, and blocks each other not without end."""
    callers = walk.problems.callers
    if block.name in callers:
        chain = " -> ".join((*callers[callers.index(block.name) :], block.name))
        raise ExpressionError(f"block '{block.name}' calls itself: {chain}", stage.name_span)
    if len(callers) >= limits.DEPTH:
        walk.problems.too_large(f"blocks call each other deeper than {limits.DEPTH} levels", stage.span)


def _fill(walk: Expander, block: Block, stage: Call, scope: Scope, inner: Scope) -> None:
    """Give the arguments of a call to the block's parameters."""
    given = BlockArguments(block, stage, lambda value: _argument(walk, value, scope), scope).given
    for parameter in block.parameters:
        if parameter.name in given:
            inner.parameters[parameter.name] = given[parameter.name]
        elif parameter.default is not None:
            inner.parameters[parameter.name] = _argument(walk, parameter.default, inner)
        else:
            wanted = ", ".join(p.name for p in block.parameters)
            raise ExpressionError(
                f"{block.name} needs {parameter.name}", stage.span, f"{block.name} takes in this order: {wanted}"
            )


def _argument(walk: Expander, value: Expression, scope: Scope) -> Any:
    """The value of a block's argument: a number, a named value of the network, or a layer by its name."""
    if isinstance(value, Name):
        held = scope.parameters.get(value.text)
        if held is not None:
            return held
        node = scope.find(value.text)
        if node is not None:
            return Reference(node)
        if value.text in walk.blocks or value.text in registry.names():
            return Word(value.text)
    return evaluate(value, scope)
