"""Any text at all: it is read, or refused with our own error at its place; and tidying changes no network."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.api import expanded
from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import Source, SpecError
from cnncalc.layers import registry
from cnncalc.source import decode
from cnncalc.spec import read, read_program
from cnncalc.spec.rewrite import fmt
from cnncalc.spec.tokens import NotationError, scan
from cnncalc.text import Text

sys.path.insert(0, str(Path(__file__).parent))
from networks import networks

SHIPPED = {name: path.read_text(encoding="utf-8") for name, path in shipped_specs().items()}
WORDS = [
    "conv", "relu", "bn", "maxpool", "linear", "flatten", "add(", "concat(", ")", ",", "|", ";", "->", "repeat(", "if(", "shared(w",
    "from", "x", "y =", "in.c", "1", "2", "3x8x8", "1/2", "0.5", "s2", "p1", "half", "k=3", "==", "and", "not", "{i}", "(", "[", "]", "as", "\n", " ", "-",
    "unpool", "out", "input", "é", "\t", "#", "=", "+", "*", "//", "%", "max(", "999999999999", "$", "'", '"', ":", "&", "<",
]  # fmt: skip
KEYS = ["cnncalc: 1\n", "input: 3x8x8\n", "layers:\n", "  - ", "- ", "params: {n: 1}\n", "blocks:\n  b(n): ", "add:\n", "      - ", "op: ", "{", "}", "&a ", "*a ", "<<: ", "!!python/object ", "? ", "---\n", "|\n", ">\n", "%YAML 1.2\n"]  # fmt: skip


def survives(source: Source, *, program: bool = False) -> None:
    """Nothing but our own error comes out, each problem within the text."""
    try:
        network = expanded(read_program(source) if program else read(source), strict=False)
    except SpecError as error:
        problems = error.problems
    else:
        problems = network.problems
        cnncalc.analyze(network)
    for problem in problems:
        assert problem.message
        if problem.span is not None:
            assert 0 <= problem.span.start <= problem.span.end <= len(source.text) + 1
            problem.full()


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_words_of_the_notation(words):
    survives(Source("-e", "3x8x8 | " + " ".join(words)), program=True)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(KEYS + WORDS), max_size=30))
def test_pieces_of_files(pieces):
    survives(Source("spec", "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - " + "".join(pieces)))


@settings(max_examples=150)
@given(st.sampled_from(sorted(SHIPPED)), st.data())
def test_truncated_files(name, data):
    text = SHIPPED[name]
    survives(Source(name, text[: data.draw(st.integers(0, len(text)))]))


@settings(max_examples=150)
@given(st.sampled_from(sorted(SHIPPED)), st.data())
def test_files_with_a_character_changed(name, data):
    text = SHIPPED[name]
    at = data.draw(st.integers(0, len(text) - 1))
    survives(
        Source(
            name, text[:at] + data.draw(st.sampled_from([*"()[]{}|;,=-+*/.:#&'\"0 9xé\n", "", "in.c"])) + text[at + 1 :]
        )
    )


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_bytes(data):
    try:
        source = decode("spec", data)
    except SpecError:
        return
    survives(source)


@settings(max_examples=100)
@given(st.text(max_size=80))
def test_every_token_has_its_place(text):
    try:
        found = scan(Text(text))
    except NotationError:
        return
    for token in found[:-1]:
        assert text[token.span.start :].startswith(token.text) or token.kind == "separator"


@pytest.mark.parametrize("name", SHIPPED)
def test_every_node_has_its_place(name):
    """The text at the reported line and column starts with the layer that stands there, or with its block."""
    source = Source(name, SHIPPED[name])
    merges = {"add", "concat", "mul", "maximum", "matmul", "sdpa"}
    for node in expanded(read(source)).graph.nodes:
        if node.op == "input":
            continue
        line, column = source.position(node.span.start)
        at = SHIPPED[name].splitlines()[line - 1][column - 1 :]
        named = re.match(r"(?:[\w.{}+*-]+ = )?(\w+)", at)
        assert named, (node.path, at)
        kind = registry.lookup(named[1])
        assert named[1] in merges or (kind is not None and kind is type(node.layer)), (node.path, node.op, at)


# ------------------------------------------------------------------------------------------------ hostile files


def nested(levels: int) -> str:
    return (
        "cnncalc: 1\ninput: 3x8x8\nlayers:\n"
        + "".join(f"{'  ' * (i + 1)}- add:\n" for i in range(levels))
        + f"{'  ' * (levels + 1)}- relu\n"
    )


def doubling(levels: int) -> str:
    blocks = "  b0: relu\n" + "".join(f"  b{i + 1}: b{i} | b{i}\n" for i in range(levels))
    return f"cnncalc: 1\ninput: 3x8x8\nblocks:\n{blocks}layers: [b{levels}]\n"


def chain(levels: int) -> str:
    blocks = "  b0: relu\n" + "".join(f"  b{i + 1}: b{i}\n" for i in range(levels))
    return f"cnncalc: 1\ninput: 3x8x8\nblocks:\n{blocks}layers: [b{levels}]\n"


def bomb() -> str:
    anchors = "a0: &a0 [relu, relu]\n" + "".join(
        f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}, *a{i}, *a{i}]\n" for i in range(30)
    )
    return f"cnncalc: 1\ninput: 3x8x8\n{anchors}layers: *a30\n"


HOSTILE = {
    "nested lists": nested(300),
    "nested flow lists": "cnncalc: 1\ninput: 3x8x8\nlayers: " + "[" * 5000 + "]" * 5000,
    "nested brackets": "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - " + "add(" * 5000,
    "alias bomb": bomb(),
    "doubling blocks": doubling(60),
    "a chain of blocks": chain(3000),
    "a huge count": "cnncalc: 1\ninput: 3x8x8\nlayers: [repeat 3]\n".replace("[repeat 3]", '["repeat(1000000000, relu)"]'),
    "counts of counts": 'cnncalc: 1\ninput: 3x8x8\nlayers: ["repeat(99999, repeat(99999, relu))"]\n',
    "nothing, very often": 'cnncalc: 1\ninput: 3x8x8\nlayers: ["repeat(999999999, repeat(0, relu))"]\n',
    "many merges": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - add(relu, id)\n" * 20_000,
    "many names": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "".join(f"  - a{i} = relu\n" for i in range(30_000)),
    "many parameters": "cnncalc: 1\ninput: 3x8x8\nparams: {" + ", ".join(f"p{i}: {i}" for i in range(40_000)) + "}\nlayers: [relu]\n",
    "a power of a power": "cnncalc: 1\ninput: 3x8x8\nlayers: [conv " + "*".join(["999999999999999"] * 60) + " 3]\n",
    "a long sum": "cnncalc: 1\ninput: 3x8x8\nlayers: [conv " + "+".join(["1"] * 40_000) + " 3]\n",
    "long fractions": "cnncalc: 1\ninput: 3x8x8\nlayers: [conv " + "*".join(f"{10**14 + i}/{10**14 + 2 * i + 1}" for i in range(60)) + " 3]\n",
    "a large window": "cnncalc: 1\ninput: 3x800000x800000\nlayers: [conv 4 700001 d1, adaptiveavgpool 99991, upsample 2 bilinear]\n",
    "adaptive pools that do not divide": "cnncalc: 1\ninput: 3x1000003\nlayers: [adaptiveavgpool 999983, adaptiveavgpool 99991, adaptiveavgpool 9973]\n",
    "strange factors": "cnncalc: 1\ninput: 3x1000003\nlayers: [upsample 1009/997 bilinear, upsample 1013/1019 bilinear, upsample 1021/1031 bilinear]\n",
    "transposed strides": "cnncalc: 1\ninput: 3x50\nlayers: [convt 2 3 s97, convt 2 3 s89, convt 2 3 s83, conv 2 5 d7]\n",
    "dilations": "cnncalc: 1\ninput: 1x900000\nlayers: [conv 1 3 d99991, conv 1 3 d49999, conv 1 3 d9973, conv 1 2 d499]\n",
    "ten megabytes": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - relu\n" * 1_000_000,
    "one line": "cnncalc: 1\ninput: 3x8x8\nlayers: [" + "relu, " * 100_000 + "relu]\n",
    "errors": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - konv $ 3\n" * 50_000,
    "unknown layers": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - konv 3\n" * 20_000,
    "broken layers": "cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - conv 3 99\n" * 20_000,
    "tabs": "cnncalc: 1\n\tinput: 3x8x8\n",
    "nothing but colons": ":" * 100_000,
    "nothing but quotes": '"' * 100_001,
    "binary": "\x00\x01\x02" * 1000,
}  # fmt: skip

PROGRAM = """
import resource, sys
limit = 500 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from cnncalc.cli import main
main(["analyze", "-", "--format", "csv", "-o", "/dev/null"])
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(name):
    """An answer or our own error, in 500 MB; the time limit is there to end a test that hangs."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=HOSTILE[name].encode(), capture_output=True, check=False, timeout=60
    )
    assert done.returncode in (0, 2), done.stderr[-2000:].decode()
    assert b"Traceback" not in done.stderr
    assert b"internal" not in done.stderr.lower()
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0


# ------------------------------------------------------------------------------------------------ tidying


@settings(max_examples=60)
@given(networks())
def test_tidying_changes_no_network(text):
    head, _, stages = text.partition(" | ")
    file = f"cnncalc: 1\ninput: {head}  # the input\nlayers:\n  - {stages.replace(' | ', '   |  ')}  # all of it\n"
    tidy = tidied(file)
    assert tidied(tidy) == tidy
    assert [line.partition("#")[2] for line in tidy.splitlines()] == [
        line.partition("#")[2] for line in file.splitlines()
    ]
    assert figures(tidy) == figures(file)


@pytest.mark.parametrize("name", SHIPPED)
def test_tidying_shipped_specs(name):
    tidy = tidied(SHIPPED[name])
    assert tidied(tidy) == tidy
    assert figures(tidy) == figures(SHIPPED[name])


def tidied(text: str) -> str:
    return fmt(Source("spec", text))


def figures(text: str) -> list[tuple[object, ...]]:
    result = cnncalc.analyze(expanded(read(Source("spec", text)), strict=False))
    return [(row.node.path, row.node.op, row.node.shape, row.params, row.macs) for row in result.layers]
