"""What is known about a model that does not run."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import torch

from cnncalc.convert.broken import sizes
from cnncalc.convert.broken.facts import Remedy
from cnncalc.convert.broken.watch import Broken, Call, Watch
from cnncalc.convert.broken.why import reason
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn


class Failure(NamedTuple):
    """A call that failed.

    ``call``: which; ``file``: where the model calls it, ``path/net.py:11``; ``line``: the text there; ``error``: what PyTorch
    says; ``why``: in words, empty where that is not known; ``remedy``: what would mend it.
    """

    call: Call
    file: str
    line: str
    error: str
    why: str
    remedy: Remedy | None


class Explained(NamedTuple):
    """``calls``: what ran, in order; ``failures``: what did not, the first of which ended the run unless more was assumed."""

    calls: tuple[Call, ...]
    failures: tuple[Failure, ...]


def explain(module: nn.Module, inputs: Sequence[torch.Tensor], *, assume: bool = False) -> Explained:
    """Run a model in evaluation and say which of its calls fails.

    Args:
        module: any module; it is left as it was.
        inputs: one tensor per argument of ``forward``, batch first.
        assume: go on behind a call whose parameters are of another size, as if they fitted; and behind values of different
            sizes that are joined, as if the larger were cut.

    Returns:
        No failures if the model runs, or if what it raises comes from no call on its values.
    """
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        watch = Watch(module, inputs, assume=assume)
        with torch.no_grad(), redirect_stdout(StringIO()):  # what the model prints it has printed
            watch.run()
            found = [_failure(module, inputs, watch, broken) for broken in watch.broken]
        return Explained(tuple(watch.calls), tuple(found))
    finally:
        for part in training:
            part.training = True


def _failure(module: nn.Module, inputs: Sequence[torch.Tensor], watch: Watch, broken: Broken) -> Failure:
    why, remedy = reason(broken, watch)
    if remedy is None or remedy.tries_sizes:
        running = sizes.that_run(module, inputs) if not watch.assumed_before(broken) else None
        if running is not None:
            size, step = running
            text = f"an input of {'x'.join(map(str, size))} runs (tried; multiples of {step})"
            remedy = Remedy(text, argument="input", value=step)
        if len(broken.call.entering) > 1:
            why = "; ".join(filter(None, (why, sizes.undivided(watch, broken))))
    return Failure(broken.call, broken.file, broken.line, broken.error, why, remedy)
