"""Proofs about cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.analysis import analyse
from cnncalc.analysis.expectations import figure
from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, share, values_of
from cnncalc.runtime.steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.graph import Node


def share_of_macs(case: Case) -> Shown:
    """The largest share of torch's own count."""
    from torch.utils.flop_counter import FlopCounterMode

    module = module_of(case)
    found: list[int] = []

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        del node
        with FlopCounterMode(display=False) as counter:
            value = compute()
        found.append(counter.get_total_flops())
        return value

    Steps(case.network.graph, module).run(images(case), visit)
    most = max(found) / sum(found)
    return most > 0.3, f"the largest layer does {100 * most:.0f} % of the work"


def share_of_memory(case: Case) -> Shown:
    """The largest value against the peak."""
    values, _ = values_of(case, batch=1)
    most = max(4 * value.numel() for value in values.values())
    peak = analyse(case.network.graph).totals.inference_peak_bytes
    return 2 * most > peak, f"the largest value is {share(most, peak)} of the peak"


def over_budget(case: Case) -> Shown:
    """The figures of the module, or of the analysis, against the budget."""
    budget = case.network.spec.budget
    analysis = analyse(case.network.graph)
    key, limit = next(iter(budget.items()))
    found = sum(p.numel() for p in module_of(case).parameters()) if key == "params" else figure(analysis, key)
    return found > limit, f"{key} {found:,}, budget {limit:,}"


def misaligned_channels(case: Case) -> Shown:
    """Channels of the weight that do not fill eight lanes."""
    weight = next(module_of(case).parameters())
    return weight.shape[
        0
    ] % 8 != 0, f"the weight has {weight.shape[0]} output channels, {-weight.shape[0] % 8} lanes stay empty"
