"""Rows that read several values: concatenations, YOLOv9's fusions, and the heads with the decoding of their boxes.

A head gives what it gives at inference, but for the anchors, which are constants of the image's size: distances to the four
sides in strides, and a probability per class, for the positions of all levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.tree import Unsupported
from cnncalc.convert.ultralytics.modules import Made, strange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.convert.ultralytics.modules import Terms
    from cnncalc.convert.ultralytics.rows import Row

BINS = 16
"""Bins of the distribution over a distance. Source: Li et al., Generalized Focal Loss (2020)."""

BOX = 4 * BINS

Parts = list[str]
"""Lines of a nested list, each with its own indentation."""


def joined(names: Sequence[str]) -> str:
    """``concat(id, from x6)``."""
    return f"concat({', '.join('id' if not name else f'from {name}' for name in names)})"


def fused(parts: Sequence[tuple[str, str]], last: str) -> str:
    """Parts of other rows, brought to the size of the last value by nearest neighbours, and their sum.

    Args:
        parts: the name of every row, and the slice of its channels that is taken.
        last: the name of the last value.
    """
    others = ", ".join(f"from {name} | {taken} | resize {last} nearest" for name, taken in parts)
    return f"- add({others}, from {last})"


def head(row: Row, names: Sequence[str], channels: Sequence[str], terms: Terms) -> Made | Unsupported:
    """The statements of a head, or why there are none.

    Args:
        row: of the file.
        names: of the values that enter, one per level.
        channels: theirs.
        terms: the expressions of the file.
    """
    make = _HEADS.get(row.module)
    if make is None:
        return Unsupported(row.module, f"line {row.line}")
    try:
        return Made("\n".join(make(row, names, channels, terms)), "", several=True)
    except (IndexError, TypeError, ValueError):
        return strange(row)


def _detect(row: Row, names: Sequence[str], channels: Sequence[str], terms: Terms) -> Parts:
    return [*_levels("", names, channels, legacy=terms.legacy), *_decoded()]


def _v10(row: Row, names: Sequence[str], channels: Sequence[str], terms: Terms) -> Parts:
    """Two heads: one for training, whose boxes are many to one, and one for use."""
    many = _levels("", names, channels, legacy=False)
    return [*many, "- many = id", *_levels("one2one_", names, channels, legacy=False), *_decoded()]


def _levels(prefix: str, names: Sequence[str], channels: Sequence[str], *, legacy: bool) -> Parts:
    """Boxes and classes of every level, its positions in a row, all levels one after the other."""
    first = channels[0]
    mid, wide = f"max(16,{_paren(first)}//4,{BOX})", f"max({first},min(classes,100))"
    branch = "branch" if legacy else "branch_dw"
    lines: Parts = []
    for level, name in enumerate(names):
        lines += [
            "- concat:",
            f"    - - from {name}",
            f"      - {prefix}cv2.{level} = branch {mid} {BOX}",
            f"    - - from {name}",
            f"      - {prefix}cv3.{level} = {branch} {wide} classes",
            f"- {prefix}f{level} = flatten 1",
        ]
    return [*lines, f"- concat({', '.join(f'from {prefix}f{level}' for level in range(len(names)))}, dim=1)"]


def _decoded() -> Parts:
    """The expected distances, and the probabilities."""
    return [
        "- raw = id",
        "- concat:",
        f"    - - slice 0 {BOX}",
        f"      - reshape (4,{BINS},-1)",
        "      - permute (1,0,2)",
        "      - softmax",
        "      - dfl.conv = conv 1 1 nobias",
        "      - reshape (4,-1)",
        f"    - - slice {BOX}",
        "      - sigmoid",
        "- detections = id",
    ]


def _more(letter: str, wide: Callable[[Row, Terms], tuple[str, str]]) -> Callable[..., Parts]:
    """A detection head with one branch more per level."""

    def make(row: Row, names: Sequence[str], channels: Sequence[str], terms: Terms) -> Parts:
        mid, out = wide(row, terms)
        lines: Parts = []
        for level, name in enumerate(names):
            lines += [
                f"- from {name}",
                f"- cv4.{level} = branch max({_paren(channels[0])}//4,{mid}) {out}",
                f"- {letter}{level} = flatten 1",
            ]
        joint = ", ".join(f"from {letter}{level}" for level in range(len(names)))
        return [*lines, f"- more = concat({joint}, dim=1)", *_detect(row, names, channels, terms)]

    return make


def _segment(row: Row, names: Sequence[str], channels: Sequence[str], terms: Terms) -> Parts:
    masks, mid = int(row.arguments[1]), terms.width(row.arguments[2])
    proto = [f"- from {names[0]}", f"- proto = proto {mid} {masks}"]
    return [*proto, *_more("m", lambda row, terms: (str(masks), str(masks)))(row, names, channels, terms)]


def _points(row: Row, terms: Terms) -> tuple[str, str]:
    count, each = terms.points
    return str(count * each), str(count * each)


def _angles(row: Row, terms: Terms) -> tuple[str, str]:
    return str(int(row.arguments[1])), str(int(row.arguments[1]))


def _paren(expression: str) -> str:
    return expression if expression.isalnum() else f"({expression})"


_HEADS: dict[str, Callable[..., Parts]] = {
    "Detect": _detect,
    "v10Detect": _v10,
    "Segment": _segment,
    "Pose": _more("k", _points),
    "OBB": _more("a", _angles),
}
