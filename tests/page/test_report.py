"""``cnncalc report`` as text: what stands in the page, what is escaped, what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.api import expanded
from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import Source, SpecError
from cnncalc.page.report import report, subject
from cnncalc.spec import read

ROOT = Path(__file__).parents[2]
VOID = {"meta", "link", "input", "br", "hr", "img", "meter"} - {"meter"}

SMALL = """\
cnncalc: 1
name: Small
input: 3x64x64
budget: {params: 20k, macs: 40M}
expect: {params: 50000}
layers:
  - conv 32 7 s2 p3 | bn | relu
  - conv 64 3 s3 | relu | maxpool 3 s2
  - flatten | linear 10
"""


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnncalc", *arguments],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


class Reader(HTMLParser):
    """The elements of a page with their attributes, its text, and its tables; an element left open is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.texts.setdefault(tag, []).append(data)
        if self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return "".join(self.texts.get(tag, ()))


def page(text: str, **options: object) -> str:
    network = expanded(read(Source("net.yaml", text)), strict=False, **options)
    return report([subject(network, batch=1, dtype="float32", optimizer="sgd")])


def test_the_command_writes_the_page(tmp_path):
    file = tmp_path / "net.html"
    done = run("report", "lenet5", "-o", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert Reader(file.read_text(encoding="utf-8")).text("h1") == "LeNet-5"


def test_into_a_pipe_and_from_one():
    done = run("report", "-", "-o", "-", stdin=SMALL.replace("50000", "21_632".replace("_", "")))
    assert "<h1>Small</h1>" in done.stdout
    assert run("report", "-", stdin=SMALL).stdout == run("report", "-", stdin=SMALL).stdout


def test_the_table_has_every_layer_and_the_numbers_of_analyze():
    found = Reader(page(SMALL))
    numbers = [row for row in found.rows if row and re.fullmatch(r"\d", row[0])]
    heads = next(row for row in found.rows if row[:2] == ["layer", "op"])
    rows = [dict(zip(heads, row, strict=True)) for row in numbers]
    # (64 + 2*3 - 7)/2 + 1 = 32.5; 32*(3*7*7) + 32 parameters; 32*32 positions of 32*3*7*7 products
    assert rows[0]["output"] == "32x32x32"
    assert rows[0]["exact"] == "32.50"
    assert rows[0]["params"] == f"{32 * 147 + 32:,}"
    assert rows[0]["MACs"] == f"{32 * 32 * 32 * 147:,}"
    # (32 - 3)/3 + 1 = 10.67: the last two rows are never read
    assert (rows[3]["exact"], rows[3]["lost"]) == ("10.67", "2")
    assert [row["op"] for row in rows] == ["conv", "batchnorm", "relu", "conv", "relu", "maxpool", "flatten", "linear"]
    assert rows[3]["findings"] == "FT001"


def test_findings_come_with_fixes_as_differences():
    text = page(SMALL)
    assert "-  - conv 32 7 s2 p3 | bn | relu" in text
    assert "+  - conv 32 7 s2 p3 nobias | bn | relu" in text
    assert "--- a/net.yaml" in text


def test_budget_and_expectations():
    found = Reader(page(SMALL))
    rows = {(row[0], row[1]): row[3].strip() for row in found.rows if len(row) == 4}
    params = 32 * 147 + 32 + 64 + 64 * 32 * 9 + 64 + 64 * 4 * 4 * 10 + 10
    assert rows["params", "at most 20,000"] == f"✗ does not hold ({100 * params / 20_000:.1f} %)"
    assert rows["params", "exactly 50,000"] == "✗ does not hold"
    assert rows["macs", "at most 40,000,000"].startswith("✓ holds (")
    assert "exactly" not in "".join("".join(row) for row in Reader(page(SMALL, inputs={"input": (3, 65, 65)})).rows)


def explained(text: str) -> list[dict[str, object]]:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def test_every_layer_is_explained():
    (found,) = explained(page(SMALL))
    assert len(found["layers"]) == 8
    steps = [[found["texts"][i] for i in found["steps"][number]] for number in found["layers"][0]]
    assert [
        "output size (height and width)",
        "floor((i + 2*p - k) / s) + 1",
        "floor((64 + 2*3 - 7) / 2) + 1",
        "32",
    ] in [step[:4] for step in steps]
    assert found["symbols"]["k"] == "size of the window"


def test_several_are_compared():
    done = run("report", "vgg11", "vgg13")
    assert done.returncode == 0
    found = Reader(done.stdout)
    params = next(row for row in found.rows if row and row[0] == "params" and len(row) == 4)
    assert params == ["params", "132,863,336", "133,047,848", "+0.1 %"]  # the figures of torchvision's documentation
    assert len(found.of("article")) == 2
    assert len({element.get("id") for _, element in found.elements if element.get("id")}) == len(
        [element for _, element in found.elements if element.get("id")]
    )


def test_a_revision_is_compared(tmp_path):
    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=n", "-c", "user.email=e", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    (tmp_path / "net.yaml").write_text(SMALL.replace("expect: {params: 50000}\n", ""))
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    (tmp_path / "net.yaml").write_text(SMALL.replace("expect: {params: 50000}\n", "").replace("conv 32 7", "conv 16 7"))
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "report", "git:HEAD:net.yaml", "net.yaml"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "Small (git:HEAD:net.yaml)" in done.stdout
    assert "out_channels 32 -&gt; 16" in done.stdout


def test_nothing_is_written_for_what_cannot_be_read(tmp_path):
    file = tmp_path / "net.html"
    done = run("report", "lenet5", "-e", "1x8x8 | conv 4 $", "-o", str(file))
    assert done.returncode == 2
    assert "-e:1:16: unexpected character '$'" in done.stderr
    assert not file.exists()


def test_a_broken_network_is_shown_as_far_as_it_is_known(tmp_path):
    file = tmp_path / "net.html"
    done = run("report", "-e", "3x32x32 | conv 8 3 | linear 10 | conv 4 99 | relu", "-o", str(file))
    assert done.returncode == 2
    assert done.stderr.startswith("-e:1:")
    text = file.read_text(encoding="utf-8")
    assert "What is wrong with this network" in text
    assert "8x30x30" in text
    message = done.stderr.split(": ", 1)[1].split("\n")[0]
    assert any(message in cell.replace("&#39;", "'") for row in Reader(text).rows for cell in row)


def test_without_jinja(call_without):
    with pytest.raises(cnncalc.MissingExtraError, match=r"report needs jinja2: pip install 'cnncalc\[report\]'"):
        call_without("jinja2", lambda: page(SMALL))


@pytest.fixture
def call_without(monkeypatch):
    from cnncalc import extras

    def run_without(module, function):
        real = extras.find_spec
        monkeypatch.setattr(extras, "find_spec", lambda name: None if name == module else real(name))
        return function()

    return run_without


def test_the_policy_allows_the_page_and_nothing_else():
    found = Reader(page(SMALL))
    policy = next(element["content"] for element in found.of("meta") if element.get("http-equiv"))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert all("src" not in element for element in found.of("script"))
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert all(element["href"].startswith(("#", "data:")) for element in [*found.of("a"), *found.of("link")])


def test_a_large_network_stays_small():
    assert len(run("report", "resnet152").stdout.encode()) < 500_000


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_every_shipped_spec(name):
    network = cnncalc.load(name)
    text = report([subject(network, batch=1, dtype="float32", optimizer="sgd")])
    (data,) = explained(text)
    paths = [node.path for node in network.graph.nodes if node.op != "input"]
    assert len(data["layers"]) == len(paths)
    assert set(paths) <= {row[0].removesuffix(" (again)") for row in Reader(text).rows}


# ---------------------------------------------------------------------------------------------- hostile names

NASTY = st.text(
    st.one_of(
        st.sampled_from("<>&\"'`/=;{}%#$()[]\\ \u2028\u2029\u202e"),
        st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"),
    ),
    min_size=1,
    max_size=30,
)
ATTACKS = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "{{ 7*7 }}{% include 'x' %}",
    "<!--<script>", "]]><script>", "' onmouseover='alert(1)", "</title><script>alert(1)</script>", "javascript:alert(1)",
    "<style>*{display:none}</style>", "POLICY-OF-THIS-PAGE", "</pre><script>alert(1)</script>", "a\u2028alert(1)\u2029b",
]  # fmt: skip


