"""What an editor's page asks about a text, JSON to JSON: the same functions behind a server and in a browser's Python."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.api import emit
from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import CnncalcError, SpecError
from cnncalc.layers.base import shown
from cnncalc.lint.engine import DEFAULT
from cnncalc.page.answers import answers, numbers, problems
from cnncalc.page.asked import network_of, source_of
from cnncalc.page.html import fragment
from cnncalc.page.pictures import drawn, fitting_pictures, pictures_of_layer
from cnncalc.page.places import stages, units
from cnncalc.page.vocabulary import vocabulary
from cnncalc.spec.syntax import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cnncalc.diagnostics import Problem, Source, Span
    from cnncalc.network.loaded import Network

__all__ = ["answer", "examples", "picture", "vocabulary"]


def answer(request: str) -> str:
    """What there is to say about a text.

    The request has ``text``; it may have ``name`` of the source, ``settings`` (parameter to text), ``size`` (every spatial
    axis of every input), ``variant``, and ``whole``: False for the numbers alone, which come sooner.

    The answer has ``problems`` with their lines, and where the text can be read ``html``, ``explanations``, ``fixes`` (the text
    after each), ``hints`` (line to size), ``marks`` (findings by line), ``stages`` (which rows a place of the text makes) and
    ``controls``. Places are counted in units of UTF-16. It never raises for a text.
    """
    asked = json.loads(request)
    try:
        return json.dumps(_answer(asked))
    except SpecError as error:
        return json.dumps({"problems": _problems(source_of(asked), asked["text"], error.problems)})
    except CnncalcError as error:
        return json.dumps({"problems": [_without_place(error)]})


def picture(request: str) -> str:
    """Pictures of a text, as ``answer`` takes it, with ``what`` and ``layer`` (its path; empty for the whole network).

    The answer has ``pictures`` with their SVG: without ``what`` all that fit the layer; where nothing can be drawn none.
    """
    asked = json.loads(request)
    try:
        network, analysis = network_of(asked)
        what, layer = asked.get("what"), asked.get("layer", "")
        found = [drawn(network, analysis, what, layer)] if what else pictures_of_layer(network, analysis, layer)
    except CnncalcError as error:
        return json.dumps({"pictures": [], "problems": [_without_place(error)]})
    return json.dumps({"pictures": found})


def examples() -> str:
    """The specs that come with the program, name to text, as JSON."""
    return json.dumps({name: path.read_text(encoding="utf-8") for name, path in shipped_specs().items()})


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    network, analysis = network_of(asked)
    place = units(network.spec.source, asked["text"])
    base: dict[str, Any] = {"problems": _problems(network.spec.source, asked["text"], network.problems)}
    base |= {"hints": _hints(network), "controls": _controls(network)}
    if not asked.get("whole", True):
        found = numbers(network, analysis) | {"editable": True, "pictures": [], "torch": ""}
        return base | {"html": fragment(found), "explanations": None, "fixes": [], "marks": [], "stages": []}
    found = answers(network, analysis, DEFAULT)
    shape = {"editable": True, "pictures": fitting_pictures(network, analysis), "torch": _torch(network)}
    return base | {
        "html": fragment(found | shape),
        "explanations": found["explanations"],
        "fixes": [fix["text"] for finding in found["findings"] for fix in finding["fixes"]],
        "marks": list(_marks(found["findings"], place)),
        "stages": stages(analysis, place),
    }


def _problems(source: Source, text: str, found: Iterable[Problem]) -> list[dict[str, Any]]:
    place = units(source, text)
    found = tuple(found)
    return [
        one | _ends(None if problem.span is None else place(problem.span))
        for one, problem in zip(problems(source, found), found, strict=True)
    ]


def _without_place(error: CnncalcError) -> dict[str, Any]:
    return {"message": str(error), "line": None, "hint": "", "text": str(error)} | _ends(None)


def _ends(place: tuple[int, int] | None) -> dict[str, int | None]:
    return dict(zip(("from", "to"), place or (None, None), strict=True))


def _marks(findings: Iterable[dict[str, Any]], place: Callable[[Span], tuple[int, int]]) -> Iterable[dict[str, Any]]:
    """Findings at their places; ``fixes`` are numbered as in the answer."""
    count = 0
    for finding in findings:
        fixes = [
            {"message": fix["message"], "safe": fix["safe"], "number": count + i}
            for i, fix in enumerate(finding["fixes"])
        ]
        count += len(fixes)
        span = finding["span"]
        kept = {name: finding[name] for name in ("line", "severity", "code", "name", "message")}
        yield kept | {"fixes": fixes} | _ends(None if span is None else place(span))


def _torch(network: Network) -> str:
    if network.problems:
        return ""
    try:
        return emit(network)
    except CnncalcError as error:
        return f"# {error}"


def _hints(network: Network) -> dict[int, str]:
    """For every line of the text the size that leaves it: of the last layer that it makes, or that a block it calls makes."""
    source = network.spec.source
    sizes = {}
    for node in network.graph.nodes:
        if node.op == "input":
            continue
        size = "?" if node.shape is None else shown(node.shape)
        for span in (*node.calls, node.span):
            if span is not None:
                sizes[source.position(span.start).line] = f"~{size}" if node.assumed else size
    return sizes


def _controls(network: Network) -> dict[str, Any]:
    """What can be moved: parameters that are a number, the size of the inputs, variants."""
    spatial = {axis for node in network.graph.inputs for axis in (node.shape or ())[1:]}
    spec = network.spec
    return {
        "params": [
            {"name": name, "value": str(value.value), "whole": Fraction(value.value).denominator == 1}
            for name, value in spec.params.items()
            if isinstance(value, Number)
        ],
        "size": max(spatial, default=None),
        "variants": list(spec.variants),
    }
