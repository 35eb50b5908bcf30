"""The most memory at once, in inference and in a training step: of tensors, and as the allocator sees it."""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch.autograd.graph import get_gradient_edge

from cnncalc.analysis.prepared import prepare
from cnncalc.runtime.allocator import peak_bytes
from cnncalc.runtime.tensors import TensorBytes
from cnncalc.runtime.verifying.fused import RECURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from cnncalc.graph import Node
    from cnncalc.report.verification import Verdict
    from cnncalc.runtime.verifying.bench import Bench

CLOSE = Fraction(2, 100)
"""A peak is close when it is off by no more than this."""

SMALL = 1024
"""Bytes by which the peak of a tiny network may be off: gradients of biases and the like."""


def hold(bench: Bench) -> None:
    """Both peaks, and the layers at which they occur."""
    _inference(bench)
    _training(bench)


def _inference(bench: Bench) -> None:
    bench.module.eval()

    def work(tensors: TensorBytes | None = None) -> None:
        with bench.casting():
            bench.steps.run([value.clone() for value in bench.inputs], _placing(bench, tensors))

    totals = bench.analysis.totals
    with torch.inference_mode():
        allocated = peak_bytes(work)
    with _counting(bench):
        work()
        with TensorBytes(bench.resident()) as tensors:
            work(tensors)
        inside = _work_space(bench)
    _peak(bench, "inference peak", totals.inference_peak_bytes, tensors.peak, allocated, inside)
    off = abs(totals.inference_peak_bytes - tensors.peak)
    _place(bench, "inference peak", totals.inference_peak_at, tensors, off, inside)


@contextmanager
def _counting(bench: Bench) -> Iterator[None]:
    """Inference as it can be counted.

    Counted in inference mode itself, padding and sums along named axes would run before autocast has cast for them; outside of
    it autocast would keep its copies of weights, which inference mode does not.
    """
    if bench.dtype != "autocast":
        with torch.inference_mode():
            yield
        return
    cached = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.set_autocast_cache_enabled(cached)


def _training(bench: Bench) -> None:
    bench.module.train()
    totals = bench.analysis.totals
    predicted = totals.training_peak_bytes - totals.weight_bytes - totals.buffer_bytes

    def work(tensors: TensorBytes | None = None) -> None:
        bench.module.zero_grad()
        inputs = tuple(value.clone() for value in bench.inputs)
        with bench.casting():
            outputs = bench.steps.run(inputs, _placing(bench, tensors))
        loss = _Loss.apply(*outputs)  # type: ignore[no-untyped-call]
        if loss.requires_grad:
            loss.backward()

    work()
    bench.module.zero_grad()
    with TensorBytes(bench.resident()) as tensors:
        work(tensors)
    bench.module.zero_grad()
    allocated = peak_bytes(work)
    bench.module.zero_grad()
    inside = _work_space(bench)
    _peak(bench, "training peak", predicted, tensors.peak, allocated, inside)
    _place(bench, "training peak", totals.training_peak_at, tensors, abs(predicted - tensors.peak), inside)


def _placing(bench: Bench, tensors: TensorBytes | None) -> Callable[[Node, Callable[[], Any]], Any] | None:
    """Tells the count which layer runs, forward and backward."""
    if tensors is None:
        return None

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        tensors.place = node.index
        before = [(id(x), x.grad_fn) for x in bench.steps.entering if isinstance(x, torch.Tensor)]
        value = compute()
        tensor = value[0] if isinstance(value, tuple) else value
        same = (id(tensor), tensor.grad_fn) in before  # given back as it was, not written into
        if tensor.requires_grad and not same:
            tensor.register_hook(lambda _: tensors.at(node.index))
        return value

    return visit


def _place(bench: Bench, kind: str, predicted: int, tensors: TensorBytes, off: int, inside: dict[int, int]) -> None:
    """The layer at which a peak occurs; where several hold nearly as much, each of them will do.

    ``off``: by how many bytes the peak itself is off, which may be those of the layer; ``inside``: work space by layer.
    """
    most = max(tensors.peaks, key=lambda place: tensors.peaks[place], default=0)
    there = tensors.peaks.get(predicted, 0)
    off = tensors.peak - there - off
    near = off <= SMALL or off <= CLOSE * tensors.peak
    path = bench.graph.nodes[predicted].path
    verdict: Verdict = "equal" if predicted == most else "close" if near else "differs"
    if verdict == "differs" and most in inside:
        verdict = "explained"  # what the layer holds between its operations counts there
    note = "" if verdict == "equal" else f"{there:,} bytes there, {tensors.peak:,} at the peak"
    bench.note(f"place of the {kind}", "", path, bench.graph.nodes[most].path, "", verdict, note)


