"""The whole file: heading, imports, the small classes that it brings along, the network, a main guard."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from cnncalc.codegen.flat import Flat
from cnncalc.codegen.layout import INDENT, docstring, lines
from cnncalc.diagnostics import SpecError
from cnncalc.layers.opaque import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cnncalc.graph import Graph, Node
    from cnncalc.network.loaded import Network

_HELPERS = "cnncalc.codegen.helpers"
_IMPORT = re.compile(r"^(?:from \S+ import .+|import .+)\n", re.MULTILINE)


def class_name(text: str) -> str:
    """``ResNet-50 (v1.5)`` as a class: ``ResNet50``."""
    words = re.findall(r"[A-Za-z0-9]+", text.partition("(")[0])
    name = "".join(word[0].upper() + word[1:] for word in words)
    return name if name[:1].isalpha() else f"Network{name}"


def emit_flat(graph: Graph) -> str:
    """The text of a module with one class in which every layer is written out.

    Raises:
        SpecError: the network has a problem.
        UsageError: a name cannot be that of a PyTorch module.
    """
    if graph.problems:
        raise SpecError(graph.problems)
    name = class_name(graph.name)
    flat = Flat(graph, name)
    return assemble(graph, name, [flat.text()], flat.helpers)


def emit_with_blocks(network: Network) -> str:
    """The text of a module with one class per block.

    Raises:
        Unable: the spec has what needs the flat form.
    """
    from cnncalc.codegen.blocks import emit_blocks

    name = class_name(network.graph.name)
    classes, helpers, head = emit_blocks(network, name)
    return assemble(network.graph, name, classes, helpers, head=head)


def assemble(
    graph: Graph, name: str, classes: Iterable[list[str]], helpers: Iterable[str], *, head: Iterable[str] = ()
) -> str:
    """The file: ``classes`` are lines of classes, the network's last; ``head`` lines of constants and functions."""
    brought = [helper_text(helper) for helper in helpers]
    imports = {line for text in brought for line in text.imports if not line.startswith("from torch import")}
    bodies = ["\n".join(text.body) for text in brought] + ["\n".join(text) for text in classes]
    body = "\n\n\n".join([*bodies, "\n".join(main(graph, name))])
    if re.search(r"\bmath\.", "\n".join([*head, body])):
        imports.add("import math")
    if "OrderedDict(" in body:
        imports.add("from collections import OrderedDict")
    if re.search(r"\bF\.", body):
        imports.add("import torch.nn.functional as F")
    imports.add("import torch")
    imports |= {f"import {made.rpartition('.')[0]}" for made in _sources(graph)}
    other = sorted(line for line in imports if "torch" not in line)
    ours = sorted(line for line in imports if "torch" in line)
    top = [
        "from __future__ import annotations",
        *([""] if other else []),
        *other,
        "",
        *ours,
        "from torch import Tensor, nn" if re.search(r"\bTensor\b", body) else "from torch import nn",
    ]
    first = list(head)
    gap = [""] if first and not first[0].startswith("def ") else ["", ""]
    return "\n".join([docstring(graph.name), "", *top, *gap, *first, *(["", ""] if first else []), body, ""])


def _sources(graph: Graph) -> list[str]:
    """Classes of others that layers name."""
    return [node.layer.source for node in graph.nodes if isinstance(node.layer, Opaque) and node.layer.source]


class _Helper:
    """The text of a small class, and the imports that it needs."""

    def __init__(self, text: str) -> None:
        self.imports = [line.strip() for line in _IMPORT.findall(text)]
        rest = _IMPORT.sub("", text.partition('"""\n')[2])
        self.body = re.sub(r"  # (?:noqa|type: ignore).*", "", rest).strip("\n").split("\n")


def helper_text(target: str) -> _Helper:
    """The small class or function of this name.

    Raises:
        FileNotFoundError: there is none; a mistake in a layer.
    """
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", target).lower()
    return _Helper(files(_HELPERS).joinpath(f"{stem}.py").read_text(encoding="utf-8"))


def _entering(node: Node) -> str:
    """An example of an input, of one sample."""
    sizes = ", ".join(map(str, node.shape or ()))
    return f"torch.zeros(1, {sizes}, dtype=torch.int64)" if node.layer.itemsize else f"torch.randn(1, {sizes})"


def main(graph: Graph, name: str) -> list[str]:
    """One forward pass."""
    inputs = [_entering(node) for node in graph.inputs]
    text = [
        'if __name__ == "__main__":',
        f"{INDENT}model = {name}()",
        *lines("output = model(", ", ".join(inputs), ")", depth=1),
    ]
    if len(graph.outputs) == 1:
        return [*text, f"{INDENT}print(tuple(output.shape))"]
    return [*text, f"{INDENT}print([tuple(value.shape) for value in output])"]