def hostile(name: str) -> str:
    quoted = json.dumps(name)
    comment = re.sub(r"[^\x20-\x7e\xa0-\ud7ff]|[\u2028\u2029\x85]", " ", name)
    return (
        f"cnncalc: 1\nname: {quoted}\ninput: 3x32x32\nlayers:\n  - conv 4 3 s3 | bn # {comment}\n"
        f"  - relu # cnncalc: ignore[{comment}] {comment}\n"
    )


def same_elements(text: str) -> None:
    plain = Reader(page(hostile("plain")))
    found = Reader(text)
    assert [tag for tag, _ in found.elements if tag in ("script", "style", "img", "svg", "iframe", "link", "meta")] == [
        tag for tag, _ in plain.elements if tag in ("script", "style", "img", "svg", "iframe", "link", "meta")
    ]
    assert not any(name.startswith("on") for _, attributes in found.elements for name in attributes)
    assert found.of("meta")[1]["content"] == plain.of("meta")[1]["content"]
    json.loads(found.text("script").split('\n"use strict"')[0])


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(name):
    text = page(hostile(name))
    same_elements(text)
    assert Reader(text).text("h1") == " ".join(name.split())


@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_no_name_changes_the_page(name):
    try:
        text = page(hostile(name))
    except SpecError:
        return
    same_elements(text)


