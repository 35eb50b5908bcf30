"""Products of values: matrices, attention, named axes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.numbers import get

if TYPE_CHECKING:
    from cnncalc.convert.pytorch.tracer import Tracer


EXACT = 1e-6
"""How far a scale may be off that is written as a decimal."""


def sdpa(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``F.scaled_dot_product_attention``."""
    mask, scale = get(args, kwargs, 3, "attn_mask"), kwargs.get("scale")
    if get(args, kwargs, 4, "dropout_p") or get(args, kwargs, 5, "is_causal"):
        raise ValueError("attention with dropout, or with a causal mask")
    if scale is not None and abs(scale * args[0].shape[-1] ** 0.5 - 1) > EXACT:
        raise ValueError(f"attention scaled by {scale}")
    tensors = [args[0], args[1], args[2]]
    if mask is not None:
        if not mask.is_floating_point():
            raise ValueError("attention with a mask of truth values")
        tensors.append(mask)
    if args[0].ndim not in (3, 4):
        raise ValueError("scaled_dot_product_attention with more axes than batch, heads, tokens and features")
    tracer.add("sdpa", tensors, result, merge=True)


def matmul(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.matmul``, ``torch.bmm``."""
    other = get(args, kwargs, 1, "other", kwargs.get("mat2"))
    shapes = [tracer.shape_of(args[0]), tracer.shape_of(other)]
    if min(map(len, shapes)) < 2:  # noqa: PLR2004 (rows and columns)
        raise ValueError("a product with a vector")
    tracer.add("matmul", [args[0], other], result, merge=True)


def einsum(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.einsum`` with the batch as first letter of every operand."""
    del kwargs
    tensors = list(args[1]) if isinstance(args[1], list | tuple) else list(args[1:])
    text = re.sub(r"\s", "", args[0])
    left, _, right = text.partition("->")
    parts = [*left.split(","), right]
    letters = sorted(set("".join(parts)) - {","})
    if not right or "." in text or len(letters) > 26:  # noqa: PLR2004 (the alphabet)
        raise ValueError(f"einsum('{text}', ...)")
    batch = right[0]
    small = {letter: chr(ord("a") + place) for place, letter in enumerate(x for x in letters if x != batch)}
    named = []
    for part, tensor in zip([*parts[:-1], right], [*tensors, None], strict=True):
        alone = tensor is not None and tracer.known(tensor) in tracer.once
        if part[:1] != batch and not alone:
            raise ValueError(f"einsum('{text}', ...) whose first axis is not the batch")
        named.append("".join(small[x] for x in part if x != batch))
    tracer.add("einsum", tensors, result, merge=True, arguments=f"axes={'_'.join(named)}")
