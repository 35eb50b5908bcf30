"""From a spec to its graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Problem, SpecError, UsageError
from cnncalc.graph import Graph, Input, Node, WholeInput
from cnncalc.layers.base import Indices
from cnncalc.network import structure
from cnncalc.network.calls import call
from cnncalc.network.expander import Expander
from cnncalc.network.problems import TooLargeError
from cnncalc.network.scope import Namespace, Scope
from cnncalc.record import collecting_later
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Call, From, Group, Identity, If, Merge, Path, Repeat, Shared
from cnncalc.spec.syntax import Input as Entering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.layers.base import Shape
    from cnncalc.network.expander import Way
    from cnncalc.network.trace import Trace
    from cnncalc.spec.model import Spec
    from cnncalc.spec.syntax import Expression

__all__ = ["expand"]

WAYS: Mapping[type, Way] = {
    Call: call,
    Entering: structure.same,
    From: structure.go_from,
    Identity: structure.same,
    Merge: structure.merge,
    Repeat: structure.repeat,
    If: structure.branch,
    Shared: structure.share,
    Group: structure.group,
    Path: structure.path,
}
"""How every kind of stage is expanded."""


@collecting_later
def expand(
    spec: Spec,
    *,
    inputs: Mapping[str, Shape] | None = None,
    settings: Mapping[str, Expression] | None = None,
    variant: str | None = None,
    trace: Trace | None = None,
) -> Graph:
    """Expand a spec into its graph.

    Args:
        spec: the spec as read.
        inputs: other sizes for named inputs; the key ``""`` means the only input.
        settings: other values for the file's parameters.
        variant: a variant of the file, whose values come before the settings.
        trace: collects what was expanded where.

    Returns:
        The graph. The sizes behind arrows are checked unless other inputs or values are given, for which they were not
        written. What is wrong with the network stands in ``problems``; the nodes are as complete as can be.

    Raises:
        UsageError: an unknown input, parameter or variant.
        SpecError: a parameter of the file cannot be computed.
    """
    parameters = _parameters(spec, settings or {}, variant)
    expander = Expander(spec.source, spec.blocks, parameters, WAYS, trace)
    expander.checks_sizes = not (inputs or settings or variant)
    scope = Scope(dict(parameters))
    entering = _enter(spec, expander, scope, _inputs(spec, inputs or {}))
    last: int | None = 0 if len(entering) == 1 else None
    if trace is not None:
        trace.enter(None, "", parameters, last, expander.shape(last))
    nodes = expander.nodes
    try:
        last = expander.body(spec.layers, last, scope, Namespace())
        outputs = _outputs(spec, expander, scope, last)
    except TooLargeError:
        # Half a network says nothing, and takes as long as a whole one.
        nodes, outputs = entering, ()
    return Graph(spec.name or "network", tuple(nodes), outputs, spec.source, tuple(expander.problems.found))


def _enter(spec: Spec, expander: Expander, scope: Scope, inputs: Mapping[str, Shape]) -> list[Node]:
    """The nodes of the inputs, which every network begins with."""
    for name, shape in inputs.items():
        index = len(expander.nodes)
        kind: type[Input] = Input
        if isinstance(shape, Indices):
            kind, expander.graph.kinds[index] = WholeInput, WholeInput.itemsize
        expander.nodes.append(
            Node(index, name, kind.model_construct(), (), shape, spec.spans.get("input"), label=name, weights=index)
        )
        scope.values[name] = index
    return list(expander.nodes)


def _inputs(spec: Spec, given: Mapping[str, Shape]) -> dict[str, Shape]:
    inputs = dict(spec.inputs)
    for name, shape in given.items():
        if not name and len(inputs) != 1:
            raise UsageError(
                f"the network has {len(inputs)} inputs: name the one that you mean, such as {next(iter(inputs))}=3x32x32"
            )
        key = name or next(iter(inputs))
        if key not in inputs:
            raise UsageError(f"the network has no input '{key}'{nearest(key, inputs)}; it has {', '.join(inputs)}")
        inputs[key] = Indices(shape) if isinstance(inputs[key], Indices) else shape
    return inputs


def _parameters(spec: Spec, settings: Mapping[str, Expression], variant: str | None) -> dict[str, Any]:
    if variant is not None and variant not in spec.variants:
        has = ", ".join(spec.variants) or "none"
        raise UsageError(f"there is no variant '{variant}'{nearest(variant, spec.variants)}; the spec has {has}")
    for name in settings:
        if name not in spec.params:
            has = ", ".join(spec.params) or "none"
            raise UsageError(f"there is no parameter '{name}'{nearest(name, spec.params)}; the spec has {has}")
    chosen = {**spec.params, **(spec.variants[variant] if variant else {}), **settings}
    scope = Scope({})
    problems: list[Problem] = []
    for name, value in chosen.items():
        try:
            scope.parameters[name] = evaluate(value, scope)
        except ExpressionError as error:
            if name in settings:
                raise UsageError(f"parameter {name}: {error.message}") from None
            problems.append(Problem(error.message, spec.source, error.span, error.hint))
    if problems:
        raise SpecError(problems)
    return scope.parameters


def _outputs(spec: Spec, expander: Expander, scope: Scope, last: int | None) -> tuple[int, ...]:
    if not spec.outputs:
        return () if last is None else (last,)
    outputs = []
    for name in spec.outputs:
        node = scope.find(name.text)
        if node is None:
            guess = nearest(name.text, scope.value_names())
            expander.problems.add(f"outputs: there is no value named '{name.text}'{guess}", name.span)
        else:
            outputs.append(node)
    return tuple(outputs)
