"""What is kept for the backward pass, and which outputs live in the storage of what entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.analysis.memory.storages import saved_bytes
from cnncalc.analysis.prepared import prepare
from cnncalc.runtime.saved import Saved

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.graph import Node
    from cnncalc.runtime.verifying.bench import Bench


def hold(bench: Bench, *, train: bool) -> None:
    """Bytes kept for the backward pass, as hooks on saved tensors see them, each storage once."""
    bench.module.train(train)
    kind = "saved for backward" if train else "saved in evaluation"
    ready = prepare(bench.graph, bench.batch, bench.dtype, train=train)
    predicted = saved_bytes(ready.where, ready.keeps)
    if train:
        predicted = [0] * len(bench.graph.nodes)
        for index, row in bench.rows.items():
            predicted[index] = row.saved_bytes or 0
    total = bench.analysis.totals.saved_bytes if train else sum(predicted)
    with Saved(bench.module) as saved, bench.casting():

        def visit(node: Node, compute: Callable[[], Any]) -> Any:
            before = saved.total
            value = compute()
            measured = saved.total - before
            if predicted[node.index] or measured:
                bench.note(kind, node.path, predicted[node.index], measured, "bytes")
            if train:
                _storage(bench, node, value, says=ready.views[node.index])
            return value

        bench.steps.run(tuple(bench.inputs), visit)
    bench.note(kind, "", total, saved.total, "bytes")
    with Saved(bench.module) as saved, bench.casting():
        output = bench.module(*bench.inputs)
    del output
    bench.note(kind, "", total, saved.total, "bytes", part="module in one")


def _storage(bench: Bench, node: Node, value: Any, *, says: bool) -> None:
    """Whether the output lives in the storage of the first value that entered."""
    entering = bench.steps.entering
    if not entering or not isinstance(entering[0], torch.Tensor):
        return
    tensor = value[0] if isinstance(value, tuple) else value
    shares = tensor.untyped_storage().data_ptr() == entering[0].untyped_storage().data_ptr()
    note = _layout(entering[0], says=says) if says != shares else ""
    bench.note("lives in its input", node.path, says, shares, verdict="explained" if note else None, note=note)


def _layout(entering: torch.Tensor, *, says: bool) -> str:
    """Why a value is copied, or is not, other than it is for values that lie in order."""
    if says:
        return "" if entering.is_contiguous() else "what enters lies in another order, so that PyTorch copies it"
    if entering.is_contiguous() and min(entering.shape, default=1) > 1:
        return ""
    return "with an axis of one, or in the order in which it lies, nothing has to be moved"
