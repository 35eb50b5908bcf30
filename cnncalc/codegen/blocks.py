"""One class per block of the spec, with its parameters as arguments of the constructor: as one writes it by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, final

from cnncalc.codegen.arguments import super_call
from cnncalc.codegen.chains import Chains
from cnncalc.codegen.file import File
from cnncalc.codegen.forward.ways import WAYS
from cnncalc.codegen.forward.writer import Forward
from cnncalc.codegen.layout import INDENT, WIDTH, Bracket, docstring, lines, literal, returned, text_of
from cnncalc.codegen.pyexpr import HELPERS, Unable, python
from cnncalc.spec.syntax import Dims, Number

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network


def emit_blocks(network: Network, name: str) -> tuple[list[list[str]], list[str], list[str]]:
    """The classes of a network, the network's own last; the names of helper classes; lines of constants and functions.

    Raises:
        Unable: the spec has what needs the flat form.
    """
    file = File(network, name, lambda file, block: ClassScope(file, block, block.body).text())
    own = ClassScope(file, None, file.spec.layers).network()
    text = [made.text for made in file.done.values()]
    body = "\n".join("\n".join(part) for part in [*text, own])
    if any(len(line) > WIDTH for part in [*text, own] for line in part):
        raise Unable("a line that is too long")
    helpers = sorted(name for name in file.helpers if re.search(rf"\b{name}\b", body))
    return [*text, own], helpers, _head(file, body)


def _head(file: File, body: str) -> list[str]:
    """The constants and functions that the classes read."""
    head = [f"{name} = {literal(value)}" for name, value in file.constants.items() if re.search(rf"\b{name}\b", body)]
    for function, definition in HELPERS.items():
        if f"{function}(" in body:
            head += ["", "", *definition] if head else definition
    return head


@final
class ClassScope(Chains):
    """One class: a block, or the network."""

    def text(self) -> list[str]:
        """The class of a block: a sequence if its body is one, else a module with a forward of its own."""
        assert self.block is not None  # noqa: S101 (the network has its own method)
        name = self.file.class_names[self.block.name]
        try:
            if self.references:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, "in_channels")
        except Unable:
            return self.module(name)
        call = super_call(items)
        self.keep_extras(call)
        local = self.locals(call)
        self.note_width([*local, *call])
        head = [f"class {name}(nn.Sequential):", f"{INDENT}{docstring(self.title())}", "", *self.signature()]
        return [*head, *local, *call]

    def note_width(self, text: list[str]) -> None:
        """Note whether nothing reads the channels that enter, so that they are no argument."""
        block = self.block
        if (
            block is not None
            and block.name not in self.file.by_word
            and not any("in_channels" in line for line in text)
        ):
            self.file.widthless.add(block.name)

    def keep_extras(self, text: list[str]) -> None:
        """Forget the further arguments that nothing reads."""
        for name in [name for name in self.extras if not any(re.search(rf"\b{name}\b(?!=)", line) for line in text)]:
            del self.extras[name]

    def title(self) -> str:
        return f"The block {self.block.name}" if self.block else self.file.graph.name

    def signature(self) -> list[str]:
        """The head of a constructor."""
        if self.block is None:
            return [f"{INDENT}def __init__(self) -> None:"]
        items = ["self"] if self.block.name in self.file.widthless else ["self", "in_channels: int"]
        required = len(items)
        for parameter in self.block.parameters:
            name, default = parameter.name, parameter.default
            if (name not in self.given and name not in self.unsaid) or name in self.references:
                continue
            if default is None or name in self.unsaid:
                items.insert(required, f"{name}: {self._kind(name)}")
                required += 1
            elif name in self.words:
                items.append(f"{name}: type[nn.Module] = {self.word(default)}")
            elif isinstance(default, Number | Dims):
                items.append(f"{name}: {self._kind(name)} = {literal(_plain(default))}")
            else:
                items.append(f"{name}: {self._kind(name)} | None = None")
        items[required:required] = [f"{name}: int" for name in self.extras]
        return lines("", Bracket("def __init__(", tuple(items)), " -> None:", depth=1)

    def _kind(self, name: str) -> str:
        """The type of a parameter."""
        if name in self.words:
            return "type[nn.Module]"
        return _annotation([instance.parameters[name] for instance in self.instances])

    def locals(self, following: list[str]) -> list[str]:
        """Parameters that follow from others, as far as what follows reads them."""
        if self.block is None:
            return []
        text: list[str] = []
        names = self.names({})
        for parameter in reversed(self.block.parameters):
            name, default = parameter.name, parameter.default
            given = name in self.given
            known = (
                default is None
                or name in self.unsaid
                or (given and (name in self.words or isinstance(default, Number | Dims)))
            )
            if known or not any(re.search(rf"\b{name}\b(?!=)", line) for line in [*text, *following]):
                continue
            assert default is not None  # noqa: S101 (it is known then)
            value = self.word(default) if name in self.words else python(default, names, "in_channels")
            text = lines(f"{name} = ", f"{value} if {name} is None else {name}" if given else value, depth=2) + text
        return text

    def module(self, name: str) -> list[str]:
        """A class with attributes and a forward."""
        forward = Forward(self, WAYS)
        head, values = forward.run()
        attributes = text_of(forward.attributes(), depth=2)
        self.keep_extras(attributes)
        local = self.locals(attributes)
        self.note_width([*local, *attributes])
        return [
            f"class {name}(nn.Module):",
            f"{INDENT}{docstring(self.title())}",
            "",
            *self.signature(),
            *local,
            f"{INDENT * 2}super().__init__()",
            *attributes,
            "",
            *head,
            *text_of(forward.forward, depth=2),
            *returned(values),
        ]

    def network(self) -> list[str]:
        """The class of the network."""
        graph = self.file.graph
        try:
            if len(graph.inputs) != 1 or self.file.spec.outputs:
                raise Unable("a sequence with several values")
            items, _ = self.plain(self.body, {}, None)
        except Unable:
            return self.module(self.file.name)
        head = [f"class {self.file.name}(nn.Sequential):", f"{INDENT}{docstring(self.title())}", ""]
        return [*head, *self.signature(), *super_call(items)]


def _plain(default: Number | Dims) -> Any:
    return default.value if isinstance(default, Number) else default.sizes


def _annotation(values: list[Any]) -> str:
    """The type of a parameter that has these values."""
    kinds = {"tuple[int, ...]" if isinstance(v, tuple) else "int" if isinstance(v, int) else "float" for v in values}
    return " | ".join(
        kind
        for kind in ("int", "float", "tuple[int, ...]")
        if kind in kinds and (kind != "int" or "float" not in kinds)
    )
