"""Expansion of a spec into its graph: statement by statement, every stage by its kind.

What a kind of stage does stands in ``structure`` and ``calls``; ``nodes`` has the graph as it grows, ``problems`` what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, final

from cnncalc.layers.base import shown
from cnncalc.network import limits
from cnncalc.network.filled_names import filled
from cnncalc.network.nodes import Nodes
from cnncalc.network.problems import Problems
from cnncalc.network.scope import Namespace, Scope
from cnncalc.network.sequences import is_sequence
from cnncalc.network.stamps import Stamps
from cnncalc.network.vocabulary import Vocabulary
from cnncalc.spec.expression import ExpressionError, evaluate
from cnncalc.spec.syntax import Body, If, Path, Stage, Statement
from cnncalc.spec.words import MERGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnncalc.diagnostics import Source, Span
    from cnncalc.layers.base import Shape
    from cnncalc.network.trace import Trace
    from cnncalc.spec.syntax import Block

Way = Callable[["Expander", Any, int | None, Scope, Namespace, str | None], int | None]
"""How a kind of stage is expanded: from the value that enters, the names in sight, and its own name, to the value that leaves."""


@final
class Expander:
    """Walks the syntax tree. A value is the index of the node that flows, None before any."""

    def __init__(
        self,
        source: Source,
        blocks: Mapping[str, Block],
        parameters: dict[str, Any],
        ways: Mapping[type, Way],
        trace: Trace | None = None,
    ) -> None:
        """Nothing expanded yet."""
        self.trace = trace
        self.checks_sizes = True
        self.blocks = blocks
        self.parameters = parameters
        self.problems = Problems(source)
        self.graph = Nodes(self.problems)
        self.nodes = self.graph.nodes
        self.vocabulary = Vocabulary(blocks, self.graph)
        self.stamps = Stamps(self.graph, self.vocabulary)
        self.ways = ways
        self.depth = 0
        self.steps = 0

    # ------------------------------------------------------------------------------------------ statements

    def body(self, body: Body, value: int | None, scope: Scope, names: Namespace) -> int | None:
        """Expand statements one after the other; the value of the last is the value of the body."""
        self.depth += 1
        if self.depth > limits.DEPTH:
            self.problems.too_large(f"nested deeper than {limits.DEPTH} levels", body[0].span if body else None)
        for statement in body:
            if statement.name in MERGES:
                names.keep(statement.name)
        for statement in body:
            value = self.statement(statement, value, scope, names)
        self.depth -= 1
        return value

    def part(self, part: Body, value: int | None, scope: Scope, names: Namespace, name: str | None) -> int | None:
        """A body below a name: where it holds the only module of the named pipeline, the name is the module's."""
        if name is not None and len(part) == 1 and part[0].name is None:
            return self.stages(part[0].stages, value, scope.inner(), names, name)
        return self.body(part, value, scope.inner(), names)

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
            self.graph.label(value, name)
        if statement.expect is not None and value is not None:
            self.check(statement, value)
        if self.trace is not None:
            self.trace.statement(statement, value)
        return value

    def filled(self, statement: Statement, scope: Scope) -> str | None:
        """A name with the values of its expressions: ``layer{i+1}``."""
        try:
            return filled(statement, scope)
        except ExpressionError as error:
            self.problems.add(error.message, statement.name_span, error.hint)
            return None

    def check(self, statement: Statement, value: int) -> None:
        """Compare the sizes behind the arrow with the computed ones."""
        node = self.nodes[value]
        expect = statement.expect
        if expect is None or node.shape is None or node.shape == expect.sizes:
            return
        if node.assumed or node.problem is not None:
            self.nodes[value] = node._replace(shape=expect.sizes)
        elif self.checks_sizes:
            self.problems.add(f"expected {shown(expect.sizes)} but this line gives {shown(node.shape)}", expect.span)

    # ------------------------------------------------------------------------------------------ stages

    def stages(
        self, stages: Sequence[Stage], value: int | None, scope: Scope, names: Namespace, name: str | None
    ) -> int | None:
        """Expand the stages of a pipeline."""
        for stage in stages:
            self.steps += 1
            if self.steps > limits.STEPS * self.graph.most:
                self.problems.too_large(
                    f"the network takes more than {limits.STEPS * self.graph.most:,} steps to expand", stage.span
                )
            scope.shape = self.shape(value)
            entering, first = value, len(self.nodes)
            try:
                value = self.ways[type(stage)](self, stage, value, scope, names, name)
            except ExpressionError as error:
                value = self.graph.unresolved(stage, value, error, names.place(name))
            if self.trace is not None:
                self.trace.visit(stage, entering, value, (first, len(self.nodes)), scope.parameters)
        return value

    def shape(self, value: int | None) -> Shape | None:
        """The shape of a value, None where nobody knows it."""
        return None if value is None else self.nodes[value].shape

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
        """The branch that a condition chooses."""
        scope.shape = self.shape(value)
        return stage.then if evaluate(stage.condition, scope) else stage.otherwise

    def no_value(self, span: Span) -> ExpressionError:
        """What to say where a value is needed and none flows: a network with several inputs."""
        names = [node.path for node in self.nodes if node.op == "input"]
        hint = " or ".join(f"'from {name}'" for name in names)
        return ExpressionError(
            f"this network has {len(names)} inputs and none is chosen here", span, f"begin with {hint}"
        )
