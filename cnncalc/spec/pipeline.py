"""The part of the parser that reads pipelines: stages joined by ``|``, each a call of a layer or one of the structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import Indices
from cnncalc.spec.syntax import (
    Argument,
    Body,
    Call,
    Expression,
    From,
    Group,
    Identity,
    If,
    Input,
    Merge,
    Repeat,
    Shared,
    Stage,
    Statement,
)
from cnncalc.spec.terms import Terms, parse_expression
from cnncalc.spec.tokens import NotationError, Token, in_brackets
from cnncalc.spec.words import MERGES, RESERVED, template_parts
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

_STAGES = RESERVED - {"max", "min", "else", "in", "and", "or", "not", "as"}
_ENDS = frozenset({"|", "->", ",", ")"})


class Pipelines(Terms):
    """Reads pipelines. Every method takes up what it has read; a NotationError says what was found instead."""

    input_at: int | None = None
    """The token where the size of the input can stand: the first, or the one behind its name."""

    def pipeline(self) -> tuple[Stage, ...]:
        """Stages joined by ``|``."""
        stages = [self.stage()]
        while self.takes("|"):
            stages.append(self.stage())
        return tuple(stages)

    # ------------------------------------------------------------------------------------------ stages

    def stage(self) -> Stage:
        """One stage of a pipeline."""
        token = self.token
        if token.kind == "dims" or (token.is_whole and self.index == self.input_at):
            self.index += 1
            dims = self.dims(token)
            if len(dims.sizes) == 1 and self.is_name() and self.token.text == "int":
                self.index += 1
                return Input(Indices(dims.sizes), dims.span)
            return Input(*dims)
        if token.kind == "dotted":
            raise self.not_ours(token)
        if token.text == "-":
            raise self.unexpected("a layer", "an item of a list begins with '- ', a blank behind the '-'")
        if token.kind != "name":
            raise self.unexpected("a layer")
        word = token.text
        if word == "from":
            return self.go_from()
        if word == "id":
            self.index += 1
            return Identity(token.span)
        if word in MERGES:
            return self.merge()
        if word in ("repeat", "if", "shared", "group"):
            structures: dict[str, Callable[[], Stage]] = {
                "repeat": self.repeat,
                "if": self.branch,
                "shared": self.shared,
                "group": self.group,
            }
            return structures[word]()
        return self.call()

    def not_ours(self, token: Token) -> NotationError:
        """The error for ``nn.Conv2d`` and its like."""
        from cnncalc.spec.foreign_names import written

        bracket = self.tokens[self.index + 1]
        if bracket.text == "(" and not bracket.blank:
            return NotationError(in_brackets(token.text), bracket.span, written(self.text[token.begin :]))
        return self.unexpected("a layer", written(self.text[token.begin :]))

    def go_from(self) -> From:
        start = self.index
        self.index += 1
        if self.token.kind not in ("name", "origin", "dotted") and not self.token.is_whole:
            raise self.unexpected("the name of a value behind 'from'")
        name = self.next()
        return From(name.text, name.span, self.since(start))

    def merge(self) -> Merge:
        start = self.index
        word = self.next()
        if not self.sees("("):
            raise NotationError(f"{word.text} needs its parts in brackets: {word.text}(…, …)", word.span)
        self.index += 1
        parts: list[Body] = []
        arguments: list[Argument] = []
        while not self.sees(")"):
            if self.is_keyword():
                arguments.append(self.argument())
            else:
                parts.append(self.part())
            if not self.takes(","):
                break
        self.expects(")", f"to close {word.text}(")
        if not parts:
            raise NotationError(f"{word.text} needs its parts in brackets: {word.text}(…, …)", self.since(start))
        return Merge(MERGES[word.text], tuple(parts), tuple(arguments), word.span, self.since(start))

    def part(self) -> Body:
        """A pipeline within brackets, as a body of one statement."""
        start = self.index
        stages = self.pipeline()
        return (Statement(None, stages, None, None, self.since(start)),)

    def repeat(self) -> Repeat:
        start = self.index
        self.index += 1
        count, variable = self.repeat_head()
        self.expects(",", "and what is repeated, in repeat(n, …)")
        body = self.part()
        way = self.repeat_way("layers follow one another with '|'")
        return Repeat(count, body, variable, way == "shared", way == "concat", self.since(start))

    def repeat_way(self, hint: str = "") -> str:
        """``, shared)`` or ``, concat)`` at the end of a repeat; nothing for its closing bracket."""
        way = ""
        if self.takes(","):
            if not self.sees("shared") and not self.sees("concat"):
                raise self.unexpected("'shared', 'concat' or the closing bracket of repeat(", hint)
            way = self.next().text
        self.expects(")", "to close repeat(")
        return way

    def repeat_head(self) -> tuple[Expression, str | None]:
        """``(n`` or ``(n as i`` of a repeat."""
        self.expects("(", "behind repeat: repeat(n, …)")
        count = self.expression()
        if not self.takes("as"):
            return count, None
        if self.token.kind != "name":
            raise self.unexpected("a name behind 'as'")
        variable = self.next()
        self.refuse_reserved(variable)
        return count, variable.text

    def branch(self) -> If:
        start = self.index
        self.index += 1
        self.expects("(", "behind if: if(condition, …)")
        condition = self.expression()
        self.expects(",", "and what happens then, in if(condition, …)")
        then = self.part()
        otherwise: Body = self.part() if self.takes(",") else ()
        self.expects(")", "to close if(")
        return If(condition, then, otherwise, self.since(start))

    def shared(self) -> Shared:
        start = self.index
        self.index += 1
        self.expects("(", "behind shared: shared(name, …)")
        if not self.is_name() and self.token.kind != "dotted":
            raise self.unexpected("a name for the shared weights")
        name = self.next()
        self.refuse_reserved(name)
        body: Body = self.part() if self.takes(",") else ()
        self.expects(")", "to close shared(")
        return Shared(name.text, body, name.span, self.since(start))

    def group(self) -> Group:
        start = self.index
        self.index += 1
        self.expects("(", "behind group: group(title, …)")
        title = self.title()
        self.expects(",", "and the layers, in group(title, …)")
        body = self.part()
        self.expects(")", "to close group(")
        return Group(title, body, self.since(start))

    def title(self) -> str:
        """The words of a group's title."""
        words: list[str] = []
        while not self.at_end() and self.token.text not in (",", ")"):
            token = self.next()
            words.append(f" {token.text}" if token.blank else token.text)
        if not words:
            raise self.unexpected("a title")
        return "".join(words).strip()

    def call(self) -> Call:
        start = self.index
        name = self.next()
        if self.sees("(") and not self.token.blank:
            from cnncalc.spec.foreign_names import written

            raise NotationError(in_brackets(name.text), self.token.span, written(self.text[name.begin :]))
        arguments: list[Argument] = []
        while not self.at_end() and self.token.text not in _ENDS:
            self.refuse_glued()
            arguments.append(self.argument())
        return Call(name.text, tuple(arguments), name.span, self.since(start))

    def refuse_glued(self) -> None:
        """An argument begins behind a blank, is no word that begins a stage, and gives no name."""
        token = self.token
        if token.text == "=" and self.tokens[self.index - 2].text == "|":
            name = self.tokens[self.index - 1]
            hint = f"begin a statement with it: ; {name.text[:40]} = …"
            raise NotationError("a name stands at the beginning of a statement", name.span, hint)
        if not token.blank:
            before = self.tokens[self.index - 1]
            if token.text == ":":
                raise NotationError(
                    f"a ':' behind '{before.text[:40]}'", token.span, "arguments follow the name with blanks"
                )
            raise NotationError(
                f"a blank is missing between '{before.text[:40]}' and '{token.text[:40]}'",
                token.span,
                "blanks separate arguments",
            )
        opens = self.tokens[self.index + 1].text == "(" or token.text in ("from", "id")
        if token.text in _STAGES and opens and not self.is_keyword():
            raise NotationError(f"'{token.text}' is no argument", token.span, f"put a '|' before '{token.text}'")

    # ------------------------------------------------------------------------------------------ names

    def is_name(self) -> bool:
        """Whether a name can begin here: a word, one with expressions (``layer{i+1}``), a place (``4``), a path (``a.0``)."""
        return self.token.kind in ("name", "template", "path", "dotted") or self.token.is_whole

    def refuse_reserved(self, name: Token) -> None:
        """The name of a parameter or of shared weights must not be a word of the notation: it stands where one can stand."""
        if name.text in RESERVED:
            raise NotationError(f"'{name.text}' is a word of the notation and cannot be a name", name.span)
        self.check_template(name)

    def check_template(self, name: Token) -> None:
        """The expressions in a name must be expressions."""
        for part in template_parts(name.text)[1::2]:
            try:
                parse_expression(Text(part))
            except NotationError as error:
                raise NotationError(f"in the name '{name.text}': {error.message}", name.span, error.hint) from None
