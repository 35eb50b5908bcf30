"""Weights that are values of the network: computed once per network, or for every sample; every claim on the module."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

import cnncalc
from cnncalc.analysis.cost.operations import backward_macs
from cnncalc.analysis.facts import FactBook
from cnncalc.diagnostics import SpecError
from cnncalc.runtime.same import differences
from cnncalc.runtime.verify import verify

STANDARDISED = "3x8x8; w = learned 4x3x3x3 std=0.1; s = from w | flatten 1 | bn noaffine track_running_stats=false | reshape (4,3,3,3); from input | conv 4 3 p1 weight=s | relu | conv 2 1"
DYNAMIC = (
    "3x8x8; x = conv 4 1; k = gap | flatten | linear 2*4*3*3 | reshape (2,4,3,3); from x | conv 2 3 p1 weight=k | relu"
)
NETWORKS = (
    "3x8x8; w = learned 4x3x3x3 std=0.1; from input | conv 4 3 p1 weight=w | relu | conv 2 1",
    "3x8x8; w = learned 4x3x3x3 std=0.1; b = learned 4; s = from w | tanh; from input | conv 4 3 s2 p1 bias=b weight=s | relu | conv 2 1",
    "4x8x8; f = buffer 4x1x3x3 values=(1/16,1/8,1/16,1/8,1/4,1/8,1/16,1/8,1/16); from input | conv 4 1 | pad 1 | depthwise 3 s2 weight=f | conv 2 1",
    STANDARDISED,
    DYNAMIC,
    "3x8x8; x = conv 4 1; k = gap | flatten | linear 4*2*3*3 | reshape (4,2,3,3); from x | conv 4 3 s2 weight=k g2 | relu",
    "8; w = learned 5x8; b = learned 5; from input | linear 8 | linear 5 weight=w bias=b",
    "6x8; x = linear 8 last; k = slice 0 1 | flatten | linear 40 | reshape (5,8); from x | linear 5 last weight=k",
    "8; x = linear 8; k = linear 40 | reshape (5,8); from x | linear 5 weight=k",
    "3x8x8; w = learned 3x4x2x2 std=0.1; s = from w | sigmoid; from input | conv 3 1 | convt 4 2 s2 weight=s | relu",
    "3x20; w = learned 4x3x5; s = from w | sigmoid; from input | conv 4 5 weight=s | relu",
    "2x4x6x5; w = learned 4x2x3x3x3; s = from w | sigmoid; from input | conv 4 3 weight=s p1 | relu",
)
CHANNELS = "3x8x6; w = learned 4 std=0.1; s = from w | sigmoid; b = learned 4; from input | conv 4 3 | relu | "
FEATURES = "5x8; w = learned 8; s = from w | sigmoid; b = learned 8; from input | linear 8 last | relu | "
NORMS = (
    *(f"{CHANNELS}{norm} weight=s | relu | conv 2 1" for norm in ("bn", "gn 2", "ln", "instancenorm")),
    *(f"{CHANNELS}{norm} bias=b weight=w | conv 2 1" for norm in ("bn momentum=0.01", "gn 4", "ln", "instancenorm")),
    f"{CHANNELS}bn track_running_stats=false weight=s bias=b | relu",
    f"{CHANNELS}ln weight=w bias=b noaffine | relu",
    *(f"{FEATURES}{norm} weight=s | linear 2 last" for norm in ("ln", "rmsnorm", "rmsnorm eps=0.001")),
    f"{FEATURES}ln weight=s bias=b | linear 2 last",
    "4x5x6; w = learned 4x5x6; s = from w | tanh; from input | conv 4 1 | ln all weight=s",
    "3x8x6; w = learned 3; from input | maxpool 2 | bn weight=w | relu",
    "5x8; w = learned 8; from input | rmsnorm weight=w | relu",
)
"""Normalisations by a named weight: behind a layer with weights of its own, and of an input that needs no gradient."""


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")  # of PyTorch's rms_norm in autocast
@pytest.mark.parametrize("dtype", ["float32", "autocast"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("text", NETWORKS + NORMS)
def test_every_claim_holds(text, batch, dtype):
    found = verify(cnncalc.load(text), batch=batch, dtype=dtype)
    assert found.holds, found.differences


@pytest.mark.parametrize("text", NETWORKS + NORMS)
def test_classes_and_flat_source_are_the_same_network(text):
    network = cnncalc.load(text)
    inputs = [torch.rand(2, *(node.shape or ())) for node in network.graph.inputs]
    assert differences(cnncalc.build(network, style="flat"), cnncalc.build(network), inputs) == []


def test_the_arithmetic_is_torchs():
    module = cnncalc.build(DYNAMIC)
    image = torch.rand(3, 3, 8, 8)
    x = module.x(image)
    weights = module.get_submodule("k.2")(x.mean((2, 3))).reshape(3, 2, 4, 3, 3)
    wanted = torch.cat([F.conv2d(one[None], weight, padding=1) for one, weight in zip(x, weights, strict=True)])
    assert torch.allclose(module(image), wanted.relu(), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ln all weight=w bias=b", lambda x, w, b: F.layer_norm(x, (4, 5, 6), w, b)),
        ("gn 2 weight=c bias=d", lambda x, c, d: F.group_norm(x, 2, c, d)),
        ("bn weight=c bias=d", lambda x, c, d: F.batch_norm(x, torch.zeros(4), torch.ones(4), c, d)),
        ("instancenorm weight=c bias=d", lambda x, c, d: F.instance_norm(x, weight=c, bias=d)),
        ("ln weight=c bias=d", lambda x, c, d: F.layer_norm(x.movedim(1, -1), (4,), c, d).movedim(-1, 1)),
    ],
)
def test_norms_by_a_named_weight_are_torchs(text, wanted):
    size = "4x5x6" if "=w" in text else "4"
    module = cnncalc.build(
        f"4x5x6; {text[-8] if size == '4' else 'w'} = learned {size} std=1; {text[-1]} = learned {size} std=1; from input | {text}"
    ).eval()
    x = torch.rand(2, 4, 5, 6)
    first, second = module.parameters()
    assert torch.equal(module(x), wanted(x, first, second))


def test_a_norm_by_a_named_weight_keeps_running_statistics():
    module = cnncalc.build("3x8x6; w = learned 3 std=1; from input | bn weight=w").train()
    plain = torch.nn.BatchNorm2d(3)
    x = torch.rand(4, 3, 8, 6)
    module(x)
    plain(x)
    found = {name.rpartition(".")[2]: value for name, value in module.state_dict().items()}
    for name, value in plain.named_buffers():
        assert torch.equal(found[name], value), name


def test_what_is_computed_once_does_not_grow_with_the_batch():
    one, many = (cnncalc.analyze(STANDARDISED, batch=n).layers for n in (1, 16))
    flops = {row.node.path: row.flops for row in one}
    for row in many:
        grows = 1 if row.node.times == 0 else 16
        assert row.flops == grows * flops[row.node.path]
    # 4 statistics operations per number of 4x3x3x3
    assert next(row.flops for row in many if row.node.op == "batchnorm") == 4 * 4 * 27


def test_backward_work_of_named_values():
    graph = cnncalc.load(NETWORKS[1]).graph
    book = FactBook(graph)
    work = backward_macs(graph, [book.of(node) for node in graph.nodes], 2)
    conv = next(node for node in graph.nodes if node.op == "conv")
    macs = 2 * 4 * 27 * 16
    assert work[conv.index] == macs  # of the weight alone: the image needs no gradient, a bias costs no product


def test_weights_of_every_sample_see_the_whole_image():
    rows = cnncalc.analyze(DYNAMIC).layers
    field = next(row.receptive_field for row in rows if row.node.op == "conv" and row.node.layer.weight)
    assert all(axis.whole for axis in field)
    assert [axis.shortest for axis in field] == [3, 3]


HEAD = "3x8x8; w = learned 4x3x3x3; b = learned 4; from input | "
WRONG = {
    f"{HEAD}conv 4 3 bias=b": "bias=b names a value, but the weight is the layer's own",
    f"{HEAD}conv 4 3 weight=w bias=true": "weight=w: a layer with a named weight has no bias of its own",
    f"{HEAD}conv 4 5 weight=w": "conv: weight=w is 4x3x3x3; it must be 4x3x5x5",
    f"{HEAD}conv 4 3 weight=w bias=w": "conv: bias=w is 4x3x3x3; it must be 4",
    f"{HEAD}conv 4 3 weight=w reflect p1": "conv with a named weight pads with zeros, equally on both sides",
    f"{HEAD}conv 4 3 weight=x": "there is no value named 'x' before this line",
    "3x8x8; k = flatten | linear 108 | reshape (4,3,3,3); y = learned 3x8x8; from y | conv 4 3 weight=k": "conv: weight=k differs between samples, but what enters exists once per network",
    "3x8x8; k = flatten | linear 108 | reshape (4,3,3,3); b = from input | flatten | linear 4; from input | conv 4 3 weight=k bias=b": "conv: bias=b differs between samples",
    "3x8x8; k = flatten | linear 108 | reshape (3,4,3,3); from input | convt 4 3 weight=k": "convtranspose: weight=k differs between samples",
    f"{HEAD}bn weight=w": "batchnorm: weight=w is 4x3x3x3; it must be 3",
    f"{HEAD}ln weight=b": "layernorm: weight=b is 4; it must be 3",
    f"{HEAD}gn 3 bias=b": "bias=b names a value, but the weight is the layer's own",
    f"{HEAD}conv 4 1 | ln weight=b bias=true": "weight=b: a layer with a named weight has no bias of its own",
    f"{HEAD}conv 4 1 | instancenorm weight=b bias=w": "instancenorm: bias=w is 4x3x3x3; it must be 4",
    "3x8x8; k = gap | flatten; from input | gn 3 weight=k": "groupnorm: weight=k differs between samples",
    "3x8x8; w = learned 3; k = from input | gap | flatten; from input | bn weight=w bias=k": "batchnorm: bias=k differs between samples",
    "3x8x8; k = gap | flatten | linear 8; from input | rmsnorm weight=k": "rmsnorm: weight=k differs between samples",
    "3x8x8; k = flatten | linear 40 | reshape (5,8); from input | linear 5 last weight=k": "linear: weight=k differs between samples: it goes with one list of rows, without a bias",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_does_not_fit(text):
    with pytest.raises(SpecError) as error:
        cnncalc.load(text)
    assert error.value.problems[0].message == WRONG[text]


def test_a_named_bias_is_no_finding():
    from cnncalc.diagnostics import Source
    from cnncalc.lint.engine import DEFAULT, lint_source

    found = lint_source(Source("-e", f"{HEAD}conv 4 3 weight=w bias=b | bn | relu | conv 2 1"), DEFAULT)
    assert [finding.code for finding in found.findings] == []
