"""Which names a spec may give, and that none is given twice where both can be seen."""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING, final

from cnncalc.diagnostics import Note, Span
from cnncalc.record import NamedTuple
from cnncalc.spec.syntax import Group, If, Input, Merge, Path, Repeat, Shared
from cnncalc.spec.words import RESERVED, template_parts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.spec.findings import Findings
    from cnncalc.spec.syntax import Block, Body, Stage, Statement

_FLAG_LIKE = re.compile(r"(?:op|[spdgk])\d+(?:x\d+)*\Z")


class _Given(NamedTuple):
    """What a name stands for already, and where it was given."""

    what: str
    span: Span | None


_Scope = ChainMap[str, _Given]


@final
class Names:
    """Checks the names of one spec. Blocks are closed; branches, repeats and ifs see the names around them."""

    def __init__(self, findings: Findings, params: Mapping[str, Span], inputs: Mapping[str, Span]) -> None:
        """Take the names that the whole file sees."""
        self.findings = findings
        self.params = {name: _Given("a parameter", span) for name, span in params.items()}
        self.inputs = {name: _Given("an input of the network", span) for name, span in inputs.items()}

    def layers(self, body: Body) -> None:
        """Check the network itself."""
        self.body(body, ChainMap({**self.params, **self.inputs}))

    def block(self, block: Block) -> None:
        """Check the body of a block."""
        own = {p.name: _Given("a parameter", Span(p.span.start, p.span.start + len(p.name))) for p in block.parameters}
        self.body(block.body, ChainMap({**self.params, **own}))

    def body(self, body: Body, scope: _Scope) -> None:
        """Check statements one after the other."""
        for statement in body:
            inner = scope.new_child() if statement.name is not None else scope
            for stage in statement.stages:
                self.stage(stage, inner if isinstance(stage, Path) else scope)
            self.statement(statement, scope)

    def statement(self, statement: Statement, scope: _Scope) -> None:
        """Take up the name of a statement."""
        name, span = statement.name, statement.name_span
        if name is None or span is None:
            return
        good_path(self.findings, name, span, "a value")
        if "{" not in name and not name.isdecimal():
            self.give(name, span, "a value", scope)

    def give(self, name: str, span: Span, what: str, scope: _Scope) -> None:
        """Give a name, once; in a named sequence also one that a value outside of it has: the last before a line is meant."""
        known = scope.get(name)
        if known is not None and known.what == what == "a value":
            known = scope.maps[0].get(name)
        if known is None:
            scope[name] = _Given(what, span)
            return
        notes = (Note("it is given here first", known.span),) if known.span else ()
        self.findings.add(
            f"'{name}' is {known.what} already and cannot be the name of {what}", span, "choose another name", notes
        )

    def stage(self, stage: Stage, scope: _Scope) -> None:
        """Check what stands inside of a stage."""
        if isinstance(stage, Input):
            self.findings.add(
                "the size of the input stands at the beginning only",
                stage.span,
                "in a file under 'input:'; behind -e first",
            )
        elif isinstance(stage, Merge):
            for part in stage.parts:
                self.body(part, scope.new_child())
        elif isinstance(stage, If):
            self.body(stage.then, scope.new_child())
            self.body(stage.otherwise, scope.new_child())
        elif isinstance(stage, Repeat):
            self.repeat(stage, scope.new_child())
        elif isinstance(stage, Shared):
            good_path(self.findings, stage.name, stage.name_span, "shared weights")
            self.body(stage.body, scope.new_child())
        elif isinstance(stage, Path | Group):
            self.body(stage.body, scope)

    def repeat(self, stage: Repeat, scope: _Scope) -> None:
        """Check the variable and the body of a repeat."""
        if stage.variable is not None:
            own_name(self.findings, stage.variable, stage.span, "a parameter")
            self.give(stage.variable, stage.span, "a parameter", scope)
        self.body(stage.body, scope)


def good_path(findings: Findings, name: str, span: Span, what: str) -> None:
    """The name of a module: a word, a place in a sequence (``4``), several with dots between, expressions in brackets."""
    for part in re.split(r"[.-]", "0".join(template_parts(name)[::2])):
        if not part.isdecimal():
            good_name(findings, part, span, what)


def good_name(findings: Findings, name: str, span: Span, what: str) -> None:
    """A name is one word and no word of the notation.

    It may be that of a layer: ``fc = linear 10`` is what torchvision calls it, and a layer that a later version adds
    must not break a file. What a file defines comes before what the program knows.
    """
    if not name.isidentifier() or not _is_normal(name):
        findings.add(
            f"'{name}' cannot be the name of {what}", span, "a name is letters, digits and _, and begins with no digit"
        )


def _is_normal(name: str) -> bool:
    """Whether Python takes the name as it is: it reads ``ﬁ`` as ``fi``."""
    if name.isascii():
        return True
    from unicodedata import is_normalized

    return is_normalized("NFKC", name)


def own_name(findings: Findings, name: str, span: Span, what: str) -> None:
    """The name of a block or a parameter, which stands where a flag can stand."""
    good_name(findings, name, span, what)
    if name in RESERVED:
        findings.add(f"'{name}' is a word of the notation and cannot be a name", span)
    if _FLAG_LIKE.match(name):
        findings.add(
            f"'{name}' looks like a flag and cannot be the name of {what}",
            span,
            "s2 means stride 2: choose a longer name",
        )
