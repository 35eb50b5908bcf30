"""Every claim of the analysis held against the module that was built: nothing is taken from the analysis twice."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.analysis import analyse, memory
from cnncalc.analysis.prepared import prepare
from cnncalc.diagnostics import UsageError
from cnncalc.report.verification import Claim, Verdict, Verification
from cnncalc.runtime import fields
from cnncalc.runtime.allocator import peak_bytes
from cnncalc.runtime.module import build
from cnncalc.runtime.same import equal, outputs
from cnncalc.runtime.saved import Saved
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.tensors import TensorBytes
from cnncalc.runtime.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from torch import Tensor, nn

    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.graph import Node
    from cnncalc.network.loaded import Network

CLOSE = Fraction(2, 100)
"""A peak is close when it is off by no more than this."""

SMALL = 1024
"""Bytes by which the peak of a tiny network may be off: gradients of biases and the like."""

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "autocast": torch.float32,
}
"""Types that nearly every layer has on a CPU; autocast runs products in bfloat16."""

UNCOUNTED = frozenset({"attention", "sdpa"})
"""Layers whose matrix products torch's counter does not see on a CPU: they run as one fused operation."""


def verify(network: Network, *, batch: int = 2, dtype: str = "float32") -> Verification:
    """Build the module and hold every figure of the analysis against it.

    Args:
        network: a loaded spec without problems.
        batch: samples per batch.
        dtype: float32, float64, bfloat16 or autocast.

    Returns:
        Per layer: output size, parameters, buffers, MACs, bytes kept for the backward pass, in training and in evaluation.
        For the whole network: the same, that the layers one by one give what the module gives, receptive fields, and the peaks of memory.

    Raises:
        SpecError: the network has a problem.
        UsageError: PyTorch has a layer not for this type.
    """
    try:
        return _Verifier(network, batch, dtype).run()
    except NotImplementedError as error:
        raise UsageError(f"PyTorch cannot run {network.graph.name} in {dtype} on a CPU: {error}") from None


