"""Training memory: one step of training simulated, forward and backward, node by node.

The model (estimated; what PyTorch's eager mode does on a CPU):

- weights, buffers and optimiser state are there all the time; gradients of parameters start absent (``zero_grad`` sets
  them to None), appear as the backward pass reaches their layer, and stay;
- the network's input is held by the caller, its outputs until the backward pass is done; every other storage is alive
  until nobody reads it and nothing keeps it for the backward pass;
- what a layer makes for its backward pass (the indices of a pool, the mask of a dropout) it also makes, and gives up at once,
  where no gradient is needed;
- the loss keeps nothing, and gives every output a gradient of its own size;
- the backward pass visits the nodes from the last to the first. A node holds the gradient of its output, makes a
  gradient for every input that needs one and for its parameters, then releases what it kept and the gradient of its
  output. Additions, concatenations and views hand on the gradient itself. A value with several readers sums their
  gradients;
- the optimiser's step comes last; Adam needs two temporary tensors of the size of a parameter.

Not included: work space inside an operation, rounding by the allocator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory import Peak
from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from cnncalc.analysis.prepared import Prepared
    from cnncalc.graph import Node


class State(NamedTuple):
    """What an optimiser needs, in numbers per parameter: kept all the time, and temporary for one tensor at a time."""

    kept: int
    temporary: int


OPTIMIZERS = {"sgd": State(0, 0), "momentum": State(1, 0), "adam": State(2, 2)}


def optimizer_state(name: str) -> State:
    """The memory of an optimiser.

    Raises:
        UsageError: there is no such optimiser.
    """
    if name not in OPTIMIZERS:
        raise UsageError(f"unknown optimizer '{name}': use one of {', '.join(OPTIMIZERS)}")
    return OPTIMIZERS[name]


def step_peak(ready: Prepared, state: State) -> Peak:
    """The most bytes alive at once in a training step; without weights, buffers and what the optimiser keeps."""
    return _Step(ready).run(state)


class _Step:
    """The bytes that are alive during one training step."""

    def __init__(self, ready: Prepared) -> None:
        self.graph, self.where, self.keeps, self.needs = ready.graph, ready.where, ready.keeps, ready.needs
        self.sizes, self.passing = ready.sizes, ready.passing
        self.tensor_bytes = [
            [] if facts is None else [t.size * ready.run.itemsize for t in facts.tensors if not t.buffer]
            for facts in ready.facts
        ]
        self.live = 0
        self.peak = Peak(0, 0)
        self.holders = [0] * len(self.graph.nodes)
        self.gradient: list[int | None] = [None] * len(self.graph.nodes)
        self.gradient_bytes: list[int] = []
        self.gradient_users: list[int] = []
        self.have_gradient: set[int] = set()

    def run(self, state: State) -> Peak:
        for node in self.graph.nodes:
            self._forward(node)
        self._start_backward()
        for node in reversed(self.graph.nodes):
            if self.needs[node.index]:
                self._backward(node)
        self._update(state)
        return self.peak

    def _update(self, state: State) -> None:
        """The optimiser's step, one tensor after the other."""
        largest, at = max(((max(sizes, default=0), i) for i, sizes in enumerate(self.tensor_bytes)), default=(0, 0))
        self._note(at, state.temporary * largest)

    def _note(self, at: int, extra: int = 0) -> None:
        if self.live + extra > self.peak.bytes:
            self.peak = Peak(self.live + extra, at)

    def _forward(self, node: Node) -> None:
        i = node.index
        self.live += self.where.size[i] + self.keeps[i].extra
        self._note(i, self.passing[i])
        held = node.op == "input" or self.where.last[i] == len(self.graph.nodes)
        self.holders[i] += 1 + held
        for s in self.keeps[i].storages:
            self.holders[s] += 1
        for s in {self.where.of[j] for j in (*node.inputs, i)}:
            if self.where.last[s] == i:
                self._let_go(s)

    def _let_go(self, storage: int) -> None:
        self.holders[storage] -= 1
        if not self.holders[storage]:
            self.live -= self.where.size[storage]

    def _start_backward(self) -> None:
        for i in self.graph.outputs:
            if self.needs[i]:
                self._give(i, self._new_gradient(self.sizes[i]))
        self._note(len(self.graph.nodes) - 1)

    def _new_gradient(self, size: int) -> int:
        self.live += size
        self.gradient_bytes.append(size)
        self.gradient_users.append(0)
        return len(self.gradient_bytes) - 1

    def _give(self, value: int, gradient: int) -> None:
        """Add a gradient to that of a value."""
        self.gradient_users[gradient] += 1
        old = self.gradient[value]
        if old is None:
            self.gradient[value] = gradient
            return
        if self.gradient_users[old] > 1:
            # The sum cannot be written over a gradient that somebody else still reads.
            self.gradient[value] = self._new_gradient(self.sizes[value])
            self.gradient_users[-1] += 1
            self._note(value)
            self._drop(old)
        self._drop(gradient)

    def _drop(self, gradient: int) -> None:
        self.gradient_users[gradient] -= 1
        if not self.gradient_users[gradient]:
            self.live -= self.gradient_bytes[gradient]

    def _backward(self, node: Node) -> None:
        i = node.index
        own = self.gradient[i]
        if own is None:
            self._release(i)
            return
        made = [(j, self._gradient_for(node, j, own)) for j in node.inputs if self.needs[j]]
        transient = self._parameter_gradients(node)
        self._note(i, transient)
        self._release(i)
        for j, gradient in made:
            self._give(j, gradient)
        self._drop(own)
        self.gradient[i] = None

    def _gradient_for(self, node: Node, value: int, own: int) -> int:
        passed = node.op == "concat" or (node.op == "add" and self.sizes[value] == self.sizes[node.index])
        handed_on = passed or self.where.of[node.index] == self.where.of[value]
        return own if handed_on and not self._inplace(node) else self._new_gradient(self.sizes[value])

    def _inplace(self, node: Node) -> bool:
        return bool(getattr(node.layer, "inplace", False))

    def _parameter_gradients(self, node: Node) -> int:
        """Gradients of parameters stay; a second one for shared weights is added to the first and goes away."""
        size = sum(self.tensor_bytes[node.index])
        if node.weights in self.have_gradient:
            return size
        self.have_gradient.add(node.weights)
        self.live += size
        return 0

    def _release(self, index: int) -> None:
        self.live -= self.keeps[index].extra
        for s in self.keeps[index].storages:
            self._let_go(s)
