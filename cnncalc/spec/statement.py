"""The parser of the one-line notation: recursive descent over tokens, one method per rule of the grammar."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.spec.expression import FUNCTIONS, LIMIT, whole
from cnncalc.spec.syntax import (
    Apply,
    Argument,
    Attribute,
    Binary,
    Body,
    Call,
    Dims,
    Expression,
    From,
    Group,
    Identity,
    If,
    Input,
    Merge,
    Name,
    Number,
    Parameter,
    Repeat,
    Sequence,
    Shared,
    Stage,
    Statement,
    Unary,
)
from cnncalc.spec.tokens import NotationError, Token, scan
from cnncalc.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

MERGES = {
    "concat": "concat",
    "add": "add",
    "mul": "mul",
    "sub": "sub",
    "max": "maximum",
    "maximum": "maximum",
    "min": "minimum",
    "minimum": "minimum",
    "matmul": "matmul",
    "sdpa": "sdpa",
}
"""Operators of merges, with their canonical names."""

RESERVED = frozenset({*MERGES, "from", "id", "repeat", "if", "else", "shared", "group", "in", "and", "or", "not", "as"})
"""Words of the notation, which no name may be."""

PRECEDENCE = {
    ":": 0, "or": 1, "and": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "%": 5,
}  # fmt: skip
_ENDS = frozenset({"|", "->", ",", ")"})


class Parser:
    """Reads one text. Every method takes up what it has read; a NotationError says what was found instead."""

    def __init__(self, text: Text, *, lines: bool = True) -> None:
        """Scan the text."""
        self.tokens = scan(text, lines=lines)
        self.index = 0

    # ------------------------------------------------------------------------------------------ tokens

    @property
    def token(self) -> Token:
        """The token to read next."""
        return self.tokens[self.index]

    def next(self) -> Token:
        """Take the token."""
        token = self.tokens[self.index]
        self.index += token.kind != "end"
        return token

    def sees(self, text: str) -> bool:
        """Whether the next token is this operator or word."""
        return self.tokens[self.index].text == text

    def takes(self, text: str) -> bool:
        """Take the next token if it is this operator or word."""
        if self.tokens[self.index].text == text:
            self.index += 1
            return True
        return False

    def expects(self, text: str, after: str) -> Token:
        """Take this operator or complain."""
        if not self.sees(text):
            raise self.unexpected(f"'{text}' {after}")
        return self.next()

    def unexpected(self, wanted: str) -> NotationError:
        """An error at the next token."""
        token = self.token
        found = "the end of the line" if token.kind in ("end", "separator") else f"'{token.text}'"
        return NotationError(f"expected {wanted}, found {found}", token.span)

    def since(self, start: int) -> Span:
        """The span from the token at ``start`` to the last one taken."""
        return Span(self.tokens[start].span.start, self.tokens[max(start, self.index - 1)].span.end)

    def at_end(self) -> bool:
        """Whether the statement ends here."""
        return self.token.kind in ("end", "separator")

    # ------------------------------------------------------------------------------------------ statements

    def program(self, errors: list[NotationError]) -> Body:
        """All statements; what is wrong with one is added to ``errors`` and the next is read."""
        statements: list[Statement] = []
        while self.token.kind != "end":
            if self.token.kind == "separator":
                self.index += 1
                continue
            try:
                statements.append(self.statement())
                if not self.at_end():
                    raise self.surplus()
            except NotationError as error:
                errors.append(error)
                while not self.at_end():
                    self.index += 1
        return tuple(statements)

    def surplus(self) -> NotationError:
        if self.sees(")"):
            return NotationError("this bracket closes nothing", self.token.span)
        if self.sees(","):
            return NotationError(
                "a comma outside of brackets",
                self.token.span,
                "layers follow one another with '|', arguments with blanks",
            )
        return self.unexpected("'|', '->' or the end of the line")

    def statement(self) -> Statement:
        """``[name =] pipeline [-> sizes]``."""
        start = self.index
        name: Token | None = None
        if self.token.kind == "name" and self.tokens[self.index + 1].text == "=":
            name = self.next()
            self.index += 1
            self.refuse_reserved(name)
        stages = self.pipeline()
        insert = self.tokens[self.index - 1].span.end
        expect = self.expectation() if self.sees("->") else None
        return Statement(
            name.text if name else None, stages, expect, name.span if name else None, self.since(start), insert
        )

    def refuse_reserved(self, name: Token) -> None:
        """A name must not be a word of the notation."""
        if name.text in RESERVED:
            raise NotationError(f"'{name.text}' is a word of the notation and cannot be a name", name.span)

    def expectation(self) -> Dims:
        self.index += 1
        token = self.token
        if token.kind not in ("dims", "number"):
            raise self.unexpected("sizes behind '->', such as 96x55x55")
        self.index += 1
        return Dims(tuple(self.size(part, token) for part in token.text.split("x")), token.span)

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
        if token.kind == "dims":
            self.index += 1
            return Input(tuple(self.size(part, token) for part in token.text.split("x")), token.span)
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

    def go_from(self) -> From:
        start = self.index
        self.index += 1
        if self.token.kind != "name":
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
        shared = self.takes(",")
        if shared and not self.takes("shared"):
            raise self.unexpected("'shared' or the closing bracket of repeat(")
        self.expects(")", "to close repeat(")
        return Repeat(count, body, variable, shared, self.since(start))

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
        if self.token.kind != "name":
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
            words.append(self.next().text)
        if not words:
            raise self.unexpected("a title")
        return " ".join(words)

    def call(self) -> Call:
        start = self.index
        name = self.next()
        if self.sees("(") and not self.token.blank:
            raise NotationError(
                f"arguments of {name.text} follow it with blanks, not in brackets",
                self.token.span,
                f"write {name.text} 64 3",
            )
        arguments: list[Argument] = []
        while not self.at_end() and self.token.text not in _ENDS:
            arguments.append(self.argument())
        return Call(name.text, tuple(arguments), name.span, self.since(start))

    # ------------------------------------------------------------------------------------------ arguments

    def is_keyword(self) -> bool:
        """Whether ``name=`` stands here, without a blank."""
        if self.token.kind != "name":
            return False
        equals = self.tokens[self.index + 1]
        return equals.text == "=" and not equals.blank

    def argument(self) -> Argument:
        """``value`` or ``name=value``, without blanks outside of brackets."""
        start = self.index
        keyword: str | None = None
        if self.is_keyword():
            keyword = self.next().text
            self.index += 1
            if self.token.blank or self.at_end():
                raise NotationError(f"{keyword}= needs its value without a blank", self.tokens[self.index - 1].span)
        value = self.expression(tight=True)
        return Argument(keyword, value, self.since(start))

    # ------------------------------------------------------------------------------------------ expressions

    def expression(self, level: int = 0, *, tight: bool = False) -> Expression:
        """An expression by precedence. ``tight``: a blank ends it, as between arguments."""
        start = self.index
        left = self.operand(tight=tight)
        while self.continues(level, tight=tight):
            operator = self.next().text
            right = self.expression(PRECEDENCE[operator] + 1, tight=tight)
            left = Binary(operator, left, right, self.since(start))
        return left

    def continues(self, level: int, *, tight: bool) -> bool:
        """Whether a binary operator that binds at this level goes on with the expression."""
        token = self.token
        if token.kind not in ("operator", "name") or PRECEDENCE.get(token.text, -1) < level:
            return False
        if not tight:
            return True
        if token.kind == "name":
            return False
        after = self.tokens[self.index + 1]
        if token.blank and (after.blank or token.text != "-"):
            raise NotationError(
                f"a blank ends an argument: write '{token.text}' without blanks around it",
                token.span,
                "for example c*4, not c * 4",
            )
        if not token.blank and after.blank:
            raise NotationError(f"'{token.text}' needs a value behind it without a blank", token.span)
        return not token.blank

    def operand(self, *, tight: bool) -> Expression:
        """A number, name, bracket, function, or ``-`` and ``not`` before one."""
        start = self.index
        token = self.next()
        if token.kind == "number":
            return Number(self.number(token), token.span)
        if token.kind == "dims":
            return Dims(tuple(self.size(part, token) for part in token.text.split("x")), token.span)
        if token.kind == "in":
            return self.size_of_input(token)
        if token.text == "-":
            return Unary("-", self.expression(6, tight=tight), self.since(start))
        if token.text == "not" and not tight:
            return Unary("not", self.expression(3), self.since(start))
        if token.text == "(":
            return self.bracket(start)
        if token.kind == "name":
            return self.apply(start, token) if self.sees("(") and not self.token.blank else Name(token.text, token.span)
        self.index = start
        raise self.unexpected("a value")

    def size_of_input(self, token: Token) -> Attribute:
        field = token.text[3:]
        if field not in ("c", "d", "h", "w"):
            raise NotationError(f"there is no {token.text}", token.span, "there are in.c, in.d, in.h and in.w")
        return Attribute(field, token.span)

    def bracket(self, start: int) -> Expression:
        items = [self.expression()]
        comma = False
        while self.takes(","):
            comma = True
            if self.sees(")"):
                break
            items.append(self.expression())
        self.expects(")", "to close the bracket")
        return Sequence(tuple(items), self.since(start)) if comma else items[0]

    def apply(self, start: int, name: Token) -> Apply:
        if name.text not in FUNCTIONS:
            raise NotationError(f"unknown function '{name.text}'", name.span, f"there are {', '.join(FUNCTIONS)}")
        self.index += 1
        arguments = [self.expression()]
        while self.takes(","):
            arguments.append(self.expression())
        self.expects(")", f"to close {name.text}(")
        return Apply(name.text, tuple(arguments), self.since(start))

    # ------------------------------------------------------------------------------------------ numbers

    def number(self, token: Token) -> int | Fraction:
        """An exact literal: underscores allowed, leading zeros not."""
        text = token.text
        if len(text) > 40:  # noqa: PLR2004 (digits; no number of a design has so many)
            raise NotationError("this number is beyond 10^15", token.span)
        if text.isdigit() or text.replace("_", "").isdigit():
            return self.size(text, token)
        mantissa, _, exponent = text.replace("_", "").lower().partition("e")
        if exponent and abs(int(exponent)) > 15:  # noqa: PLR2004 (the limit's digits)
            raise NotationError("this number is beyond 10^15", token.span)
        return whole(Fraction(mantissa) * Fraction(10) ** int(exponent or 0))

    def size(self, text: str, token: Token) -> int:
        """A whole literal."""
        digits = text.replace("_", "")
        if not digits.isascii() or len(digits) > 40 or int(digits) > LIMIT:  # noqa: PLR2004 (digits)
            raise NotationError("this number is beyond 10^15", token.span)
        if len(digits) > 1 and digits[0] == "0":
            raise NotationError(f"a number with a leading zero: {text}", token.span, f"write {int(digits)}")
        if text.endswith("_") or "__" in text:
            raise NotationError(f"an underscore stands between digits: {text}", token.span)
        return int(digits)

    # ------------------------------------------------------------------------------------------ signatures

    def signature(self) -> tuple[Token, tuple[Parameter, ...]]:
        """``name(a, b=1, c=a//2)`` or a bare name."""
        if self.token.kind != "name":
            raise self.unexpected("the name of a block")
        name = self.next()
        parameters: list[Parameter] = []
        if self.takes("("):
            while not self.sees(")"):
                parameters.append(self.parameter())
                if not self.takes(","):
                    break
            self.expects(")", f"to close {name.text}(")
        if not self.at_end():
            raise self.unexpected("the end of the signature")
        return name, tuple(parameters)

    def parameter(self) -> Parameter:
        start = self.index
        if self.token.kind != "name":
            raise self.unexpected("the name of a parameter")
        name = self.next()
        self.refuse_reserved(name)
        default = self.expression() if self.takes("=") else None
        return Parameter(name.text, default, self.since(start))


def parse_expression(text: Text) -> Expression:
    """A whole text as one expression.

    Raises:
        NotationError: it is none.
    """
    parser = Parser(text, lines=False)
    value = parser.expression()
    if not parser.at_end():
        raise parser.unexpected("the end of the expression")
    return value
