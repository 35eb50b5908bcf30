"""The parser of the one-line notation: recursive descent over tokens, one method per rule of the grammar.

Its layers: ``tokens``, ``terms`` (expressions and arguments), ``pipeline`` (layers and structures), and here statements and
the signatures of blocks.
"""

from __future__ import annotations

from typing import final

from cnncalc.spec.pipeline import Pipelines
from cnncalc.spec.syntax import Body, Dims, Parameter, Statement
from cnncalc.spec.tokens import NotationError, Token
from cnncalc.spec.words import RESERVED

__all__ = ["RESERVED", "Parser"]


@final
class Parser(Pipelines):
    """Reads one text. Every method takes up what it has read; a NotationError says what was found instead."""

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
                    raise self.surplus(statements[-1])
            except NotationError as error:
                errors.append(error)
                while not self.at_end():
                    self.index += 1
        return tuple(statements)

    def surplus(self, statement: Statement) -> NotationError:
        """What stands behind a statement and belongs to nothing."""
        if statement.expect is not None:
            return self.unexpected("the end of the line behind the sizes", "sizes to expect stand at the end of a line")
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
        if self.is_name() and self.tokens[self.index + 1].text == "=":
            name = self.next()
            self.index += 1
            self.check_template(name)
        if self.input_at is None:
            self.input_at = self.index
        stages = self.pipeline()
        insert = self.tokens[self.index - 1].span.end
        expect = self.expectation() if self.sees("->") else None
        return Statement(
            name.text if name else None, stages, expect, name.span if name else None, self.since(start), insert
        )

    def expectation(self) -> Dims:
        self.index += 1
        token = self.token
        if token.kind != "dims" and not token.is_whole:
            raise self.unexpected("sizes behind '->', such as 96x55x55")
        self.index += 1
        return self.dims(token)

    # ------------------------------------------------------------------------------------------ signatures

    def signature(self) -> tuple[Token, tuple[Parameter, ...], bool]:
        """``name(a, b=1, c=a//2)`` or a bare name, and whether ``inline`` stands behind it."""
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
        inline = self.takes("inline")
        if not self.at_end():
            raise self.unexpected("the end of the signature")
        return name, tuple(parameters), inline

    def parameter(self) -> Parameter:
        start = self.index
        if self.token.kind != "name":
            raise self.unexpected("the name of a parameter")
        name = self.next()
        self.refuse_reserved(name)
        default = self.expression() if self.takes("=") else None
        return Parameter(name.text, default, self.since(start))
