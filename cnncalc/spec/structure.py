"""The YAML face of the format: a tree of scalars, lists and maps into the same statements that the one-line text gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.layers import registry
from cnncalc.source import List, Map, Scalar, Tree
from cnncalc.spec.head import Head, parse_head
from cnncalc.spec.statement import Parser
from cnncalc.spec.syntax import (
    Argument,
    Body,
    Call,
    Dims,
    Expression,
    From,
    Group,
    Identity,
    If,
    Merge,
    Name,
    Number,
    Path,
    Repeat,
    Sequence,
    Shared,
    Stage,
    Statement,
)
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError
from cnncalc.spec.words import MERGES

if TYPE_CHECKING:
    from cnncalc.spec.findings import Findings

SPLIT_HINT = "inside [ ] and { } YAML splits at every comma: write one item per line, or put the text in quotes"
COLON_HINT = "a ': ' makes a YAML key of what stands before it: remove the blank behind the ':', or quote the line"
TOKENS = 200_000
"""Words and signs of one spec."""

_LONG_FORM = frozenset({"op", "name", "inputs", "from", "expect"})


class Structure:
    """Reads bodies. What is wrong goes to ``findings``, and the rest is read nevertheless."""

    def __init__(self, findings: Findings) -> None:
        """Nothing read yet."""
        self.findings = findings
        self.problem = findings.add
        self.note = findings.note
        self.tokens = 0

    # ------------------------------------------------------------------------------------------ bodies

    def body(self, tree: Tree) -> Body:
        """The value of ``layers:``, of a block or of a structural key: a statement, or a list of items."""
        if isinstance(tree, List):
            if self.split_by_flow(tree):
                return ()
            return tuple(statement for item in tree.items for statement in self.item(item))
        return self.item(tree)

    def item(self, tree: Tree) -> Body:
        """One item of a list: a statement, a nested list, a structural key or the long form."""
        if isinstance(tree, Scalar):
            return self.text(tree)
        if isinstance(tree, List):
            return (_alone(Path(self.body(tree), tree.span)),)
        statement = self.structural(tree)
        return () if statement is None else (statement,)

    def text(self, scalar: Scalar) -> Body:
        """The statements of a scalar: one, or one per line of a literal block."""
        if not scalar.text.text.strip():
            self.problem("an empty item", scalar.span, "write a layer, or remove the line")
            return ()
        errors: list[NotationError] = []
        try:
            parser = Parser(scalar.text, lines=scalar.lines)
            self.count_tokens(len(parser.tokens), scalar.span)
            body = parser.program(errors)
        except NotationError as unreadable:
            errors, body = [unreadable], ()
        for error in errors:
            self.note(error)
        return body

    def count_tokens(self, tokens: int, span: Span) -> None:
        """Refuse to read a text that is a program rather than a network."""
        self.tokens += tokens
        if self.tokens > TOKENS:
            self.problem(f"the spec has more than {TOKENS:,} words", span, "use repeat and blocks")
            raise self.findings.error()

    def split_by_flow(self, tree: List) -> bool:
        """Whether YAML has torn a statement apart at a comma between square brackets."""
        for item in tree.items if tree.flow else ():
            if isinstance(item, Scalar) and torn(item):
                self.problem("the brackets of this item do not match", item.span, SPLIT_HINT)
                return True
        return False

    # ------------------------------------------------------------------------------------------ structural keys

    def structural(self, tree: Map) -> Statement | None:
        """``add:``, ``repeat(3):``, ``features:`` and so on with a list below, or the long form ``{op: …}``."""
        keys = {key.value: value for key, value in tree.entries}
        if "op" in keys:
            return LongForm(self, tree).statement()
        if not tree.entries:
            self.problem("an empty map", tree.span, "write a layer, or remove the line")
            return None
        (key, value), *rest = tree.entries
        if self.broken_by_flow(tree):
            return None
        try:
            head = parse_head(key.text)
        except NotationError as error:
            hint = error.hint or (COLON_HINT if isinstance(value, Scalar) else "")
            self.problem(error.message, error.span, hint)
            return None
        otherwise = self.otherwise(head, rest)
        stage = self.stage(head, value, otherwise, tree.span)
        if stage is None:
            return None
        return Statement(head.name, (stage,), None, head.name_span, tree.span)

    def broken_by_flow(self, tree: Map) -> bool:
        """Whether YAML has torn a statement apart at a comma or colon."""
        for key, value in tree.entries:
            if tree.flow and torn(key):
                self.problem("the brackets of this item do not match", key.span, SPLIT_HINT)
                return True
            if isinstance(value, Scalar) and value.plain and not value.value and len(tree.entries) > 1:
                self.problem(f"'{key.value}' has no value", key.span, SPLIT_HINT if tree.flow else "")
                return True
        return False

    def otherwise(self, head: Head, rest: list[tuple[Scalar, Tree]]) -> Body:
        """The body below ``else:``; any other further key is a mistake."""
        body: Body = ()
        for key, value in rest:
            if head.word == "if" and key.value == "else":
                body = self.body(value)
            else:
                hint = "begin it with '- ', or indent it" if head.word != "if" else "only 'else:' can follow 'if(…):'"
                self.problem(
                    f"'{key.value}' does not belong to the item that begins with '{head.shown}'", key.span, hint
                )
        return body

    def stage(self, head: Head, value: Tree, otherwise: Body, span: Span) -> Stage | None:
        """The stage of a key and what stands below it."""
        if _is_empty(value):
            self.problem(f"nothing stands below '{head.shown}:'", head.span, "put a list below it")
            return None
        if head.word == "merge":
            return Merge(head.operator, self.parts(value), head.arguments, head.word_span, span)
        if head.word == "name":
            return self.named_sequence(head, value, span)
        body = self.body(value)
        if head.word == "repeat" and head.expression is not None:
            return Repeat(head.expression, body, head.variable, head.shared, head.gathers, span)
        if head.word == "if" and head.expression is not None:
            return If(head.expression, body, otherwise, span)
        if head.word == "shared":
            return Shared(head.title, body, head.word_span, span)
        return Group(head.title, body, span)

    def parts(self, value: Tree) -> tuple[Body, ...]:
        """The parts of a merge: every item of the list is one path."""
        if isinstance(value, List):
            if self.split_by_flow(value):
                return ()
            return tuple(self.body(item) for item in value.items)
        self.problem("a merge needs a list of its parts", value.span, "write one part per line, each with '- '")
        return ()

    def named_sequence(self, head: Head, value: Tree, span: Span) -> Stage | None:
        if isinstance(value, List):
            return Path(self.body(value), span)
        name = head.name or ""
        if isinstance(value, Scalar):
            text = value.text.text.strip()
            hint = f"write '{name} {text}'" if name in registry.names() else f"write '{name} = {text}'"
            self.problem(f"'{name}:' needs a list below it", value.span, hint)
        else:
            self.problem(f"'{name}:' needs a list below it", value.span)
        return None


def _is_empty(tree: Tree) -> bool:
    return not tree.items if isinstance(tree, List) else isinstance(tree, Scalar) and not tree.text.text.strip()


def torn(scalar: Scalar) -> bool:
    """Whether this looks like a piece of a statement with brackets."""
    return scalar.plain and scalar.text.text.count("(") != scalar.text.text.count(")")


def _alone(stage: Stage) -> Statement:
    return Statement(None, (stage,), None, None, stage.span)


class LongForm:
    """``{op: conv, out_channels: 96, kernel_size: 11, name: conv1}``: the normal form, with torch's argument names."""

    def __init__(self, structure: Structure, tree: Map) -> None:
        """The map to read."""
        self.structure = structure
        self.tree = tree
        self.keys = dict(zip((key.value for key, _ in tree.entries), tree.entries, strict=True))

    def statement(self) -> Statement | None:
        """The same statement that the one-line text would give; None if it cannot be read."""
        try:
            return self.read()
        except NotationError as error:
            self.structure.note(error)
            return None

    def read(self) -> Statement:
        op = self.word("op")
        inputs = self.inputs()
        arguments = tuple(
            Argument(key.value, self.value(value), Span(key.span.start, value.span.end))
            for key, value in self.tree.entries
            if key.value not in _LONG_FORM and not _is_null(value)
        )
        name = self.word("name") if "name" in self.keys else None
        expect = self.value(self.keys["expect"][1]) if "expect" in self.keys else None
        stages = self.stages(op, inputs, arguments)
        if isinstance(expect, Number) and isinstance(expect.value, int):
            expect = Dims((expect.value,), expect.span)
        if expect is not None and not isinstance(expect, Dims):
            raise NotationError("expect needs sizes, such as 96x55x55", expect.span)
        return Statement(name.text if name else None, stages, expect, name.span if name else None, self.tree.span)

    def stages(self, op: Name, inputs: list[Name], arguments: tuple[Argument, ...]) -> tuple[Stage, ...]:
        flow = tuple(From(name.text, name.span, name.span) for name in inputs)
        if op.text in MERGES:
            parts = tuple((_alone(stage),) for stage in flow)
            return (Merge(MERGES[op.text], parts, arguments, op.span, self.tree.span),)
        if len(flow) > 1:
            raise NotationError(
                f"{op.text} has one input, not {len(flow)}", inputs[1].span, "merge them first, with add or concat"
            )
        stage = Identity(op.span) if op.text == "id" else Call(op.text, arguments, op.span, self.tree.span)
        return (*flow, stage)

    def inputs(self) -> list[Name]:
        """The names under ``inputs`` or ``from``."""
        for key in ("inputs", "from"):
            if key in self.keys:
                tree = self.keys[key][1]
                items = tree.items if isinstance(tree, List) else (tree,)
                return [self.name(item, key) for item in items]
        return []

    def word(self, key: str) -> Name:
        return self.name(self.keys[key][1], key)

    def name(self, tree: Tree, key: str) -> Name:
        value = self.value(tree)
        if not isinstance(value, Name):
            raise NotationError(f"'{key}' needs a name", tree.span)
        return value

    def value(self, tree: Tree) -> Expression:
        if isinstance(tree, List):
            return Sequence(tuple(self.value(item) for item in tree.items), tree.span)
        if isinstance(tree, Map):
            raise NotationError("an argument is a number, a word or a list, not a map", tree.span)
        return parse_expression(tree.text)


def _is_null(tree: Tree) -> bool:
    return isinstance(tree, Scalar) and tree.plain and tree.value in ("", "~", "null")
