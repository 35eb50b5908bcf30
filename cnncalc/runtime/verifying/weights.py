"""Parameters and buffers: how many, how large, what they are called, how many bytes they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.runtime.verifying.bench import Bench


def hold(bench: Bench) -> None:
    """Layer by layer and in all; the names, shapes and types of the state_dict."""
    module, rows = bench.module, bench.analysis.rows
    params, buffers = _by_owner(bench, module.named_parameters()), _by_owner(bench, module.named_buffers())
    for row in rows:
        own = row.node.weights == row.node.index
        path = row.node.path
        if own and (row.params or row.buffers or path in params or path in buffers):
            bench.note("parameters", path, row.params, params.pop(path, 0))
            bench.note("buffers", path, row.buffers, buffers.pop(path, 0))
        elif not own and (row.params or row.buffers):
            bench.note("parameters", path, row.params, 0, note="the weights are another layer's")
    totals = bench.analysis.totals
    bench.note("parameters", "", totals.params, sum(value.numel() for value in module.parameters()))
    bench.note("buffers", "", totals.buffers, sum(value.numel() for value in module.buffers()))
    bench.note("weights", "", totals.weight_bytes, sum(value.nbytes for value in module.parameters()), "bytes")
    bench.note("buffers", "", totals.buffer_bytes, sum(value.nbytes for value in module.buffers()), "bytes")
    _state_dict(bench)


def _state_dict(bench: Bench) -> None:
    predicted: dict[str, str] = {}
    stated = tuple(f"{row.node.path}." for row in bench.analysis.rows if row.node.layer.stated)
    for row in bench.analysis.rows:
        if row.node.weights == row.node.index and not row.node.layer.stated:
            for tensor in row.node.layer.params(*(bench.graph.shapes_into(row.node) or ())):
                if tensor.persistent:
                    name = row.node.path if row.node.layer.arity == 0 else f"{row.node.path}.{tensor.name}"
                    predicted[name] = f"{'x'.join(map(str, tensor.shape))}{' int64' if tensor.int64 else ''}"
    found = {
        name: f"{'x'.join(map(str, value.shape))}{' int64' if value.dtype == torch.int64 else ''}"
        for name, value in bench.module.state_dict().items()
        if not name.startswith(stated)
    }
    same = predicted == found
    note = "" if same else _odd(predicted, found)
    bench.note("state_dict", "", len(predicted), len(found), "names", None if same else "differs", note)


def _by_owner(bench: Bench, tensors: Any) -> dict[str, int]:
    paths = {row.node.path for row in bench.analysis.rows}
    found: dict[str, int] = {}
    for name, tensor in tensors:
        owner = name
        while owner and owner not in paths:
            owner = owner.rpartition(".")[0]
        found[owner] = found.get(owner, 0) + tensor.numel()
    return found


def _odd(predicted: Mapping[str, str], found: Mapping[str, str]) -> str:
    """The first names that only one side has, or that have another shape."""
    missing, extra = sorted(predicted.keys() - found.keys()), sorted(found.keys() - predicted.keys())
    if missing or extra:
        return (
            f"only predicted: {', '.join(missing[:3]) or 'none'}; only in the module: {', '.join(extra[:3]) or 'none'}"
        )
    name = next(name for name in predicted if predicted[name] != found[name])
    return f"{name} is {predicted[name]} predicted, {found[name]} in the module"
