"""The part of the parser that reads expressions and arguments: a cursor over tokens, numbers, operators, brackets."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.spec.expression import FUNCTIONS, LIMIT, whole
from cnncalc.spec.suggest import nearest
from cnncalc.spec.syntax import Apply, Argument, Attribute, Binary, Dims, Expression, Name, Number, Sequence, Unary
from cnncalc.spec.tokens import NotationError, Token, scan

if TYPE_CHECKING:
    from cnncalc.text import Text

PRECEDENCE = {
    ":": 0, "or": 1, "and": 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "%": 5,
}  # fmt: skip
"""How strongly the operators bind."""

UNARY = 6
"""How strongly a sign binds."""

_COMPARISON = 3
_OPERATORS = 64
_DIGITS = 40
_LONGEST = 1_200
"""Characters of a number: every float's exact decimal is shorter."""
_PLACES = 1_100
"""Digits behind the point, and the largest exponent."""


class Terms:
    """Reads expressions. Every method takes up what it has read; a NotationError says what was found instead."""

    def __init__(self, text: Text, *, lines: bool = True) -> None:
        """Scan the text."""
        self.text = text.text
        self.tokens = scan(text, lines=lines)
        self.index = 0
        self.operators = 0

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
            hint = "sizes to expect stand at the end of a line" if self.sees("->") else ""
            raise self.unexpected(f"'{text}' {after}", hint)
        return self.next()

    def unexpected(self, wanted: str, hint: str = "") -> NotationError:
        """An error at the next token."""
        token = self.token
        found = "the end of the line" if token.kind in ("end", "separator") else f"'{token.text[:_DIGITS]}'"
        return NotationError(f"expected {wanted}, found {found}", token.span, hint)

    def since(self, start: int) -> Span:
        """The span from the token at ``start`` to the last one taken."""
        return Span(self.tokens[start].span.start, self.tokens[max(start, self.index - 1)].span.end)

    def at_end(self) -> bool:
        """Whether the statement ends here."""
        return self.token.kind in ("end", "separator")

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
        elif self.sees("="):
            raise self.unexpected("an argument", "an argument is name=value, without blanks")
        value = self.expression(tight=True)
        return Argument(keyword, value, self.since(start))

    # ------------------------------------------------------------------------------------------ expressions

    def expression(self, *, tight: bool = False) -> Expression:
        """A whole expression. ``tight``: a blank ends it, as between arguments."""
        self.operators = 0
        return self.binary(0, tight=tight)

    def binary(self, level: int, *, tight: bool = False) -> Expression:
        """Operands joined by operators that bind at least as strongly as ``level``."""
        start = self.index
        left = self.operand(tight=tight)
        compared = False
        while self.continues(level, tight=tight):
            token = self.next()
            precedence = PRECEDENCE[token.text]
            if precedence == _COMPARISON and compared:
                raise NotationError("comparisons cannot be chained", token.span, "write a < b and b < c")
            compared = precedence == _COMPARISON
            self.count_operator(token)
            right = self.binary(precedence + 1, tight=tight)
            left = Binary(token.text, left, right, self.since(start))
        return left

    def count_operator(self, token: Token) -> None:
        """Keep expressions so small that no later walk over them can exhaust Python's stack."""
        self.operators += 1
        if self.operators > _OPERATORS:
            raise NotationError(
                f"more than {_OPERATORS} operators in one expression", token.span, "give its parts names, under params"
            )

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
        if token.folded and token.text == "-" and after.blank:
            raise NotationError(
                "this '-' begins no item: by its indentation its line goes on with the line above",
                token.span,
                "indent it as the '-' of the items before",
            )
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
            return self.dims(token)
        if token.kind == "in":
            return self.size_of_input(token)
        if token.text == "-" or (token.text == "not" and not tight):
            self.count_operator(token)
            operand = self.binary(UNARY if token.text == "-" else _COMPARISON, tight=tight)
            return Unary(token.text, operand, self.since(start))
        if token.text == "(":
            return self.bracket(start)
        if token.kind == "dotted":
            return Name(token.text, token.span)
        if token.kind == "name":
            return self.apply(start, token) if self.sees("(") and not self.token.blank else Name(token.text, token.span)
        self.index = start
        raise self.unexpected("a value")

    def size_of_input(self, token: Token) -> Attribute:
        """``in.c`` and so on."""
        field = token.text[3:]
        if field not in ("c", "d", "h", "w"):
            raise NotationError(f"there is no {token.text}", token.span, "there are in.c, in.d, in.h and in.w")
        return Attribute(field, token.span)

    def bracket(self, start: int) -> Expression:
        """An expression in brackets, or with a comma a sequence."""
        items = [self.binary(0)]
        comma = False
        while self.takes(","):
            comma = True
            if self.sees(")"):
                break
            items.append(self.binary(0))
        self.expects(")", "to close the bracket")
        return Sequence(tuple(items), self.since(start)) if comma else items[0]

    def apply(self, start: int, name: Token) -> Apply:
        """A function and its arguments."""
        if name.text not in FUNCTIONS:
            raise NotationError(
                f"unknown function '{name.text}'{nearest(name.text, FUNCTIONS)}",
                name.span,
                f"there are {', '.join(FUNCTIONS)}",
            )
        self.index += 1
        arguments = [self.binary(0)]
        while self.takes(","):
            arguments.append(self.binary(0))
        self.expects(")", f"to close {name.text}(")
        return Apply(name.text, tuple(arguments), self.since(start))

    # ------------------------------------------------------------------------------------------ numbers

    def dims(self, token: Token) -> Dims:
        """``96x55x55``, or a single number."""
        return Dims(tuple(self.size(part, token) for part in token.text.split("x")), token.span)

    def number(self, token: Token) -> int | Fraction:
        """An exact literal: underscores allowed, leading zeros not."""
        text = token.text
        if len(text) > _LONGEST:
            raise NotationError(f"a number of {len(text):,} characters; at most {_LONGEST:,} are possible", token.span)
        if text.replace("_", "").isdigit():
            return self.size(text, token)
        mantissa, _, exponent = text.lower().partition("e")
        before, _, after = mantissa.partition(".")
        if before:
            self.size(before, token)
        if len(exponent) > _DIGITS or abs(int(exponent or 0)) > _PLACES or len(after) > _PLACES:
            message = f"a number has at most {_PLACES:,} digits behind the point and an exponent up to {_PLACES:,}"
            raise NotationError(message, token.span)
        value = whole(Fraction(mantissa.replace("_", "")) * Fraction(10) ** int(exponent or 0))
        if value > LIMIT:
            raise NotationError("this number is beyond 10^15", token.span)
        return value

    def size(self, text: str, token: Token) -> int:
        """A whole literal."""
        digits = text.replace("_", "")
        if len(digits) > _DIGITS or int(digits) > LIMIT:
            raise NotationError("this number is beyond 10^15", token.span)
        if len(digits) > 1 and digits[0] == "0":
            raise NotationError(f"a number with a leading zero: {text}", token.span, f"write {int(digits)}")
        if text.endswith("_") or "__" in text:
            raise NotationError(f"an underscore stands between digits: {text}", token.span)
        return int(digits)


def parse_expression(text: Text) -> Expression:
    """A whole text as one expression.

    Raises:
        NotationError: it is none.
    """
    parser = Terms(text, lines=False)
    value = parser.expression()
    if not parser.at_end():
        raise parser.unexpected("the end of the expression")
    return value
