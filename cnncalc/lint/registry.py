"""Which rules exist, by code, name and alias. A rule's file is imported when its check is needed."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint._index import RULES
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cnncalc.lint.rule import Rule

BY_CODE: dict[str, Rule] = {rule.code: rule for rule in RULES}


def module_name(rule: Rule) -> str:
    """The module of a rule."""
    return f"cnncalc.lint.rules.{rule.name.replace('-', '_')}"


def check_of(rule: Rule) -> Callable[..., Iterator[Any]]:
    """The function of a rule."""
    check: Callable[..., Iterator[Any]] = import_module(module_name(rule)).check
    return check


def find(name: str, rules: Iterable[Rule] = RULES) -> Rule | None:
    """The rule of a code, name or alias, in any case."""
    key = name.strip().lower()
    for rule in rules:
        if key in (rule.code.lower(), rule.name, *rule.aliases):
            return rule
    return None


def resolve(selectors: Iterable[str], rules: Iterable[Rule] = RULES) -> frozenset[str]:
    """The codes that selectors mean: codes, names, aliases, prefixes (``FT``), or ``ALL``.

    Raises:
        UsageError: a selector means no rule; suggests the nearest.
    """
    rules = tuple(rules)
    found: set[str] = set()
    for selector in selectors:
        key = selector.strip()
        if key.upper() == "ALL":
            found.update(rule.code for rule in rules)
            continue
        rule = find(key, rules)
        starts = [r.code for r in rules if key and r.code.startswith(key.upper())]
        if rule is None and not starts:
            raise UsageError(f"there is no rule '{key}'{suggestion(key, rules)}")
        found.update([rule.code] if rule else starts)
    return frozenset(found)


def suggestion(name: str, rules: Iterable[Rule] = RULES) -> str:
    """What to add to a message about an unknown rule."""
    from cnncalc.spec.suggest import nearest

    known = [key for rule in rules for key in (rule.code, rule.name)]
    return nearest(name, known) or nearest(name.upper(), known)


class Documentation(NamedTuple):
    """What a rule's file says, for people: the summary, its sections by title, and examples."""

    summary: str
    sections: dict[str, str]
    bad: tuple[str, ...]
    good: tuple[str, ...]


SECTIONS = ("What", "Why", "Condition", "Fix", "Source")


def documentation(rule: Rule) -> Documentation:
    """The documentation of a rule."""
    module = import_module(module_name(rule))
    summary, *paragraphs = inspect.cleandoc(module.__doc__ or "").split("\n\n")
    sections = {}
    for paragraph in paragraphs:
        title, _, text = paragraph.partition(": ")
        sections[title] = " ".join(text.split())
    return Documentation(summary, sections, module.BAD, module.GOOD)


def scan() -> tuple[Rule, ...]:
    """The rules that the files hold, by code."""
    folder = Path(__file__).parent / "rules"
    found = [
        import_module(f"cnncalc.lint.rules.{path.stem}").RULE for path in folder.glob("*.py") if path.stem != "__init__"
    ]
    last = "SH000"  # takes whatever no other pattern matches
    return tuple(sorted(found, key=lambda rule: (rule.code == last, rule.code)))


def source(rules: Iterable[Rule]) -> str:
    """The text of ``_index.py``."""
    rows = "".join(f"    ({', '.join(map(_shown, rule))}),\n" for rule in rules)
    return (
        '"""All rules. Generated: python -m cnncalc.lint.registry."""\n\nfrom __future__ import annotations\n\n'
        "from typing import Any\n\nfrom cnncalc.lint.rule import Rule\n\n"
        f"_ROWS: tuple[tuple[Any, ...], ...] = (\n{rows})  # fmt: skip\n\n"
        "RULES: tuple[Rule, ...] = tuple(Rule(*row) for row in _ROWS)\n"
    )


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'r"{value}"' if "\\" in value else f'"{value}"'
    return repr(value).replace("'", '"')


if __name__ == "__main__":
    (Path(__file__).parent / "_index.py").write_text(source(scan()), encoding="utf-8")
