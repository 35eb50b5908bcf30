"""The keys of the YAML face: ``add:``, ``y = concat(dim=1):``, ``repeat(n as i):``, ``if(c):``, ``features:``."""

from __future__ import annotations

import re

from cnncalc.diagnostics import Span
from cnncalc.record import NamedTuple
from cnncalc.spec.statement import Parser
from cnncalc.spec.syntax import Argument, Expression
from cnncalc.spec.tokens import NotationError, Token
from cnncalc.spec.words import MERGES
from cnncalc.text import Text

_PLACE = re.compile(r"\w+(?:[.-]\w+)+")


class Head(NamedTuple):
    """What a key says. ``word`` is merge, repeat, if, shared, group or name; the other fields are those of its stage."""

    word: str
    word_span: Span
    span: Span
    name: str | None = None
    name_span: Span | None = None
    operator: str = ""
    arguments: tuple[Argument, ...] = ()
    expression: Expression | None = None
    variable: str | None = None
    shared: bool = False
    gathers: bool = False
    title: str = ""

    @property
    def shown(self) -> str:
        """The word as it was written."""
        return {"merge": self.operator, "name": self.name or ""}.get(self.word, self.word)


def parse_head(text: Text) -> Head:
    """Read a key.

    Raises:
        NotationError: it is none of the keys that can have a list below them.
    """
    if _PLACE.fullmatch(text.text.strip()):
        return _place(text)
    parser = Parser(text, lines=False)
    name = _name(parser)
    head = _word(parser, name)
    if not parser.at_end():
        raise parser.unexpected("the end of the key")
    return head


def _name(parser: Parser) -> Token | None:
    """``y =`` before the word."""
    if not parser.is_name() or parser.tokens[1].text != "=":
        return None
    name = parser.next()
    parser.check_template(name)
    parser.index += 1
    return name


def _place(text: Text) -> Head:
    """A path: ``layer1.0``, also one that begins with a place, ``0.conv``."""
    word = text.text.strip()
    start = text.text.index(word)
    span = Span(text.at(start), text.at(start + len(word) - 1) + 1)
    return Head("name", span, span, word, span)


def _word(parser: Parser, name: Token | None) -> Head:
    if name is not None and parser.at_end():
        return Head("name", name.span, name.span, name.text, name.span)
    if not parser.is_name():
        raise parser.unexpected("a key such as add, repeat(3) or a name")
    token = parser.next()
    word = token.text
    span = Span(parser.tokens[0].span.start, parser.tokens[-1].span.end)
    head = Head(word, token.span, span, name.text if name else None, name.span if name else None)
    if word in MERGES:
        return head._replace(word="merge", operator=MERGES[word], arguments=_arguments(parser))
    if word == "repeat":
        count, variable = parser.repeat_head()
        way = parser.repeat_way()
        return head._replace(expression=count, variable=variable, shared=way == "shared", gathers=way == "concat")
    if word == "if":
        parser.expects("(", "behind if: if(condition):")
        condition = parser.expression()
        parser.expects(")", "to close if(")
        return head._replace(expression=condition)
    if word in ("shared", "group"):
        return _titled(parser, head)
    return _bare(parser, head, token)


def _arguments(parser: Parser) -> tuple[Argument, ...]:
    """``(dim=1)`` behind a merge."""
    arguments: list[Argument] = []
    if parser.takes("("):
        while parser.is_keyword():
            arguments.append(parser.argument())
            if not parser.takes(","):
                break
        parser.expects(")", "to close the bracket; the parts stand in the list below")
    return tuple(arguments)


def _titled(parser: Parser, head: Head) -> Head:
    parser.expects("(", f"behind {head.word}: {head.word}(name):")
    first = parser.token
    title = parser.title()
    parser.expects(")", f"to close {head.word}(")
    if head.word == "shared":
        if (first.kind not in ("name", "dotted") and not first.is_whole) or " " in title:
            raise NotationError("a name for the shared weights is needed here", first.span)
        parser.refuse_reserved(first)
        return head._replace(title=title, word_span=first.span)
    return head._replace(title=title)


def _bare(parser: Parser, head: Head, token: Token) -> Head:
    """A name alone: a named sequence."""
    if head.name is not None:
        raise NotationError(
            f"'{token.text}' cannot have a list below it",
            token.span,
            "add, concat, repeat(n) and if(c) can, and a bare name",
        )
    if not parser.at_end():
        raise NotationError(f"'{token.text} …:' is no key", token.span)
    parser.check_template(token)
    return head._replace(word="name", name=token.text, name_span=token.span)
