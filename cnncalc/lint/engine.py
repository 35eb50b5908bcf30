"""Runs rules over a network: one finding per rule and line, root causes first, nothing that only follows from them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import CnncalcError, SpecError
from cnncalc.lint import custom, registry, suppress
from cnncalc.lint.context import Context
from cnncalc.lint.finding import Finding, Severity
from cnncalc.lint.report import Report
from cnncalc.lint.settings import Settings, known, preset
from cnncalc.network import expand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from cnncalc.diagnostics import Source, Span
    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Shape
    from cnncalc.lint.rule import Rule
    from cnncalc.spec.model import Spec


DEFAULT = Settings(preset("recommended"))
"""The recommended rules and nothing else."""


def lint_source(source: Source, settings: Settings = DEFAULT) -> Report:
    """Lint a text.

    Args:
        source: a spec in YAML, or with the name ``-e`` in the one-line notation.
        settings: what to look for.

    Returns:
        The findings by place, those that comments suppress apart; ``unreadable`` if the text is no spec.

    Raises:
        UsageError: a rule of the settings names what there is not.
    """
    from cnncalc.spec import read, read_program

    try:
        spec = read_program(source) if source.name == "-e" else read(source)
        findings = lint_network(spec, settings)
    except SpecError as error:
        return Report(source, unreadable=error.problems)
    return suppress.applied(source, findings, settings)


def lint_network(
    spec: Spec,
    settings: Settings = DEFAULT,
    *,
    inputs: Mapping[str, Shape] | None = None,
    given: Mapping[str, Any] | None = None,
    variant: str | None = None,
) -> tuple[Finding, ...]:
    """Lint a spec that has been read; comments are not looked at.

    Args:
        spec: the spec.
        settings: what to look for.
        inputs: other input sizes.
        given: other values of parameters.
        variant: a variant of the file.

    Raises:
        SpecError: a parameter cannot be computed.
        UsageError: an unknown input, parameter or variant.
    """
    run = _Run(spec, settings)

    def graph_of(sizes: Mapping[str, Shape] | None) -> Graph:
        return expand(spec, inputs=sizes, settings=given, variant=variant)

    def resized(size: int) -> Graph:
        return graph_of({name: (shape[0], *(size,) * (len(shape) - 1)) for name, shape in spec.inputs.items()})

    if not settings.sizes:
        return run.findings(graph_of(inputs), resized)
    found: dict[tuple[str, str, Span | None], tuple[Finding, list[int]]] = {}
    for size in settings.sizes:
        for finding in run.findings(resized(size), resized):
            kept = found.setdefault((finding.code, finding.path, finding.span), (finding, []))
            kept[1].append(size)
    merged = [_at_sizes(finding, sizes, len(settings.sizes)) for finding, sizes in found.values()]
    return tuple(sorted(merged, key=_order))


def _at_sizes(finding: Finding, sizes: list[int], of: int) -> Finding:
    listed = ", ".join(map(str, sizes[:SHOWN])) + (f" and {len(sizes) - SHOWN} more" if len(sizes) > SHOWN else "")
    where = "at every size" if len(sizes) == of else f"at input {listed}"
    return finding._replace(
        message=f"{where}: {finding.message}", data={**finding.data, "sizes_found": sizes}, fixes=()
    )


SHOWN = 8


def _order(finding: Finding) -> tuple[int, str, str]:
    return finding.start, finding.code, finding.path


class _Run:
    """One spec under one set of settings."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self.spec = spec
        self.settings = settings
        self.rules = known(settings.plugins)
        ignored = spec.lint.get("ignore", ())
        off = _ignored(ignored if isinstance(ignored, list | tuple) else (ignored,), self.rules)
        self.declared = {**settings.declared, **spec.task}
        on = [rule for rule in self.rules if rule.code in settings.rules - off and not rule.matches and not rule.meta]
        self.on = [rule for rule in on if not rule.needs or self.declares(rule)]

    def findings(self, graph: Graph, make: Callable[[int], Graph]) -> tuple[Finding, ...]:
        cx = Context(self.spec, graph, self.declared, make)
        found = [*self.problems(graph), *self.about_nodes(cx)]
        if not graph.problems:
            found += self.about_network(cx)
        return tuple(sorted((self.severe(finding) for finding in found), key=_order))

    def severe(self, finding: Finding) -> Finding:
        """The finding with the severity that the settings give it."""
        return finding._replace(severity=self.settings.severity.get(finding.code, finding.severity))

    # ------------------------------------------------------------------------------------------ problems

    def problems(self, graph: Graph) -> Iterator[Finding]:
        """What the expansion says, under the name of a rule."""
        paths = {id(node.problem): node.path for node in graph.nodes if node.problem is not None}
        for problem in graph.problems:
            rule = next(rule for rule in self.rules if rule.matches and re.search(rule.matches, problem.message))
            found = Finding(problem.message, paths.get(id(problem), ""), problem.span, problem.notes, problem.hint)
            yield _named(found, rule)

    # ------------------------------------------------------------------------------------------ layers

    def about_nodes(self, cx: Context) -> Iterator[Finding]:
        """Rules about single layers, on every layer that has a size."""
        nodes = [node for node in cx.graph.nodes if _sound(node, cx)]
        by_op: dict[str, list[Node]] = {}
        for node in nodes:
            by_op.setdefault(node.op, []).append(node)
        lines = Counter((node.op, node.span) for node in nodes)
        for rule, check in self.table(by_op.keys()):
            by_line: dict[Span | None, list[tuple[Node, Finding]]] = {}
            for op in rule.ops:
                for node in by_op.get(op, ()):
                    for finding in self.guarded(rule, check, node, cx):
                        by_line.setdefault(node.span, []).append((node, finding))
            for span, found in by_line.items():
                every = len(found) >= lines[found[0][0].op, span]
                if every or not rule.everywhere:
                    yield _one(rule, found, every=every)

    def table(self, ops: AbstractSet[str]) -> list[tuple[Rule, Callable[..., Iterator[Finding]]]]:
        """The rules about these layers, with their checks."""
        table = [(rule, self.check_of(rule)) for rule in self.on if not ops.isdisjoint(rule.ops)]
        own = [rule for rule in self.settings.custom if rule.where in ops]
        return table + [(_rule_of(rule), lambda node, cx, rule=rule: custom.check(rule, node, cx)) for rule in own]

    def check_of(self, rule: Rule) -> Callable[..., Iterator[Finding]]:
        if rule.code in registry.BY_CODE:
            return registry.check_of(rule)
        from cnncalc.lint.plugins import check_of

        return check_of(self.settings.plugins, rule.code)

    # ------------------------------------------------------------------------------------------ the network

    def about_network(self, cx: Context) -> Iterator[Finding]:
        """Rules about the network as a whole; they look at nothing that is broken."""
        for rule in self.on:
            if not rule.ops:
                check = self.check_of(rule)
                for finding in self.guarded(rule, check, cx):
                    yield _named(finding, rule)

    def declares(self, rule: Rule) -> bool:
        """Whether what a rule needs is declared; ``dense`` is a kind of task."""
        return (rule.needs if rule.needs != "dense" else "kind") in self.declared

    def guarded(self, rule: Rule, check: Callable[..., Iterable[Finding]], *about: Any) -> list[Finding]:
        """The findings of a check; if it fails, that is a finding, and the other rules go on."""
        try:
            return list(check(*about))
        except CnncalcError:
            raise
        except Exception as error:  # noqa: BLE001 (one broken rule must not silence the others)
            crashed = registry.BY_CODE["LN007"]
            return [_named(Finding(f"rule {rule.code} failed: {type(error).__name__}: {error}"), crashed)]


