"""Memory over time, written down node by node, so that of another part in its middle the rest follows by addition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory.inference import inference_line, inference_storages
from cnncalc.analysis.memory.storages import Peak
from cnncalc.analysis.memory.training import TrainingStep
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.memory.optimizers import State
    from cnncalc.analysis.prepared import Prepared
    from cnncalc.graph import Node


class Steps(NamedTuple):
    """Bytes alive, per node.

    ``forward``: the most while it runs; ``after``: when it is done; ``before``: when its backward pass begins; ``backward``: the
    most in it, ``top`` how many nodes further on that counts; ``gradient``: of its output. -1 where there is none. ``inference``: in an
    inference pass. ``turn``: between the two passes; ``end``: behind the last.
    """

    forward: list[int]
    after: list[int]
    before: list[int]
    backward: list[int]
    top: list[int]
    gradient: list[int]
    inference: list[int]
    turn: int
    end: int


class _Written(TrainingStep):
    """A training step that writes down what is alive."""

    def __init__(self, ready: Prepared) -> None:
        super().__init__(ready)
        count = len(self.graph.nodes)
        self.most, self.most_at = -1, 0
        self.turn = 0
        self.steps = Steps([], [], [-1] * count, [-1] * count, [0] * count, [-1] * count, [], 0, 0)

    def _note(self, at: int, extra: int = 0) -> None:
        if self.live + extra > self.most:
            self.most, self.most_at = self.live + extra, at

    def _forward(self, node: Node) -> None:
        self.most = -1
        super()._forward(node)
        self.steps.forward.append(self.most)
        self.steps.after.append(self.live)

    def _backward(self, node: Node) -> None:
        i = node.index
        own, self.most = self.gradient[i], -1
        self.steps.before[i] = self.live
        if own is not None:
            self.steps.gradient[i] = self.gradient_bytes[own]
        super()._backward(node)
        self.steps.backward[i], self.steps.top[i] = self.most, self.most_at - i

    def whole(self) -> Steps:
        """Of a network."""
        for node in self.graph.nodes:
            self._forward(node)
        self._start_backward()
        turn = self.live
        for node in reversed(self.graph.nodes):
            if self.needs[node.index]:
                self._backward(node)
        return self._complete(turn)

    def part(self, gradient: int) -> Steps:
        """Of a part: the first node stands for what enters, the last gets a gradient of so many bytes from what follows."""
        nodes = self.graph.nodes
        for node in nodes:
            self._forward(node)
        last, turn = len(nodes) - 1, self.live
        for _ in range(2):  # its reader and the network, which holds its outputs
            self._let_go(last)
        self._give(last, self._new_gradient(gradient))
        for node in reversed(nodes[1:]):
            if self.needs[node.index]:
                self._backward(node)
        given = self.gradient[0]
        self.steps.gradient[0] = -1 if given is None else self.gradient_bytes[given]
        return self._complete(turn)

    def _complete(self, turn: int) -> Steps:
        return self.steps._replace(turn=turn, end=self.live)


def whole(ready: Prepared) -> Steps:
    """The memory of a network."""
    line = inference_line(ready, inference_storages(ready))
    return _Written(ready).whole()._replace(inference=list(line))


def part(ready: Prepared, gradient: int) -> Steps:
    """That of a part of it, see ``_Written.part``."""
    line = inference_line(ready, inference_storages(ready))
    return _Written(ready).part(gradient)._replace(inference=list(line))


def exchanged(known: Steps, first: int, last: int, old: Steps, new: Steps) -> Steps:
    """The memory of a network in which other nodes stand from ``first`` to ``last``: what was ``old`` is ``new``.

    Around them nothing else is alive than before; what they keep for the backward pass is there until it reaches them, their
    gradients from then on.
    """
    more = new.turn - old.turn
    later = more + (new.end - new.before[-1]) - (old.end - old.before[-1])
    ahead = known.after[first - 1] - new.after[0]
    back = known.before[last - 1] + more - new.before[-1]
    line = known.inference[first] - old.inference[1]
    return Steps(
        [*known.forward[:first], *_moved(new.forward[1:], ahead), *_moved(known.forward[last:], more)],
        [*known.after[:first], *_moved(new.after[1:], ahead), *_moved(known.after[last:], more)],
        [*_moved(known.before[:first], later), *_moved(new.before[1:], back), *_moved(known.before[last:], more)],
        [*_moved(known.backward[:first], later), *_moved(new.backward[1:], back), *_moved(known.backward[last:], more)],
        [*known.top[:first], *new.top[1:], *known.top[last:]],
        [*known.gradient[:first], *new.gradient[1:], *known.gradient[last:]],
        [*known.inference[:first], *_moved(new.inference[1:], line), *known.inference[last:]],
        known.turn + more,
        known.end + later,
    )


def _moved(values: list[int], more: int) -> list[int]:
    """So many bytes more, where there are any."""
    return values if not more else [value if value < 0 else value + more for value in values]


def inference_peak(steps: Steps) -> Peak:
    """The first of the largest moments of an inference pass."""
    most = max(steps.inference)
    return Peak(most, steps.inference.index(most)) if most else Peak(0, 0)


def training_peak(steps: Steps, tensors: list[int], state: State, itemsize: int) -> Peak:
    """That of a training step; ``tensors``: the largest tensor of every node, in numbers."""
    count = len(tensors)
    peak = Peak(most := max(steps.forward), steps.forward.index(most) if most else 0)
    if steps.turn > peak.bytes:
        peak = Peak(steps.turn, count - 1)
    if (most := max(steps.backward)) > peak.bytes:
        at = _last(steps.backward, most)
        peak = Peak(most, at + steps.top[at])
    largest = max(tensors)
    update = steps.end + state.temporary * largest * itemsize
    return Peak(update, _last(tensors, largest)) if update > peak.bytes else peak


def _last(values: list[int], value: int) -> int:
    """The last place of a value."""
    return len(values) - 1 - values[::-1].index(value)
