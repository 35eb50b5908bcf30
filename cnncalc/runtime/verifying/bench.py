"""A network, what is said about it, and the module that runs: the place where claims are written down."""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.analysis import analyse
from cnncalc.report.verification import Claim, Verdict
from cnncalc.runtime.inputs import sample
from cnncalc.runtime.module import build
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.verifying.fused import in_the_open

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from torch import Tensor, nn

    from cnncalc.analysis.result import Analysis, Row
    from cnncalc.network.loaded import Network

DTYPES = {
    "float32": torch.float32,
    "float64": torch.float64,
    "bfloat16": torch.bfloat16,
    "autocast": torch.float32,
}
"""Types that nearly every layer has on a CPU; autocast runs products in bfloat16."""


class Bench:
    """What is verified, and the claims so far."""

    def __init__(self, network: Network, batch: int, dtype: str) -> None:
        """Analyse the network and build its module."""
        self.graph, self.batch, self.dtype = network.graph, batch, dtype
        self.analysis: Analysis = analyse(self.graph, batch=batch, dtype=dtype)
        self.rows: dict[int, Row] = {row.node.index: row for row in self.analysis.rows}
        self.module: nn.Module = in_the_open(build(network).to(DTYPES[dtype]))
        self.steps = Steps(self.graph, self.module)
        self.claims: list[Claim] = []
        generator = torch.Generator().manual_seed(1)
        self.inputs = [
            value.to(DTYPES[dtype]) if value.is_floating_point() else value
            for value in (sample(self.graph, node, batch, generator) for node in self.graph.inputs)
        ]

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
        self.claims.append(Claim(kind, layer, text(predicted), text(measured), found, unit, note, part))

    def casting(self) -> AbstractContextManager[Any]:
        """Where products run in bfloat16, if that is wanted."""
        return torch.autocast("cpu", torch.bfloat16) if self.dtype == "autocast" else nullcontext()

    def resident(self) -> list[Tensor]:
        """Tensors that are there before anything runs."""
        return [*self.module.parameters(), *self.module.buffers(), *self.inputs]


def text(value: Any) -> str:
    """A figure as people read it."""
    if isinstance(value, Fraction) and value.denominator == 1:
        value = int(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def size(shape: Sequence[int] | None) -> str:
    """A shape; ``1`` for a single number."""
    return "?" if shape is None else "x".join(map(str, shape)) or str(prod(shape))