@settings(max_examples=40, deadline=None)
@given(NASTY)
def test_no_file_name_changes_the_page(name):
    network = expanded(read(Source(name, SMALL)), strict=False)
    other = expanded(read(Source(name * 2, SMALL)), strict=False)
    given_ = [subject(one, batch=1, dtype="float32", optimizer="sgd") for one in (network, other)]
    found = Reader(report(given_))
    assert len(found.of("script")) == 2
    assert not any(one.startswith("on") for _, attributes in found.elements for one in attributes)


def test_pictures_that_fit_with_the_command_that_draws_them():
    found = Reader(page(SMALL))
    titles = [
        text
        for text in found.texts["summary"]
        if text.startswith(("Network", "Size", "Cost", "Memory", "Field", "Coverage"))
    ]
    # the stride of 3 loses two of 32 rows, the pool after it one of 10: (10 - 3)/2 + 1 = 4.5
    assert titles == ["Network", "Size", "Cost", "Memory", "Field of 5", "Coverage of 3", "Coverage of 5"]
    assert "cnncalc draw net.yaml coverage 3 -o coverage.svg" in found.text("figcaption")
    assert len(found.of("svg")) == len(titles)
    assert not [attributes for _, attributes in found.elements if "style" in attributes]
    layers = {row[0] for row in found.rows if row}
    assert {mark["data-layer"] for _, mark in found.elements if mark.get("data-layer")} <= layers


def test_without_layers_there_is_nothing_to_draw():
    from cnncalc.draw.fitting import fitting

    assert fitting(cnncalc.analyze("3x8x8 | relu").analysis._replace(rows=())) == []


def test_what_a_picture_is_drawn_of_on_the_command_line():
    network = cnncalc.load("1x7x7 | conv 1 3 s3")
    from cnncalc.page.pictures import pictures

    shown = pictures(network, cnncalc.analyze(network).analysis)
    assert shown[-1]["command"] == "cnncalc draw -e '1x7x7 | conv 1 3 s3' coverage 0 -o coverage.svg"


def test_networks_that_are_compared_stand_in_one_picture():
    def made(*texts):
        networks = [expanded(read(Source(f"{i}.yaml", text))) for i, text in enumerate(texts)]
        return Reader(report([subject(one, batch=1, dtype="float32", optimizer="sgd") for one in networks]))

    found = made(SMALL, SMALL.replace("conv 32", "conv 16"))
    # of the same name: the file is named too
    assert {"Small (0.yaml)", "Small (1.yaml)"} <= set(found.texts["text"])
    assert "networks by MACs and parameters" in found.text("text")
    assert "networks by MACs" not in made(SMALL, "cnncalc: 1\ninput: 3x8x8\nlayers: [relu]\n").text("text")
