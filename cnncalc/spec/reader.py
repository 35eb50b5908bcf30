"""From a source to a Spec: every key read, every problem of the reading reported together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, final

from cnncalc.diagnostics import Note, Problem, Source, Span, SpecError
from cnncalc.source import List, Map, Scalar, Tree, compose
from cnncalc.spec.figures import kind_of, plain, read_budget, read_expect
from cnncalc.spec.findings import Findings
from cnncalc.spec.model import KEYS, VERSION, Spec
from cnncalc.spec.names import Names, good_name, own_name
from cnncalc.spec.statement import Parser, parse_expression
from cnncalc.spec.structure import Structure, torn
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Block, Body, Dims, Expression, Identity, Input, Name, Number, Parameter
from cnncalc.spec.task import read_task
from cnncalc.spec.tokens import NotationError, Token
from cnncalc.text import Text, printable

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_AXES = 4
_LARGEST_SIZE = 2**31 - 1
_FLOW_HINT = "inside { } YAML splits at every comma: write one value per line, or put it in quotes"


def read(source: Source) -> Spec:
    """Read a YAML spec.

    Raises:
        SpecError: with everything that is wrong in the text.
    """
    tree = compose(source)
    if not isinstance(tree, Map):
        raise SpecError([_no_map(source, tree)])
    reader = _Reader(Findings(source))
    spec = reader.read(tree)
    reader.findings.check()
    return spec


def read_program(source: Source) -> Spec:
    """Read one-line text: statements separated by ``;`` or line breaks, the first of which begins with the input's size.

    Raises:
        SpecError: with everything that is wrong in the text.
    """
    findings = Findings(source)
    body = _program(findings)
    first = body[0].stages[0] if body else None
    if isinstance(first, Input):
        _check_shape(findings, first.sizes, first.span)
    elif not findings.problems:
        at = first.span if first else Span(0, 1)
        findings.add("the text must begin with the size of the input", at, "for example 3x227x227 | conv 96 11 s4")
    findings.check()
    assert isinstance(first, Input)  # noqa: S101 (for the type checker; decided above)
    layers = _without_input(body, first)
    Names(findings, {}, {"input": first.span}).layers(layers)
    findings.check()
    return Spec.model_construct(
        source=source, inputs={"input": first.sizes}, layers=layers, spans={"input": first.span}
    )


def _program(findings: Findings) -> Body:
    errors: list[NotationError] = []
    try:
        body = Parser(Text(findings.source.text)).program(errors)
    except NotationError as unreadable:
        errors, body = [unreadable], ()
    for error in errors:
        findings.note(error)
    return body


def _without_input(body: Body, first: Input) -> Body:
    """The statements behind the input's size; a name or sizes of its own stay."""
    statement = body[0]
    rest = statement.stages[1:]
    if not rest and statement.name is None and statement.expect is None:
        return body[1:]
    return (statement._replace(stages=rest or (Identity(first.span),)), *body[1:])


def _no_map(source: Source, tree: Tree | None) -> Problem:
    hint = "a spec begins with 'cnncalc: 1', 'input: 3x227x227' and 'layers:' with a list below it"
    if tree is None:
        return Problem("the file is empty", source, hint=hint)
    return Problem("a spec is a map of keys, and this is none", source, tree.span, hint)


def _check_shape(findings: Findings, sizes: tuple[int, ...], span: Span) -> None:
    shown = "x".join(map(str, sizes[: 2 * _MOST_AXES]))
    if len(sizes) > _MOST_AXES:
        message = f"the input {shown} has {len(sizes)} axes; channels and at most 3 spatial axes are possible"
        findings.add(message, span, "leave the batch out: it is an option, --batch")
    elif min(sizes) < 1:
        findings.add(f"the input {shown} has an axis of size 0", span)
    elif max(sizes) > _LARGEST_SIZE:
        findings.add(f"the input {shown} has an axis beyond 2^31 - 1", span)