def _peak(bench: Bench, kind: str, predicted: int, tensors: int, allocated: int, inside: dict[int, int]) -> None:
    """Tensors against the claim; what the allocator saw beyond them is work space inside operations.

    Where the allocator alone agrees with the claim, tensors were missed that never came to Python.
    """
    if tensors < predicted and abs(allocated - predicted) <= CLOSE * predicted:
        tensors = allocated
    off = abs(tensors - predicted)
    verdict: Verdict = "equal" if not off else "close" if off <= SMALL or off <= CLOSE * predicted else "differs"
    notes = []
    space = max(inside.values(), default=0)
    if verdict == "differs" and predicted < tensors <= predicted + space:
        verdict = "explained"
        notes.append(f"a layer that is several operations holds up to {space:,} bytes between them")
    if verdict == "differs" and tensors < predicted <= min(allocated, tensors + _cast_in_one_layer(bench)):
        verdict = "explained"
        notes.append(f"autocast's copies that never come to Python: {predicted - tensors:,} of what the allocator saw")
    if verdict == "differs" and predicted - _given_up(bench) <= tensors < predicted:
        verdict = "explained"
        notes.append(
            "a loop of operations gives up what it kept time after time, before all of its gradients are there"
        )
    if allocated > tensors:
        notes.append(f"the allocator saw {allocated:,}: {allocated - tensors:,} of work space inside operations")
    bench.note(kind, "", predicted, tensors, "bytes", verdict, "; ".join(notes))


def _given_up(bench: Bench) -> int:
    """The most that a recurrent layer keeps of its own."""
    ready = prepare(bench.graph, bench.batch, bench.dtype)
    return max((ready.keeps[node.index].extra for node in bench.graph.nodes if node.op in RECURRENT), default=0)


def _cast_in_one_layer(bench: Bench) -> int:
    """What autocast holds at most around one layer: the values that enter and their copies; 0 without it."""
    ready = prepare(bench.graph, bench.batch, bench.dtype)
    casts = ready.casts or []
    held = [
        sum(cast.inputs) + sum(ready.sizes[i] for i in node.inputs)
        for node, cast in zip(bench.graph.nodes, casts, strict=False)
        if any(cast.inputs)
    ]
    return max(held, default=0)


def _work_space(bench: Bench) -> dict[int, int]:
    """What a layer that runs as several operations holds between them at most, forward or backward, by layer.

    A layer is one if it says so, or if it makes something that neither its output, nor a gradient, nor the backward pass is.
    """
    found: dict[int, int] = {}

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        part = bench.steps.parts[node.index]
        entering = [x for x in bench.steps.entering if isinstance(x, torch.Tensor)]
        wanted = [x for x in entering if x.requires_grad]
        wanted += part.parameters() if isinstance(part, torch.nn.Module) else ()
        # edges, since a layer may write into the value itself
        edges = [get_gradient_edge(x) for x in wanted] if torch.is_grad_enabled() else []
        with TensorBytes([*bench.resident(), *entering]) as tensors:
            value = compute()
            first = value[0] if isinstance(value, tuple) else value
            kept: list[Tensor] = []
            if first.requires_grad and edges:
                kept.append(torch.ones_like(first, memory_format=torch.contiguous_format))
                kept += torch.autograd.grad(first, edges, kept[0], retain_graph=True, allow_unused=True)
            several = tensors.made > tensors.live or node.layer.is_composite(*(bench.graph.shapes_into(node) or ()))
            kept.clear()
        if several:
            found[node.index] = tensors.peak - tensors.live
        return tuple(map(leaf, value)) if isinstance(value, tuple) else leaf(value)

    def leaf(value: Tensor) -> Tensor:
        """The same value as if nothing was before it, so that every layer has its own backward pass; some write into it."""
        return value.detach().requires_grad_().clone() if value.requires_grad else value.detach()

    with bench.casting():
        bench.steps.run(tuple(bench.inputs), visit)
    return found


class _Loss(torch.autograd.Function):
    """A loss that keeps nothing and gives every output a gradient of its own size, which nobody else holds."""

    @staticmethod
    def forward(context: Any, *outputs: Tensor) -> Tensor:
        """Args: outputs: of the network."""
        context.shapes = [(value.shape, value.dtype) for value in outputs]
        return torch.zeros(())

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        """Ones."""
        del gradients
        return tuple(torch.ones(shape, dtype=dtype) for shape, dtype in context.shapes)
