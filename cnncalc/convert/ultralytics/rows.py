"""What a model YAML says: its scales, and its rows with the lines on which they stand."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.diagnostics import SpecError
from cnncalc.record import NamedTuple
from cnncalc.source import List, Map, Scalar, compose

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source
    from cnncalc.source import Tree

WORDS = {"None": None, "True": True, "False": False, "true": True, "false": False, "null": None}

_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})")


class Row(NamedTuple):
    """One row: ``sources`` are numbers of rows, counted from the first (-1: the input); ``arguments`` as Python's values."""

    number: int
    sources: tuple[int, ...]
    repeats: int
    module: str
    arguments: tuple[Any, ...]
    line: int


class Scale(NamedTuple):
    """How the repeats and channels of the rows are multiplied, and the most channels before that."""

    depth: Fraction
    width: Fraction
    most: int | None


class Model(NamedTuple):
    """The file. ``scales`` by name, the first the usual one; ``settings`` are the other plain values."""

    scales: dict[str, Scale]
    rows: tuple[Row, ...]
    settings: dict[str, Any]


def read(source: Source) -> Model:
    """The file's rows and scales.

    Raises:
        ConvertError: it is no such file, or a row is no row.
        SpecError: it is no YAML.
    """
    tree = compose(source)
    if not isinstance(tree, Map):
        raise _refused(source, "this is no map", 1)
    entries = {key.value: value for key, value in tree.entries}
    rows: list[Row] = []
    for part in ("backbone", "head"):
        listed = entries.get(part)
        if not isinstance(listed, List):
            raise _refused(source, f"there is no list '{part}'", 1)
        rows += [_row(source, item, len(rows) + place) for place, item in enumerate(listed.items)]
    plain = {key: _value(value) for key, value in entries.items() if key not in ("backbone", "head", "scales")}
    return Model(_scales(source, entries.get("scales"), plain), tuple(rows), plain)


def _scales(source: Source, tree: Tree | None, plain: dict[str, Any]) -> dict[str, Scale]:
    if tree is None:
        shares = [plain.get(name, 1) for name in ("depth_multiple", "width_multiple")]
        if not all(isinstance(share, int | Fraction) for share in shares):
            raise _refused(source, "depth_multiple or width_multiple is no number", 1)
        depth, width = map(Fraction, shares)
        return {"": Scale(depth, width, None)}
    found = {}
    for key, item in tree.entries if isinstance(tree, Map) else ():
        match _value(item):
            case (Fraction() | int() as deep, Fraction() | int() as wide, int() as most):
                found[key.value] = Scale(Fraction(deep), Fraction(wide), most)
            case _:
                message = f"scale {key.value}: needs [depth, width, most channels]"
                raise _refused(source, message, source.position(item.span.start)[0])
    return found


def _row(source: Source, item: Tree, number: int) -> Row:
    line = source.position(item.span.start)[0]
    match _value(item):
        case (from_, int() as repeats, str() as module, tuple() as arguments) if repeats >= 1:
            sources = (from_,) if isinstance(from_, int) else from_
            if not isinstance(sources, tuple) or not sources or not all(isinstance(i, int) for i in sources):
                raise _refused(source, f"row {number}: from is no number or list of numbers", line)
            places = tuple(place if place >= 0 else number + place for place in sources)
            for place, wanted in zip(places, sources, strict=True):
                if not -1 <= place < number:
                    raise _refused(source, f"row {number}: there is no row {wanted} before it", line)
            return Row(number, places, repeats, module, arguments, line)
        case _:
            raise _refused(source, f"row {number}: needs [from, repeats, module, [arguments]]", line)


def _value(tree: Tree) -> Any:
    if isinstance(tree, List):
        return tuple(map(_value, tree.items))
    if isinstance(tree, Map):
        return {key.value: _value(value) for key, value in tree.entries}
    return _scalar(tree)


def _scalar(scalar: Scalar) -> Any:
    text = scalar.value
    if not scalar.plain or text in WORDS:
        return WORDS.get(text, text) if scalar.plain else text
    if not _NUMBER.fullmatch(text):
        return text
    return Fraction(text) if "." in text else int(text)


def _refused(source: Source, what: str, line: int) -> ConvertError:
    return ConvertError([Unsupported(what, f"line {line}")], source.name)


def is_model(source: Source) -> bool:
    """Whether a text is a model YAML: a map with the lists ``backbone`` and ``head``."""
    if "backbone:" not in source.text or "head:" not in source.text:
        return False
    try:
        tree = compose(source)
    except SpecError:
        return False
    return isinstance(tree, Map) and {"backbone", "head"} <= {key.value for key, _ in tree.entries}
