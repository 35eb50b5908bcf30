"""From a source to a Spec: every key read, every problem of the reading reported together."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import Note, Problem, Span, SpecError
from cnncalc.source import List, Map, Scalar, Tree, compose
from cnncalc.spec.model import FIGURES, KEYS, VERSION, Spec
from cnncalc.spec.statement import RESERVED, Parser, parse_expression
from cnncalc.spec.structure import Structure
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Block, Body, Dims, Expression, Input, Name, Number, Statement
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.diagnostics import Source

_FLAG_LIKE = re.compile(r"(?:op|[spdgk])\d+(?:x\d+)*\Z")
_QUANTITY = re.compile(r"(?P<number>\d[\d_]*(?:\.\d+)?(?:[eE]\d+)?)\s*(?P<unit>[A-Za-z]*)\Z")
_UNITS = {
    "": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "B": 1, "T": 10**12,
    "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30,
}  # fmt: skip
_MOST_AXES = 4
_LARGEST_SIZE = 2**31 - 1


def read(source: Source) -> Spec:
    """Read a YAML spec.

    Raises:
        SpecError: with everything that is wrong in the text.
    """
    tree = compose(source)
    if not isinstance(tree, Map):
        raise SpecError([_no_map(source, tree)])
    reader = _Reader(source)
    spec = reader.read(tree)
    if reader.problems:
        raise SpecError(_in_order(reader.problems))
    return spec


def read_program(source: Source) -> Spec:
    """Read one-line text: statements separated by ``;`` or line breaks, the first of which begins with the input's size.

    Raises:
        SpecError: with everything that is wrong in the text.
    """
    errors: list[NotationError] = []
    try:
        body = Parser(Text(source.text)).program(errors)
    except NotationError as error:
        raise SpecError([Problem(error.message, source, error.span, error.hint)]) from None
    problems = [Problem(error.message, source, error.span, error.hint) for error in errors]
    first = body[0].stages[0] if body else None
    if isinstance(first, Input):
        problems += _check_shape(source, first.sizes, first.span)
    elif not problems:
        at = Span(0, max(1, min(len(source.text), 1)))
        hint = "for example 3x227x227 | conv 96 11 s4"
        problems.append(
            Problem("the text must begin with the size of the input", source, first.span if first else at, hint)
        )
    if problems:
        raise SpecError(_in_order(problems))
    assert isinstance(first, Input)  # noqa: S101 (for the type checker; decided above)
    rest = body[0].stages[1:]
    layers = ((body[0]._replace(stages=rest),) if rest else ()) + body[1:]
    checks = _Reader(source)
    checks.check_names(layers)
    if checks.problems:
        raise SpecError(_in_order(checks.problems))
    return Spec(source=source, inputs={"input": first.sizes}, layers=layers, spans={"input": first.span})


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.span or Span(0, 0))


def _no_map(source: Source, tree: Tree | None) -> Problem:
    hint = "a spec begins with 'cnncalc: 1', 'input: 3x227x227' and 'layers:' with a list below it"
    if tree is None:
        return Problem("the file is empty", source, hint=hint)
    return Problem("a spec is a map of keys, and this is none", source, tree.span, hint)


def _check_shape(source: Source, sizes: tuple[int, ...], span: Span) -> list[Problem]:
    shown = "x".join(map(str, sizes))
    if len(sizes) > _MOST_AXES:
        message = f"the input {shown} has {len(sizes)} axes; channels and at most 3 spatial axes are possible"
        return [Problem(message, source, span, "leave the batch out: it is an option, --batch")]
    if min(sizes) < 1:
        return [Problem(f"the input {shown} has an axis of size 0", source, span)]
    if max(sizes) > _LARGEST_SIZE:
        return [Problem(f"the input {shown} has an axis beyond 2^31 - 1", source, span)]
    return []


class _Reader:
    """Reads the keys of one spec."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.structure = Structure(source, self.problems)
        self.spans: dict[str, Span] = {}
        self.fields: dict[str, Any] = {}
        self.blocks: dict[str, Block] = {}
        self.keys: dict[str, Callable[[Tree], None]] = {
            "cnncalc": self.version,
            "name": self.title,
            "input": self.input,
            "inputs": self.inputs,
            "params": self.params,
            "variants": self.variants,
            "blocks": self.read_blocks,
            "layers": self.layers,
            "outputs": self.outputs,
            "expect": self.expect,
            "budget": self.budget,
            "lint": self.lint,
            "task": self.task,
        }

    def problem(self, message: str, span: Span, hint: str = "", notes: tuple[Note, ...] = ()) -> None:
        self.problems.append(Problem(message, self.source, span, hint, notes))

    def note(self, error: NotationError) -> None:
        self.problem(error.message, error.span, error.hint)

    def read(self, tree: Map) -> Spec:
        """All keys, then what must hold between them."""
        for key, value in tree.entries:
            self.spans[key.value] = key.span
            if key.value in self.keys:
                self.keys[key.value](value)
            else:
                hint = f"the keys of a spec are {', '.join(KEYS)}"
                self.problem(f"unknown key '{key.value}'{nearest(key.value, KEYS)}", key.span, hint)
        self.complete(tree)
        self.check_names(self.fields.get("layers", ()))
        for block in self.blocks.values():
            self.check_names(block.body)
        if self.problems:
            return Spec(source=self.source)
        return Spec(source=self.source, blocks=self.blocks, spans=self.spans, **self.fields)

    def complete(self, tree: Map) -> None:
        """An input and layers must be there."""
        here = Span(tree.span.start, tree.span.start + 1)
        if "layers" not in self.spans:
            self.problem(
                "the key 'layers' is missing", here, "put the layers below 'layers:', one line each, with '- '"
            )
        if "input" not in self.spans and "inputs" not in self.spans:
            self.problem(
                "the key 'input' is missing",
                here,
                "give the size of the input: channels first, such as 'input: 3x227x227'",
            )
        if "input" in self.spans and "inputs" in self.spans:
            self.problem(
                "'input' and 'inputs' are both given",
                self.spans["inputs"],
                "use 'input: 3x32x32' for one, 'inputs:' with names for several",
            )

    # ------------------------------------------------------------------------------------------ simple keys

    def scalar(self, tree: Tree, what: str) -> Scalar | None:
        if isinstance(tree, Scalar):
            return tree
        self.problem(f"{what} is one value, not a {type(tree).__name__.lower()}", tree.span)
        return None

    def map(self, tree: Tree, what: str) -> Map | None:
        if isinstance(tree, Map):
            return tree
        if isinstance(tree, Scalar) and not tree.text.text:
            return Map((), tree.span)
        self.problem(f"{what} is a map of names and values", tree.span, "one 'name: value' per line, indented")
        return None

    def version(self, tree: Tree) -> None:
        scalar = self.scalar(tree, "cnncalc")
        if scalar is None:
            return
        if scalar.value != str(VERSION):
            hint = f"write 'cnncalc: {VERSION}'"
            self.problem(
                f"version '{scalar.value}' of the format is unknown; this program reads version {VERSION}",
                scalar.span,
                hint,
            )
        self.fields["version"] = VERSION

    def title(self, tree: Tree) -> None:
        scalar = self.scalar(tree, "name")
        if scalar is not None:
            self.fields["name"] = " ".join(scalar.value.split())

    # ------------------------------------------------------------------------------------------ inputs

    def input(self, tree: Tree) -> None:
        if isinstance(tree, Map):
            self.problem("'input' is the size of one input", tree.span, "use 'inputs:' for several with names")
            return
        self.spans["input"] = tree.span
        self.fields["inputs"] = {"input": self.shape(tree)}

    def inputs(self, tree: Tree) -> None:
        entries = self.map(tree, "inputs")
        if entries is None:
            return
        if not entries.entries:
            self.problem("'inputs' is empty", entries.span, "for example 'left: 3x32x32'")
        for key, _ in entries.entries:
            self.good_name(key.value, key.span, "an input")
            self.spans[f"inputs.{key.value}"] = key.span
        self.fields["inputs"] = {key.value: self.shape(value) for key, value in entries.entries}

    def shape(self, tree: Tree) -> tuple[int, ...]:
        """``3x227x227``, ``16000``, or a list of sizes."""
        parts = tree.items if isinstance(tree, List) else (tree,)
        sizes: list[int] = []
        for part in parts:
            value = self.expression(part) if isinstance(part, Scalar) else None
            if isinstance(value, Dims) and not isinstance(tree, List):
                sizes += value.sizes
            elif isinstance(value, Number) and isinstance(value.value, int):
                sizes.append(value.value)
            elif value is not None or not isinstance(part, Scalar):
                self.problem(
                    "the size of an input is whole numbers joined by x", part.span, "channels first, such as 3x227x227"
                )
                return (1,)
        if sizes:
            self.problems += _check_shape(self.source, tuple(sizes), tree.span)
        return tuple(sizes) or (1,)

    # ------------------------------------------------------------------------------------------ names and values

    def expression(self, scalar: Scalar) -> Expression | None:
        try:
            return parse_expression(scalar.text)
        except NotationError as error:
            self.note(error)
            return None

    def good_name(self, name: str, span: Span, what: str) -> None:
        """A name is one word and no word of the notation.

        It may be that of a layer: ``fc = linear 10`` is what torchvision calls it, and a layer that a later version adds
        must not break a file. What a file defines comes before what the program knows.
        """
        if not name.isidentifier():
            self.problem(
                f"'{name}' cannot be the name of {what}",
                span,
                "a name is letters, digits and _, and begins with no digit",
            )
        elif name in RESERVED:
            self.problem(f"'{name}' is a word of the notation and cannot be a name", span)

    def own_name(self, name: str, span: Span, what: str) -> None:
        """The name of a block or a parameter, which stands where a flag can stand."""
        self.good_name(name, span, what)
        if _FLAG_LIKE.match(name):
            self.problem(
                f"'{name}' looks like a flag and cannot be the name of {what}",
                span,
                "s2 means stride 2: choose a longer name",
            )

    def values(self, tree: Tree, what: str, *, names: bool = True) -> dict[str, Expression]:
        """A map of names to expressions."""
        entries = self.map(tree, what)
        found: dict[str, Expression] = {}
        for key, value in entries.entries if entries else ():
            if isinstance(value, Scalar) and (
                key.text.text.count("(") != key.text.text.count(")")
                or value.text.text.count("(") != value.text.text.count(")")
            ):
                hint = "inside { } YAML splits at every comma: write one value per line, or put it in quotes"
                self.problem("the brackets of this value do not match", key.span, hint)
                return found
            if names:
                self.own_name(key.value, key.span, "a parameter")
            scalar = self.scalar(value, key.value)
            expression = None if scalar is None else self.expression(scalar)
            if expression is not None:
                found[key.value] = expression
            self.spans[f"{what}.{key.value}"] = key.span
        return found

    def params(self, tree: Tree) -> None:
        self.fields["params"] = self.values(tree, "params")

    def variants(self, tree: Tree) -> None:
        entries = self.map(tree, "variants")
        self.fields["variants"] = {
            key.value: self.values(value, f"variants.{key.value}", names=False)
            for key, value in (entries.entries if entries else ())
        }

    # ------------------------------------------------------------------------------------------ blocks and layers

    def read_blocks(self, tree: Tree) -> None:
        entries = self.map(tree, "blocks")
        for key, value in entries.entries if entries else ():
            try:
                name, parameters = Parser(key.text, lines=False).signature()
            except NotationError as error:
                self.note(error)
                continue
            if name.text in self.blocks:
                notes = (Note("the first is here", self.blocks[name.text].span),)
                self.problem(f"the block '{name.text}' is defined twice", name.span, notes=notes)
                continue
            self.own_name(name.text, name.span, "a block")
            seen: set[str] = set()
            for parameter in parameters:
                at = Span(parameter.span.start, parameter.span.start + len(parameter.name))
                if parameter.name in seen:
                    self.problem(f"the parameter '{parameter.name}' is given twice", at)
                seen.add(parameter.name)
                self.own_name(parameter.name, at, "a parameter")
            self.blocks[name.text] = Block(name.text, parameters, self.structure.body(value), key.span)

    def layers(self, tree: Tree) -> None:
        if isinstance(tree, Scalar) and not tree.text.text.strip():
            self.problem("'layers' is empty", self.spans["layers"], "put the layers below it, one line each, with '- '")
            return
        if isinstance(tree, Map):
            self.problem("'layers' is a list", tree.span, "begin every line below it with '- '")
            return
        self.fields["layers"] = self.structure.body(tree)

    def outputs(self, tree: Tree) -> None:
        items = tree.items if isinstance(tree, List) else (tree,)
        names: list[Name] = []
        for item in items:
            value = self.expression(item) if isinstance(item, Scalar) else None
            if isinstance(value, Name):
                names.append(value)
            elif value is not None or not isinstance(item, Scalar):
                self.problem("outputs are names of values", item.span, "such as 'outputs: [p3, p4]'")
        self.fields["outputs"] = tuple(names)

    def check_names(self, body: Body) -> None:
        """Names of values must be good names, and no parameter."""
        for statement in _statements(body):
            name, span = statement.name, statement.name_span
            if name is None or span is None:
                continue
            self.good_name(name, span, "a value")
            if name in self.fields.get("params", {}):
                notes = (Note("the parameter is here", self.spans[f"params.{name}"]),)
                self.problem(f"'{name}' is a parameter and cannot be the name of a value", span, notes=notes)

    # ------------------------------------------------------------------------------------------ figures

    def figures(self, tree: Tree, what: str) -> tuple[tuple[Scalar, Tree], ...]:
        entries = self.map(tree, what)
        good: list[tuple[Scalar, Tree]] = []
        for key, value in entries.entries if entries else ():
            self.spans[f"{what}.{key.value}"] = Span(key.span.start, value.span.end)
            if key.value in FIGURES:
                good.append((key, value))
            else:
                self.problem(
                    f"{what} knows no '{key.value}'{nearest(key.value, FIGURES)}",
                    key.span,
                    f"it knows {', '.join(FIGURES)}",
                )
        return tuple(good)

    def expect(self, tree: Tree) -> None:
        found: dict[str, Expression] = {}
        for key, value in self.figures(tree, "expect"):
            scalar = self.scalar(value, key.value)
            expression = None if scalar is None else self.expression(scalar)
            if isinstance(expression, Dims) or (isinstance(expression, Number) and isinstance(expression.value, int)):
                found[key.value] = expression
            elif expression is not None:
                self.problem(
                    f"expect {key.value} needs an exact whole number, or sizes",
                    value.span,
                    "such as 60_965_224 or 96x55x55",
                )
        self.fields["expect"] = found

    def budget(self, tree: Tree) -> None:
        found: dict[str, int] = {}
        for key, value in self.figures(tree, "budget"):
            scalar = self.scalar(value, key.value)
            match = _QUANTITY.match(scalar.value) if scalar else None
            if match is not None and match["unit"] in _UNITS:
                found[key.value] = int(Fraction(match["number"].replace("_", "")) * _UNITS[match["unit"]])
            elif scalar is not None:
                self.problem(f"'{scalar.value}' is no quantity", value.span, "such as 61M, 1.2G or 20MiB")
        self.fields["budget"] = found

    # ------------------------------------------------------------------------------------------ lint, task

    def lint(self, tree: Tree) -> None:
        entries = self.map(tree, "lint")
        for key, _ in entries.entries if entries else ():
            self.spans[f"lint.{key.value}"] = key.span
        self.fields["lint"] = _plain(entries) if entries else {}

    def task(self, tree: Tree) -> None:
        entries = self.map(tree, "task")
        known = ("loss", "classes", "kind")
        for key, value in entries.entries if entries else ():
            self.spans[f"task.{key.value}"] = key.span
            if key.value not in known:
                self.problem(
                    f"task knows no '{key.value}'{nearest(key.value, known)}", key.span, f"it knows {', '.join(known)}"
                )
            elif key.value == "classes" and not (
                isinstance(value, Scalar) and value.value.replace("_", "").isdecimal()
            ):
                self.problem("task classes is a whole number", value.span)
        self.fields["task"] = _plain(entries) if entries else {}


def _plain(tree: Tree) -> Any:
    """Text, lists and dicts of it."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, List):
        return [_plain(item) for item in tree.items]
    return {key.value: _plain(value) for key, value in tree.entries}


def _statements(body: Body) -> list[Statement]:
    """All statements of a body, also those within stages."""
    found: list[Statement] = []
    waiting = list(reversed(body))
    while waiting:
        statement = waiting.pop()
        found.append(statement)
        for stage in statement.stages:
            for field in ("parts", "body", "then", "otherwise"):
                inner = getattr(stage, field, ())
                waiting += [s for part in inner for s in part] if field == "parts" else inner
    return found
