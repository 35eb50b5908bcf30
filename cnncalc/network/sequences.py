"""How many modules a piece of a spec makes: whether a named pipeline is a named sequence."""

from __future__ import annotations

from cnncalc.spec.syntax import Body, Call, Group, If, Merge, Path, Repeat, Stage


def is_sequence(stages: tuple[Stage, ...]) -> bool:
    """Whether a named pipeline is a named sequence: a list, a repeat, or more than one layer."""
    if len(stages) == 1 and isinstance(stages[0], Path):
        return True
    return sum(map(modules, stages)) > 1


def modules(stage: Stage) -> int:
    """How many modules a stage makes at most; two stand for many."""
    if isinstance(stage, Call):
        return 1
    if isinstance(stage, Repeat):
        return 2 * min(1, modules_of(stage.body))
    if isinstance(stage, Merge):
        return sum(map(modules_of, stage.parts))
    if isinstance(stage, If):
        return max(modules_of(stage.then), modules_of(stage.otherwise))
    return modules_of(stage.body) if isinstance(stage, Path | Group) else 0


def modules_of(body: Body) -> int:
    """The same for a body."""
    return sum(modules(stage) for statement in body for stage in statement.stages)
