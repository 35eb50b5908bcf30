"""Products of values: matrices, attention, named axes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch.functions.numbers import get, operands
from cnncalc.convert.pytorch.functions.sizes import whole

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
    if args[2].shape[-1] != args[1].shape[-1]:
        raise ValueError("attention whose values have other features than its keys")
    if mask is not None:
        if not mask.is_floating_point():
            raise ValueError("attention with a mask of truth values")
        tensors.append(mask)
    if args[0].ndim not in (3, 4):
        raise ValueError("scaled_dot_product_attention with more axes than batch, heads, tokens and features")
    tracer.add("sdpa", tensors, result, merge=True)


def matmul(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.matmul``, ``mm``, ``bmm``; of a vector with a matrix of the network's own a linear layer."""
    other = get(args, kwargs, 1, "other", kwargs.get("mat2"))
    shapes = [tracer.shape_of(args[0]), tracer.shape_of(other)]
    if len(shapes[0]) == 1 and _is_matrix(tracer, other):
        _linear(tracer, args[0], other, None, result)
        return
    if min(map(len, shapes)) < 2:  # noqa: PLR2004 (rows and columns)
        raise ValueError("a product with a vector")
    tracer.add("matmul", [args[0], other], result, merge=True)


def _is_matrix(tracer: Tracer, tensor: torch.Tensor) -> bool:
    return tracer.known(tensor) in tracer.once and len(tracer.shape_of(tensor)) == 2  # noqa: PLR2004 (rows and columns)


def _linear(tracer: Tracer, tensor: torch.Tensor, matrix: torch.Tensor, bias: int | None, result: torch.Tensor) -> None:
    """A product with a matrix whose rows are what enters: a linear layer has it turned."""
    rows, columns = tracer.shape_of(matrix)
    turned = tracer.known(tracer.step("transpose 0 1", matrix, (columns, rows), 1))
    named, references = (" weight={0}", [turned]) if bias is None else (" weight={0} bias={1}", [turned, bias])
    tracer.add(f"linear {columns}{named}", [tensor], result, references=[r for r in references if r is not None])


def added(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.addmm`` and ``torch.baddbmm``: a product and a sum."""
    first, a, b = (
        args[0],
        get(args, kwargs, 1, "batch1", kwargs.get("mat1")),
        get(args, kwargs, 2, "batch2", kwargs.get("mat2")),
    )
    if kwargs.get("beta", 1) != 1 or kwargs.get("alpha", 1) != 1:
        raise ValueError("a product that is scaled by alpha or beta")
    bias = tracer.known(first)
    if bias in tracer.once and len(tracer.shape_of(a)) == 1 and _is_matrix(tracer, b) and first.ndim == 1:
        _linear(tracer, a, b, bias, result)
        return
    product = torch.empty_like(result)
    matmul(tracer, (a, b), {}, product)
    operands(tracer, "add", [product, first], result)


def vector(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.mv`` of values of the network's own."""
    matrix, column = whole(tracer, args[0]), get(args, kwargs, 1, "vec")
    if not _is_matrix(tracer, matrix):
        raise ValueError("a product of a matrix and a vector along the batch")
    rows, columns = tracer.shape_of(matrix)
    single = tracer.step("unsqueeze 1", column, (columns, 1), 1)
    product = torch.empty(rows, 1)
    tracer.add("matmul", [matrix, single], product, merge=True)
    tracer.add("squeeze 1", [product], result)


def dot(tracer: Tracer, args: Any, kwargs: dict[str, Any], result: Any) -> None:
    """``torch.dot`` of values of the network's own."""
    a, b = args[0], get(args, kwargs, 1, "tensor", kwargs.get("other"))
    if tracer.known(a) not in tracer.once or tracer.known(b) not in tracer.once:
        raise ValueError("a product of vectors along the batch")
    product = torch.empty_like(a)
    operands(tracer, "mul", [a, b], product)
    tracer.add("sum 0", [product], result)


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
    own = all(tracer.known(tensor) in tracer.once for tensor in tensors)
    tensors = [whole(tracer, tensor) for tensor in tensors]
    batch = "" if own else right[0]
    small = {letter: chr(ord("a") + place) for place, letter in enumerate(x for x in letters if x != batch)}
    named = []
    for part, tensor in zip([*parts[:-1], right], [*tensors, None], strict=True):
        alone = tensor is not None and tracer.known(tensor) in tracer.once
        if not part.startswith(batch) and not alone:
            raise ValueError(f"einsum('{text}', ...) whose first axis is not the batch")
        named.append("".join(small[x] for x in part if x != batch))
    tracer.add("einsum", tensors, result, merge=True, arguments=f"axes={'_'.join(named)}")
