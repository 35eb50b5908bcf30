"""Text of a spec stays text, whatever it is written into: Python, Markdown, HTML, LaTeX, CSV, XML, commands of GitHub, a terminal."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.codegen import emit, pictures
from cnncalc.diagnostics import Source
from cnncalc.draw.pictures import KINDS
from cnncalc.lint.engine import lint_source
from cnncalc.lint.run import settings_for
from cnncalc.render import csv as as_csv
from cnncalc.render import html, latex, markdown, plain
from cnncalc.render.findings import FORMATS, render
from cnncalc.report import to_dict
from cnncalc.text import JOINERS, printable

PIECES = (
    '"""', "'''", "\\", '"', "'", "\n", "\r", "\x1b[31m", "\x07", "\u202e", "\u2028", "\x85", "*/", "-->", "]]>", "<script>", "</td>",
    "&lt;", "|", "`", "``", "[a](javascript:b)", "$(touch owned)", "; import os", "{0}", "%s", "\\end{tabular}", "\\input{/etc/passwd}",
    "=1+1", "@SUM(A1)", "+cmd", "::error::x", "##[error]", "%0A", "#quot;", "é", "🦊", "\u200d", " ", "a", "0", ":", ",", "#",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join)
TITLE = HOSTILE.filter(lambda text: not re.search("[\x00-\x08\x0b-\x1f\x7f]", text))
"""Control characters are refused where a spec is read."""
KNOWN = [
    'x"""; import os; os.system("touch owned") #',
    "\\",
    '\\"""',
    'a"',
    "::warning::y",
    "=cmd|' /C calc'!A0",
    "a\u202eb",
]
BODY = {
    "flat": "layers:\n  - conv 4 3\n  - a = bn\n  - add(id, conv 4 1)\n",
    "sequential": "layers: [conv 4 3, bn]\n",
    "blocks": "blocks:\n  b(c): conv c 3 | bn\nlayers:\n  - b 4\n  - group(g t): relu\n",
}


def quoted(text):
    """A double-quoted scalar of YAML."""
    return json.dumps(text, ensure_ascii=False).replace("\x85", "\\N").replace("\u2028", "\\L")


def network(name, body="flat", file="x.yaml"):
    from cnncalc.api import expanded
    from cnncalc.spec import read

    return expanded(read(Source(file, f"cnncalc: 1\nname: {quoted(name)}\ninput: 3x8x8\n{BODY[body]}")))


