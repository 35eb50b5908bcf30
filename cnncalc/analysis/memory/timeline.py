"""The bytes that are alive over time: in an inference pass, and in a training step forward, backward and at its update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnncalc.analysis.memory import optimizers, training
from cnncalc.analysis.memory.inference import inference_line, inference_storages
from cnncalc.analysis.prepared import prepare
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.prepared import Prepared
    from cnncalc.analysis.result import Analysis
    from cnncalc.graph import Node

Phase = Literal["inference", "forward", "backward", "update"]


class Moment(NamedTuple):
    """The bytes alive while a node runs, by its index."""

    phase: Phase
    at: int
    bytes: int


class Held(NamedTuple):
    """What holds bytes at a moment: its name, and how many."""

    name: str
    bytes: int


class Timeline(NamedTuple):
    """Moments in the order of time; ``base``: bytes that are there all the time and not in them; ``peak``: what the largest consists of, largest first."""

    moments: tuple[Moment, ...]
    base: int
    peak: tuple[Held, ...]

    @property
    def top(self) -> int:
        """The place of the largest moment."""
        return max(range(len(self.moments)), key=lambda i: self.moments[i].bytes, default=0)


def inference(analysis: Analysis) -> Timeline:
    """Bytes of activations in an inference pass; weights and buffers are in the base."""
    ready = prepare(analysis.graph, analysis.batch, analysis.dtype)
    where = inference_storages(ready)
    line = tuple(inference_line(ready, where))
    moments = tuple(Moment("inference", i, live) for i, live in enumerate(line))
    top = max(range(len(line)), key=line.__getitem__, default=0)
    alive = [i for i in range(min(top + 1, len(line))) if where.size[i] and where.last[i] >= top]
    held = [Held(_value(ready, i), where.size[i]) for i in alive]
    return Timeline(
        moments, analysis.totals.weight_bytes + analysis.totals.buffer_bytes, _complete(held, line[top] if line else 0)
    )


def step(analysis: Analysis) -> Timeline:
    """Bytes in a training step; weights, buffers and what the optimiser keeps are in the base."""
    ready = prepare(analysis.graph, analysis.batch, analysis.dtype)
    state = optimizers.optimizer_state(analysis.optimizer)
    first = _Recorded(ready)
    first.run(state)
    top = max(range(len(first.moments)), key=lambda i: first.moments[i].bytes, default=0)
    again = _Recorded(ready, top)
    again.run(state)
    totals = analysis.totals
    base = totals.weight_bytes * (1 + state.kept) + totals.buffer_bytes
    peak = first.moments[top].bytes if first.moments else 0
    return Timeline(tuple(first.moments), base, _complete(again.held, peak))


def _complete(held: list[Held], total: int) -> tuple[Held, ...]:
    """Largest first, with what no value holds."""
    rest = total - sum(one.bytes for one in held)
    every = [*held, Held("besides: gradients just made, masks, indices, statistics", rest)] if rest else held
    return tuple(sorted(every, key=lambda one: -one.bytes))


def _value(ready: Prepared, index: int) -> str:
    """A value by the path of its layer, with the operation where that ends in a number."""
    node = ready.graph.nodes[index]
    if node.op == "input":
        return node.path if node.path == "input" else f"input {node.path}"
    return f"{node.path} {node.op}" if node.path.rpartition(".")[2].isdigit() else node.path


class _Recorded(training.TrainingStep):
    """A training step that writes down every moment, and what is held at one of them."""

    def __init__(self, ready: Prepared, wanted: int = -1) -> None:
        super().__init__(ready)
        self.ready = ready
        self.wanted = wanted
        self.phase: Phase = "forward"
        self.moments: list[Moment] = []
        self.held: list[Held] = []
        self.parameter_gradients = 0

    def _note(self, at: int, extra: int = 0) -> None:
        super()._note(at, extra)
        if len(self.moments) == self.wanted:
            self.held = self._holding()
        self.moments.append(Moment(self.phase, at, self.live + extra))

    def _start_backward(self) -> None:
        self.phase = "backward"
        super()._start_backward()

    def _update(self, state: optimizers.State) -> None:
        self.phase = "update"
        super()._update(state)

    def _parameter_gradients(self, node: Node) -> int:
        before = self.live
        extra = super()._parameter_gradients(node)
        self.parameter_gradients += self.live - before
        return extra

    def _holding(self) -> list[Held]:
        sizes = self.where.size
        held = [Held(_value(self.ready, i), sizes[i]) for i, holders in enumerate(self.holders) if holders and sizes[i]]
        seen: set[int] = set()
        for i, gradient in enumerate(self.gradient):
            if gradient is not None and gradient not in seen and self.gradient_users[gradient]:
                seen.add(gradient)
                held.append(Held(f"gradient of {_value(self.ready, i)}", self.gradient_bytes[gradient]))
        if self.parameter_gradients:
            held.append(Held("gradients of parameters", self.parameter_gradients))
        return held
