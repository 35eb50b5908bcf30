"""Names that Python allows, numbers of any length, and writers that read what they write."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import cnncalc
from cnncalc.api import expanded
from cnncalc.convert.recognise import convert
from cnncalc.diagnostics import Source
from cnncalc.spec.printer import print_float, print_number
from cnncalc.spec.readback import ReadBackError, read_back
from cnncalc.spec.rewrite import fmt
from cnncalc.spec.terms import parse_expression
from cnncalc.spec.words import RESERVED
from cnncalc.text import Text

HEAD = "cnncalc: 1\ninput: 3x16x16\n"
NAMES = sorted({*RESERVED, "conv", "bn", "relu", "s2", "p1", "g32", "größe", "λ", "_x", "fc", "head", "input_1", "id"})


def paths(text):
    return [node.path for node in cnncalc.load(text).graph.nodes[1:]]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_python_allows_is_the_name_of_a_module(name):
    text = f"{HEAD}layers:\n  - {name} = conv 4 3 p1\n  - relu\n  - from {name} | bn\n  - add(id, from {name})\n"
    assert paths(text)[0] == name
    assert cnncalc.load(fmt(Source("x", text))).graph.nodes[1].path == name


@pytest.mark.parametrize("name", [*NAMES, "transition1.1", "0.conv", "a-b", "layer1.0.bn"])
def test_and_of_a_sequence(name):
    key = f"{name} =" if name in RESERVED else name
    text = f"{HEAD}layers:\n  - {key}:\n      - conv 4 3 p1\n      - bn\n"
    assert paths(text) == [f"{name}.0", f"{name}.1"]


@pytest.mark.parametrize("name", ["repeat", "concat", "transition1.1", "7", "n.gain", "größe"])
def test_such_a_module_is_built_under_its_name(name):
    torch = pytest.importorskip("torch")
    text = f"{HEAD}layers:\n  - {name} = conv 4 3 p1\n  - conv 4 1\n  - add(id, from {name})\n"
    module = cnncalc.build(cnncalc.load(text))
    assert f"{name}.weight" in module.state_dict()
    assert module(torch.rand(1, 3, 16, 16)).shape == (1, 4, 16, 16)


def test_one_name_inside_and_outside_of_a_sequence_is_the_last_before_the_line():
    text = f"{HEAD}layers:\n  - fc = conv 4 1\n  - body:\n      - fc = conv 5 1\n  - relu\n  - from fc\n  - bn\n"
    network = cnncalc.load(text)
    assert paths(text) == ["fc", "body.fc", "2", "3"]
    assert network.graph.nodes[-1].shape == (5, 16, 16)


def test_one_name_inside_and_outside_of_a_block():
    text = (
        f"{HEAD}blocks:\n  head(c):\n    - fc = conv c 1\nlayers:\n  - fc = conv 4 1\n  - head 5\n  - head = head 6\n"
    )
    assert paths(text) == ["fc", "1.fc", "head.fc"]


@pytest.mark.parametrize(
    "text",
    ["0.00784313725490196", "0.07500000000000001", "1e-06", "1.25E-30", "0.1", f"0.{'3' * 1000}", "1e-1000", ".5"],
)
def test_decimals_of_any_length_are_read_exactly(text):
    assert parse_expression(Text(text)).value == Fraction(text)


def test_floats_are_printed_so_that_they_are_read_back_exactly():
    numbers = random.Random(0)  # noqa: S311 (a sample, no secret)
    values = [numbers.uniform(-1, 1) * 10.0 ** numbers.randint(-300, 14) for _ in range(2_000)]
    for value in [*values, 0.0, 5e-324, 1 / 3, 2**-0.5, 123456.0]:
        if not abs(value) <= 1e15:
            continue
        text = print_float(abs(value))
        read = parse_expression(Text(text)).value
        assert float(read) == abs(value)
        assert print_number(read) == text


def test_minus_infinity_pads_before_a_pool():
    torch = pytest.importorskip("torch")
    module = cnncalc.build(cnncalc.load("1x2x2 | pad (0:1,0:1) value=-inf | maxpool 3"))
    assert module(-torch.ones(1, 1, 2, 2)).item() == -1


def test_a_number_of_darknet_is_read_as_c_reads_it():
    text = "[net]\nheight=9\nwidth=9\nchannels=3\n[conv]\nfilters=4###\nsize=1\n[dropout]\nprobability=.5x\n[dropout]\nprobability=0.\n"
    spec = convert(text.encode(), "x.cfg", "darknet", [])
    layers = [node.layer for node in cnncalc.load(spec).graph.nodes if node.op == "dropout"]
    assert [layer.p for layer in layers] == [Fraction(1, 2), 0]


def test_what_cannot_be_read_is_never_written(tmp_path, monkeypatch, capsys):
    from cnncalc.cli import main
    from cnncalc.spec import rewrite

    file = tmp_path / "net.yaml"
    file.write_text(f"{HEAD}layers: [relu]\n", encoding="utf-8")
    monkeypatch.setattr(rewrite, "fmt", lambda source: source.text.replace("relu", "| |"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with pytest.raises(SystemExit) as end:
        main(["fmt", str(file)])
    assert end.value.code == 3
    assert file.read_text(encoding="utf-8") == f"{HEAD}layers: [relu]\n"
    assert f"the spec that was written for {file} cannot be read, so nothing is changed" in capsys.readouterr().err


def test_read_back_names_the_first_problem():
    with pytest.raises(ReadBackError) as raised:
        read_back(f"{HEAD}layers: [reul]\n", "x", expanded)
    assert str(raised.value) == (
        "the spec that was written for x cannot be read, so nothing is changed: "
        "x:3:10: unknown layer 'reul'; did you mean 'relu'?\n  3 | layers: [reul]\n    |          ^^^^"
    )


def test_infinity_is_written_where_a_layer_takes_it_only():
    with pytest.raises(cnncalc.SpecError, match="unknown name 'inf'"):
        cnncalc.load("3x8x8 | scale -inf")


def test_a_module_may_be_called_as_the_only_input_is():
    assert paths(f"{HEAD}layers:\n  - input = relu\n  - from input | bn\n") == ["input", "1"]
