"""The size of an input: ``3x227x227``, channels first, without the batch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.layers.base import Indices
from cnncalc.source import List, Scalar, Tree
from cnncalc.spec.syntax import Dims, Number
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.spec.findings import Findings

_MOST_AXES = 4
_LARGEST_SIZE = 2**31 - 1


def read_shape(tree: Tree, findings: Findings) -> tuple[int, ...]:
    """``3x227x227``, ``16000``, or a list of sizes; ``(1,)`` for what is none, which is noted."""
    if isinstance(tree, Scalar) and tree.text.text.split()[1:] == ["int"]:
        return _whole(tree, findings)
    parts = tree.items if isinstance(tree, List) else (tree,)
    sizes: list[int] = []
    for part in parts:
        try:
            value = parse_expression(part.text) if isinstance(part, Scalar) else None
        except NotationError:
            value = None
        if isinstance(value, Dims) and not isinstance(tree, List):
            sizes += value.sizes
        elif isinstance(value, Number) and isinstance(value.value, int):
            sizes.append(value.value)
        else:
            findings.add("the size of an input is whole numbers joined by x", part.span, _joined(tree))
            return (1,)
    if sizes:
        check_shape(findings, tuple(sizes), tree.span)
    return tuple(sizes) or (1,)


def _whole(tree: Scalar, findings: Findings) -> Indices:
    """``20 int``: a list of whole numbers."""
    size = tree.text.text.split()[0]
    if not size.isascii() or not size.isdecimal() or not 0 < int(size) <= _LARGEST_SIZE:
        findings.add("whole numbers enter as one list", tree.span, "its length and the word int: 20 int")
        return Indices((1,))
    return Indices((int(size),))


def check_shape(findings: Findings, sizes: tuple[int, ...], span: Span) -> None:
    """At most four axes, none of them empty."""
    shown = "x".join(map(str, sizes[: 2 * _MOST_AXES]))
    if len(sizes) > _MOST_AXES:
        message = f"the input {shown} has {len(sizes)} axes; channels and at most 3 spatial axes are possible"
        findings.add(message, span, "leave the batch out: it is an option, --batch")
    elif min(sizes) < 1:
        findings.add(f"the input {shown} has an axis of size 0", span)
    elif max(sizes) > _LARGEST_SIZE:
        findings.add(f"the input {shown} has an axis beyond 2^31 - 1", span)


def _joined(tree: Tree) -> str:
    """What to write for sizes that are joined by something else than an x."""
    text = tree.text.text if isinstance(tree, Scalar) else ""
    if re.fullmatch(r"[ (\[]*\d{1,9}(?:[ ,;*xX\u00d7]+\d{1,9}){0,4}[ )\]]*", text):
        return f"write {'x'.join(re.findall('[0-9]+', text))}"
    return "channels first, such as 3x227x227"
