"""Proofs of the linter's rules: the examples of a rule are built with torch, and the defect is measured on them.

A proof is a function of an example that answers whether the defect shows, and says what it measured. It must show in
every example that the rule finds and in none that it does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cnncalc.lint.registry import module_name
from cnncalc.runtime.proofs.case import Shown, case_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnncalc.lint.rule import Rule
    from cnncalc.runtime.proofs.case import Case

MODULES = ("building", "reading", "effect", "channels", "activations", "normalisation", "heads", "sampling", "cost")


def find(name: str) -> Callable[[Case], Shown] | None:
    """The proof of a name."""
    function = name.replace("-", "_")
    for module in MODULES:
        found = getattr(import_module(f"cnncalc.runtime.proofs.{module}"), function, None)
        if found is not None and found.__annotations__.get("return") == "Shown":
            proof: Callable[[Case], Shown] = found
            return proof
    return None


def prove(rule: Rule) -> Iterator[tuple[str, bool]]:
    """What was measured on every example, and whether it is what the rule says."""
    module = import_module(module_name(rule))
    proof = find(rule.proof)
    if proof is None:
        yield f"{rule.code}: about the linter itself, nothing to prove", rule.meta
        return
    for texts, expected in ((module.BAD, True), (module.GOOD, False)):
        for text in texts:
            case = case_of(rule, text)
            shows, measured = proof(case)
            first = " ".join(text.split())
            yield f"{rule.code} {'bad ' if expected else 'good'} {first}: {measured}", shows is expected
