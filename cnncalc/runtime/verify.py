"""Every figure of the analysis held against the module that was built: nothing is taken from the analysis twice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch

from cnncalc.diagnostics import UsageError
from cnncalc.report.verification import Verification
from cnncalc.runtime.opaque import check_known
from cnncalc.runtime.verifying import backward, peaks, values, weights
from cnncalc.runtime.verifying.bench import Bench
from cnncalc.runtime.verifying.fields import claims

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network


def verify(network: Network, *, batch: int = 2, dtype: str = "float32", full: bool = False) -> Verification:
    """Build the module and hold every figure of the analysis against it.

    Args:
        network: a loaded spec without problems.
        batch: samples per batch.
        dtype: float32, float64, bfloat16 or autocast.
        full: measure every receptive field on every row, whatever it costs.

    Returns:
        Per layer: output size, copies and bytes, how its window fits, parameters, buffers, MACs and other operations, bytes
        kept for the backward pass in training and in evaluation, the receptive field. For the whole network: the same,
        that the layers one by one give what the module gives, and the peaks of memory.

    Raises:
        SpecError: the network has a problem.
        UsageError: PyTorch has a layer not for this type.
    """
    check_known(network.graph)
    try:
        bench = Bench(network, batch, dtype)
        weights.hold(bench)
        values.hold(bench)
        backward.hold(bench, train=True)
        backward.hold(bench, train=False)
        peaks.hold(bench)
        bench.claims += claims.claims(
            bench.graph, bench.analysis.rows, bench.module, thorough=full
        )  # leaves it in float32
    except NotImplementedError as error:
        raise UsageError(f"PyTorch cannot run {network.graph.name} in {dtype} on a CPU: {error}") from None
    conditions = {
        "batch": batch,
        "dtype": dtype,
        "device": "cpu",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    return Verification(network.graph.name, tuple(bench.claims), conditions)