def plainly(tree):
    """A syntax tree with every string constant alike."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return re.sub(r"\bNetwork\w*|\b[A-Z]\w*(?=')", "C", ast.dump(tree))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_comment(self, data):
        self.tags.append("comment")


def tags(text):
    parser = Tags()
    parser.feed(text)
    return parser.tags


def check_python(name, body):
    text = emit(network(name, body))
    assert plainly(ast.parse(text)) == plainly(ast.parse(emit(network("Plain", body))))


@pytest.mark.parametrize("body", BODY)
@pytest.mark.parametrize("name", KNOWN)
def test_a_title_that_was_made_to_be_code_is_text(name, body):
    check_python(name, body)


@given(name=TITLE, body=st.sampled_from(sorted(BODY)))
@settings(max_examples=60, deadline=None)
def test_python_parses_to_the_same_tree_but_for_its_strings(name, body):
    check_python(name, body)


@pytest.mark.parametrize("style", ["flat", "auto"])
def test_running_what_was_emitted_runs_nothing_of_the_title(style, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    from cnncalc.runtime.module import import_source

    for body in BODY:
        import_source(emit(network(KNOWN[0], body), style=style), "owned")
    assert not (tmp_path / "owned").exists()


def unprintable(text):
    return [c for c in text if not (c.isprintable() or c in "\n" + JOINERS)]


@given(name=TITLE, file=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_tables_and_pictures(name, file):
    result = cnncalc.analyze(network(name, file=file))
    usual = cnncalc.analyze(network("Plain"))
    analysis = result.analysis
    for shown in (plain.render(analysis), markdown.render(analysis), latex.render(analysis)):
        assert not unprintable(shown)
        assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
    assert plain.render(analysis).count("\n") == plain.render(usual.analysis).count("\n")
    assert markdown.render(analysis).count("\n") == markdown.render(usual.analysis).count("\n")
    assert tags(html.render(analysis)) == tags(html.render(usual.analysis))
    assert latex.render(analysis).count("\n") == latex.render(usual.analysis).count("\n")
    rows = list(csv.reader(io.StringIO(as_csv.render(analysis), newline="")))
    assert [len(row) for row in rows] == [len(rows[0])] * len(rows)
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in ("=", "@", "\t", "\r")
        assert cell[:1] not in ("+", "-") or re.fullmatch(r"[-+0-9.x]+", cell)
    assert json.loads(json.dumps(to_dict(analysis)))["name"] == network(name).graph.name
    for draw in (pictures.mermaid, pictures.dot):
        lines, plainly_ = draw(analysis.graph).split("\n"), draw(usual.analysis.graph).split("\n")
        assert len(lines) == len(plainly_)
        assert lines[2:] == plainly_[2:]


def elements(text):
    """The elements of a picture with the names of their attributes; it must be XML."""
    return [(element.tag, sorted(element.attrib)) for element in ET.fromstring(text).iter()]  # noqa: S314 (our own text)


@given(name=TITLE)
@settings(max_examples=40, deadline=None)
def test_svg(name):
    hostile, usual = (cnncalc.analyze(network(one, "sequential")) for one in (name, "Plain"))
    for what, layer in DRAWN.items():
        text = cnncalc.picture(hostile, what, layer).svg()
        assert not unprintable(text)
        assert {tag for tag, _ in elements(text)} <= {
            tag for tag, _ in elements(cnncalc.picture(usual, what, layer).svg())
        }
        assert {attribute for _, names in elements(text) for attribute in names} <= ATTRIBUTES


DRAWN = {
    name: "0" if kind.of == "layer" else ""
    for name, kind in KINDS.items()
    if kind.of in ("layer", "network") and name != "overlap"
}
ATTRIBUTES = {
    "class", "x", "y", "width", "height", "rx", "ry", "cx", "cy", "r", "x1", "x2", "y1", "y2", "d", "id", "fill", "offset", "stop-opacity",
    "transform", "data-layer", "aria-hidden", "role", "viewBox",
}  # fmt: skip


def findings(name, reason, file):
    text = (
        f"cnncalc: 1\nname: {quoted(name)}\ninput: 1x7x7\nlayers:\n"
        f"  - conv 4 3 s3  # cnncalc: ignore[XX999] {printable(reason)}\n  - bn\n"
    )
    return lint_source(Source(file, text), settings_for("-e", {}))


@given(name=TITLE, reason=HOSTILE, file=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_findings_in_every_format(name, reason, file):
    reports = [findings(name, reason, file)]
    for form in sorted(FORMATS):
        text = render(reports, form)
        if form in ("json", "sarif", "gitlab"):
            json.loads(text)
        elif form == "junit":
            assert {element.tag for element in ET.fromstring(text).iter()} <= {  # noqa: S314 (our own text)
                "testsuites", "testsuite", "testcase", "failure",
            }  # fmt: skip
        elif form == "github":
            assert all(re.match(r"::(error|warning|notice) file=", line) for line in text.split("\n")[:-1])
            assert text.count("\n") == len(reports[0].findings)
        else:
            assert not unprintable(text)
            assert not any(line.lstrip().startswith("::") for line in text.split("\n"))


@given(text=HOSTILE)
def test_printable_is_one_line_that_keeps_what_shows(text):
    shown = printable(text)
    assert not unprintable(shown)
    assert "\n" not in shown
    if text.isprintable() and not text.lstrip().startswith("::"):
        assert shown == text
