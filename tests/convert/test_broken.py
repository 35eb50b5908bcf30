"""Models that do not run are explained: the call, why, and a remedy with which they run."""

from __future__ import annotations

import re
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional

from cnncalc.convert.broken import explain, told
from cnncalc.convert.pytorch import samples

from . import broken_models
from .broken_models import NUMBERS, SIZES, THOUGHTS, UNet, net


@pytest.mark.parametrize("case", NUMBERS, ids=[case.name for case in NUMBERS])
def test_one_number_mends_it(case):
    inputs = samples([case.size])
    with torch.no_grad():
        found = explain(case.make(case.wrong), inputs)
        [failure] = found.failures
        assert failure.call.path == case.path
        assert failure.file == "" or "broken_models.py" in failure.file  # a Sequential has no line of its own
        assert case.why in failure.why
        assert (failure.remedy.path, failure.remedy.argument) == (case.path, case.argument)
        case.make(failure.remedy.value).eval()(*inputs)


@pytest.mark.parametrize("case", SIZES, ids=[case.name for case in SIZES])
def test_another_size_mends_it(case):
    with torch.no_grad():
        [failure] = explain(case.make(), samples([case.size])).failures
        assert failure.call.path == case.path
        assert case.why in failure.why
        size = re.search(r"an input of ([0-9x]+) runs", failure.remedy.text)
        case.make().eval()(torch.rand(2, *map(int, size[1].split("x"))))


@pytest.mark.parametrize("case", THOUGHTS, ids=[case.name for case in THOUGHTS])
def test_what_needs_a_thought(case):
    [failure] = explain(case.make(), samples([case.size])).failures
    assert failure.call.path == case.path
    assert case.why in failure.why
    assert case.remedy in (failure.remedy.text if failure.remedy else "")


def test_with_assume_every_fault_is_told():
    model = net(
        torch.nn.Conv2d(3, 8, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.Conv2d(5, 6, 3),
        torch.nn.Flatten(),
        torch.nn.Linear(9, 2),
    )
    inputs = samples([(3, 10, 10)])
    assert len(explain(model, inputs).failures) == 1
    found = explain(model, inputs, assume=True)
    # 10 - 2 - 2 = 6: 6 * 6 * 6 = 216
    assert [failure.remedy.text for failure in found.failures] == [
        "num_features=8 of '1'", "in_channels=8 of '2'", "in_features=216 of '4'"
    ]  # fmt: skip
    assert found.calls[-1].leaving == ((2, 2),)
    assert told(found, assume=True).count(" fails on ") == 3


def test_a_u_net_is_followed_to_its_end():
    found = explain(UNet(3), samples([(3, 50, 50)]), assume=True)
    assert found.failures
    # 50 -> 25 -> 13 -> 7, and back 14: an even size is divided, 25 and 13 are not
    assert (
        "the stride does not divide the size at 'down.1' (25 gives 13), 'down.2' (13 gives 7)" in found.failures[0].why
    )
    assert found.calls[-1].name == "ConvTranspose2d"


def test_a_model_that_runs_has_no_failures():
    found = explain(net(torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU()), samples([(3, 9, 9)]))
    assert found.failures == ()
    assert [call.name for call in found.calls] == ["Conv2d", "ReLU"]


def test_the_model_is_left_as_it_was():
    model = net(torch.nn.Conv2d(3, 4, 3), torch.nn.Linear(3, 4)).train()
    explain(model, samples([(3, 9, 9)]), assume=True)
    assert all(part.training for part in model.modules())
    assert not any(vars(part)[hooks] for part in model.modules() for hooks in ("_forward_hooks", "_forward_pre_hooks"))


def test_a_line_of_whoever_runs_the_model_is_none_of_the_model():
    # a Sequential is called by PyTorch's code alone: no line of this file, which only asks, is named
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 6, 3), torch.nn.PixelShuffle(2))
    [failure] = explain(model, samples([(3, 8, 8)])).failures
    assert (failure.call.path, failure.file, failure.line) == ("1", "", "")


def call(what):
    return net(broken_models.Call(what))


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (lambda x: torch.cat(tensors=(x, x[:, :, :3]), dim=1), "axis 2 has 9 and 3"),
        (lambda x: torch.cat([x.sum()][:0], 1), ""),
        (lambda x: functional.linear(x, torch.rand(3)), ""),
        (lambda x: functional.conv2d(x, torch.rand(3, 3)), ""),
        (lambda x: functional.conv2d(x, torch.rand(4, 3, 3, 3), groups=2), "takes 6 channels, what enters has 3"),
        (lambda x: functional.layer_norm(x, 5), ""),
        (lambda x: functional.max_pool2d(input=x, kernel_size=999), "a window over 999 places"),
        (lambda x: torch.cat([nn.Unfold(3, stride=2)(x), x.flatten(2)], 1), "axis 2 has 16 and 81"),
    ],
)
def test_whatever_a_call_is_given(what, why):
    [failure] = explain(call(what), samples([(3, 9, 9)])).failures
    assert failure.error
    assert why in failure.why


def test_sizes_are_tried_in_silence(capsys):
    def speak(x):
        sys.stdout.write("noise")
        return torch.cat([x, x[:, :, 1:]], 1)

    assert explain(call(speak), samples([(3, 9, 9)])).failures
    assert capsys.readouterr().out == ""


def test_a_model_that_ends_the_program_at_another_size():
    def leave(x):
        if x.shape[-1] != 9:
            raise SystemExit(3)
        return torch.cat([x, x[:, :, 1:]], 1)

    [failure] = explain(call(leave), samples([(3, 9, 9)])).failures
    assert "axis 2 has 9 and 8" in failure.why
