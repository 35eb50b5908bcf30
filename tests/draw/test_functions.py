"""Activations and formulas: functions and slopes against torch."""

from __future__ import annotations

import re

import pytest
from marks import SVG, parsed, texts, titles

import cnncalc
from cnncalc.draw.activation import _layer
from cnncalc.draw.functions import FUNCTIONS, function_of, slope
from cnncalc.layers import registry
from cnncalc.layers.activation import Activation
from cnncalc.layers.elements import Element

STATEMENTS = [
    *(name for name in FUNCTIONS if name != "threshold"),
    "leaky 0.2",
    "elu 2",
    "celu 0.5",
    "gelu tanh",
    "hardtanh -2 0.5",
    "softplus 2",
    "threshold 1 -1",
    "prelu init=0.1",
]


def test_every_activation_has_its_function():
    """Functions of single numbers that are no activations, such as roots and logarithms, have none everywhere."""
    kinds = [kind for kind in registry.classes() if issubclass(kind, Activation) and not issubclass(kind, Element)]
    assert {kind.op for kind in kinds} == set(FUNCTIONS)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_values_and_slopes_are_those_of_torch(statement):
    torch = pytest.importorskip("torch")
    layer, op = _layer(statement)
    function = function_of(layer, op)
    x = torch.linspace(-4.93, 4.87, 50, dtype=torch.float64, requires_grad=True)
    module = cnncalc.build(f"1 | {statement}").double()
    value = module(x[:, None])[:, 0]
    value.sum().backward()
    for at, wanted, steep in zip(x.tolist(), value.tolist(), x.grad.tolist(), strict=True):
        assert function(at) == pytest.approx(wanted, abs=1e-6)
        assert slope(function, at) == pytest.approx(steep, abs=1e-4)


def test_a_kink_has_no_slope(draw):
    assert any("f'(-1) = 0, f'(0) = none, f'(1) = 1" in text for text in texts(draw([], "activation", "relu")))


def test_the_lines_run_through_the_function(draw):
    picture = draw([], "activation", "relu")
    line = next(mark for mark in parsed(picture).iter(f"{SVG}path") if "l0" in mark.get("class"))
    points = [tuple(map(float, point.split())) for point in re.split("[ML]", line.get("d"))[1:]]
    # -5..5 over 324 units, -2..4 over 190
    for across, down in points:
        x = across / 324 * 10 - 5
        assert 4 - down / 190 * 6 == pytest.approx(max(x, 0), abs=0.02)
    assert {"the function, from -4.99 to 3.99"} & set(titles(picture, "path"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rely", "there is no activation 'rely'; did you mean 'relu'?"),
        ("conv 4 3", "'conv' is no function of one number; there are celu"),
        ("", "which activation?; there are celu"),
        ("relu | relu", "'relu | relu' is more than one activation"),
        ("leaky x y z", "leaky"),
    ],
)
def test_what_is_no_activation(draw, text, message):
    with pytest.raises(cnncalc.CnncalcError, match=re.escape(message)):
        draw([], "activation", text)


def test_the_window_with_its_letters(draw):
    # the course notes: (7 - 3)/3 + 1 = 7/3
    picture = draw("1x7x7 | conv 1 3 s3", "formula", "conv")
    written = texts(picture)
    assert {"i = 7", "k = 3", "s = 3", "o = 2", "floor((i + 2*p - k) / s) + 1", "floor((7 + 2*0 - 3) / 3) + 1"} <= set(
        written
    )
    assert any("exactly 7/3 = 2.33" in text for text in written)
    found = titles(picture)
    assert [title for title in found if title.startswith("place")] == [
        *(f"place {i}" for i in range(6)),
        "place 6, never read",
    ]
    assert [title for title in titles(picture, "g") if title.startswith("window")] == [
        "window 0 reads 0 to 2",
        "window 1 reads 3 to 5",
    ]


def test_padding_and_dilation_in_the_window(draw):
    written = texts(draw("1x9 | conv 1 3 d2 p2", "formula", "conv"))
    assert {"i = 9, p = 2", "k = 3, d = 2", "s = 1", "o = 9"} <= set(written)


def test_a_formula_of_a_layer_without_a_window(draw):
    assert "= 4,097,000" in texts(draw("alexnet", "formula", "fc8"))  # 4096 * 1000 + 1000
