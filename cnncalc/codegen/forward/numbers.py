"""Expressions whose numbers differ between the calls of a block: each number becomes what the spec or an argument says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cnncalc.codegen.arguments import DEFAULTS
from cnncalc.codegen.layout import literal
from cnncalc.codegen.pyexpr import Unable, value_of
from cnncalc.spec.syntax import Sequence as Several

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cnncalc.codegen.forward.writer import Forward
    from cnncalc.spec.syntax import Call, Expression

NUMBER = re.compile(r"(?<![\w.{])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w}])")
"""A number of an expression; not the place of an input, nor a part of a name."""

OPTIONS = ("stride", "padding", "output_padding", "dilation", "groups")
OPTION = re.compile(rf", ({'|'.join(OPTIONS)})=(\d+)")
"""Arguments of functions that are left out where they say what torch takes anyway."""

ATOM = re.compile(r"[\w.]+")
"""A text that needs no brackets anywhere."""


def numbered(walk: Forward, stage: Call, targets: Sequence[str], loop: Mapping[str, str], channels: str | None) -> str:
    """The common text of the calls of an expression.

    Raises:
        Unable: they differ in more than numbers, or in numbers that nothing says.
    """
    targets = _filled(targets)
    skeletons = {NUMBER.sub("#", target) for target in targets}
    if len(skeletons) > 1:
        raise Unable(f"{stage.name} differs between calls")
    columns = zip(*(map(_value, NUMBER.findall(target)) for target in targets), strict=True)
    texts = [_text(walk, stage, list(column), loop, channels) for column in columns]
    first, *rest = skeletons.pop().split("#")
    for text, after in zip(texts, rest, strict=True):
        within = first.endswith(("(", ", ", "[", ":", "=")) and after.startswith((")", ",", "]", ":"))
        first += (text if within or ATOM.fullmatch(text) else f"({text})") + after
    return first


def _filled(targets: Sequence[str]) -> Sequence[str]:
    """The texts with all options that any of them has."""
    given = [dict(OPTION.findall(target)) for target in targets]
    wanted = [name for name in OPTIONS if any(name in options for options in given)]
    if all(len(options) == len(wanted) for options in given):
        return targets
    said = [[f"{name}={options.get(name, DEFAULTS[name])}" for name in wanted] for options in given]
    heads = [OPTION.sub("", target).removesuffix(")") for target in targets]
    return [f"{', '.join([head, *options])})" for head, options in zip(heads, said, strict=True)]


def _value(text: str) -> Any:
    return int(text) if text.isdecimal() else float(text)


def _text(walk: Forward, stage: Call, column: list[Any], loop: Mapping[str, str], channels: str | None) -> str:
    """What a number is at every call, as forward can say it."""
    if all(value == column[0] for value in column):
        return literal(column[0])
    scope, visits = walk.scope, walk.scope.visits_of(stage)
    for part in _parts(stage):
        if [value_of(value) for value in scope.values(part, visits)] != column:
            continue
        try:
            return walk.noted(scope.expression(part, visits, loop, channels))
        except Unable:
            continue
    return walk.noted(scope.said(column, visits, loop, "size"))


def _parts(stage: Call) -> Iterator[Expression]:
    """What stands for one number in the call."""
    for argument in stage.arguments:
        value = argument.value
        yield from value.items if isinstance(value, Several) else (value,)
