"""Every rule: its documentation, its examples, its fixes, its proof."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from cnncalc.diagnostics import Source
from cnncalc.lint import registry
from cnncalc.lint._index import RULES
from cnncalc.lint.engine import DEFAULT, lint_source
from cnncalc.lint.fix import fixed
from cnncalc.lint.rule import PRESETS
from cnncalc.runtime.proofs import find, prove

CODES = [rule.code for rule in RULES]
BAD = [(rule.code, text) for rule in RULES for text in import_module(registry.module_name(rule)).BAD]
GOOD = [(rule.code, text) for rule in RULES for text in import_module(registry.module_name(rule)).GOOD]


def source(text: str) -> Source:
    return Source("example.yaml" if "\n" in text else "-e", text)


def on(code: str):
    return DEFAULT._replace(rules=DEFAULT.rules | {code})


def test_the_index_is_fresh():
    folder = Path(registry.__file__).parent
    assert (folder / "_index.py").read_text(encoding="utf-8") == registry.source(registry.scan())


def test_enough_rules_and_no_code_or_name_twice():
    assert len(RULES) >= 60
    names = [name for rule in RULES for name in (rule.code, rule.name, *rule.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_metadata(rule):
    assert rule.code[:2].isupper()
    assert rule.code[2:].isdecimal()
    assert rule.name == rule.name.lower()
    assert rule.severity in ("error", "warning", "info")
    assert rule.confidence in ("proven", "likely", "opinion")
    assert set(rule.presets) <= set(PRESETS)
    assert not ("recommended" in rule.presets and rule.confidence == "opinion" and rule.severity != "info")


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_documentation(rule):
    said = registry.documentation(rule)
    assert said.summary.endswith(".")
    assert tuple(said.sections) == registry.SECTIONS
    assert all(said.sections.values())


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_every_rule_has_examples_and_a_proof(rule):
    module = import_module(registry.module_name(rule))
    if rule.code in ("LN005", "LN007"):
        return  # about the baseline and about rules that fail: tests of their own
    assert module.BAD
    assert module.GOOD
    assert rule.meta or find(rule.proof) is not None


@pytest.mark.parametrize(("code", "text"), BAD)
def test_bad_examples_are_found(code, text):
    assert code in [finding.code for finding in lint_source(source(text), on(code)).findings]


@pytest.mark.parametrize(("code", "text"), GOOD)
def test_good_examples_have_nothing_worth_a_warning(code, text):
    report = lint_source(source(text), on(code))
    assert not report.unreadable
    assert [f for f in report.findings if f.code == code or f.severity != "info"] == []


def as_file(text: str) -> str:
    """A one-line example as a file with a comment."""
    if "\n" in text:
        return text
    head, *lines = text.split(";") if ";" in text else text.split("|", 1)
    return f"cnncalc: 1\ninput: {head.strip()}\nlayers:  # comment\n" + "".join(
        f"  - {line.strip()}\n" for line in lines
    )


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.fix], ids=[rule.code for rule in RULES if rule.fix])
def test_fixes(rule):
    """At least one bad example of a rule with a fix is mended by it, and mending it again changes nothing."""
    module = import_module(registry.module_name(rule))
    mended = 0
    for text in map(as_file, module.BAD):
        settings = DEFAULT._replace(rules=frozenset({rule.code, "FT001"} if rule.meta else {rule.code}))
        result = fixed(source(text), settings, unsafe=rule.fix == "unsafe")
        if not result.applied:
            continue
        mended += 1
        after = lint_source(source(result.text), settings)
        assert rule.code not in [finding.code for finding in after.findings if finding.fixes]
        assert not after.unreadable
        assert ("# comment" in result.text) == ("# comment" in text)
        assert fixed(source(result.text), settings, unsafe=rule.fix == "unsafe").text == result.text
        assert all(applied.effect for applied in result.applied)
        if rule.fix == "safe":
            assert all("out unchanged" in applied.effect for applied in result.applied)
    assert mended or rule.code in NO_FIX_IN_THE_EXAMPLE


NO_FIX_IN_THE_EXAMPLE = {
    "GR004",  # several layers are deleted by hand
    "GR006",  # which operand was meant nobody knows
}


@pytest.mark.parametrize("rule", RULES, ids=CODES)
def test_proof(rule):
    for line, holds in prove(rule):
        assert holds, line


def test_a_measured_proof_says_what_it_measured():
    # the notes: 7 pixels, window 3, stride 3: one row and one column are lost
    lines = [line for line, _ in prove(registry.BY_CODE["FT001"])]
    assert lines[0] == "FT001 bad  1x7x7 | conv 4 3 s3: 2 rows and columns have no influence on the output"


def test_findings_of_a_line_that_makes_many_layers_are_one():
    text = "cnncalc: 1\ninput: 3x32x32\nlayers:\n  - repeat(4, conv 8 3 p1 | bn | relu)\n"
    findings = lint_source(source(text)).findings
    assert [(f.code, f.path, f.also) for f in findings] == [("NM001", "0", ("3", "6", "9"))]
    assert len(findings[0].fixes) == 1


def test_no_fix_where_only_some_layers_of_a_line_have_the_defect():
    # only the last pooling loses a row: 36 -> 18 -> 9 -> 4
    text = "cnncalc: 1\ninput: 3x36x36\nlayers:\n  - repeat(3, conv 8 3 p1 | relu | maxpool 2)\n"
    findings = [f for f in lint_source(source(text)).findings if f.code == "FT001"]
    assert [(f.path, f.fixes) for f in findings] == [("8", ())]


def test_no_cascades():
    # behind a layer that cannot work nothing is said about sizes that nobody knows
    report = lint_source(source("3x8x8 | conv 4 11 | conv 4 3 s3 | maxpool 2"))
    assert [f.code for f in report.findings] == ["SH001"]


def test_a_rule_that_fails_is_a_finding(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(registry, "check_of", lambda rule: broken)
    findings = lint_source(source("1x9x9 | conv 4 3"), DEFAULT._replace(rules=frozenset({"FT001"}))).findings
    assert [(f.code, f.message) for f in findings] == [("LN007", "rule FT001 failed: ZeroDivisionError: boom")]
