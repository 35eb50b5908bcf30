"""A record of an expansion: which stage was expanded where, with which values. Rewriting and code generation read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape
    from cnncalc.spec.syntax import Block, Repeat, Stage, Statement


def turn_key(stage: Repeat) -> str:
    """Under which name a trace finds the turn of a repeat."""
    return f"#{stage.span.start}"


class Instance(NamedTuple):
    """One call of a block: its path, the values of its parameters, and the node that enters.

    The network itself is the instance 0, without a block.
    """

    index: int  # type: ignore[assignment]  # hides tuple's method of that name, which nobody calls
    block: Block | None
    path: str
    parameters: dict[str, Any]
    entering: int | None
    shape: Shape | None


class Visit(NamedTuple):
    """One expansion of a stage within an instance: the nodes that enter and leave, and the path of its module.

    ``parameters`` are the values in sight, loop variables included. ``made`` is the instance that a call of a block made.
    """

    stage: Stage
    instance: int
    entering: int | None
    leaving: int | None
    first: int
    last: int
    parameters: dict[str, Any]
    made: int | None = None


class Trace:
    """Collects instances, visits of stages and results of statements, in the order of the expansion."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self.instances: list[Instance] = []
        self.visits: list[Visit] = []
        self.statements: list[tuple[Statement, int, int | None]] = []
        self.open: list[int] = []
        self.closed: int | None = None

    def enter(
        self, block: Block | None, path: str, parameters: dict[str, Any], entering: int | None, shape: Shape | None
    ) -> None:
        """A block is called."""
        self.open.append(len(self.instances))
        self.instances.append(Instance(len(self.instances), block, path, parameters, entering, shape))

    def leave(self) -> None:
        """The call of a block ends."""
        self.closed = self.open.pop()

    def visit(
        self,
        stage: Stage,
        entering: int | None,
        leaving: int | None,
        nodes: tuple[int, int],
        parameters: dict[str, Any],
    ) -> None:
        """A stage was expanded; it appended the nodes first..last-1."""
        self.visits.append(Visit(stage, self.open[-1], entering, leaving, *nodes, parameters, self.closed))
        self.closed = None

    def statement(self, statement: Statement, value: int | None) -> None:
        """A statement was expanded."""
        self.statements.append((statement, self.open[-1], value))
