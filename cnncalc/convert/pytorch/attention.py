"""Attention between different values, as ``torch.nn.MultiheadAttention`` computes it: projections, products per head, a projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.tree import Op, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.pytorch.tracer import Tracer
    from cnncalc.layers.base import Shape


def check_attention(module: Any, given: Sequence[torch.Tensor]) -> None:
    """Hold a module of attention against what a spec can say of it.

    Raises:
        ValueError: keys or values have other sizes than the queries, or rows are added to them; or there is a mask.
    """
    if not module._qkv_same_embed_dim or module.bias_k is not None or module.add_zero_attn:  # noqa: SLF001 (there is no other way to ask)
        raise ValueError("MultiheadAttention that has other sizes for keys and values, or adds rows to them")
    if len(given) > 3:  # noqa: PLR2004 (queries, keys, values)
        raise ValueError("MultiheadAttention with a mask")


def attend(tracer: Tracer, path: str, module: Any, given: Sequence[torch.Tensor], result: torch.Tensor) -> None:
    """Note queries of one value over keys and values of others.

    Raises:
        ValueError: sizes differ, the batch is not first, or there is a mask.
    """
    check_attention(module, given)
    if not module.batch_first:
        raise ValueError("MultiheadAttention between different values that is not batch first")
    scope = Scope(path, tracer.local(path), type(module).__name__)
    tracer.stack[-1].items.append(scope)
    tracer.calls.setdefault(path, []).append(scope)
    tracer.stack.append(scope)
    try:
        heads = [_projected(tracer, module, tensor, place) for place, tensor in enumerate(given)]
        tokens, width = tracer.shape_of(given[0])
        seen = torch.empty(0)
        op = tracer.add("sdpa", heads, seen, merge=True)
        size: Shape = (module.num_heads, tokens, width // module.num_heads)
        tracer.shapes[op.output] = op.shape = size
        turned = tracer.step("permute (1,0,2)", seen, (tokens, module.num_heads, size[-1]), 1)
        joined = tracer.step("flatten 1", turned, (tokens, width), 1)
        source = tracer.known(joined)
        bias = "" if module.out_proj.bias is not None else " nobias"
        made = tracer.value(result)
        shape: Shape = (tokens, width)
        out = Op(f"linear {width} last{bias}", [source or 0], made, "out_proj", shape=shape, entering=shape, owns=True)
        scope.items.append(out)
        tracer.calls.setdefault(f"{path}.out_proj", []).append(out)
    finally:
        tracer.stack.pop()


def _projected(tracer: Tracer, module: Any, tensor: torch.Tensor, place: int) -> torch.Tensor:
    """Queries, keys or values per head, by their part of the weights."""
    tokens, width = tracer.shape_of(tensor)
    part = f"slice {place * width} {(place + 1) * width}"
    weight = tracer.known(tracer.step(part, module.in_proj_weight, (width, width), 1))
    named, references = " weight={0}", [weight]
    if module.in_proj_bias is not None:
        named, references = (
            f"{named} bias={{1}}",
            [weight, tracer.known(tracer.step(part, module.in_proj_bias, (width,), 1))],
        )
    known = [value for value in references if value is not None]
    projected = tracer.step(f"linear {width} last{named}", tensor, (tokens, width), 1, known)
    size = (tokens, module.num_heads, width // module.num_heads)
    parted = tracer.step(f"reshape {'x'.join(map(str, size))}", projected, size, 1)
    return tracer.step("permute (1,0,2)", parted, (size[1], size[0], size[2]), 1)
