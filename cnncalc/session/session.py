"""Texts of one network, one after the other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, final

from cnncalc.api import Result, analyze, expanded
from cnncalc.diagnostics import Source
from cnncalc.network.limits import NODES
from cnncalc.record import collecting_later
from cnncalc.session.exchange import exchanged
from cnncalc.session.known import Known, learn
from cnncalc.session.lines import Change, change
from cnncalc.session.splice import Cut, is_clean
from cnncalc.session.window import alone, chain, nodes_of, statements
from cnncalc.spec import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.graph import Node
    from cnncalc.layers.base import Shape

LONGEST = 200_000
"""Characters of a text that cannot have more words or lines than the format allows."""

MOST = 16
"""Lines that are read again behind an edit until sizes are those of before."""


@final
class Session:
    """The analyses of a text that somebody edits: equal to those of ``analyze``, and after an edit of a few plain lines sooner.

    >>> session = cnncalc.Session(batch=8)
    >>> result = session.analyze(text)

    ``edited``: whether the last analysis was made from the one before.
    """

    def __init__(
        self,
        *,
        inputs: Mapping[str, Shape] | Shape | None = None,
        settings: Mapping[str, Any] | None = None,
        variant: str | None = None,
        **options: Any,
    ) -> None:
        """Nothing read yet; what is given holds for every text: arguments of ``load``, and of ``analyze``."""
        self.edited = False
        sizes = {"": tuple(inputs)} if isinstance(inputs, tuple | list) else dict(inputs or {})
        self._given: dict[str, Any] = {"inputs": sizes, "settings": settings, "variant": variant}
        self._options = options
        self._last: tuple[Any, Result, list[str]] | None = None
        self._known: Known | None = None

    @collecting_later
    def analyze(self, text: str) -> Result:
        """The analysis of a YAML text.

        Raises:
            SpecError: the text cannot be read, or the network has a problem.
            UsageError: as ``analyze``.
        """
        known = self._after(text)
        self.edited = known is not None
        if known is not None:
            self._known = known
            return Result(known.analysis)
        network = expanded(read(Source("<text>", text)), **self._given)
        result = analyze(network, **self._options)
        self._last, self._known = (network, result, text.split("\n")), None  # a broken text leaves the last sound one
        return result

    def _after(self, text: str) -> Known | None:
        """What is known of a text from what is known of the last one; None where it has to be read anew."""
        if self._last is None or not text.isascii() or "\r" in text:
            return None
        lines = text.split("\n")
        if len(text) > LONGEST:
            return None
        if self._known is None:
            network, result, before = self._last
            self._known = learn(network, result.analysis, before) if network.spec.source.text.isascii() else None
        return None if self._known is None else _edited(self._known, text, lines)


def _edited(known: Known, text: str, lines: list[str]) -> Known | None:
    """What is known after an edit; None where it is not of plain lines, or changes more than can be exchanged."""
    if lines == known.lines:
        return known
    edit = change(known.lines, lines)
    for more in (0, 1, 2, 4, 8, MOST):
        part = _widened(edit, known, more)
        if part is None:
            return None
        found = _read(known, part, lines)
        if found is None:
            return None
        old, new = found
        if old and new and len(old) > 1 < len(new) and old[-1].shape == new[-1].shape:
            return _exchanged(known, part, old, new, text, lines)
    return None


def _widened(edit: Change, known: Known, more: int) -> Change | None:
    """The edit with lines behind it; None if one of them, or the line before it, is not plain."""
    part = edit._replace(old=edit.old + more, new=edit.new + more)
    if part.old > len(known.places) or -1 in known.places[part.first : part.old]:
        return None
    before = part.first - 1
    return part if before >= 0 and (known.places[before] >= 0 or known.lines[before] == "layers:") else None


def _first(known: Known, part: Change) -> int:
    """The first node of the exchanged lines."""
    if part.old > part.first:
        return known.places[part.first]
    return next((i for i in known.places[part.first :] if i >= 0), -1)


def _read(known: Known, part: Change, lines: list[str]) -> tuple[tuple[Node, ...], tuple[Node, ...]] | None:
    """The nodes that stood in the lines of an edit, and those that stand there now, behind what enters; None if not plain."""
    first = _first(known, part)
    if first < 1:
        return None
    count = part.old - part.first
    stood = statements(known.lines[part.first : part.old], known.indent, part.start)
    body = statements(lines[part.first : part.new], known.indent, part.start)
    if stood is None or body is None:
        return None
    length = sum(len(one.stages) for one in stood)
    old = chain(known, first, first + length)
    before = known.network.graph.nodes[first - 1]
    if old is None or (count and _gap(known, part)) or before.shape is None:
        return None
    new = nodes_of(known.network, body, before) if body else (before,)
    return None if new is None else (old, new)


def _gap(known: Known, part: Change) -> bool:
    """Whether other nodes lie between the lines of a part."""
    places = known.places[part.first : part.old]
    return any(a >= b for a, b in pairwise(places))


def _exchanged(
    known: Known, part: Change, old: tuple[Node, ...], new: tuple[Node, ...], text: str, lines: list[str]
) -> Known | None:
    first, more = _first(known, part), len(new) - len(old)
    last = first + len(old) - 1
    moved = len(text) - len(known.network.graph.source.text)
    end = part.start + sum(len(line) + 1 for line in known.lines[part.first : part.old])
    cut = Cut(first, last, more, end, moved)
    if not is_clean(known, first, last) or not known.needs[last - 1] or len(known.far) + more > NODES:
        return None
    gradient = known.steps.gradient[last - 1]
    ours, theirs = alone(old, known, first, gradient), alone(new, known, first, gradient)
    if gradient < 0 or ours is None or theirs is None or ours.held != theirs.held:
        return None
    if ours.steps.gradient[0] != theirs.steps.gradient[0]:
        return None
    source = Source(known.network.graph.source.name, text)
    found = exchanged(known, cut, ours, theirs, source)
    return None if found is None else found._replace(lines=lines, places=_places(known, part, cut, lines))


def _places(known: Known, part: Change, cut: Cut, lines: list[str]) -> list[int]:
    """The first node of every plain line, as it is now."""
    found, at = known.places[: part.first], cut.first
    for line in lines[part.first : part.new]:
        found.append(at)
        at += line.count("|") + 1
    behind = known.places[part.old :]
    return [*found, *([i + cut.more if i >= 0 else i for i in behind] if cut.more else behind)]
