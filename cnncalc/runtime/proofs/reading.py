"""Proofs about what is read: rows, weights, receptive fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cnncalc.network.loaded import Network
from cnncalc.runtime.proofs.case import Case, Shown, gradient, images, module_of, outputs, share, values_of
from cnncalc.runtime.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.graph import Node


def unread_rows(case: Case) -> Shown:
    """Rows of what enters the layer that no output depends on: the layer and all behind it, with marked rows."""
    node = case.node or next(n for n in case.network.graph.nodes if n.inputs)
    unread = sum(
        _unread(case, node.inputs[0], axis)
        for axis in range(1, len(case.network.graph.nodes[node.inputs[0]].shape or ()))
    )
    return unread > 0, f"{unread} rows and columns have no influence on the output"


def _unread(case: Case, value: int, axis: int) -> int:
    """How many rows of a value have no influence."""
    graph = case.network.graph
    size = (graph.nodes[value].shape or ())[axis]
    module = module_of(case)
    steps = Steps(graph, module)
    count = 0
    for row in range(size):

        def visit(node: Node, compute: Callable[[], Any], row: int = row) -> Any:
            found = compute()
            if node.index == value:
                found = found.clone()
                found.select(axis + 1, row).fill_(float("nan"))
            return found

        given = images(case)
        if graph.nodes[value].op == "input":
            given[0].select(axis + 1, row).fill_(float("nan"))
        with torch.no_grad():
            count += not any(bool(output.isnan().any()) for output in steps.run(given, visit))
    return count


def uneven_padding(case: Case) -> Shown:
    """A map of ones under windows of ones: the sums at the two ends differ if one side's padding is unused."""
    node = case.node or next(n for n in case.network.graph.nodes if n.op in ("conv", "maxpool", "avgpool"))
    window = node.layer.reach(*(case.network.graph.shapes_into(node) or ())).axes[0]
    size, out = (case.network.graph.nodes[node.inputs[0]].shape or ())[1], (node.shape or ())[1]
    kernel = torch.ones(1, 1, window.kernel)
    sums = nn.functional.conv1d(torch.ones(1, 1, size), kernel, stride=window.stride, padding=window.begin)[0, 0]
    return bool(
        sums[0] != sums[out - 1]
    ), f"windows of ones see {sums[0]:g} pixels at the first and {sums[out - 1]:g} at the last place"


def fractional(case: Case) -> Shown:
    """The unfold of torch: windows, and the padded rows that they do not reach."""
    node = case.node or next(n for n in case.network.graph.nodes if n.op == "conv")
    window = node.layer.reach(*(case.network.graph.shapes_into(node) or ())).axes[0]
    size = (case.network.graph.nodes[node.inputs[0]].shape or ())[1] + window.begin + window.end
    starts = torch.arange(size).unfold(0, window.kernel, window.stride)
    left = size - 1 - int(starts[-1, -1])
    return left > 0, f"{len(starts)} windows leave {left} of {size} padded rows"


def dead_weights(case: Case) -> Shown:
    """Weights whose gradient is exactly zero for every input."""
    module = module_of(case)
    node = case.node or next(n for n in case.network.graph.nodes if n.op == "conv")
    weight = module.get_submodule(node.path).weight
    for output in outputs(module(*images(case))):
        output.double().pow(2).sum().backward(retain_graph=True)
    dead = int((weight.grad == 0).sum())
    return dead > 0, f"{share(dead, weight.numel())} of the weights get no gradient"


def padding_share(case: Case) -> Shown:
    """A convolution of ones over ones counts the real pixels under every window."""
    node = next(n for n in case.network.graph.nodes if n.op == "conv")
    size = (case.network.graph.nodes[node.inputs[0]].shape or ())[1:]
    windows = node.layer.reach(*(case.network.graph.shapes_into(node) or ())).axes
    kernel = torch.ones(1, 1, *(w.kernel for w in windows))
    counts = nn.functional.conv2d(torch.ones(1, 1, *size), kernel, padding=[w.begin for w in windows])
    real = float(counts.mean()) / kernel.numel()
    return real < 0.5, f"{100 * real:.0f} % of what the windows cover is input"


def gridding(case: Case) -> Shown:
    """Rows within the receptive field whose gradient is zero."""
    rows = (gradient(case).sum(1) > 0).nonzero().flatten()
    wide = int(rows[-1] - rows[0]) + 1
    return len(rows) < wide, f"the middle output depends on {len(rows)} of {wide} rows"


def drift(case: Case) -> Shown:
    """The middle of the rows that the middle output depends on, against the middle of the image."""
    rows = (gradient(case).sum(1) > 0).nonzero().flatten()
    graph = case.network.graph
    size, out = (graph.inputs[0].shape or ())[1], (graph.nodes[graph.outputs[0]].shape or ())[1]
    middle = float(rows[0] + rows[-1]) / 2
    wanted = (out // 2 + 0.5) * size / out - 0.5
    return abs(middle - wanted) >= 1, f"the middle output is centred {middle - wanted:+g} pixels off"


def misaligned(case: Case) -> Shown:
    """The centre of each branch, measured by its own gradient."""
    graph = case.network.graph
    merge = next(n for n in graph.nodes if n.op == "add")
    centres = []
    for i in merge.inputs:
        alone = case._replace(network=Network(case.network.spec, graph._replace(outputs=(i,))))
        rows = (gradient(alone).sum(1) > 0).nonzero().flatten()
        centres.append(float(rows[0] + rows[-1]) / 2)
    apart = max(centres) - min(centres)
    return apart > 0.5, f"the branches are centred {apart:g} pixels apart"


def sees_everything(case: Case) -> Shown:
    """Whether a layer with a window gets values that already depend on every row."""
    graph = case.network.graph
    found = 0
    for node in (n for n in graph.nodes if n.op == "conv"):
        window = node.layer.reach(*(graph.shapes_into(node) or ())).axes[0]
        if window.kernel > 1 and graph.nodes[node.inputs[0]].op != "input":
            part = case._replace(network=Network(case.network.spec, graph._replace(outputs=(node.inputs[0],))))
            found += bool((gradient(part).sum(1) > 0).all())
    last = bool((gradient(case).sum(1) > 0).all())
    shows = found > 0 or (case.rule.code == "RF002" and last)
    return shows, f"{found} convolutions get values that depend on every row"


def sees_too_little(case: Case) -> Shown:
    """Rows that the middle output depends on, against the objects."""
    rows = int((gradient(case).sum(1) > 0).sum())
    wanted = case.network.spec.task["object_size"]
    return rows < wanted, f"an output depends on {rows} rows, objects have {wanted}"


def small_map(case: Case) -> Shown:
    """Positions before the second weighted layer."""
    values, _ = values_of(case)
    convolutions = [n for n in case.network.graph.nodes if n.op in ("conv", "linear")]
    size = max(values[convolutions[1].inputs[0]].shape[2:], default=1)
    image = (case.network.graph.inputs[0].shape or ())[1]
    return 4 * size <= image, f"{size} of {image} positions per axis are left"
