"""From YAML to a Spec: every key read, every problem of the reading reported together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from cnncalc.diagnostics import Note, Problem, Source, Span, SpecError
from cnncalc.record import collecting_later
from cnncalc.source import List, Map, Scalar, Tree, compose
from cnncalc.spec.entries import Entries
from cnncalc.spec.figures import plain, read_budget, read_expect
from cnncalc.spec.findings import Findings
from cnncalc.spec.model import KEYS, VERSION, Spec
from cnncalc.spec.names import Names, good_name, own_name
from cnncalc.spec.shapes import read_shape
from cnncalc.spec.statement import Parser
from cnncalc.spec.structure import Structure
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Block, Name, Parameter
from cnncalc.spec.task import read_task
from cnncalc.spec.tokens import NotationError, Token
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable


@collecting_later
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


def _no_map(source: Source, tree: Tree | None) -> Problem:
    hint = "a spec begins with 'cnncalc: 1', 'input: 3x227x227' and 'layers:' with a list below it"
    if tree is None:
        return Problem("the file is empty", source, hint=hint)
    return Problem("a spec is a map of keys, and this is none", source, tree.span, hint)


@final
class _Reader:
    """Reads the keys of one spec."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.problem = findings.add
        self.structure = Structure(findings)
        self.spans: dict[str, Span] = {}
        self.entries = Entries(findings, self.spans)
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
            hint = "put the layers below 'layers:', one line each, with '- '"
            self.problem("the key 'layers' is missing", here, hint)
        if "input" not in self.spans and "inputs" not in self.spans:
            hint = "give the size of the input: channels first, such as 'input: 3x227x227'"
            self.problem("the key 'input' is missing", here, hint)
        if "input" in self.spans and "inputs" in self.spans:
            hint = "use 'input: 3x32x32' for one, 'inputs:' with names for several"
            self.problem("'input' and 'inputs' are both given", self.spans["inputs"], hint)

    # ------------------------------------------------------------------------------------------ simple keys

    def version(self, tree: Tree) -> None:
        scalar = self.entries.scalar(tree, "cnncalc")
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
        scalar = self.entries.scalar(tree, "name")
        if scalar is not None:
            self.fields["name"] = printable(" ".join(scalar.value.split()))

    # ------------------------------------------------------------------------------------------ inputs

    def input(self, tree: Tree) -> None:
        if isinstance(tree, Map):
            self.problem("'input' is the size of one input", tree.span, "use 'inputs:' for several with names")
            return
        self.spans["input"] = tree.span
        self.fields["inputs"] = {"input": read_shape(tree, self.findings)}

    def inputs(self, tree: Tree) -> None:
        entries = self.entries.map(tree, "inputs")
        if entries is None:
            return
        if not entries.entries:
            self.problem("'inputs' is empty", entries.span, "for example 'left: 3x32x32'")
        for key, _ in entries.entries:
            good_name(self.findings, key.value, key.span, "an input")
            self.spans[f"inputs.{key.value}"] = key.span
        self.fields["inputs"] = {key.value: read_shape(value, self.findings) for key, value in entries.entries}

    # ------------------------------------------------------------------------------------------ parameters

    def params(self, tree: Tree) -> None:
        self.fields["params"] = self.entries.values(tree, "params")

    def variants(self, tree: Tree) -> None:
        entries = self.entries.map(tree, "variants")
        self.fields["variants"] = {
            key.value: self.entries.values(value, f"variants.{key.value}", names=False)
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
        entries = self.entries.map(tree, "blocks")
        for key, value in entries.entries if entries else ():
            try:
                name, parameters, inline = Parser(key.text, lines=False).signature()
            except NotationError as error:
                self.findings.note(error)
            else:
                self.block(name, parameters, key, value, inline=inline)

    def block(self, name: Token, parameters: tuple[Parameter, ...], key: Scalar, value: Tree, *, inline: bool) -> None:
        if name.text in self.blocks:
            notes = (Note("the first is here", self.blocks[name.text].span),)
            self.problem(f"the block '{name.text}' is defined twice", name.span, notes=notes)
            return
        own_name(self.findings, name.text, name.span, "a block")
        self.check_parameters(parameters)
        self.blocks[name.text] = Block(name.text, parameters, self.structure.body(value), key.span, inline)

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
            value = self.entries.expression(item) if isinstance(item, Scalar) else None
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
        entries = self.entries.map(tree, "expect")
        self.fields["expect"] = read_expect(entries, self.findings, self.spans) if entries else {}

    def budget(self, tree: Tree) -> None:
        entries = self.entries.map(tree, "budget")
        self.fields["budget"] = read_budget(entries, self.findings, self.spans) if entries else {}

    # ------------------------------------------------------------------------------------------ lint, task

    def lint(self, tree: Tree) -> None:
        entries = self.entries.map(tree, "lint")
        for key, _ in entries.entries if entries else ():
            self.spans[f"lint.{key.value}"] = key.span
        self.fields["lint"] = plain(entries) if entries else {}

    def task(self, tree: Tree) -> None:
        entries = self.entries.map(tree, "task")
        self.fields["task"] = read_task(entries, self.findings, self.spans) if entries else {}
