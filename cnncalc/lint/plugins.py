"""Rules of other packages: entry points of the group ``cnncalc.lint_rules``, switched on by name under ``plugins``."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint.rule import Rule
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "cnncalc.lint_rules"


@lru_cache(maxsize=8)
def modules(names: tuple[str, ...]) -> tuple[Any, ...]:
    """The modules of the named plugins; each has a RULE and a check, or a list RULES of such modules.

    Raises:
        UsageError: a plugin is not installed, or is none.
    """
    installed = {point.name: point for point in entry_points(group=GROUP)}
    found: list[Any] = []
    for name in names:
        if name not in installed:
            has = ", ".join(installed) or "none"
            raise UsageError(f"there is no plugin '{name}'{nearest(name, installed)}; installed: {has}")
        try:
            loaded = installed[name].load()
        except Exception as error:
            raise UsageError(f"the plugin '{name}' cannot be loaded: {type(error).__name__}: {error}") from error
        found += getattr(loaded, "RULES", [loaded])
    for module in found:
        rule = getattr(module, "RULE", None)
        if not isinstance(rule, Rule) or not callable(getattr(module, "check", None)):
            raise UsageError(f"plugin module {getattr(module, '__name__', module)} has no RULE and check")
        if not _own(rule.code):
            raise UsageError(f"plugin rule {rule.code}: codes of plugins begin with X, such as XAC001")
    return tuple(found)


def rules(names: tuple[str, ...]) -> tuple[Rule, ...]:
    """Their rules."""
    return tuple(module.RULE for module in modules(names))


def check_of(names: tuple[str, ...], code: str) -> Callable[..., Any]:
    """The check of a plugin's rule."""
    check: Callable[..., Any] = next(module.check for module in modules(names) if module.RULE.code == code)
    return check


def _own(code: str) -> bool:
    return code.startswith("X") and code[1:].isalnum() and code.isupper()
