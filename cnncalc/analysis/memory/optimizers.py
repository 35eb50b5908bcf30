"""What optimisers keep."""

from __future__ import annotations

from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple


class State(NamedTuple):
    """What an optimiser needs, in numbers per parameter: kept all the time, and temporary for one tensor at a time."""

    kept: int
    temporary: int


OPTIMIZERS = {"sgd": State(0, 0), "momentum": State(1, 0), "adam": State(2, 2)}


def optimizer_state(name: str) -> State:
    """The memory of an optimiser.

    Raises:
        UsageError: there is no such optimiser.
    """
    if name not in OPTIMIZERS:
        raise UsageError(f"unknown optimizer '{name}': use one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name]
