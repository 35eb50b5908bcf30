"""Expansion of a spec into its graph: blocks called, repeats unrolled, conditions decided, every shape inferred.

A problem never ends the expansion: it is kept with its place, the broken node stands in the graph, and what follows it is
computed from the layer's own assumption or stays unknown.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Note, Problem, ShapeError, Source, Span
from cnncalc.graph import Node, Unresolved
from cnncalc.layers import registry
from cnncalc.layers.base import shown
from cnncalc.network import limits
from cnncalc.network.binding import bind, constant, construct
from cnncalc.network.block_arguments import BlockArguments
from cnncalc.network.scope import Namespace, Reference, Scope, Word
from cnncalc.network.sequences import is_sequence, modules, modules_of
from cnncalc.spec.expression import ExpressionError, UnknownSizeError, evaluate
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import (
    Block,
    Body,
    Call,
    From,
    Group,
    Identity,
    If,
    Input,
    Merge,
    Name,
    Path,
    Repeat,
    Shared,
    Stage,
    Statement,
)
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.words import MERGES, template_parts
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnncalc.layers.base import Layer, Shape
    from cnncalc.network.binding import Binding
    from cnncalc.network.trace import Trace
    from cnncalc.spec.syntax import Expression


def turn_key(stage: Repeat) -> str:
    """Under which name a trace finds the turn of a repeat."""
    return f"#{stage.span.start}"


class TooLargeError(Exception):
    """The network is larger than the limits allow; the problem is already noted."""


SUGGESTIONS = 50
"""Problems that come with the nearest known name; of more, nobody reads them."""


class Expander:
    """Walks the syntax tree and appends nodes. ``value`` is the index of the node that flows, None before any."""

    def __init__(
        self, source: Source, blocks: Mapping[str, Block], parameters: dict[str, Any], trace: Trace | None = None
    ) -> None:
        """Nothing expanded yet."""
        self.trace = trace
        self.checks_sizes = True
        self.source = source
        self.blocks = blocks
        self.parameters = parameters
        self.nodes: list[Node] = []
        self.problems: list[Problem] = []
        self.calls: tuple[Span, ...] = ()
        self.callers: tuple[str, ...] = ()
        self.groups: tuple[str, ...] = ()
        self.owners: dict[str, int] = {}
        self.uses: dict[str, int] = {}
        self.repeating = False
        self.depth = 0
        self.steps = 0
        self.most = limits.most_nodes(source.text)
        self._constant: dict[int, tuple[Layer, Binding]] = {}
        self._bare: dict[str, tuple[Layer, Binding]] = {}
        self._layers: dict[Any, Layer] = {}
        self._inferred: dict[Any, tuple[Shape, int]] = {}
        self._stages: dict[type, Callable[[Any, int | None, Scope, Namespace, str | None], int | None]] = {
            Call: self.call,
            Input: lambda stage, value, scope, names, name: value,
            From: self.go_from,
            Identity: lambda stage, value, scope, names, name: value,
            Merge: self.merge,
            Repeat: self.repeat,
            If: self.branch,
            Shared: self.share,
            Group: self.group,
            Path: self.path,
        }

    # ------------------------------------------------------------------------------------------ bodies

    def body(self, body: Body, value: int | None, scope: Scope, names: Namespace) -> int | None:
        """Expand statements one after the other; the value of the last is the value of the body."""
        self.depth += 1
        if self.depth > limits.DEPTH:
            self.too_large(f"nested deeper than {limits.DEPTH} levels", body[0].span if body else None)
        for statement in body:
            if statement.name in MERGES:
                names.keep(statement.name)
        for statement in body:
            value = self.statement(statement, value, scope, names)
        self.depth -= 1
        return value

    def statement(self, statement: Statement, value: int | None, scope: Scope, names: Namespace) -> int | None:
        """Expand a pipeline; bind its name; check its expected size."""
        name = statement.name
        if name is not None and "{" in name:
            name = self.filled(statement, scope)
        stages = statement.stages if name is None else self.decided(statement.stages, value, scope)
        if name is not None and is_sequence(stages):
            value = self.stages(stages, value, scope, Namespace(f"{names.place(name)}."), None)
        else:
            value = self.stages(stages, value, scope, names, name)
        if name is not None and value is not None:
            scope.values[name] = value
            self.label(value, name)
        if statement.expect is not None and value is not None:
            self.check(statement, value)
        if self.trace is not None:
            self.trace.statement(statement, value)
        return value

    def filled(self, statement: Statement, scope: Scope) -> str | None:
        """A name with the values of its expressions: ``layer{i+1}``."""
        parts = template_parts(statement.name or "")
        try:
            for place in range(1, len(parts), 2):
                value = evaluate(parse_expression(Text(parts[place])), scope)
                if type(value) is not int or value < 0:
                    raise ExpressionError(
                        f"in the name '{statement.name}': {value} is no whole number", statement.name_span
                    )
                parts[place] = str(value)
        except ExpressionError as error:
            self.problem(error.message, statement.name_span, error.hint)
            return None
        return "".join(parts)

    def stages(
        self, stages: Sequence[Stage], value: int | None, scope: Scope, names: Namespace, name: str | None
    ) -> int | None:
        """Expand the stages of a pipeline."""
        for stage in stages:
            self.steps += 1
            if self.steps > limits.STEPS * self.most:
                self.too_large(f"the network takes more than {limits.STEPS * self.most:,} steps to expand", stage.span)
            scope.shape = None if value is None else self.nodes[value].shape
            entering, first = value, len(self.nodes)
            try:
                value = self._stages[type(stage)](stage, value, scope, names, name)
            except ExpressionError as error:
                value = self.unresolved(stage, value, error, names, name)
            if self.trace is not None:
                self.trace.visit(stage, entering, value, (first, len(self.nodes)), scope.parameters)
        return value

    def label(self, value: int, name: str) -> None:
        if self.nodes[value].label is None:
            self.nodes[value] = self.nodes[value]._replace(label=name)

    def check(self, statement: Statement, value: int) -> None:
        """Compare the sizes behind the arrow with the computed ones."""
        node = self.nodes[value]
        expect = statement.expect
        if expect is None or node.shape is None or node.shape == expect.sizes:
            return
        if node.assumed or node.problem is not None:
            self.nodes[value] = node._replace(shape=expect.sizes)
            return
        if not self.checks_sizes:
            return
        self.problem(f"expected {shown(expect.sizes)} but this line gives {shown(node.shape)}", expect.span)

    # ------------------------------------------------------------------------------------------ structure

    def decided(self, stages: tuple[Stage, ...], value: int | None, scope: Scope) -> tuple[Stage, ...]:
        """The stages of a named pipeline; where an ``if`` is all of it, those of the chosen branch."""
        while len(stages) == 1 and isinstance(stages[0], If):
            try:
                body = self.chosen(stages[0], value, scope)
            except ExpressionError:
                return stages
            if self.trace is not None:
                self.trace.visit(stages[0], value, value, (len(self.nodes), len(self.nodes)), scope.parameters)
            if len(body) != 1 or body[0].name is not None:
                return (Path(body, stages[0].span),) if body else ()
            stages = body[0].stages
        return stages

    def chosen(self, stage: If, value: int | None, scope: Scope) -> Body:
        scope.shape = None if value is None else self.nodes[value].shape
        return stage.then if evaluate(stage.condition, scope) else stage.otherwise

    def go_from(self, stage: From, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Go on from a named value."""
        node = scope.find(stage.name)
        if node is None:
            guess = nearest(stage.name, scope.value_names())
            raise ExpressionError(f"there is no value named '{stage.name}' before this line{guess}", stage.name_span)
        return node

    def merge(self, stage: Merge, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Expand every part from the current value; then let the results meet."""
        inner = name if modules(stage) == 1 else None
        parts = [self.part(part, value, scope, names, inner) for part in stage.parts]
        scope.shape = None if value is None else self.nodes[value].shape
        inputs = tuple(part for part in parts if part is not None)
        if len(inputs) < len(parts):
            raise self.no_value(stage.span)
        call = Call(stage.operator, stage.arguments, stage.name_span, stage.span)
        layer, binding = self.layer(call, scope, stage)
        path = f"{names.prefix}{name}" if name is not None and inner is None else names.merge(stage.operator)
        return self.apply(layer, inputs + binding.references, path, stage.name_span, binding)

    def part(self, part: Body, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """A body below a name: where it holds the only module of the named pipeline, the name is the module's."""
        if name is not None and len(part) == 1 and part[0].name is None:
            return self.stages(part[0].stages, value, scope.inner(), names, name)
        return self.body(part, value, scope.inner(), names)

    def repeat(self, stage: Repeat, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Expand the body several times: new weights each time, or the same ones if shared."""
        times = self.times(stage, scope)
        start, before = names.count, self.repeating
        for turn in range(times):
            if stage.shared and turn:
                names.count, self.repeating = start, True
            inner = scope.inner(self.turn(stage, turn))
            self.steps += 1
            value = self.body(stage.body, value, inner, names)
        self.repeating = before
        return value

    def turn(self, stage: Repeat, number: int) -> dict[str, int] | None:
        """What the body of a repeat sees of its turn; a trace sees it always."""
        seen = {stage.variable: number} if stage.variable else {}
        return seen | {turn_key(stage): number} if self.trace is not None else seen or None

    def times(self, stage: Repeat, scope: Scope) -> int:
        times = evaluate(stage.count, scope)
        if type(times) is not int or times < 0:
            raise ExpressionError(
                f"repeat needs a whole number of times, 0 or more, but this is {times}", stage.count.span
            )
        if times > self.most:
            self.too_large(f"repeat {times:,} times is more than the limit of {self.most:,}", stage.count.span)
        return times

    def branch(self, stage: If, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Expand the branch that the condition chooses; nothing if there is no such branch."""
        return self.part(self.chosen(stage, value, scope), value, scope, names, name)

    def path(self, stage: Path, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Expand a nested list in place."""
        return self.body(stage.body, value, scope, names)

    def group(self, stage: Group, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Expand a section of the report."""
        before, self.groups = self.groups, (*self.groups, stage.title)
        value = self.body(stage.body, value, scope, names)
        self.groups = before
        return value

    def share(self, stage: Shared, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """Apply one set of weights: made where the name stands first, reused wherever it stands again."""
        known = names.shared.get(stage.name)
        body = stage.body or known
        if body is None:
            raise ExpressionError(f"shared({stage.name}) has no layers: give them at its first use", stage.name_span)
        if known is None:
            names.shared[stage.name] = body
            names.place(stage.name)
        elif stage.body and modules_of(stage.body) != modules_of(known):
            raise ExpressionError(
                f"shared({stage.name}) differs from its first use",
                stage.name_span,
                "leave the layers out: shared(name)",
            )
        before, self.repeating = self.repeating, known is not None
        value = self.shared_body(
            body, value, scope, Namespace(f"{names.prefix}{stage.name}."), f"{names.prefix}{stage.name}"
        )
        self.repeating = before
        return value

    def shared_body(self, body: Body, value: int | None, scope: Scope, inner: Namespace, path: str) -> int | None:
        stages = body[0].stages
        if len(body) == 1 and len(stages) == 1 and isinstance(stages[0], Call):
            parent, _, last = path.rpartition(".")
            return self.stages(stages, value, scope.inner(), Namespace(f"{parent}." if parent else ""), last)
        return self.body(body, value, scope.inner(), inner)

    # ------------------------------------------------------------------------------------------ calls

    def call(self, stage: Call, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """A layer or a block, directly or by a parameter that holds its name."""
        held = scope.parameters.get(stage.name)
        if isinstance(held, Word):
            stage = stage._replace(name=held.text)
        block = self.blocks.get(stage.name)
        if block is not None:
            return self.call_block(block, stage, value, scope, names, name)
        layer, binding = self.layer(stage, scope, None if isinstance(held, Word) else stage)
        if value is None and layer.arity != 0:
            raise self.no_value(stage.span)
        flowing = () if layer.arity == 0 or value is None else (value,)
        return self.apply(layer, flowing + binding.references, names.place(name), stage.name_span, binding)

    def no_value(self, span: Span) -> ExpressionError:
        names = [node.path for node in self.nodes if node.op == "input"]
        hint = " or ".join(f"'from {name}'" for name in names)
        return ExpressionError(
            f"this network has {len(names)} inputs and none is chosen here", span, f"begin with {hint}"
        )

    def call_block(
        self, block: Block, stage: Call, value: int | None, scope: Scope, names: Namespace, name: str | None
    ) -> int | None:
        """Expand a block in a scope of its own: its parameters, the file's, and the value that enters."""
        if block.name in self.callers:
            chain = " -> ".join((*self.callers[self.callers.index(block.name) :], block.name))
            raise ExpressionError(f"block '{block.name}' calls itself: {chain}", stage.name_span)
        if len(self.callers) >= limits.DEPTH:
            self.too_large(f"blocks call each other deeper than {limits.DEPTH} levels", stage.span)
        inner = Scope(dict(self.parameters))
        inner.shape = scope.shape
        self.fill(block, stage, scope, inner)
        path = names.place(name)
        self.calls, self.callers = (*self.calls, stage.span), (*self.callers, block.name)
        if self.trace is not None:
            self.trace.enter(block, path, inner.parameters, value, scope.shape)
        value = self.body(block.body, value, inner, Namespace(f"{path}."))
        if self.trace is not None:
            self.trace.leave()
        self.calls, self.callers = self.calls[:-1], self.callers[:-1]
        return value

    def fill(self, block: Block, stage: Call, scope: Scope, inner: Scope) -> None:
        """Give the arguments of a call to the block's parameters."""
        given = BlockArguments(block, stage, lambda value: self.argument(value, scope), scope).given
        for parameter in block.parameters:
            if parameter.name in given:
                inner.parameters[parameter.name] = given[parameter.name]
            elif parameter.default is not None:
                inner.parameters[parameter.name] = self.argument(parameter.default, inner)
            else:
                wanted = ", ".join(p.name for p in block.parameters)
                raise ExpressionError(
                    f"{block.name} needs {parameter.name}", stage.span, f"{block.name} takes in this order: {wanted}"
                )

    def argument(self, value: Expression, scope: Scope) -> Any:
        """The value of a block's argument: a number, a named value of the network, or a layer by its name."""
        if isinstance(value, Name):
            held = scope.parameters.get(value.text)
            if held is not None:
                return held
            node = scope.find(value.text)
            if node is not None:
                return Reference(node)
            if value.text in self.blocks or value.text in registry.names():
                return Word(value.text)
        return evaluate(value, scope)

    def layer(self, call: Call, scope: Scope, stage: Stage | None) -> tuple[Layer, Binding]:
        """The layer of a call, made once for a stage of the spec where all arguments are literals."""
        known = self._bare.get(call.name) if not call.arguments else self._constant.get(id(stage))
        if known is not None:
            return known
        kind = registry.lookup(call.name)
        if kind is None:
            raise self.unknown_layer(call)
        binding = bind(kind, call, scope)
        made = getattr(kind, "bind", None)
        if made is not None and binding.references:
            pool = self.nodes[binding.references[0]]
            shapes = [self.nodes[i].shape for i in pool.inputs]
            try:
                fields = made(binding.fields, pool.layer, shapes[0] if shapes else None)
            except ShapeError as error:
                raise ExpressionError(error.message, call.span, error.hint) from None
            binding = binding._replace(fields=fields)
        key = (kind, tuple(sorted(binding.fields.items())))
        layer = self._layers.get(key)
        if layer is None:
            layer = self._layers[key] = construct(kind, call.name, binding, call.span)
        if not call.arguments:
            self._bare[call.name] = layer, binding
        elif stage is not None and constant(call):
            self._constant[id(stage)] = layer, binding
        return layer, binding

    # ------------------------------------------------------------------------------------------ nodes

    def unknown_layer(self, call: Call) -> ExpressionError:
        """No layer has this name: the nearest one, or what a call of another library is here."""
        from unicodedata import normalize

        from cnncalc.spec.foreign_names import proposal

        near = nearest(call.name, [*registry.names(), *self.blocks]) if len(self.problems) < SUGGESTIONS else ""
        found = "" if near else proposal(normalize("NFKC", call.name), frozenset(registry.names()))
        return ExpressionError(f"unknown layer '{call.name}'{near}", call.name_span, f"write {found}" if found else "")

    def apply(self, layer: Layer, inputs: tuple[int, ...], path: str, span: Span, binding: Binding) -> int:
        """Append the node of one application of a layer."""
        index = len(self.nodes)
        if index >= self.most:
            self.too_large(f"the network has more than {self.most:,} layers", span)
        shapes = tuple(self.nodes[i].shape for i in inputs)
        assumed = any(self.nodes[i].assumed or self.nodes[i].problem is not None for i in inputs)
        owner = self.owners.get(path)
        node = Node(
            index, path, layer, inputs, None, span, self.calls, None, self.groups,
            self.uses.get(path, 0), index if owner is None else owner, None, assumed,
        )  # fmt: skip
        if None not in shapes:
            node = self.infer(node, shapes, binding)  # type: ignore[arg-type]
        self.uses[path] = node.call + 1
        if owner is None:
            self.owners[path] = index
        elif node.problem is None:
            node = self.check_shared(node, owner, shapes)
        self.nodes.append(node)
        return index

    def infer(self, node: Node, shapes: tuple[Shape, ...], binding: Binding) -> Node:
        times = tuple([self.nodes[i].times for i in node.inputs])
        key = (id(node.layer), shapes, times)
        known = self._inferred.get(key)
        if known is not None:
            return node._replace(shape=known[0], times=known[1])
        try:
            if () in shapes:
                check_single_numbers(node.layer, shapes)
            shape = node.layer.infer(*shapes)
            often = node.layer.often(times, *shapes)
            if prod(shape) > limits.ELEMENTS:
                raise ShapeError(f"the output {shown(shape)} has more than 2^48 numbers")
        except ShapeError as error:
            place = binding.places.get(error.argument or "", node.span)
            problem = self.make(error.message, place, error.hint)
            if not node.assumed:
                self.problems.append(problem)
            return node._replace(shape=error.assume, problem=problem, times=max(times, default=0))
        self._inferred[key] = shape, often
        return node._replace(shape=shape, times=often)

    def unfit(self, first: Node, node: Node) -> str:
        """Why one set of weights cannot serve two places."""
        before, here = self.entering(first), self.entering(node)
        if before != here:
            return f"shared weights of '{node.path}' fit different inputs: {before} first, {here} here"
        return f"shared weights of '{node.path}' fit different layers: the arguments here are others than in the first"

    def check_shared(self, node: Node, owner: int, shapes: tuple[Shape | None, ...]) -> Node:
        """One set of weights, or one name, must not stand for different weights."""
        first = self.nodes[owner]
        if not self.repeating:
            problem = self.make(
                f"the name '{node.path}' is given to two modules", node.span, "rename one, or put them into a block"
            )
            problem = problem._replace(notes=(Note("the first is here", first.span), *problem.notes))
        elif self.differ(first, node):
            problem = self.make(
                self.unfit(first, node),
                node.span,
            )
        else:
            return node
        self.problems.append(problem)
        return node._replace(problem=problem)

    def differ(self, first: Node, node: Node) -> bool:
        """Whether two applications of shared weights need other weights; nobody can say so of unknown sizes."""
        wanted = []
        for one in (first, node):
            shapes = [self.nodes[i].shape for i in one.inputs]
            if None in shapes or one.problem is not None:
                return False
            wanted.append(one.layer.params(*shapes))  # type: ignore[arg-type]  # none of them is None
        return wanted[0] != wanted[1]

    def entering(self, node: Node) -> str:
        return ", ".join("?" if (shape := self.nodes[i].shape) is None else shown(shape) for i in node.inputs)

    def unresolved(
        self, stage: Stage, value: int | None, error: ExpressionError, names: Namespace, name: str | None
    ) -> int:
        """A node for a stage that could not be read, so that the rows after it still appear."""
        assumed = isinstance(error, UnknownSizeError)
        problem = self.make(error.message, error.span or stage.span, error.hint)
        if not assumed:
            self.problems.append(problem)
        op = stage.name if isinstance(stage, Call) else type(stage).__name__.lower()
        index = len(self.nodes)
        path = names.place(name)
        self.nodes.append(
            Node(index, path, Unresolved(name=op), () if value is None else (value,), None, stage.span, self.calls,
                 None, self.groups, 0, index, problem, assumed)
        )  # fmt: skip
        return index

    # ------------------------------------------------------------------------------------------ problems

    def make(self, message: str, span: Span | None, hint: str = "") -> Problem:
        notes = tuple(
            Note(f"in this call of '{name}'", call)
            for name, call in zip(reversed(self.callers), reversed(self.calls), strict=True)
        )
        return Problem(message, self.source, span, hint, notes)

    def problem(self, message: str, span: Span | None, hint: str = "") -> None:
        self.problems.append(self.make(message, span, hint))

    def too_large(self, message: str, span: Span | None) -> None:
        self.problem(message, span)
        raise TooLargeError(message)


def check_single_numbers(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    """Refuse a single number where a layer looks for axes.

    Raises:
        ShapeError: the layer has to look at an axis.
    """
    try:
        layer.infer(*shapes)
        layer.params(*shapes)
        layer.cost(*shapes)
        layer.reach(*shapes)
    except (IndexError, ValueError):
        raise ShapeError(
            f"{layer.op} needs a value with axes; a single number enters", hint="give the learned value a size"
        ) from None
