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
  output. Additions, concatenations and views hand on the gradient itself, unless it must grow. A value with several readers sums their
  gradients;
- the optimiser's step comes last; Adam needs two temporary tensors of the size of a parameter.

Not included: work space inside an operation, rounding by the allocator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.analysis.memory.optimizers import State
from cnncalc.analysis.memory.packing import JOINING, PACKING, RECURRENT
from cnncalc.analysis.memory.storages import Peak, ended
from cnncalc.layers.broadcast import Elementwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.analysis.prepared import Prepared
    from cnncalc.graph import Node


PASSING = JOINING | {"add", "sub", "concat"}
"""Layers that may hand on the gradient of their output itself."""

UNSUMMED = frozenset({"prelu"})
"""Layers whose weight is stretched over the image: its gradient is made for every number, then summed."""


def step_peak(ready: Prepared, state: State) -> Peak:
    """The most bytes alive at once in a training step; without weights, buffers and what the optimiser keeps."""
    return TrainingStep(ready).run(state)


class TrainingStep:
    """The bytes that are alive during one training step."""

    def __init__(self, ready: Prepared) -> None:
        """Nothing is alive yet."""
        self.graph, self.where, self.keeps, self.needs = ready.graph, ready.where, ready.keeps, ready.needs
        self.sizes, self.passing, self.casts = ready.sizes, ready.passing, ready.casts
        self.ended = ended(ready.where)
        self.cached = 0
        self.waiting: dict[int, int] = {}
        self.param_bytes = [0 if facts is None else facts.params * ready.run.itemsize for facts in ready.facts]
        self.facts, self.itemsize = ready.facts, ready.run.itemsize
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
        largest, at = 0, len(self.facts) - 1
        for i, known in enumerate(self.facts):
            if known is not None and known.params and known.params >= largest:
                tensor = max([t.size for t in known.tensors if not t.buffer])
                if tensor >= largest:
                    largest, at = tensor, i
        self._note(at, state.temporary * largest * self.itemsize)

    def _note(self, at: int, extra: int = 0) -> None:
        if self.live + extra > self.peak.bytes:
            self.peak = Peak(self.live + extra, at)

    def _forward(self, node: Node) -> None:
        i, keep, holders = node.index, self.keeps[node.index], self.holders
        self.live += self.where.size[i] + keep.extra
        self._note(i, self.passing[i] if self.casts is None else self.passing[i] + self._cast(i))
        held = self.where.last[i] == len(holders) or (not node.inputs and node.layer.op == "input")
        holders[i] += 2 if held else 1
        for s in keep.storages:
            holders[s] += 1
        for s in self.ended[i]:
            self._let_go(s)

    def _cast(self, index: int) -> int:
        """What autocast copies: weights until the forward pass is done, inputs while the layer runs, unless they are kept."""
        if self.casts is None:
            return 0
        cast = self.casts[index]
        stays = cast.weights - (cast.kept_weights if self.needs[index] else 0)
        self.live += stays
        self.cached += stays
        keeps = self.needs[index] and self.graph.nodes[index].op != "concat"
        return 0 if keeps else sum(cast.inputs)

    def _let_go(self, storage: int) -> None:
        self.holders[storage] -= 1
        if not self.holders[storage]:
            self.live -= self.where.size[storage]

    def _start_backward(self) -> None:
        self.live -= self.cached
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
        """A gradient of a value: the first, or one that is added to what is there."""
        if self.gradient[value] is None:
            self.gradient[value] = gradient
            self.gradient_users[gradient] += 1
        else:
            self._add(value, gradient)

    def _add(self, value: int, gradient: int) -> None:
        """Add a gradient to that of a value, which has one."""
        self.gradient_users[gradient] += 1
        old = self.gradient[value]
        if old is not None and self.gradient_users[old] > 1:
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
        if not node.inputs and node.is_constant:
            self._keep(node, own)
            return
        if self.casts is not None:
            copies = self._gradients_of_copies(node)
            if copies:
                self._backward_of_copies(node, own, copies)
                return
        needs, read = self.needs, node.inputs if len(node.inputs) == 1 else node.read
        made = [(j, self._gradient_for(node, j, own)) for j in read if needs[j]]
        extra = self._unsummed(node) if self.casts is None else self._promoted(node) + self._unsummed(node)
        if self.gradient_bytes[own] > self.sizes[i] and node.layer.op in PACKING:
            extra += self.sizes[i]
        self._note(i, self._parameter_gradients(node) + extra)
        self._release(i)
        self._hand_on(i, own, made)

    def _keep(self, node: Node, own: int) -> None:
        """The gradient of a constant is that of its parameter: kept as it is, or copied if others hold it."""
        first = node.weights not in self.have_gradient
        self.have_gradient.add(node.weights)
        if not first or self.gradient_users[own] > 1:
            self.live += self.sizes[node.index] if first else 0
            self._note(node.index)
            self._drop(own)
        self.gradient[node.index] = None

    def _hand_on(self, index: int, own: int, made: Sequence[tuple[int, int]]) -> None:
        """The gradients of the inputs go to them; the gradient of the output is done with."""
        for j, gradient in made:
            self._give(j, gradient)
        self._drop(own)
        self.gradient[index] = None

    def _backward_of_copies(self, node: Node, own: int, copies: int) -> None:
        """Autocast: the gradients of copies come first, and are cast when all that was kept is gone.

        Those of shared weights wait for the application that comes last here, which came first in the forward pass.
        """
        i, owner = node.index, node.weights
        cast = self.casts[i].inputs if self.casts is not None else ()
        wanted = [(j, size) for j, size in zip(node.inputs, cast, strict=True) if self.needs[j]]
        made = [(j, self._gradient_for(node, j, own)) for j, size in wanted if not size]
        self._note(i, copies + self._unsummed(node))
        self._release(i)
        self._hand_on(i, own, made)
        later = [(j, self._new_gradient(self.sizes[j])) for j, size in wanted if size]
        waiting = self.waiting.pop(owner, 0)
        self.live -= waiting
        if owner == i:
            self._note(i, copies + self._parameter_gradients(node))
        else:
            self._note(i, copies)
            self.waiting[owner] = waiting or self._copied_weights(node)
            self.live += self.waiting[owner]
        for j, gradient in later:
            self._give(j, gradient)

    def _promoted(self, node: Node) -> int:
        """Autocast: values of two types meet in the wider one, in which their gradients are made before they are cast."""
        if self.casts is None or node.layer.op in ("add", "concat"):
            return 0
        out = self.casts[node.index].way.out
        made = node.inputs[1:] if node.layer.op == "sub" else node.inputs
        narrow = [j for j in made if self.needs[j] and self.casts[j].way.out < out]
        return sum(self.sizes[j] * out // self.casts[j].way.out for j in narrow)

    def _unsummed(self, node: Node) -> int:
        """The gradient of what was stretched is made for every element of the output, then summed; a sum only hands it on."""
        size, op = self.sizes[node.index], node.layer.op
        if op in UNSUMMED:
            return size
        if op == "add" or not isinstance(node.layer, Elementwise):
            return 0
        nodes, first = self.graph.nodes, 1 if op == "sub" else 0
        stretched = [j for j in node.inputs[first:] if nodes[j].shape != node.shape or nodes[j].times != node.times]
        wide = [size for j in stretched if self.needs[j]]
        return sum(wide) if len(node.inputs) == 2 else max(wide, default=0)  # noqa: PLR2004 (of more, two at a time)

    def _copied_weights(self, node: Node) -> int:
        return 0 if self.casts is None else self.casts[node.weights].weights

    def _gradients_of_copies(self, node: Node) -> int:
        """Bytes of the gradients of what autocast copied for a node."""
        if self.casts is None or node.layer.op == "concat":
            return 0
        entering = zip(node.inputs, self.casts[node.index].inputs, strict=True)
        return self._copied_weights(node) + sum(size for j, size in entering if self.needs[j])

    def _gradient_for(self, node: Node, value: int, own: int) -> int:
        op, size = node.layer.op, self.sizes[value]
        is_view = self.where.of[node.index] == self.where.of[value]
        if (is_view or op in PASSING) and self._is_passed(node, value, is_view=is_view) and not self._inplace(node):
            return own
        room = self.sizes[node.index] if op == "unfold" else 0  # made as large as what comes in
        return self._new_gradient(max(size, room))

    def _is_passed(self, node: Node, value: int, *, is_view: bool) -> bool:
        """Whether a layer hands on the gradient of its output as that of an input."""
        op = node.layer.op
        if op == "concat" and self.graph.nodes[value].times == node.times and not self._is_copied(node, value):
            return True
        summand = op == "add" or (op == "sub" and value == node.inputs[0])
        return self.sizes[value] == self.sizes[node.index] and (summand or op in JOINING or is_view)

    def _is_copied(self, node: Node, value: int) -> bool:
        return self.casts is not None and bool(self.casts[node.index].inputs[node.inputs.index(value)])

    def _inplace(self, node: Node) -> bool:
        return bool(getattr(node.layer, "inplace", False))

    def _parameter_gradients(self, node: Node) -> int:
        """Gradients of parameters stay; a second one for shared weights is added to the first and goes away."""
        size = self.param_bytes[node.index]
        if not size:
            return 0
        if node.weights in self.have_gradient:
            return size if node.op not in RECURRENT else self._largest_part(node.index)
        self.have_gradient.add(node.weights)
        self.live += size
        return 0

    def _largest_part(self, index: int) -> int:
        """Layers and directions of a recurrent layer come one after the other: the gradients of the largest."""
        known, parts = self.facts[index], dict[str, int]()
        for tensor in () if known is None else known.tensors:
            part = tensor.name.partition("_l")[2]  # weight_ih_l0_reverse
            parts[part] = parts.get(part, 0) + tensor.size * self.itemsize
        return max(parts.values(), default=0)

    def _release(self, index: int) -> None:
        self.live -= self.keeps[index].extra
        for s in self.keeps[index].storages:
            self._let_go(s)