class _Verifier:
    def __init__(self, network: Network, batch: int, dtype: str) -> None:
        self.network = network
        self.graph = network.graph
        self.batch = batch
        self.dtype = dtype
        self.analysis: Analysis = analyse(self.graph, batch=batch, dtype=dtype)
        self.rows: dict[int, Row] = {row.node.index: row for row in self.analysis.rows}
        self.module: nn.Module = build(network).to(DTYPES[dtype])
        self.steps = Steps(self.graph, self.module)
        self.claims: list[Claim] = []
        generator = torch.Generator().manual_seed(1)
        self.inputs = [
            torch.rand(batch, *(node.shape or ()), generator=generator).to(DTYPES[dtype]) for node in self.graph.inputs
        ]

    def run(self) -> Verification:
        self._tensors()
        self._shapes_and_macs()
        self._saved(train=True)
        self._saved(train=False)
        self._inference_peak()
        self._training_peak()
        self._fields()  # last: it leaves the module in float32
        conditions = {
            "batch": self.batch,
            "dtype": self.dtype,
            "device": "cpu",
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "python": ".".join(map(str, sys.version_info[:3])),
        }
        return Verification(self.graph.name, tuple(self.claims), conditions)

    def note(
        self,
        kind: str,
        layer: str,
        predicted: Any,
        measured: Any,
        unit: str = "",
        verdict: Verdict | None = None,
        note: str = "",
        part: str = "whole network",
    ) -> None:
        """Write a claim down."""
        found: Verdict = verdict or ("equal" if predicted == measured else "differs")
        self.claims.append(Claim(kind, layer, _text(predicted), _text(measured), found, unit, note, part))

    # ------------------------------------------------------------------------------------------ weights

    def _tensors(self) -> None:
        """Parameters and buffers, layer by layer and in all; the names of the state_dict."""
        params, buffers = self._by_owner(self.module.named_parameters()), self._by_owner(self.module.named_buffers())
        for row in self.analysis.rows:
            if row.node.weights == row.node.index and (row.params or row.buffers):
                path = row.node.path
                self.note("parameters", path, row.params, params.pop(path, 0))
                self.note("buffers", path, row.buffers, buffers.pop(path, 0))
        totals = self.analysis.totals
        self.note("parameters", "", totals.params, sum(value.numel() for value in self.module.parameters()))
        self.note("buffers", "", totals.buffers, sum(value.numel() for value in self.module.buffers()))
        predicted = [
            f"{row.node.path}.{tensor.name}".removesuffix("." if not tensor.name else "")
            for row in self.analysis.rows
            if row.node.weights == row.node.index
            for tensor in row.node.layer.params(*(self.graph.shapes_into(row.node) or ()))
            if tensor.persistent
        ]
        names = list(self.module.state_dict())
        owned = {row.node.path for row in self.analysis.rows if row.node.layer.arity == 0}
        predicted = [name.rpartition(".")[0] if name.rpartition(".")[0] in owned else name for name in predicted]
        same = sorted(predicted) == sorted(names)
        self.note(
            "state_dict",
            "",
            len(predicted),
            len(names),
            "names",
            None if same else "differs",
            "" if same else _odd(predicted, names),
        )

    def _by_owner(self, tensors: Any) -> dict[str, int]:
        paths = {row.node.path for row in self.analysis.rows}
        found: dict[str, int] = {}
        for name, tensor in tensors:
            owner = name
            while owner and owner not in paths:
                owner = owner.rpartition(".")[0]
            found[owner] = found.get(owner, 0) + tensor.numel()
        return found

    # ------------------------------------------------------------------------------------------ a forward pass

    @torch.no_grad()
    def _shapes_and_macs(self) -> None:
        """Sizes and MACs in evaluation; the layers one by one against the module in one."""
        self.module.eval()
        total = Fraction(0)
        countable = True

        def visit(node: Node, compute: Callable[[], Any]) -> Any:
            nonlocal total, countable
            with FlopCounterMode(display=False) as counter:
                value = compute()
            tensor = value[0] if isinstance(value, tuple) else value
            self.note("output", node.path, _size(node.shape), _size(tuple(tensor.shape)[1:]))
            measured, row = Fraction(counter.get_total_flops(), 2), self.rows[node.index]
            total += measured
            if node.op in UNCOUNTED:
                countable = False
                note = "torch's counter does not see the fused product of attention on a CPU"
                self.note("MACs", node.path, row.macs, "?", verdict="not measured", note=note)
            elif row.macs or measured:
                self.note("MACs", node.path, row.macs, measured)
            return value

        with self._casting():
            stepwise = self.steps.run(tuple(self.inputs), visit)
        if countable:
            self.note("MACs", "", self.analysis.totals.macs, total)
        with self._casting():
            same = self._alike(stepwise)
        if not same:
            with threads(1), self._casting():
                same = self._alike(self.steps.run(tuple(self.inputs)))
        note = "the layers one by one, and the module in one"
        self.note("values", "", "same", "same" if same else "others", note=note)

    def _alike(self, stepwise: Sequence[Tensor]) -> bool:
        return all(equal(a, b) for a, b in zip(stepwise, outputs(self.module(*self.inputs)), strict=True))

    # ------------------------------------------------------------------------------------------ backward

    def _saved(self, *, train: bool) -> None:
        """Bytes kept for the backward pass, as hooks on saved tensors see them, each storage once."""
        self.module.train(train)
        kind = "saved for backward" if train else "saved in evaluation"
        ready = prepare(self.graph, self.batch, self.dtype, train=train)
        predicted = memory.saved_bytes(ready.where, ready.keeps)
        with Saved(self.module) as saved, self._casting():

            def visit(node: Node, compute: Callable[[], Any]) -> Any:
                before = saved.total
                value = compute()
                measured = saved.total - before
                if predicted[node.index] or measured:
                    self.note(kind, node.path, predicted[node.index], measured, "bytes")
                return value

            self.steps.run(tuple(self.inputs), visit)
        self.note(kind, "", sum(predicted), saved.total, "bytes")
        with Saved(self.module) as saved, self._casting():
            output = self.module(*self.inputs)
        del output
        self.note(kind, "", sum(predicted), saved.total, "bytes", part="module in one")

    def _casting(self) -> AbstractContextManager[Any]:
        """Where products run in bfloat16, if that is wanted."""
        return torch.autocast("cpu", torch.bfloat16) if self.dtype == "autocast" else nullcontext()

    def _fields(self) -> None:
        """Receptive fields: which outputs a changed pixel reaches."""
        for measured in fields.measure(self.network, self.steps, self.module):
            self.note(
                "receptive field", measured.path, measured.predicted, measured.measured, "pixels", note=measured.note
            )

    # ------------------------------------------------------------------------------------------ peaks

    def _inference_peak(self) -> None:
        self.module.eval()

        def work() -> None:
            with self._casting():
                self.steps.run([value.clone() for value in self.inputs])

        with torch.inference_mode():
            work()
            with TensorBytes(self._resident()) as tensors:
                work()
            allocated = peak_bytes(work)
            inside = self._work_space()
        self._peak("inference peak", self.analysis.totals.inference_peak_bytes, tensors.peak, allocated, inside)

    def _training_peak(self) -> None:
        self.module.train()
        totals = self.analysis.totals
        predicted = totals.training_peak_bytes - totals.weight_bytes - totals.buffer_bytes

        def work() -> None:
            self.module.zero_grad()
            inputs = tuple(value.clone() for value in self.inputs)
            with self._casting():
                outputs = self.steps.run(inputs)
            loss = _Loss.apply(*outputs)  # type: ignore[no-untyped-call]
            if loss.requires_grad:
                loss.backward()

        work()
        self.module.zero_grad()
        with TensorBytes(self._resident()) as tensors:
            work()
        self.module.zero_grad()
        allocated = peak_bytes(work)
        self.module.zero_grad()
        self._peak("training peak", predicted, tensors.peak, allocated, self._work_space())

    def _resident(self) -> list[Tensor]:
        return [*self.module.parameters(), *self.module.buffers(), *self.inputs]

    def _peak(self, kind: str, predicted: int, tensors: int, allocated: int, inside: int) -> None:
        """Tensors against the claim; what the allocator saw beyond them is work space inside operations.

        Where the allocator alone agrees with the claim, tensors were missed that never came to Python.
        """
        if tensors < predicted and abs(allocated - predicted) <= CLOSE * predicted:
            tensors = allocated
        off = abs(tensors - predicted)
        verdict: Verdict = "equal" if not off else "close" if off <= SMALL or off <= CLOSE * predicted else "differs"
        notes = []
        if verdict == "differs" and predicted < tensors <= predicted + inside:
            verdict = "explained"
            notes.append(f"a layer that is several operations holds up to {inside:,} bytes between them")
        if verdict == "differs" and tensors < predicted <= min(allocated, tensors + self._cast_in_one_layer()):
            verdict = "explained"
            notes.append(
                f"autocast's copies that never come to Python: {predicted - tensors:,} of what the allocator saw"
            )
        if allocated > tensors:
            notes.append(f"the allocator saw {allocated:,}: {allocated - tensors:,} of work space inside operations")
        self.note(kind, "", predicted, tensors, "bytes", verdict, "; ".join(notes))

    def _cast_in_one_layer(self) -> int:
        """What autocast holds at most around one layer: the values that enter and their copies; 0 without it."""
        ready = prepare(self.graph, self.batch, self.dtype)
        casts = ready.casts or []
        held = [
            sum(cast.inputs) + sum(ready.sizes[i] for i in node.inputs)
            for node, cast in zip(self.graph.nodes, casts, strict=False)
            if any(cast.inputs)
        ]
        return max(held, default=0)

    def _work_space(self) -> int:
        """What a layer that is made of several operations holds between them, forward or backward, at most."""
        found = [0]

        leaves: list[Tensor] = []

        def visit(node: Node, compute: Callable[[], Any]) -> Any:
            if not node.layer.is_composite(*(self.graph.shapes_into(node) or ())):
                value = compute()
                return tuple(map(leaf, value)) if isinstance(value, tuple) else leaf(value)
            with TensorBytes(self._resident()) as tensors:
                value = compute()
                if value.requires_grad and torch.is_grad_enabled():
                    wanted = [*leaves, *self.module.parameters()]
                    torch.autograd.grad(value, wanted, torch.ones_like(value), allow_unused=True)
            found.append(tensors.peak - tensors.live)
            return leaf(value)

        def leaf(value: Tensor) -> Tensor:
            """The same value as if nothing was before it, so that every layer has its own backward pass."""
            alone = value.detach()
            if value.requires_grad:
                leaves.append(alone.requires_grad_())
            return alone

        with self._casting():
            self.steps.run(tuple(self.inputs), visit)
        return max(found)


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


def _text(value: Any) -> str:
    if isinstance(value, Fraction) and value.denominator == 1:
        value = int(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def _size(shape: Sequence[int] | None) -> str:
    return "?" if shape is None else "x".join(map(str, shape)) or str(prod(shape))


def _odd(predicted: Sequence[str], names: Sequence[str]) -> str:
    missing, extra = sorted(set(predicted) - set(names)), sorted(set(names) - set(predicted))
    return f"only predicted: {', '.join(missing[:3]) or 'none'}; only in the module: {', '.join(extra[:3]) or 'none'}"
