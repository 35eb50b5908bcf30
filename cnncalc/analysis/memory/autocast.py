"""Mixed precision: which layers ``torch.autocast`` runs in bfloat16 on a CPU, and what it copies for that.

Weights, buffers and the network's inputs stay float32. Products (convolutions, linear layers, attention) take bfloat16:
what enters in float32 is copied, and so are their weights, once for as long as the autocast context lasts. Max-unpooling,
pools over three axes and padding by reflection or replication take float32. All others take what comes, and of several
types the widest, which concat copies the others to.
Source: PyTorch's list of autocast operations on CPUs; each layer is held against torch in the tests.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.analysis.memory.packing import RECURRENT
from cnncalc.layers.einsum import Einsum
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.graph import Graph, Node
    from cnncalc.layers.base import Param, Run, Saved

NARROW, WIDE = 2, 4
"""Bytes of a bfloat16 and of a float32."""

PRODUCTS = frozenset(
    [
        "conv",
        "convtranspose",
        "depthwise",
        "sepconv",
        "linear",
        "matmul",
        "attention",
        "sdpa",
        "prelu",
        "local",
        "tiled",
        "rnn",
        "lstm",
        "gru",
    ],
)
"""Layers whose operations take bfloat16."""

UNSHARED = frozenset({"local", "tiled"})
"""Products of ours that add their bias in float32."""

AXES = 3
"""Spatial axes of a video or a volume."""

WIDE_IN_3D = frozenset(
    ["maxpool", "minpool", "avgpool", "adaptiveavgpool", "adaptivemaxpool", "globalavgpool", "globalmaxpool"],
)
"""Pools that take float32 if there are three spatial axes."""

COPYING = frozenset({"reflect", "replicate"})
"""Padding modes that take float32."""


class Way(NamedTuple):
    """How a layer runs, in bytes of a number: what it computes in, what it gives, what kept inputs are copied to (0: they are not)."""

    compute: int
    out: int
    copy: int


class Cast(NamedTuple):
    """What autocast does for one node: its way; bytes of copies of what enters; bytes of copied weights, made here first."""

    way: Way
    inputs: tuple[int, ...]
    weights: int
    kept_weights: int


class Mixed(NamedTuple):
    """Bytes of one number of every value, and what is cast for every node."""

    types: list[int]
    casts: list[Cast]


AT_EVERY_TIME = "weight_hr"
"""What the projections of recurrent layers are called, which are copied at every time."""


def mixed(
    graph: Graph, batch: int, tensors: Sequence[Sequence[Param]], needs: Sequence[bool], whole: Sequence[int]
) -> Mixed:
    """Follow the types through a network whose inputs are float32.

    Args:
        graph: the network.
        batch: samples per batch.
        tensors: the weights and buffers of every node.
        needs: whether the value of every node needs a gradient.
        whole: bytes of one number of values that hold whole numbers or truth values, 0 for real numbers.
    """
    types: list[int] = []
    casts: list[Cast] = []
    before: dict[int, list[Param]] = {}
    for node in graph.nodes:
        flowing = node.inputs if _is_product(graph, node) else node.inputs[: node.layer.arity]
        entering = [types[i] for i in flowing]
        way = _way(
            graph,
            node,
            _deciding(graph, flowing, entering, whole),
            len(graph.nodes[node.inputs[0]].shape or ()) - 1 if node.inputs else 0,
        )
        copies = [
            graph.nodes[i].copies(batch) * way.copy * prod(graph.nodes[i].shape or ())
            if way.copy not in (0, size)
            else 0
            for i, size in zip(flowing, entering, strict=True)
        ]
        copies += [0] * (len(node.inputs) - len(flowing))
        own = tensors[node.index] if node.op in PRODUCTS else ()
        weights = [tensor for tensor in own if not tensor.buffer]
        kept = _kept_weights(node, weights, needs=any(needs[i] for i in node.inputs))
        if node.op in RECURRENT:
            kept = _kept_in_a_loop(kept, (graph.nodes[node.inputs[0]].shape or (1,))[0], needs=needs[node.inputs[0]])
        if node.weights != node.index:  # the copies of shared weights are there, but for those that nobody kept before
            known = before.get(node.weights, [])
            kept, weights = (
                [tensor for tensor in kept if tensor not in known or tensor.name.startswith(AT_EVERY_TIME)],
                [],
            )
        if kept:
            before[node.weights] = before.get(node.weights, []) + kept
        types.append(way.out)
        casts.append(Cast(way, tuple(copies), NARROW * _numbers(weights), NARROW * _numbers(kept)))
    return Mixed(types, casts)


def _deciding(graph: Graph, flowing: Sequence[int], entering: Sequence[int], whole: Sequence[int]) -> list[int]:
    """The types that decide which is the widest: a single number goes with any, and so do truth values and indices."""
    nodes = graph.nodes
    found = [size for i, size in zip(flowing, entering, strict=True) if not _is_single(nodes[i]) and not whole[i]]
    return found or [WIDE]


def _is_single(node: Node) -> bool:
    """Whether a value is a number or a parameter without any axis; one that is computed has that of the batch."""
    return node.is_constant and not any(tensor.shape for tensor in node.layer.params())


def _is_product(graph: Graph, node: Node) -> bool:
    """Whether a layer runs in bfloat16: of the sums along named axes those that a matrix product makes."""
    if node.op != "einsum":
        return node.op in PRODUCTS
    shapes = graph.shapes_into(node)
    return shapes is not None and isinstance(node.layer, Einsum) and node.layer.is_product(*shapes)


def _way(graph: Graph, node: Node, entering: Sequence[int], rank: int) -> Way:
    widest = max(entering, default=WIDE)
    if _is_product(graph, node):
        gives_wide = node.op in UNSHARED and getattr(node.layer, "bias", False)
        if node.op in RECURRENT:
            gives_wide = getattr(node.layer, "gives_wide", False) and widest == WIDE
        padded = getattr(node.layer, "padding_mode", "") in COPYING
        return Way(NARROW, WIDE if gives_wide else NARROW, WIDE if padded else NARROW)
    if (
        node.op == "unpool"
        or (node.op in WIDE_IN_3D and rank == AXES)
        or (node.op == "pad" and getattr(node.layer, "mode", "") in COPYING)
    ):
        return Way(WIDE, WIDE, WIDE)
    if node.op == "lrn" and rank > 1:
        return Way(WIDE, WIDE, 0)
    if node.op in ("layerscale", "learned"):
        return Way(widest, WIDE, 0)
    if node.op == "concat":
        return Way(widest, widest, widest)
    return Way(widest, widest, 0)


def _kept_weights(node: Node, weights: Sequence[Param], *, needs: bool) -> list[Param]:
    """Weights whose copies are kept: not biases; those of matrix products only for the gradient of what enters."""
    kept = [tensor for tensor in weights if "bias" not in tensor.name]
    if node.op == "tiled":  # elsewhere the weights of all places are laid out first, and that is copied
        kept = [tensor for tensor in kept if tensor.shape[: len(node.shape or ()) - 1] == (node.shape or ())[1:]]
    if node.op == "attention" and not needs:
        return [tensor for tensor in kept if not tensor.name.startswith("in_proj")]
    return kept if needs or node.op not in ("linear", *UNSHARED) else []


def _kept_in_a_loop(weights: Sequence[Param], times: int, *, needs: bool) -> list[Param]:
    """Maps of what needs a gradient: the first layer's input, states between times. A projection is copied at every time."""
    left_out: tuple[str, ...] = () if needs else ("weight_ih_l0",)
    left_out += () if times > 1 else ("weight_hh",)
    kept = [tensor for tensor in weights if not tensor.name.startswith(left_out)]
    return kept + [tensor for tensor in kept if tensor.name.startswith(AT_EVERY_TIME)] * (times - 1)


def _numbers(tensors: Sequence[Param]) -> int:
    return sum(prod(tensor.shape) for tensor in tensors)


def conditions(node: Node, run: Run, mix: Mixed) -> Run:
    """What a layer computes in, and its weights; the states of a recurrent layer are of the type that enters."""
    states = node.op in RECURRENT
    return run._replace(
        itemsize=mix.casts[node.index].way.compute, weights=mix.types[node.inputs[0]] if states else run.itemsize
    )


def kept_copies(node: Node, saved: Saved, mix: Mixed) -> tuple[Saved, int]:
    """What a layer keeps under autocast: copies in place of what was cast, and the copies of its weights.

    Args:
        node: of the graph.
        saved: what the layer says it keeps.
        mix: what is cast.

    Returns:
        What is kept of the inputs themselves, and the bytes of copies.
    """
    cast = mix.casts[node.index]
    copied = [i for i in saved.inputs if cast.inputs[i]]
    whole = tuple(i for i in saved.inputs if i not in copied)
    return saved._replace(inputs=whole), sum(cast.inputs[i] for i in copied) + cast.kept_weights
