"""What people write by habit, from PyTorch, Keras, YAML and their keyboards, and the help that they get."""

from __future__ import annotations

import pytest

import cnncalc
from cnncalc.diagnostics import SpecError

CALLS = [
    ("Conv2d(3, 6, 5)", "conv 6 5"),
    ("nn.Conv2d(3, 6, kernel_size=5, stride=2)", "conv 6 5 s2"),
    ("nn.Conv2d(3, 6, 3, 1, 1)", "conv 6 3 s1 p1"),
    ("nn.Conv2d(8, 8, (3, 1), padding=(1, 0), groups=8, bias=False)", "conv 8 3x1 p1x0 g8 nobias"),
    ("torch.nn.Conv1d(3, 64, 3, padding='same')", "conv 64 3 same"),
    ("nn.ConvTranspose2d(3, 6, 2, stride=2)", "convtranspose 6 2 s2"),
    ("nn.MaxPool2d(2)", "maxpool 2"),
    ("nn.MaxPool2d(3, 2, 1)", "maxpool 3 s2 p1"),
    ("nn.AvgPool2d(kernel_size=2)", "avgpool 2"),
    ("nn.AdaptiveAvgPool2d((1, 1))", "adaptiveavgpool 1"),
    ("nn.Linear(10, 5)", "linear 5"),
    ("nn.Linear(in_features=10, out_features=5, bias=False)", "linear 5 nobias"),
    ("nn.BatchNorm2d(6)", "bn"),
    ("nn.GroupNorm(1, 3)", "groupnorm 1"),
    ("nn.Dropout(p=0.5)", "dropout 0.5"),
    ("nn.LeakyReLU(0.2)", "leaky 0.2"),
    ("nn.ReLU(inplace=True)", "relu"),
    ("nn.ReLU", "relu"),
    ("nn.GELU()", "gelu"),
    ("nn.Flatten()", "flatten"),
    ("layers.Conv2D(32, (3, 3), activation='relu')", "conv 32 3 | relu"),
    ('Conv2D(filters=32, kernel_size=3, strides=2, padding="same")', "conv 32 3 s2 same"),
    ("MaxPooling2D((2, 2))", "maxpool 2"),
    ("AveragePooling2D(pool_size=2)", "avgpool 2"),
    ("Dense(10, activation='softmax')", "linear 10 | softmax"),
    ("BatchNormalization()", "bn"),
    ("GlobalAveragePooling2D()", "gap"),
    ("conv(4, 3)", "conv 4 3"),
    ("conv(4, 3, stride=2)", "conv 4 3 stride=2"),
    ("maxpool(2)", "maxpool 2"),
    ("relu()", "relu"),
    ("CONV 4 3", "conv"),
    ("MaxPooling2D 2", "maxpool"),
    ("\uff43\uff4f\uff4e\uff56 4 3", "conv"),
]  # fmt: skip


def said(text):
    with pytest.raises(SpecError) as error:
        cnncalc.load(text)
    return error.value.problems


@pytest.mark.parametrize(("call", "ours"), CALLS)
@pytest.mark.parametrize(
    "form", ["3x32x32 | {}", "cnncalc: 1\ninput: 3x32x32\nlayers:\n  - >-\n    {}\n", "3x32x32 | relu | {}"]
)
def test_calls_of_others_are_answered_with_ours(call, ours, form):
    (problem,) = said(form.format(call))
    assert problem.hint == f"write {ours}"


@pytest.mark.parametrize("ours", [ours for _, ours in CALLS if ours not in ("conv", "maxpool")])
def test_what_is_proposed_can_be_read(ours):
    channels = 8 if " g8" in ours else 3
    flat = "flatten | " if ours.startswith("linear") else ""
    length = "32" if "64 3 same" in ours else "32x32"
    cnncalc.load(f"{channels}x{length} | {flat}{ours}")


@pytest.mark.parametrize(
    "text",
    [
        "Foo(3)",
        "nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU())",
        "Conv2d(",
        "nn.Conv2d('" + "(" * 60,
        "nn.Conv2d(a=b=c, , ,=)",
    ],
)
def test_calls_that_are_not_known_have_an_answer_as_well(text):
    assert all(problem.hint.startswith("write ") for problem in said(f"3x32x32 | {text}"))


LAYERS = "cnncalc: 1\ninput: 3x32x32\nlayers:\n"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("  - conv 4 3\n    - relu\n", "this '-' begins no item: by its indentation its line goes on with the line above", "indent it as the '-' of the items before"),
        ("  - conv 4 3\n   -  relu\n", "this '-' begins no item: by its indentation its line goes on with the line above", "indent it as the '-' of the items before"),
        ("  - conv 4 3\n    relu\n", "unknown name 'relu'", "'relu' is a layer: put '|' before it, or '- ' if it begins a line"),
        ("  conv 4 3\n  relu\n", "unknown name 'relu'", "'relu' is a layer: put '|' before it, or '- ' if it begins a line"),
        ("  -conv 4 3\n  -relu\n", "expected a layer, found '-'", "an item of a list begins with '- ', a blank behind the '-'"),
        ("  - conv: 4 3\n", "'conv:' needs a list below it", "write 'conv 4 3'"),
        ("\t- conv 4 3\n", "a tab in the indentation", "YAML is indented with blanks"),
    ],
)  # fmt: skip
def test_lists(text, message, hint):
    problem = said(LAYERS + text)[0]
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize("size", ["3,32,32", "3 x 32 x 32", "3X32X32", "3\u00d732\u00d732", "(3, 32, 32)"])
def test_sizes(size):
    problem = said(f"cnncalc: 1\ninput: {size}\nlayers:\n  - relu\n")[0]
    assert (problem.message, problem.hint) == ("the size of an input is whole numbers joined by x", "write 3x32x32")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("\u201cconv\u201d 4 3", "a text needs no quotes inside a line"),
        ("conv\u30004 3", "write it as ' '"),
        ("conv 4 3 \uff5c relu", "write it as '|'"),
        ("conv: 4 3", "arguments follow the name with blanks"),
        ("conv 4 3 - relu", "for example c*4, not c * 4"),
    ],
)  # fmt: skip
def test_characters(text, hint):
    assert said(f"3x32x32 | {text}")[0].hint == hint


def test_line_ends_of_windows_and_a_byte_order_mark():
    assert cnncalc.load("\ufeffcnncalc: 1\r\ninput: 3x8x8\r\nlayers:\r\n  - conv 4 3\r\n  - relu\r\n")
