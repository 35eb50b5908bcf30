"""What is linted how: rules, severities, what is declared, rules of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint._index import RULES
from cnncalc.lint.finding import LEVELS, Severity
from cnncalc.lint.registry import resolve
from cnncalc.lint.rule import PRESETS
from cnncalc.record import NamedTuple
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.lint.rule import Rule


class Custom(NamedTuple):
    """A rule from the settings: ``where`` is a layer, ``condition`` an expression over its facts that must hold."""

    name: str
    where: str
    condition: str
    message: str
    severity: Severity = "warning"


class Settings(NamedTuple):
    """Everything that decides about findings; equal settings and texts give equal findings.

    ``rules``: codes that are on; ``severity``: other severities by code; ``declared``: what specs do not declare
    themselves (batch, target, loss...); ``sizes``: input sizes to lint for; ``custom``: rules of the user's own;
    ``plugins``: names of entry points with further rules.
    """

    rules: frozenset[str]
    severity: Mapping[str, Severity] = {}
    declared: Mapping[str, Any] = {}
    sizes: tuple[int, ...] = ()
    custom: tuple[Custom, ...] = ()
    plugins: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """Differs where findings could differ."""
        parts = (
            sorted(self.rules),
            sorted(self.severity.items()),
            sorted(self.declared.items(), key=str),
            self.sizes,
            self.custom,
            self.plugins,
        )
        return repr(parts)


def known(plugins: tuple[str, ...]) -> tuple[Rule, ...]:
    """All rules, with those of plugins."""
    if not plugins:
        return RULES
    from cnncalc.lint.plugins import rules

    return (*RULES, *rules(plugins))


def preset(name: str, rules: tuple[Rule, ...] = RULES) -> frozenset[str]:
    """The rules of a preset.

    Raises:
        UsageError: there is no such preset.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no preset '{name}'{nearest(name, PRESETS)}; there are {', '.join(PRESETS)}")
    return frozenset(rule.code for rule in rules if name in rule.presets)


KEYS: dict[str, type] = {
    "preset": str, "select": list, "ignore": list, "extend-select": list, "per-file-ignores": dict, "severity": dict,
    "fail-level": str, "batch": int, "target": str, "loss": str, "classes": int, "object-size": int, "kind": str,
    "sizes": str, "custom": list, "plugins": list, "baseline": str, "exclude": list,
}  # fmt: skip
"""What settings files may say."""

_DECLARED = ("batch", "target", "loss", "classes", "object-size", "kind")


def check_keys(values: Mapping[str, Any], place: str) -> None:
    """Refuse what is no setting, or has the wrong type.

    Raises:
        UsageError: names the key, and the nearest that exists.
    """
    for key, value in values.items():
        kind = KEYS.get(key)
        if kind is None:
            raise UsageError(f"{place}: there is no setting '{key}'{nearest(key, KEYS)}")
        if type(value) is not kind:
            raise UsageError(f"{place}: '{key}' must be {_KINDS[kind]}")
        if kind is list and key != "custom" and not _texts(value):
            raise UsageError(f"{place}: '{key}' must be a list of texts")


_KINDS = {list: "a list", dict: "a table", str: "a text", int: "a whole number"}


def _texts(values: Any) -> bool:
    return all(isinstance(item, str) for item in values)


def make(values: Mapping[str, Any], place: str = "settings") -> Settings:
    """The settings that a file or a command line says.

    Raises:
        UsageError: an unknown rule, preset or severity; a custom rule that is incomplete.
    """
    plugins = tuple(values.get("plugins", ()))
    try:
        rules = known(plugins)
        on = (
            resolve(values["select"], rules)
            if "select" in values
            else preset(values.get("preset", "recommended"), rules)
        )
        on = (on | resolve(values.get("extend-select", ()), rules)) - resolve(values.get("ignore", ()), rules)
        severity = {
            code: _level(level) for name, level in values.get("severity", {}).items() for code in resolve([name], rules)
        }
        custom = tuple(map(_custom, values.get("custom", ())))
        sizes = parse_sizes(values.get("sizes", ""))
    except UsageError as error:
        raise UsageError(f"{place}: {error}") from None
    declared = {key.replace("-", "_"): values[key] for key in _DECLARED if key in values}
    return Settings(on, severity, declared, sizes, custom, plugins)


def _level(text: Any) -> Severity:
    if text not in LEVELS:
        raise UsageError(f"there is no severity '{text}'{nearest(str(text), LEVELS)}; there are {', '.join(LEVELS)}")
    return text  # type: ignore[no-any-return]


level = _level


def _custom(item: Any) -> Custom:
    keys = ("name", "where", "assert", "message", "severity")
    if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
        raise UsageError("a custom rule is a table of texts: name, where, assert, message")
    for key in item:
        if key not in keys:
            raise UsageError(f"a custom rule has no '{key}'{nearest(key, keys)}")
    for key in ("name", "where", "assert"):
        if key not in item:
            raise UsageError(f"a custom rule needs '{key}'")
    from cnncalc.layers import registry

    kind = registry.lookup(item["where"])
    if kind is None:
        raise UsageError(
            f"custom rule {item['name']}: there is no layer '{item['where']}'{nearest(item['where'], registry.names())}"
        )
    message = item.get("message", f"{item['assert']} does not hold")
    return Custom(item["name"], kind.op, item["assert"], message, _level(item.get("severity", "warning")))


def parse_sizes(text: str) -> tuple[int, ...]:
    """``224,256..512:32`` as sizes.

    Raises:
        UsageError: it is nothing of the kind.
    """
    found: list[int] = []
    for part in text.split(",") if text.strip() else ():
        span, _, step = part.strip().partition(":")
        first, dots, last = span.partition("..")
        numbers = [first, *([last] if dots else []), *([step] if step else [])]
        if not all(
            number.isdecimal() and len(number) <= len(str(MOST)) and 0 < int(number) < MOST for number in numbers
        ) or (step and not dots):
            raise UsageError(f"'{part}' is no size; sizes are such as 224,256..512:32")
        found += range(int(first), int(last) + 1, int(step or 1)) if dots else [int(first)]
    if len(found) > MANY:
        raise UsageError(f"{len(found):,} sizes are more than {MANY}")
    return tuple(dict.fromkeys(found))


MOST = 100_000
MANY = 1000
