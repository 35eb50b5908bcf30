"""Every message about a spec: its text, its place, exit code 2; and that none of the program's messages is missing here."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import pytest

import cnncalc
from cnncalc.api import expanded
from cnncalc.diagnostics import Problem, Source, SpecError, UsageError
from cnncalc.source import decode
from cnncalc.spec import read, read_program
from cnncalc.spec.setting import parse_size

sys.path.insert(0, str(Path(__file__).parent))
from cases import BLOCK, FILES, HEAD, PROGRAMS
from templates import templates

MARK = "‸"

UNSEEN = {
    "in.… is unknown, because the value that enters here is": "said of a consequence only, which is never shown",
}
"""Messages that no input can show alone, with the reason."""


def problems(text: str, *, program: bool) -> list[Problem]:
    source = Source("spec", text.replace(MARK, ""))
    with pytest.raises(SpecError) as error:
        expanded(read_program(source) if program else read(source), strict=True)
    return list(error.value.problems)


def short(text: str) -> str:
    return text[-40:].replace("\n", "\\n")


@pytest.mark.parametrize(("text", "message"), PROGRAMS, ids=[short(text) for text, _ in PROGRAMS])
def test_of_a_line(text, message):
    check(text, message, program=True)


@pytest.mark.parametrize(("text", "message"), FILES, ids=[short(text) for text, _ in FILES])
def test_of_a_file(text, message):
    check(text, message, program=False)


def check(text: str, message: str, *, program: bool) -> None:
    found = problems(text, program=program)
    said = [problem for problem in found if problem.message.startswith(message)]
    assert said, [problem.message for problem in found]
    if MARK in text:
        assert text.index(MARK) in [problem.span.start for problem in said if problem.span], said


SEVERAL = f"{HEAD}params: {{n: 1/}}\nlayers:\n  - konv $ 3\n  - relu | conv 4 03\noutputs: {{a: 1}}\n"


def test_one_reading_reports_everything():
    found = [problem.message for problem in problems(SEVERAL, program=False)]
    assert len(found) == 4


LARGE = {
    "the file has 1,048,577 bytes; a spec has at most 1,048,576": b"#" * (2**20 + 1),
    "the spec has more than": (f"{HEAD}layers:\n" + "  - relu | relu | relu | relu | relu | relu\n" * 20_000).encode(),
    "a text of": f"{HEAD}layers:\n  - relu {'4' * 100_001}\n".encode(),
    "not UTF-8": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("message", LARGE)
def test_of_large_and_binary_files(message):
    with pytest.raises(SpecError) as error:
        read(decode("spec", LARGE[message]))
    assert any(message in problem.message for problem in error.value.problems)


def test_of_a_long_text():
    with pytest.raises(SpecError, match="the text has 1,048,577 characters"):
        read(Source("spec", "#" * (2**20 + 1)))


TWO = "cnncalc: 1\ninputs: {a: 3x8x8, b: 3x8x8}\nlayers: [from a | relu]\n"
CALLS = [
    (HEAD + "layers: [relu]\n", {"variant": "big"}, "there is no variant 'big'; the spec has none"),
    (HEAD + "layers: [relu]\n", {"settings": {"n": 2}}, "there is no parameter 'n'; the spec has none"),
    (BLOCK.replace("blocks", "params: {n: 1}\nblocks") + "layers: [b n]\n", {"settings": {"n": "3+"}}, "parameter n: '3+': expected a value, found the end of the line"),
    (TWO, {"inputs": (3, 9, 9)}, "the network has 2 inputs: name the one that you mean, such as a=3x32x32"),
    (TWO, {"inputs": {"c": (3, 9, 9)}}, "the network has no input 'c'; it has a, b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), CALLS)
def test_of_options(text, options, message):
    with pytest.raises(UsageError) as error:
        cnncalc.load(text, **options)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"), [("large", "'large' is no size"), ("3x(", "'3x(' is no size: "), ("3x-1", "'3x-1' is no size")]
)
def test_of_sizes(text, message):
    with pytest.raises(UsageError) as error:
        parse_size(text)
    assert str(error.value).startswith(message)


@cache
def everything_said() -> tuple[str, ...]:
    said = [problem.message for text, _ in PROGRAMS for problem in problems(text, program=True)]
    said += [problem.message for text, _ in FILES for problem in problems(text, program=False)]
    return (*said, *LARGE, *(message for _, _, message in CALLS), "the text has 1,048,577 characters; a spec has at most 1",
            "'large' is no size; x", "'3x(' is no size: x; y", "a text of 1 characters; at most 1 are possible", "the spec has more than 1 words")  # fmt: skip


@pytest.mark.parametrize(
    "template", templates("spec", "network", "source.py"), ids=lambda one: f"{one.file}:{one.line}"
)
def test_no_message_is_missing(template):
    if template.text in UNSEEN:
        pytest.skip(UNSEEN[template.text])
    assert any(template.pattern.match(said) for said in everything_said()), template.text


@pytest.mark.parametrize("stdin", [text for text, _ in (*FILES[1:40:6],)])
def test_the_command(tmp_path, stdin):
    import subprocess

    spec = tmp_path / "spec.yaml"
    spec.write_text(stdin.replace(MARK, ""), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "analyze", str(spec)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"{spec}:" in done.stderr
