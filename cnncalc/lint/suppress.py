"""Comments that suppress findings: ``# cnncalc: ignore[FT001] reason``, for a line, a range or the whole file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Span
from cnncalc.lint import registry
from cnncalc.lint.finding import Finding, Fix
from cnncalc.lint.report import Report
from cnncalc.record import NamedTuple
from cnncalc.source import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.diagnostics import Source
    from cnncalc.lint.settings import Settings

_COMMENT = re.compile(
    r"(?:^|(?<=\s))#[ \t]*cnncalc:[ \t]*(?P<kind>[a-z-]+)?(?:\[(?P<rules>[^\]\n]*)\])?[ \t]*(?P<reason>[^\n]*)",
    re.MULTILINE,
)
KINDS = ("ignore", "file-ignore", "disable", "enable")


class _Comment(NamedTuple):
    """A comment: the lines that it covers, the rules that it names, and where each name stands."""

    kind: str
    first: int
    last: int
    codes: tuple[str, ...]
    span: Span
    reason: str


def applied(source: Source, findings: tuple[Finding, ...], settings: Settings) -> Report:
    """The findings less those that comments suppress, and what is wrong with the comments."""
    if "cnncalc:" not in source.text or source.name == "-e":
        return Report(source, findings)
    own: list[Finding] = []
    comments = list(_comments(source, own))
    if not comments and not own:
        return Report(source, findings)
    used: set[tuple[int, str]] = set()
    kept, suppressed = [], []
    for finding in findings:
        hit = _suppressor(source, finding, comments)
        fixed_rule = registry.BY_CODE.get(finding.code)
        if hit is None:
            kept.append(finding)
        elif fixed_rule is not None and fixed_rule.matches:
            kept.append(finding)
            used.add((hit, finding.code))
            own.append(
                _meta("LN008", f"{finding.code} cannot be suppressed: the network cannot be built", comments[hit].span)
            )
        else:
            used.add((hit, finding.code))
            suppressed.append(finding)
    own += _unused(source, comments, used, settings)
    own = [finding for finding in own if finding.code in settings.rules]
    own = [finding._replace(severity=settings.severity.get(finding.code, finding.severity)) for finding in own]
    return Report(source, tuple(sorted([*kept, *own], key=lambda f: (f.start, f.code))), tuple(suppressed))


def _comments(source: Source, own: list[Finding]) -> Iterator[_Comment]:
    """The comments of a text; ``enable`` ends the range of a ``disable``."""
    last = source.text.count("\n") + 1
    opened: dict[str, _Comment] = {}
    for match in _COMMENT.finditer(source.text):
        span = Span(match.start(), match.start() + len(match[0].rstrip()))
        line = source.position(match.start()).line
        if match["kind"] not in KINDS or match["rules"] is None:
            own.append(
                _meta(
                    "LN003",
                    f"name the rule: # cnncalc: {match['kind'] if match['kind'] in KINDS else 'ignore'}[CODE] reason",
                    span,
                )
            )
            continue
        codes = tuple(_codes(match["rules"], span, own))
        reason = match["reason"].strip()
        if not reason and match["kind"] != "enable":
            own.append(_meta("LN004", f"say why {', '.join(codes) or 'this'} does not apply here", span))
        if match["kind"] == "enable":
            for code in codes:
                if code in opened:
                    yield opened.pop(code)._replace(last=line)
            continue
        if match["kind"] == "disable":
            for code in codes:
                opened[code] = _Comment("disable", line, last, (code,), span, reason)
            continue
        first, until = (1, last) if match["kind"] == "file-ignore" else _covered(source, match.start(), line)
        yield _Comment(match["kind"], first, until, codes, span, reason)
    yield from opened.values()


def _covered(source: Source, start: int, line: int) -> tuple[int, int]:
    """The line of a trailing comment; for one that stands alone the next line that is no comment."""
    if source.line_text(line)[: source.position(start).column - 1].strip():
        return line, line
    last = source.text.count("\n") + 1
    following = line + 1
    while following < last and source.line_text(following).lstrip().startswith("#"):
        following += 1
    return following, following


def _codes(text: str, span: Span, own: list[Finding]) -> Iterator[str]:
    for name in text.split(","):
        rule = registry.find(name)
        if rule is not None:
            yield rule.code
        elif name.strip().upper().startswith("X") or name.strip().startswith("custom:"):
            yield name.strip()
        else:
            own.append(_meta("LN002", f"there is no rule '{name.strip()}'{registry.suggestion(name.strip())}", span))


def _suppressor(source: Source, finding: Finding, comments: list[_Comment]) -> int | None:
    """The comment that covers a finding."""
    lines = range(0)
    if finding.span is not None:
        start = source.position(finding.span.start).line
        lines = range(start, source.position(max(finding.span.start, finding.span.end - 1)).line + 1)
    for number, comment in enumerate(comments):
        covers = comment.kind == "file-ignore" or any(comment.first <= line <= comment.last for line in lines)
        if covers and finding.code in comment.codes:
            return number
    return None


def _unused(
    source: Source, comments: list[_Comment], used: set[tuple[int, str]], settings: Settings
) -> Iterator[Finding]:
    for number, comment in enumerate(comments):
        idle = [code for code in comment.codes if (number, code) not in used and code in settings.rules]
        if not idle:
            continue
        fixes = (_without(source, comment),) if len(idle) == len(comment.codes) else ()
        yield _meta("LN001", f"nothing to suppress: {', '.join(idle)}", comment.span)._replace(fixes=fixes)


def _without(source: Source, comment: _Comment) -> Fix:
    """The text without a comment: its line if it has one of its own."""
    start, end = comment.span
    line_start = source.text.rfind("\n", 0, start) + 1
    if not source.text[line_start:start].strip():
        return Fix("delete the comment", (Edit(line_start, min(len(source.text), end + 1), ""),), safe=True)
    while source.text[start - 1] in " \t":
        start -= 1
    return Fix("delete the comment", (Edit(start, end, ""),), safe=True)


def _meta(code: str, message: str, span: Span) -> Finding:
    rule = registry.BY_CODE[code]
    return Finding(message, span=span, code=code, name=rule.name, severity=rule.severity)
