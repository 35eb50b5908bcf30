"""Networks timed on a device: whole and un-instrumented, in several modes in turns; layers one by one beside that."""

from __future__ import annotations

from contextlib import nullcontext
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.analysis import analyse
from cnncalc.analysis.cost.roofline import RooflineRow, roofline
from cnncalc.record import NamedTuple
from cnncalc.report.timing import Benchmark, Comparison, LayerTime, Roof, Sample, Timing
from cnncalc.runtime import device as devices
from cnncalc.runtime.clock import measure, synchronise
from cnncalc.runtime.inputs import sample
from cnncalc.runtime.modes import UnavailableError, prepare
from cnncalc.runtime.module import build
from cnncalc.runtime.steps import Steps
from cnncalc.runtime.threads import threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import nn

    from cnncalc.graph import Node
    from cnncalc.network.loaded import Network


class Conditions(NamedTuple):
    """How to time. ``progress`` is called with what is done next; ``seconds`` is how long to measure each thing."""

    device: str = "cpu"
    batches: tuple[int, ...] = (1,)
    dtype: str = "float32"
    threads: int | None = None
    modes: tuple[str, ...] = ("eager",)
    train: bool = False
    per_layer: bool = False
    seconds: float = 0.5
    roofline: bool = True
    remeasure: bool = False
    progress: Callable[[str], None] = lambda _: None


class _Candidate(NamedTuple):
    network: Network
    mode: str
    batch: int
    run: Callable[[], object] | None
    compile_s: float | None
    failure: str


def benchmark(networks: Sequence[Network], conditions: Conditions) -> Benchmark:
    """Time networks, all modes of one batch size in turns.

    Raises:
        UsageError: the device is not there.
        SpecError: a network has a problem.
    """
    devices.check(conditions.device)
    with threads(conditions.threads):
        roof = None
        if conditions.roofline:
            conditions.progress("roofline of the device")
            roof = devices.roof(conditions.device, conditions.dtype, again=conditions.remeasure)
        timings: list[Timing] = []
        comparisons: list[Comparison] = []
        for batch in conditions.batches:
            found = _together(networks, batch, conditions, roof)
            timings += found
            comparisons += _compared(found, len(networks), len(conditions.modes))
        facts = devices.environment(conditions.device, conditions.dtype)
    return Benchmark(tuple(timings), tuple(comparisons), roof, facts)


def _together(networks: Sequence[Network], batch: int, conditions: Conditions, roof: Roof | None) -> list[Timing]:
    candidates = []
    for network in networks:
        for mode in conditions.modes:
            conditions.progress(f"{network.graph.name}, batch {batch}: {mode}")
            candidates.append(_candidate(network, mode, batch, conditions))
    works = [candidate.run for candidate in candidates if candidate.run is not None]
    conditions.progress(f"batch {batch}: measuring")
    samples = iter(measure(works, conditions.device, seconds=conditions.seconds) if works else ())
    return [_timing(candidate, next(samples) if candidate.run else None, conditions, roof) for candidate in candidates]


def _candidate(network: Network, mode: str, batch: int, conditions: Conditions) -> _Candidate:
    module, inputs = _made(network, batch, conditions)
    try:
        prepared, entering = prepare(mode, network.graph, module, inputs)
        run = _training(prepared, entering) if conditions.train else _inference(prepared, entering)
        began = perf_counter()
        run()
        synchronise(conditions.device)
        first = perf_counter() - began
    except UnavailableError as error:
        return _Candidate(network, mode, batch, None, None, str(error))
    except Exception as error:
        if mode != "compile":
            raise
        reason = str(error).strip().splitlines()
        return _Candidate(network, mode, batch, None, None, f"torch.compile: {reason[0] if reason else type(error)}")
    return _Candidate(network, mode, batch, run, first if mode == "compile" else None, "")


def _made(network: Network, batch: int, conditions: Conditions) -> tuple[nn.Module, list[torch.Tensor]]:
    dtype = devices.DTYPES[conditions.dtype]
    module = build(network).to(device=conditions.device, dtype=dtype)
    module.train(conditions.train)
    generator = torch.Generator().manual_seed(1)
    inputs = [sample(network.graph, node, batch, generator) for node in network.graph.inputs]
    return module, [
        value.to(device=conditions.device, dtype=dtype if value.is_floating_point() else value.dtype)
        for value in inputs
    ]


