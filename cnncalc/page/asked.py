"""The network that a page asks about. It asks several things about one text, one after the other: the last network is kept."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import analyse
from cnncalc.api import expanded
from cnncalc.diagnostics import Source
from cnncalc.record import NamedTuple
from cnncalc.spec import read, read_program

if TYPE_CHECKING:
    from cnncalc.analysis.result import Analysis
    from cnncalc.network.loaded import Network

_CHOICES = ("text", "name", "settings", "size", "variant")
"""What says which network it is."""


class Asked(NamedTuple):
    """A network, as far as it could be read, and its numbers."""

    network: Network
    analysis: Analysis


def source_of(asked: dict[str, Any]) -> Source:
    """The text of a question; in one line it is a program, as on the command line."""
    text = asked["text"]
    one_line = "|" in text and "\n" not in text.strip()
    return Source("-e" if one_line else asked.get("name") or "net.yaml", text)


def network_of(asked: dict[str, Any]) -> Asked:
    """The network of a question.

    Raises:
        SpecError: the text cannot be read.
        UsageError: an unknown parameter or variant.
    """
    return _kept(json.dumps({name: asked.get(name) for name in _CHOICES}))


@lru_cache(maxsize=1)
def _kept(question: str) -> Asked:
    asked = json.loads(question)
    source = source_of(asked)
    spec = read_program(source) if source.name == "-e" else read(source)
    size = asked["size"]
    network = expanded(
        spec,
        inputs={name: _resized(shape, size) for name, shape in spec.inputs.items()} if size else None,
        settings=asked["settings"] or {},
        variant=asked["variant"] or None,
        strict=False,
    )
    return Asked(network, analyse(network.graph))


def _resized(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    return (shape[0], *(size for _ in shape[1:]))
