"""An activation and its derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError, UsageError
from cnncalc.draw.functions import FUNCTIONS, function_of, slope
from cnncalc.draw.picture import INNER, Picture, compose
from cnncalc.draw.svg import Mark, hidden, line, path, words
from cnncalc.layers.registry import lookup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.draw.subject import Subject
    from cnncalc.layers.base import Layer

LOW, HIGH = -5.0, 5.0
"""The numbers for which it is drawn."""

BOTTOM, TOP = -2.0, 4.0
"""The values that are drawn; where all values are near 0 it is -1.25 to 1.25."""

POINTS = 400
HEIGHT = 190.0


def picture(subject: Subject) -> Picture:
    """The picture.

    Raises:
        UsageError: there is no such activation, or it is no function of one number.
    """
    layer, op = _layer(subject.layer or "")
    function = function_of(layer, op)
    grid = [LOW + (HIGH - LOW) * (i + 0.5) / POINTS for i in range(POINTS)]
    low, high = _range([function(x) for x in grid])

    def place(x: float, value: float) -> tuple[float, float]:
        return (x - LOW) / (HIGH - LOW) * INNER, HEIGHT * (high - value) / (high - low)

    marks = [hidden(_frame(place, low, high))]
    marks += _numbers(place, low, high)
    for css, title, of in (
        ("l0 thick", "the function", function),
        ("l1 thick dash", "its derivative", lambda x: slope(function, x)),
    ):
        for run in _runs(grid, of, low, high):
            marks.append(
                path([place(x, value) for x, value in run], css, f"{title}, from {run[0][0]:.2f} to {run[-1][0]:.2f}")
            )
    marks += _legend(function)
    about = (type(layer).__doc__ or "").split("\n\n")[0].replace("``", "").split(": ")[0].removesuffix(".")
    return compose("activation", subject.layer, [f"f(x) = {about}"], marks, HEIGHT + 44)


def _layer(text: str) -> tuple[Layer, str]:
    """The layer of a statement such as ``leaky 0.1``."""
    name = text.split(maxsplit=1)[0] if text.split() else ""
    kind = lookup(name)
    if kind is None or kind.op not in FUNCTIONS:
        from cnncalc.spec.suggest import nearest

        said = (
            f"'{name}' is no function of one number"
            if kind
            else f"there is no activation '{name}'{nearest(name, FUNCTIONS)}"
            if name
            else "which activation?"
        )
        raise UsageError(f"{said}; there are {', '.join(sorted(FUNCTIONS))}")
    from cnncalc.network import expand
    from cnncalc.spec import read_program

    graph = expand(read_program(Source("activation", f"1 | {text}")))
    if graph.problems or len(graph.nodes) != 2:  # noqa: PLR2004 (the input and the activation)
        raise SpecError(graph.problems) if graph.problems else UsageError(f"'{text}' is more than one activation")
    return graph.nodes[-1].layer, kind.op


def _range(values: Sequence[float]) -> tuple[float, float]:
    if max(map(abs, values)) <= 1:
        return -1.25, 1.25
    return BOTTOM, TOP


def _runs(
    grid: Sequence[float], of: Callable[[float], float | None], low: float, high: float
) -> list[list[tuple[float, float]]]:
    """Pieces of a line within what is drawn, without those where there is no value."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x in grid:
        value = of(x)
        if value is None or not low <= value <= high:
            runs.append([])
            continue
        if runs[-1] and abs(value - runs[-1][-1][1]) > 0.2:  # noqa: PLR2004 (a jump: a slope of 8)
            runs.append([])
        runs[-1].append((x, value))
    return [run for run in runs if len(run) > 1]


def _frame(place: Callable[[float, float], tuple[float, float]], low: float, high: float) -> list[Mark]:
    marks = [line(*place(x, low), *place(x, high), "grid") for x in range(int(LOW), int(HIGH) + 1)]
    marks += [line(*place(LOW, y), *place(HIGH, y), "grid") for y in _whole(low, high)]
    return [*marks, line(*place(0, low), *place(0, high), "axis"), line(*place(LOW, 0), *place(HIGH, 0), "axis")]


def _whole(low: float, high: float) -> list[int]:
    return [y for y in range(int(low) - 1, int(high) + 1) if low <= y <= high]


def _numbers(place: Callable[[float, float], tuple[float, float]], low: float, high: float) -> list[Mark]:
    marks = []
    for x in range(int(LOW) + 1, int(HIGH)):
        across, down = place(x, 0)
        marks.append(words(across, down + 10, str(x), "t m soft"))
    for y in _whole(low, high):
        across, down = place(0, y)
        marks += [words(across - 4, down + 3, str(y), "t e soft")] if y else []
    return marks


def _legend(function: Callable[[float], float]) -> list[Mark]:
    y = HEIGHT + 14
    at = ", ".join(f"f({x}) = {function(x):.4g}" for x in (-1, 0, 1))
    slopes = ", ".join(
        f"f'({x}) = {'none' if (found := slope(function, x)) is None else f'{found:.4g}'}" for x in (-1, 0, 1)
    )
    return [
        line(0, y - 3, 22, y - 3, "l0 thick", "the function"),
        words(28, y, f"f: {at}", "s"),
        line(0, y + 13, 22, y + 13, "l1 thick dash", "its derivative"),
        words(28, y + 16, f"f': {slopes}", "s"),
    ]
