"""What stands behind a key of a spec: one value, a map, a map of names to expressions. Anything else is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from cnncalc.source import Map, Scalar, Tree
from cnncalc.spec.figures import kind_of
from cnncalc.spec.names import own_name
from cnncalc.spec.structure import torn
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.tokens import NotationError

if TYPE_CHECKING:
    from cnncalc.diagnostics import Span
    from cnncalc.spec.findings import Findings
    from cnncalc.spec.syntax import Expression

_FLOW_HINT = "inside { } YAML splits at every comma: write one value per line, or put it in quotes"


@final
class Entries:
    """Reads the values of keys; ``spans`` keeps where names are given."""

    def __init__(self, findings: Findings, spans: dict[str, Span]) -> None:
        """Nothing read yet."""
        self.findings = findings
        self.problem = findings.add
        self.spans = spans

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


def _is_torn(key: Scalar, value: Tree) -> bool:
    """Whether YAML has torn an expression apart at a comma between curly brackets."""
    return torn(key) or (isinstance(value, Scalar) and torn(value))