@final
class _Reader:
    """Reads the keys of one spec."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.problem = findings.add
        self.structure = Structure(findings)
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
        self.check_variants()
        self.check_names()
        if self.findings.problems:
            return Spec.model_construct(source=self.findings.source)
        return Spec.model_construct(source=self.findings.source, blocks=self.blocks, spans=self.spans, **self.fields)

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
        self.problem(f"{what} is one value, not a {kind_of(tree)}", tree.span)
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
            self.fields["name"] = printable(" ".join(scalar.value.split()))

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
            good_name(self.findings, key.value, key.span, "an input")
            self.spans[f"inputs.{key.value}"] = key.span
        self.fields["inputs"] = {key.value: self.shape(value) for key, value in entries.entries}

    def shape(self, tree: Tree) -> tuple[int, ...]:
        """``3x227x227``, ``16000``, or a list of sizes."""
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
                self.problem("the size of an input is whole numbers joined by x", part.span, _joined(tree))
                return (1,)
        if sizes:
            _check_shape(self.findings, tuple(sizes), tree.span)
        return tuple(sizes) or (1,)

    # ------------------------------------------------------------------------------------------ names and values

    def expression(self, scalar: Scalar) -> Expression | None:
        try:
            return parse_expression(scalar.text)
        except NotationError as error:
            self.findings.note(error)
            return None

    def values(self, tree: Tree, what: str, *, names: bool = True) -> dict[str, Expression]:
        """A map of names to expressions."""
        entries = self.map(tree, what)
        found: dict[str, Expression] = {}
        for key, value in entries.entries if entries else ():
            if entries and entries.flow and _is_torn(key, value):
                self.problem("the brackets of this value do not match", key.span, _FLOW_HINT)
                return found
            if names:
                own_name(self.findings, key.value, key.span, "a parameter")
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

    def check_variants(self) -> None:
        """A variant gives values to parameters of the file."""
        params = self.fields.get("params", {})
        for variant, values in self.fields.get("variants", {}).items():
            for name in values.keys() - params.keys():
                self.problem(
                    f"the variant '{variant}' sets '{name}', which is no parameter{nearest(name, params)}",
                    self.spans[f"variants.{variant}.{name}"],
                    f"the parameters are {', '.join(params)}" if params else "there is no 'params'",
                )

    # ------------------------------------------------------------------------------------------ blocks and layers

    def read_blocks(self, tree: Tree) -> None:
        entries = self.map(tree, "blocks")
        for key, value in entries.entries if entries else ():
            try:
                name, parameters = Parser(key.text, lines=False).signature()
            except NotationError as error:
                self.findings.note(error)
            else:
                self.block(name, parameters, key, value)

    def block(self, name: Token, parameters: tuple[Parameter, ...], key: Scalar, value: Tree) -> None:
        if name.text in self.blocks:
            notes = (Note("the first is here", self.blocks[name.text].span),)
            self.problem(f"the block '{name.text}' is defined twice", name.span, notes=notes)
            return
        own_name(self.findings, name.text, name.span, "a block")
        self.check_parameters(parameters)
        self.blocks[name.text] = Block(name.text, parameters, self.structure.body(value), key.span)

    def check_parameters(self, parameters: tuple[Parameter, ...]) -> None:
        seen: set[str] = set()
        for parameter in parameters:
            at = Span(parameter.span.start, parameter.span.start + len(parameter.name))
            if parameter.name in seen:
                self.problem(f"the parameter '{parameter.name}' is given twice", at)
            seen.add(parameter.name)
            own_name(self.findings, parameter.name, at, "a parameter")

    def layers(self, tree: Tree) -> None:
        if (isinstance(tree, Scalar) and not tree.text.text.strip()) or (isinstance(tree, List) and not tree.items):
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

    def check_names(self) -> None:
        """No name is given twice where both can be seen."""
        params = {name: self.spans[f"params.{name}"] for name in self.fields.get("params", {})}
        inputs = {name: self.spans.get(f"inputs.{name}") for name in self.fields.get("inputs", {})}
        names = Names(self.findings, params, {name: span for name, span in inputs.items() if span is not None})
        names.layers(self.fields.get("layers", ()))
        for block in self.blocks.values():
            names.block(block)

    # ------------------------------------------------------------------------------------------ figures

    def expect(self, tree: Tree) -> None:
        entries = self.map(tree, "expect")
        self.fields["expect"] = read_expect(entries, self.findings, self.spans) if entries else {}

    def budget(self, tree: Tree) -> None:
        entries = self.map(tree, "budget")
        self.fields["budget"] = read_budget(entries, self.findings, self.spans) if entries else {}

    # ------------------------------------------------------------------------------------------ lint, task

    def lint(self, tree: Tree) -> None:
        entries = self.map(tree, "lint")
        for key, _ in entries.entries if entries else ():
            self.spans[f"lint.{key.value}"] = key.span
        self.fields["lint"] = plain(entries) if entries else {}

    def task(self, tree: Tree) -> None:
        entries = self.map(tree, "task")
        self.fields["task"] = read_task(entries, self.findings, self.spans) if entries else {}


def _is_torn(key: Scalar, value: Tree) -> bool:
    """Whether YAML has torn an expression apart at a comma between curly brackets."""
    return torn(key) or (isinstance(value, Scalar) and torn(value))


def _joined(tree: Tree) -> str:
    """What to write for sizes that are joined by something else than an x."""
    text = tree.text.text if isinstance(tree, Scalar) else ""
    if re.fullmatch(r"[ (\[]*\d{1,9}(?:[ ,;*xX\u00d7]+\d{1,9}){0,4}[ )\]]*", text):
        return f"write {'x'.join(re.findall('[0-9]+', text))}"
    return "channels first, such as 3x227x227"
