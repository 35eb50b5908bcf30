"""Sums along named axes, against torch: random letters and sizes, what is kept, what it costs."""

from __future__ import annotations

import random
from math import prod

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import cnncalc
from cnncalc.analysis import analyse
from cnncalc.diagnostics import SpecError
from cnncalc.layers.base import Run
from cnncalc.layers.einsum import Einsum
from cnncalc.runtime.verify import verify


def cases(count: int) -> list[tuple[str, list[tuple[int, ...]]]]:
    """Two factors of up to four axes, with letters of any kind: shared or own, kept or not."""
    chance = random.Random(3)  # noqa: S311 (examples, no secrets)
    found = []
    for _ in range(count):
        sizes = {letter: chance.choice((1, 2, 3, 4, 5)) for letter in "abcde"}
        parts = ["".join(chance.sample("abcde", chance.randint(1, 4))) for _ in range(2)]
        both = sorted(set("".join(parts)))
        result = "".join(chance.sample(both, chance.randint(1, len(both))))
        found.append(("_".join([*parts, result]), [tuple(sizes[letter] for letter in part) for part in parts]))
    return found


CASES = cases(300)


@pytest.mark.parametrize(("axes", "shapes"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_two_factors(axes, shapes):
    layer = Einsum(axes=axes)
    values = [torch.rand(2, *shape, requires_grad=True).clone() for shape in shapes]
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage
        return tensor.detach()

    text = layer.torch(*shapes).target.format("values[0]", "values[1]")
    equation = text.split('"')[1]
    with FlopCounterMode(display=False) as counter, torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        result = torch.einsum(equation, *values)
    assert tuple(result.shape[1:]) == layer.infer(*shapes)
    assert counter.get_total_flops() == 2 * 2 * layer.cost(*shapes).get("mac", 0)
    saved = layer.saved(Run(2, 4, needs=(True, True)), *shapes)
    expected = saved.extra + sum(4 * 2 * prod(shapes[i]) for i in saved.inputs)
    assert sum(storage.nbytes() for storage in kept.values()) == expected


@pytest.mark.parametrize(
    ("spec", "shape", "macs"),
    [
        # 3 heads, 16 queries and keys of 4: 3 * 16 * 16 * 4
        ("12x4x4 | flatten 1 | reshape 3x4x16 | einsum(id, id, axes=hdq_hdk_hqk)", (3, 16, 16), 3072),
        # a matrix that exists once per network: 6 * 3 channels at 20 places
        ("3x4x5; w = learned 6x3; from input | einsum(id, from w, axes=chw_dc_dhw)", (6, 4, 5), 360),
        ("3x4x5 | einsum(id, axes=chw_hw)", (4, 5), 0),
        ("3x4x5 | einsum(id, axes=chw_hwc)", (4, 5, 3), 0),
        ("3x4x5 | flatten 1 | einsum(mean 1, mean 0, axes=c_n_cn)", (3, 20), 0),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "autocast", "float64"])
def test_every_claim_holds(spec, shape, macs, dtype):
    network = cnncalc.load(spec)
    assert network.graph.nodes[-1].shape == shape
    assert analyse(network.graph).rows[-1].macs == macs
    found = verify(network, dtype=dtype)
    assert found.holds, found.differences


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("einsum(id, id, id, axes=a_a_a)", "einsum needs 1 or 2 inputs; found 3"),
        ("einsum(id, id, axes=ab_ab_a)", "einsum ab_ab_a: 3x4x5, 3x4x5 need other letters"),
        ("einsum(id, id, axes=abc_cab_a)", "einsum abc_cab_a: axis c is 5 and 3"),
        ("einsum(id, axes=abc_abd)", "einsum abc_abd: abd repeats a letter, or has one that no value has"),
        ("einsum(id, axes=abc_aa)", "einsum abc_aa: aa repeats a letter"),
        ("einsum(id, axes=3)", "einsum: axes is 3; must be a valid string"),
        ("einsum(id, axes=abc)", "einsum: axes is 'abc'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(SpecError) as error:
        cnncalc.load(f"3x4x5 | {call}")
    assert message in str(error.value)
