"""What is kept for the backward pass is counted, and then let go."""

from __future__ import annotations

import gc
import weakref

import torch
from torch import nn

from cnncalc.runtime.saved import Saved, saved_bytes


def test_each_storage_counts_once():
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 6 * 6, 5))
    # the input is kept for the weights; what ReLU gives is kept by it and, flattened, by the linear layer: 3*8*8 + 8*6*6 numbers
    assert saved_bytes(module, [torch.rand(1, 3, 8, 8)]) == 4 * (3 * 8 * 8 + 8 * 6 * 6)


def test_an_operation_that_keeps_its_own_output_is_let_go():
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Sigmoid())
    with Saved(module):
        output = module(torch.rand(1, 3, 8, 8))
    weight = weakref.ref(module[0].weight)
    del module, output
    gc.collect()
    assert weight() is None
