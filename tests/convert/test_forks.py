"""Caffe's forks and Darknet's rarer sections: sizes and counts by the formats' own rules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import cnncalc
from cnncalc.convert.recognise import convert
from cnncalc.convert.tree import ConvertError

sys.path.insert(0, str(Path(__file__).parent))
from whole_chain import through

HEAD = 'input: "d" input_shape { dim: 1 dim: 8 dim: 12 dim: 10 }\n'


def caffe(*layers, head=HEAD):
    rows = []
    for kind, name, bottoms, more in layers:
        entering = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
        rows.append(f'layer {{ name: "{name}" type: "{kind}" {entering} top: "{name}" {more} }}')
    return convert((head + "\n".join(rows)).encode(), "net", "caffe", ())


def darknet(text, net="height=8\nwidth=8\nchannels=4"):
    return convert(f"[net]\n{net}\n{text}".encode(), "net", "darknet", ())


def out(network):
    return network.graph.nodes[network.graph.outputs[0]].shape


@pytest.mark.parametrize(
    ("layer", "size", "params"),
    [
        (("ConvolutionDepthwise", "c", ["d"], "convolution_param { num_output: 8 kernel_size: 3 bias_term: false }"), (8, 10, 8), 72),
        (("Interp", "i", ["d"], "interp_param { zoom_factor: 2 }"), (8, 23, 19), 0),
        (("Interp", "i", ["d"], "interp_param { height: 5 width: 7 }"), (8, 5, 7), 0),
        (("Interp", "i", ["d"], "interp_param { shrink_factor: 2 pad_beg: -1 pad_end: 0 }"), (8, 6, 5), 0),
        (("Normalize", "n", ["d"], "norm_param { across_spatial: false channel_shared: false scale_filler { value: 20 } }"), (8, 12, 10), 8),
        (("Permute", "p", ["d"], "permute_param { order: 0 order: 2 order: 3 order: 1 }"), (12, 10, 8), 0),
        (("ShuffleChannel", "s", ["d"], "shuffle_channel_param { group: 2 }"), (8, 12, 10), 0),
        (("ArgMax", "a", ["d"], ""), (1, 12, 10), 0),
        (("MVN", "m", ["d"], ""), (8, 12, 10), 0),
        (("Power", "w", ["d"], "power_param { power: 2 scale: 3 }"), (8, 12, 10), 0),
        (("AbsVal", "b", ["d"], ""), (8, 12, 10), 0),
    ],
)  # fmt: skip
def test_layers_of_caffes_forks(layer, size, params):
    network = through(caffe(layer))
    assert out(network) == size
    assert cnncalc.analyze(network).totals.params == params


def test_a_detector_of_single_shot():
    """The priors of one map of 12x10 with 2 sizes and ratios 1, 2, 1/2: 3 boxes and one more at every place."""
    text = caffe(
        ("Convolution", "loc", ["d"], "convolution_param { num_output: 16 kernel_size: 3 pad: 1 }"),
        ("Permute", "locp", ["loc"], "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
        ("Flatten", "locf", ["locp"], ""),
        ("Convolution", "conf", ["d"], "convolution_param { num_output: 84 kernel_size: 3 pad: 1 }"),
        ("Permute", "confp", ["conf"], "permute_param { order: 0 order: 2 order: 3 order: 1 }"),
        ("Flatten", "conff", ["confp"], ""),
        ("PriorBox", "prior", ["d", "d"], "prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 flip: true }"),
        ("DetectionOutput", "found", ["locf", "conff", "prior"], ""),
    )  # fmt: skip
    network = through(text)
    assert [network.graph.nodes[i].shape for i in network.graph.outputs] == [(12 * 10 * 4 * 4,), (12 * 10 * 4 * 21,)]
    assert "# The choice among boxes is no part of the network" in text
    assert cnncalc.analyze(network).totals.params == 9 * 8 * (16 + 84) + 16 + 84


@pytest.mark.parametrize(
    ("layer", "size"),
    [
        (("ROIPooling", "r", ["d", "rois"], "roi_pooling_param { pooled_h: 3 pooled_w: 2 }"), (8, 3, 2)),
        (("ROIAlign", "r", ["d", "rois"], "roi_align_param { pooled_h: 3 pooled_w: 2 }"), (8, 3, 2)),
        (("PSROIPooling", "r", ["d", "rois"], "psroi_pooling_param { output_dim: 2 group_size: 2 }"), (2, 2, 2)),
    ],
)
def test_regions_are_opaque(layer, size):
    head = HEAD + 'input: "rois" input_shape { dim: 1 dim: 5 }\n'
    text = caffe(layer, ("InnerProduct", "fc", ["r"], "inner_product_param { num_output: 3 }"), head=head)
    assert "r = " in text or "opaque" in text
    assert "is for one region" in text
    network = through(text, build=False)
    assert [node.shape for node in network.graph.nodes if node.op == "opaque"] == [size]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (("Interp", "x", ["d"], "interp_param { pad_beg: 1 }"), "Interp with padding"),
        (("Normalize", "x", ["d"], ""), "Normalize across the whole map"),
        (("Permute", "x", ["d"], "permute_param { order: 1 order: 0 }"), "Permute of the batch"),
        (("ArgMax", "x", ["d"], "argmax_param { top_k: 5 }"), "ArgMax of several numbers, or that gives them"),
        (("MVN", "x", ["d"], "mvn_param { across_channels: true }"), "MVN across channels, or of the mean only"),
        (("Python", "x", ["d"], 'python_param { module: "os" layer: "system" }'), "layer Python 'x'"),
    ],
)
def test_what_is_refused_of_caffe(layer, message):
    with pytest.raises(ConvertError, match=message):
        caffe(layer)


def test_shortcuts_of_different_sizes():
    """Darknet takes every second pixel of a larger map, puts a smaller one on every second, and joins as many channels as both have."""
    first = "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n"
    text = darknet(f"{first}[maxpool]\nsize=2\nstride=2\n[shortcut]\nfrom=0\nactivation=linear\n")
    module, x = cnncalc.build(cnncalc.load(text)), torch.rand(1, 4, 8, 8)
    with torch.no_grad():
        wide = next(module.children())(x)
        pooled = torch.nn.functional.max_pool2d(wide, 2)
        torch.testing.assert_close(module(x), pooled + wide[:, :, ::2, ::2])
    up = through(
        darknet(
            f"{first}[convolutional]\nfilters=2\nsize=1\nstride=2\nactivation=linear\n[upsample]\nstride=2\n[shortcut]\nfrom=1\n"
        )
    )
    assert out(up) == (2, 8, 8)
    more = through(darknet(f"{first}[convolutional]\nfilters=6\nsize=1\nactivation=linear\n[shortcut]\nfrom=0\n"))
    assert out(more) == (6, 8, 8)
    with pytest.raises(ConvertError, match=r"\[shortcut\] of maps that are no multiple of one another"):
        darknet(f"{first}[crop]\ncrop_height=5\ncrop_width=8\n[shortcut]\nfrom=0\n")


TEXTS = "inputs=16\ntime_steps=9"


@pytest.mark.parametrize(
    ("section", "params", "size"),
    [
        # every layer of a cell has its bias: 3 or 4 of what enters, as many of the state
        ("[gru]\noutput=5\n", 3 * (16 * 5 + 25 + 10), (9, 5)),
        ("[lstm]\noutput=5\n", 4 * (16 * 5 + 25 + 10), (9, 5)),
        ("[rnn]\nhidden=6\noutput=5\nactivation=relu\n", 16 * 6 + 36 + 12 + 35, (9, 5)),
        (
            "[gru]\noutput=5\n[connected]\noutput=16\nbatch_normalize=1\nactivation=leaky\n[softmax]\n[cost]\n",
            3 * 115 + 80 + 32,
            (9, 16),
        ),
    ],
)
def test_cells(section, params, size):
    network = through(darknet(section, TEXTS))
    assert out(network) == size
    assert cnncalc.analyze(network).totals.params == params


def test_convolutions_with_a_state_are_opaque_with_what_they_own():
    text = darknet(
        "[crnn]\nhidden_filters=6\noutput_filters=5\nbatch_normalize=1\n[convolutional]\nfilters=2\nsize=1\nactivation=linear\n"
    )
    totals = cnncalc.analyze(through(text, build=False)).totals
    products = 9 * (4 * 6 + 6 * 6 + 6 * 5)
    assert totals.params == products + 2 * (6 + 6 + 5) + 12
    assert totals.macs == products * 64 + 10 * 64


def test_means_count_what_lies_in_the_image():
    module = cnncalc.build(cnncalc.load(darknet("[local_avgpool]\nsize=3\nstride=2\n")))
    assert torch.equal(module(torch.ones(1, 4, 8, 8)), torch.ones(1, 4, 4, 4))
    assert out(through(darknet("[local_avgpool]\nsize=2\nstride=2\npadding=0\n"))) == (4, 4, 4)


@pytest.mark.parametrize(
    ("word", "wanted"), [("ramp", (-0.2, 3.3)), ("loggy", (-0.7615942, 0.9051483)), ("relie", (-0.02, 3.0))]
)
def test_activations_of_darknet(word, wanted):
    module = cnncalc.build(cnncalc.load(darknet(f"[activation]\nactivation={word}\n", "inputs=2")))
    torch.testing.assert_close(module(torch.tensor([[-2.0, 3.0]]))[0], torch.tensor(wanted))


def test_a_cell_with_normalisation_is_refused():
    with pytest.raises(ConvertError, match=r"line 4: \[gru\] with batch_normalize"):
        darknet("[gru]\noutput=5\nbatch_normalize=1\n", TEXTS)
    assert out(through(darknet("[gru]\noutput=5\n[contrastive]\n", TEXTS))) == (9, 5)
