"""What is legal is what torch accepts: random arguments of every layer, in 1-D to 3-D, with sizes from 1, both ways."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from cnncalc.api import load
from cnncalc.diagnostics import ShapeError, SpecError
from cnncalc.layers.pool import MaxPool
from cnncalc.layers.unpool import Unpool

if TYPE_CHECKING:
    from types import ModuleType


def _legality() -> ModuleType:
    spec = importlib.util.spec_from_file_location("legality", Path(__file__).parent / "legality.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


legality = _legality()


@pytest.mark.parametrize("kind", legality.kinds(), ids=lambda kind: kind.op)
def test_agrees_with_torch(kind: type[Any]) -> None:
    found = legality.cases(kind, 200)
    assert len(found) == 200
    bad = [str(case) for case in found if not case.agrees]
    assert not bad, "\n".join(bad)


def test_every_deliberate_refusal_still_happens() -> None:
    """A reason that explains nothing any more goes."""
    kinds = [kind for kind in legality.kinds() if any(kind.op in ops.split("|") for ops, _, _ in legality.DELIBERATE)]
    found = [case for kind in kinds for case in legality.cases(kind, 200)]
    used = {case.deliberate for case in found if isinstance(case.theirs, tuple)}
    assert {reason for _, _, reason in legality.DELIBERATE} <= used


def test_unpooling() -> None:
    """Behind every pool that is accepted, torch puts the numbers back to the size that was pooled."""
    chance = random.Random(0)  # noqa: S311 (examples, no secrets)
    undone = 0
    for _ in range(2000):
        rank = chance.choice((1, 2, 3))
        pool = legality.made(chance, MaxPool, rank)
        if pool is None:
            continue
        shape = (2, *(chance.randint(1, 9) for _ in range(rank)))
        try:
            pooled = pool.infer(shape)
            layer = Unpool(**Unpool.bind({"pool": "p"}, pool, shape))
        except ShapeError:
            continue
        call = pool.torch(shape)
        given = [legality.python(a.value) for a in call.arguments if a.keyword is None]
        named = {a.keyword: legality.python(a.value) for a in call.arguments if a.keyword is not None}
        values, indices = getattr(torch.nn, call.target[3:])(*given, **named, return_indices=True)(
            torch.rand(2, *shape)
        )
        assert tuple(values.shape[1:]) == pooled
        assert tuple(legality.called(layer.torch(pooled, pooled, shape), [values, indices]).shape[1:]) == layer.infer(
            pooled, pooled
        )
        undone += 1
    assert undone > 100


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("1x2 | avgpool 3 s3 ceil", (1, 1)),
        ("3x3x4 | avgpool 4x3 s3 ceil", (3, 1, 2)),
        ("3x5 | maxpool 6 s2 ceil", (3, 1)),
        ("3x2 | maxpool 3 s3 ceil=caffe", (3, 1)),
        ("3x4x4 | maxpool 3 s1 d2 same", (3, 4, 4)),
        ("3x4x4 | pad -1 replicate", (3, 2, 2)),
        ("3x4x4 | pad (1:-1) circular", (3, 4, 4)),
    ],
)
def test_legal(text: str, out: tuple[int, ...]) -> None:
    assert load(text).graph.nodes[-1].shape == out


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "3x8 | maxpool 3 s2 p2 d2 ceil",
            "padding 2 is more than half of the kernel 3; PyTorch does not count its dilation",
            "use at most 1, or half",
        ),
        ("3x1 | pad (2:-2)", "padding leaves nothing of the input 3x1", "crop less"),
        (
            "3x2 | avgpool 5 s3 ceil",
            "window 5 is larger than the input 2",
            "use a window of at most 2, more padding, or a larger input",
        ),
        ("3x8x8 | hardtanh 1 1", "max_val 1 must be greater than min_val 1", "hardtanh min max"),
        (
            "4x2x2x3 | reshape (-2,-1,-2)",
            "reshape: dims (-2, -1, -2) must be positive, at most one of them -1",
            "-1 stands for what is left",
        ),
        (
            "8x7x1x7 | lppool 8 ceil",
            "lppool in 3-D cannot take an input 7x1x7 that is smaller than its window 8x8x8",
            "PyTorch counts no padding here: use maxpool or a smaller window, or put pad before it",
        ),
    ],
)
def test_illegal(text: str, message: str, hint: str) -> None:
    with pytest.raises(SpecError) as failed:
        load(text)
    assert (failed.value.problems[0].message, failed.value.problems[0].hint) == (message, hint)


def test_one_number_in_a_list_is_not_meant_for_all_axes() -> None:
    """As in torch, where ``nn.Conv2d(3, 8, (3,))`` fails; one number alone is meant for all."""
    with pytest.raises(ShapeError, match="kernel_size has 1 numbers, but the input has 2 spatial axes"):
        MaxPool(kernel_size=(3,)).infer((3, 8, 8))
