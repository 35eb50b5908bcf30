"""What an editor's page asks about a text, JSON to JSON: the same function behind a server and in a browser's Python."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.analysis import analyse
from cnncalc.api import emit, expanded
from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import CnncalcError, Source, SpecError
from cnncalc.layers.base import shown
from cnncalc.lint.engine import DEFAULT
from cnncalc.page.answers import answers, numbers, problems
from cnncalc.page.html import fragment
from cnncalc.spec import read, read_program
from cnncalc.spec.syntax import Number

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network
    from cnncalc.spec.model import Spec


def answer(request: str) -> str:
    """What there is to say about a text.

    The request has ``text``; it may have ``name`` of the source, ``settings`` (parameter to text), ``size`` (every spatial
    axis of every input), ``variant``, and ``whole``: False for the numbers alone, which come sooner.

    The answer has ``problems`` with their lines, and where the text can be read ``html``, ``explanations``, ``fixes`` (the text
    after each), ``hints`` (line to size), ``marks`` (findings by line) and ``controls``. It never raises for a text.
    """
    asked = json.loads(request)
    source = _source(asked)
    try:
        return json.dumps(_answer(source, asked))
    except SpecError as error:
        return json.dumps({"problems": list(problems(source, error.problems))})
    except CnncalcError as error:
        return json.dumps({"problems": [{"message": str(error), "line": None, "hint": "", "text": str(error)}]})


def examples() -> str:
    """The specs that come with the program, name to text, as JSON."""
    return json.dumps({name: path.read_text(encoding="utf-8") for name, path in shipped_specs().items()})


def _source(asked: dict[str, Any]) -> Source:
    text = asked["text"]
    one_line = "|" in text and "\n" not in text.strip()
    return Source("-e" if one_line else asked.get("name") or "net.yaml", text)


def _answer(source: Source, asked: dict[str, Any]) -> dict[str, Any]:
    spec = read_program(source) if source.name == "-e" else read(source)
    size = asked.get("size")
    network = expanded(
        spec,
        inputs={name: _resized(shape, size) for name, shape in spec.inputs.items()} if size else None,
        settings=asked.get("settings") or {},
        variant=asked.get("variant") or None,
        strict=False,
    )
    analysis = analyse(network.graph)
    whole = asked.get("whole", True)
    found = answers(network, analysis, DEFAULT) if whole else numbers(network, analysis)
    return {
        "problems": found["problems"],
        "html": fragment(found | {"editable": True, "pictures": [], "torch": _torch(network) if whole else ""}),
        "explanations": found.get("explanations"),
        "fixes": [fix["text"] for finding in found.get("findings", ()) for fix in finding["fixes"]],
        "hints": _hints(network),
        "marks": [
            {"line": finding["line"], "severity": finding["severity"], "message": finding["message"]}
            for finding in found.get("findings", ())
        ],
        "controls": _controls(spec, network),
    }


def _resized(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    return (shape[0], *(size for _ in shape[1:]))


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


def _controls(spec: Spec, network: Network) -> dict[str, Any]:
    """What can be moved: parameters that are a number, the size of the inputs, variants."""
    spatial = {axis for node in network.graph.inputs for axis in (node.shape or ())[1:]}
    return {
        "params": [
            {"name": name, "value": str(value.value), "whole": Fraction(value.value).denominator == 1}
            for name, value in spec.params.items()
            if isinstance(value, Number)
        ],
        "size": max(spatial, default=None),
        "variants": list(spec.variants),
    }