def _inference(module: nn.Module, inputs: Sequence[torch.Tensor]) -> Callable[[], object]:
    def run() -> object:
        with torch.inference_mode():
            return module(*inputs)

    return run


def _training(module: nn.Module, inputs: Sequence[torch.Tensor]) -> Callable[[], object]:
    """Forward, the sum of the outputs as the loss, backward, a step of SGD."""
    parameters = list(module.parameters())
    optimizer = torch.optim.SGD(parameters, lr=1e-6) if parameters else None

    def run() -> None:
        outputs = module(*inputs)
        outputs = (outputs,) if isinstance(outputs, torch.Tensor) else outputs
        loss = sum(output.float().sum() for output in outputs)
        if optimizer is not None:
            loss.backward()  # type: ignore[union-attr]
            optimizer.step()
            optimizer.zero_grad()

    return run


def _timing(candidate: _Candidate, sample: Sample | None, conditions: Conditions, roof: Roof | None) -> Timing:
    network, mode, batch = candidate.network, candidate.mode, candidate.batch
    analysis = analyse(network.graph, batch=batch, dtype=conditions.dtype)
    rows = roofline(analysis, *roof) if roof else ()
    least = {row.row.node.index: row for row in rows}
    predicted = sum(row.seconds or 0.0 for row in rows) if roof else None
    layers: tuple[LayerTime, ...] = ()
    if conditions.per_layer and mode == "eager":
        layers = _layers(network, batch, conditions, least)
    return Timing(
        network=network.graph.name,
        mode=mode,
        batch=batch,
        train=conditions.train,
        measured=sample,
        flops=analysis.totals.flops,
        macs=analysis.totals.macs,
        params=analysis.totals.params,
        activations=sum(row.node.copies(batch) * prod(row.node.shape or ()) for row in analysis.rows if row.macs),
        size=(network.graph.inputs[0].shape or (0,))[-1],
        least_s=predicted,
        compile_s=None if candidate.compile_s is None or sample is None else candidate.compile_s - sample.median,
        layers=layers,
        failure=candidate.failure,
    )


def _layers(
    network: Network, batch: int, conditions: Conditions, least: Mapping[int, RooflineRow]
) -> tuple[LayerTime, ...]:
    """Every layer by itself on its real inputs, in evaluation."""
    module, inputs = _made(network, batch, conditions)
    module.eval()
    found: list[LayerTime] = []

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        conditions.progress(f"{network.graph.name}, batch {batch}: {node.path}")
        (sample,) = measure([compute], conditions.device, seconds=min(0.02, conditions.seconds / 10))
        found.append(_layer_time(node, sample, least.get(node.index)))
        return compute()

    with torch.inference_mode() if not conditions.train else nullcontext():
        Steps(network.graph, module).run(inputs, visit)
    return tuple(found)


def _layer_time(node: Node, sample: Sample, under: RooflineRow | None) -> LayerTime:
    if under is None:
        return LayerTime(node.path, node.op, sample, None, None)
    return LayerTime(node.path, node.op, sample, under.seconds, under.bound, under.row.flops, under.moved_bytes)


def _compared(timings: Sequence[Timing], networks: int, modes: int) -> list[Comparison]:
    """Every other network or mode against the first, sample by sample."""
    if networks * modes < 2 or timings[0].measured is None:  # noqa: PLR2004 (a comparison is of two)
        return []
    first = timings[0]
    found = []
    for other in timings[1:]:
        if other.measured is not None and first.measured is not None:
            pairs = zip(first.measured.seconds, other.measured.seconds, strict=True)
            ratios = Sample(tuple(b / a for a, b in pairs))
            found.append(Comparison(_label(first, networks, modes), _label(other, networks, modes), ratios))
    return found


def _label(timing: Timing, networks: int, modes: int) -> str:
    parts = [timing.network] if networks > 1 else []
    parts += [timing.mode] if modes > 1 else []
    return " ".join([*parts, f"batch {timing.batch}"])
