"""What a forward pass makes: sizes, how often they exist, bytes, operations; and that layers alone and together agree."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnncalc.runtime.same import equal, outputs
from cnncalc.runtime.threads import threads
from cnncalc.runtime.verifying import windows
from cnncalc.runtime.verifying.bench import DTYPES, size
from cnncalc.runtime.verifying.fused import FUSED, RECURRENT, as_products
from cnncalc.runtime.verifying.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from cnncalc.analysis.result import Row
    from cnncalc.graph import Graph, Node
    from cnncalc.report.verification import Verdict
    from cnncalc.runtime.verifying.bench import Bench

_SCORES = "scores are scaled once each; PyTorch scales queries and keys"

ONCE = "operands that exist once per network meet before the others, once for the whole batch"
"""Why fewer operations run than are shown."""

OTHERWISE = {
    "lrn": "counted by the published formula, whose sums PyTorch takes another way",
    "rmsnorm": "counted as other norms are; PyTorch makes it of single operations",
    "lppool": "PyTorch takes the mean and multiplies it by the size of the window",
    "minpool": "PyTorch takes the largest of the numbers with their signs changed",
    "attention": _SCORES,
    "sdpa": _SCORES,
}
"""Layers of several operations whose count is meant otherwise, and how."""


@torch.no_grad()
def hold(bench: Bench) -> None:
    """Every layer's output and operations in evaluation; the layers one by one against the module in one."""
    bench.module.eval()
    forward = _Forward(bench)
    with bench.casting():
        stepwise = bench.steps.run(tuple(bench.inputs), forward.visit)
    forward.constants()
    forward.totals()
    with bench.casting():
        same = _alike(bench, stepwise)
    if not same:
        with threads(1), bench.casting():
            same = _alike(bench, bench.steps.run(tuple(bench.inputs)))
    if not same and _multiplies_parameters(bench.graph):  # PyTorch sums in another order if a parameter is an operand
        with bench.casting():
            same = _alike(bench, stepwise, torch.allclose)
    note = "the layers one by one, and the module in one"
    bench.note("values", "", "same", "same" if same else "others", note=note)


def _own(value: Any, dtype: str) -> Tensor:
    """A value of the network's own as a tensor: a single number takes part in the type of what it meets."""
    return value if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=DTYPES[dtype])


def _multiplies_parameters(graph: Graph) -> bool:
    products = (node for node in graph.nodes if node.op == "matmul")
    return any(graph.nodes[i].is_constant for node in products for i in node.inputs)


def _alike(bench: Bench, stepwise: Sequence[Tensor], how: Callable[[Tensor, Tensor], bool] = equal) -> bool:
    return all(how(a, b) for a, b in zip(stepwise, outputs(bench.module(*bench.inputs)), strict=True))


class _Forward:
    """Looks at every layer once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.macs = Fraction(0)
        self.bytes = 0
        self.kinds: Counter[str] = Counter()
        self.uncounted: set[str] = set()
        self.less = False

    def visit(self, node: Node, compute: Callable[[], Any]) -> Any:
        """Count, and hold what comes out against the row of the table."""
        bench, row = self.bench, self.bench.rows[node.index]
        with as_products(node), FlopCounterMode(display=False) as counter, Operations() as operations:
            value = compute()
        if node.op in FUSED:
            value = compute()
        tensor = value[0] if isinstance(value, tuple) else value
        bench.note("output", node.path, size(row.node.shape), size(tuple(tensor.shape)[1:]))
        bench.note("copies in the batch", node.path, row.node.copies(bench.batch), tensor.shape[0])
        bench.note("output", node.path, row.output_bytes, tensor.nbytes, "bytes")
        self.bytes += tensor.nbytes
        self._operations(node, row, Fraction(counter.get_total_flops(), 2), operations, tensor.numel())
        if row.fits:
            windows.hold(bench, node, row)
        return value

    def _operations(self, node: Node, row: Row, macs: Fraction, operations: Operations, made: int) -> None:
        """MACs by torch's counter; all else by what runs."""
        bench = self.bench
        self.macs += macs
        if row.macs or macs:
            bench.note("MACs", node.path, row.macs, macs)
        shown = {kind: count for kind, count in (row.cost or {}).items() if count and kind != "mac"}
        unknown = f"no count of {', '.join(sorted(operations.unknown))}" if operations.unknown else ""
        note = OTHERWISE.get(node.op, unknown)
        if note and (shown or operations.counts):
            self.uncounted.add(node.op)
            bench.note("operations", node.path, by_kind(shown), "?", verdict="not measured", note=note)
            return
        counts = operations.counts
        if macs and getattr(node.layer, "bias", False):
            made = operations.biases if node.op in RECURRENT else made
            counts["add"] -= min(counts["add"], made)  # a bias belongs to the product, whoever adds it
        counted = {kind: count for kind, count in counts.items() if count}
        self.kinds.update(counted)
        once = sum(bench.graph.nodes[i].times == 0 for i in node.inputs) > 1 and row.node.times > 0
        less = once and all(count <= shown.get(kind, 0) for kind, count in counted.items()) and counted != shown
        note = ONCE if less else ""
        verdict: Verdict | None = "explained" if less else None
        if shown or counted:
            bench.note("operations", node.path, by_kind(shown), by_kind(counted), verdict=verdict, note=note)
        if row.flops or macs or counted:
            bench.note("FLOPs", node.path, row.flops, 2 * macs + sum(counted.values()), verdict=verdict, note=note)
        self.less |= less

    def constants(self) -> None:
        """Values of the network's own: parameters, buffers and numbers, which have no batch."""
        bench = self.bench
        for node in bench.graph.nodes:
            if node.is_constant:
                row, value = bench.rows[node.index], _own(bench.steps.parts[node.index], bench.dtype)
                shape = tuple(value.shape)
                bench.note("output", node.path, size(row.node.shape), size(shape[len(shape) - len(node.shape or ()) :]))
                bench.note("copies in the batch", node.path, row.node.copies(bench.batch), 1)
                bench.note("output", node.path, row.output_bytes, value.nbytes, "bytes")

    def totals(self) -> None:
        """The sums of the network."""
        bench, totals = self.bench, self.bench.analysis.totals
        owned = sum(row.output_bytes or 0 for row in bench.analysis.rows if row.node.is_constant)
        bench.note("activations", "", totals.activation_bytes, self.bytes + owned, "bytes")
        bench.note("MACs", "", totals.macs, self.macs)
        if self.uncounted:
            note = f"no count of {', '.join(sorted(self.uncounted))}"
            bench.note("FLOPs", "", totals.flops, "?", verdict="not measured", note=note)
            return
        shown = {kind: count for kind, count in totals.flops_by_kind.items() if count and kind != "mac"}
        note = ONCE if self.less else ""
        verdict: Verdict | None = "explained" if self.less else None
        bench.note("operations", "", by_kind(shown), by_kind(self.kinds), verdict=verdict, note=note)
        bench.note("MACs", "", totals.flops_by_kind.get("mac", 0), self.macs, part="among operations by kind")
        counted = 2 * self.macs + sum(self.kinds.values())
        bench.note("FLOPs", "", totals.flops, counted, verdict=verdict, note=note)


def by_kind(counts: dict[str, int] | Counter[str]) -> str:
    """``add 560, mul 560``."""
    return ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.items()) if count) or "none"