def _sound(node: Node, cx: Context) -> bool:
    """Whether a layer can be judged: it works, and so does what is before it."""
    return (
        bool(node.inputs)
        and node.shape is not None
        and node.problem is None
        and not node.assumed
        and cx.graph.shapes_into(node) is not None
    )


def _one(rule: Rule, found: list[tuple[Node, Finding]], *, every: bool) -> Finding:
    """The findings that one line makes in all its places, as one; fixes only where all places have the defect."""
    node, first = found[0]
    others = tuple(dict.fromkeys((finding.path or other.path) for other, finding in found[1:]))
    place = first._replace(
        path=first.path or node.path,
        span=first.span or node.span,
        also=tuple(path for path in others if path != (first.path or node.path)),
        fixes=first.fixes if every else (),
    )
    return place if place.code else _named(place, rule)


def _named(finding: Finding, rule: Rule) -> Finding:
    return finding if finding.code else finding._replace(code=rule.code, name=rule.name, severity=rule.severity)


def _rule_of(own: Any) -> Rule:
    from cnncalc.lint.rule import Rule

    severity: Severity = own.severity
    return Rule(f"custom:{own.name}", own.name, severity=severity, ops=(own.where,))


def _ignored(names: Iterable[Any], rules: tuple[Rule, ...]) -> frozenset[str]:
    """The rules that the spec itself switches off."""
    return registry.resolve([str(name) for name in names], rules)
