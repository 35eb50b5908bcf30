"""From one-line text to a Spec: statements with ``;`` between, the first of which begins with the size of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.record import collecting_later
from cnncalc.spec.findings import Findings
from cnncalc.spec.model import Spec
from cnncalc.spec.names import Names
from cnncalc.spec.shapes import check_shape
from cnncalc.spec.statement import Parser
from cnncalc.spec.syntax import Body, Identity, Input
from cnncalc.spec.tokens import NotationError
from cnncalc.text import Text

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source


@collecting_later
def read_program(source: Source) -> Spec:
    """Read one-line text: statements separated by ``;`` or line breaks, the first of which begins with the input's size.

    Raises:
        SpecError: with everything that is wrong in the text.
    """
    findings = Findings(source)
    body = _program(findings)
    first = body[0].stages[0] if body else None
    if isinstance(first, Input):
        check_shape(findings, first.sizes, first.span)
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
