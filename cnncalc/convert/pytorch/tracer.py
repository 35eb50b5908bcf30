"""What is known while a model runs: which tensor is which value, and the operations noted so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from cnncalc.convert.pytorch import constants
from cnncalc.convert.pytorch.words import own_shape
from cnncalc.convert.tree import Op, Scope
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import nn

    from cnncalc.layers.base import Shape

    Function = Callable[["Tracer", Any, dict[str, Any], Any], None]


class States(NamedTuple):
    """What a module has read last: ``out`` is its sequence, with ``directions`` of ``size`` numbers each, of ``layers`` layers."""

    out: torch.Tensor
    layers: int
    directions: int
    size: int


class Tracer:
    """Tensors of a run as values, and the operations on them in the modules that run."""

    def __init__(self, module: nn.Module, batch: int) -> None:
        """Begin with a module, of which nothing has run yet."""
        super().__init__()
        self.module = module
        self.batch = batch
        self.root = Scope("", None, type(module).__name__)
        self.stack = [self.root]
        self.values: dict[int, int] = {}
        self.alive: list[Any] = []
        self.shapes: list[Shape] = []
        self.once: set[int] = set()
        self.batch_at: dict[int, int] = {}
        self.times: dict[int, int] = {}
        """How often values exist per sample, where that is not once: windows in the batch."""
        self.current = 1
        self.widened: set[int] = set()
        """Tensors of values of the network's own that have been given the axis of the batch."""
        self.doubtful: set[int] = set()
        """Values that come of what cannot be said: what is wrong with them is no cause of its own."""
        self.states: dict[int, States] = {}
        self.calls: dict[str, list[Op | Scope]] = {}
        self.indices: dict[int, int] = {}
        self.persistent = set(module.state_dict())
        self.tensors = {id(tensor): path for path, tensor in (*module.named_parameters(), *module.named_buffers())}
        self.parameters = {id(parameter): path for path, parameter in module.named_parameters()}

    def value(self, tensor: torch.Tensor, *, once: bool = False, batch: int = 0, times: int = 1) -> int:
        """A new value for a tensor: of every sample, or of the network's own; ``batch``: which axis is the batch's."""
        if times != 1:
            self.times[len(self.shapes)] = times
        self.values[id(tensor)] = len(self.shapes)
        self.alive.append(tensor)
        if once:
            self.once.add(len(self.shapes))
        if batch:
            self.batch_at[id(tensor)] = batch
        self.shapes.append(own_shape(tensor) if once else (*tensor.shape[:batch], *tensor.shape[batch + 1 :]))
        return len(self.shapes) - 1

    def known(self, tensor: Any) -> int | None:
        """The value of a tensor; a parameter becomes a learned value when it is first used."""
        index = self.values.get(id(tensor))
        if index is None and id(tensor) in self.tensors:
            return self.learned(tensor)
        return index

    def learned(self, tensor: torch.Tensor) -> int | None:
        path = self.tensors[id(tensor)]
        owner, _, name = path.rpartition(".")
        scope = next((scope for scope in reversed(self.stack) if scope.path == owner), None)
        if scope is None:
            return None
        shape = own_shape(tensor)
        leading = len(shape) < tensor.ndim
        text = f"learned {'x'.join(map(str, shape)) or 'scalar'}{' leading' if leading else ''}"
        if id(tensor) not in self.parameters:
            found = constants.stored(tensor, persistent=path in self.persistent)
            if found is None:
                return None
            text, shape = found
        self.shapes[self.value(tensor, once=True)] = shape
        op = Op(text, [], self.values[id(tensor)], name, shape=shape, owns=True)
        running = self.stack[self.stack.index(scope) + 1 :]
        scope.items.insert(scope.items.index(running[0]) if running else len(scope.items), op)
        return op.output

    def constant(self, tensor: torch.Tensor) -> int | None:
        """The value of a tensor that was made on the way from numbers; None if its numbers cannot be said."""
        made: int | None = None
        for text, shape in constants.steps_of(tensor):
            made = self.own(text, shape, [] if made is None else [made])
        if made is not None:
            self.values[id(tensor)] = made
            self.alive.append(tensor)
        return made

    def own(self, text: str, shape: Shape, inputs: Sequence[int] = ()) -> int:
        """A value of the network's own that is no tensor of the model."""
        made = len(self.shapes)
        self.shapes.append(shape)
        self.once.add(made)
        self.stack[-1].items.append(Op(text, list(inputs), made, None, shape=shape))
        return made

    def alias(self, tensor: torch.Tensor, result: torch.Tensor) -> None:
        """A result that is the value of a tensor."""
        self.values[id(result)] = self.values[id(tensor)]
        self.alive.append(result)

    def own_size(self, tensor: torch.Tensor, result: torch.Tensor) -> Shape:
        """The size of what is made of a value of the network's own: without an axis of the batch, if it has been given one."""
        if id(tensor) in self.widened and result.shape[:1] == (self.batch,):
            self.widened.add(id(result))
            return tuple(result.shape[1:])
        return own_shape(result)

    def times_of(self, tensor: torch.Tensor) -> int:
        """How often a value exists per sample."""
        known = self.known(tensor)
        return 1 if known is None else self.times.get(known, 1)

    def batch_of(self, *tensors: torch.Tensor) -> int:
        """Which axis of tensors is the batch.

        Raises:
            ValueError: it is not the same in all of them.
        """
        found = {self.batch_at.get(id(tensor), 0) for tensor in tensors if self.known(tensor) not in self.once}
        if len(found) > 1:
            raise ValueError("values whose batches are different axes")
        return max(found, default=0)

    def axes(self, tensor: torch.Tensor, dims: int | Sequence[int], what: str) -> list[int]:
        """Axes of a tensor as its value has them, in order.

        Raises:
            ValueError: one is the batch's, along which ``what`` is done.
        """
        shape = self.shape_of(tensor)
        given = sorted(d % tensor.ndim for d in ([dims] if isinstance(dims, int) else dims))
        missing = tensor.ndim - len(shape)
        if self.known(tensor) in self.once:
            if given and given[0] < missing:
                raise ValueError(f"{what} along the batch")
            return [d - missing for d in given]
        batch = self.batch_at.get(id(tensor), 0)
        if batch in given:
            raise ValueError(f"{what} along the batch")
        return [d - (d > batch) for d in given]

    def axis(self, tensor: torch.Tensor, dim: int, what: str) -> int:
        """One axis, as ``axes``."""
        return self.axes(tensor, dim, what)[0]

    def along(self, text: str, tensor: torch.Tensor, dim: int) -> str:
        """An operation along an axis, which PyTorch counts with the batch; as ``axes``."""
        axis = self.axis(tensor, dim, text.split(maxsplit=1)[0])
        return f"{text} dim={axis}" if axis else text

    def add(
        self,
        text: str,
        inputs: Sequence[torch.Tensor],
        output: torch.Tensor,
        *,
        merge: bool = False,
        arguments: str = "",
        references: Sequence[int] = (),
        name: str | None = None,
        batch: int | None = None,
        times: int | None = None,
    ) -> Op:
        """Note an operation on known tensors.

        ``batch``: which axis of the output is the batch's, where it need not be the first; ``times``: how often it exists per
        sample, where that is not as often as what enters.
        """
        sources = [self.known(tensor) for tensor in inputs]
        if merge and len(inputs) > 1:
            sources = [
                self.constant(tensor) if source is None else source
                for source, tensor in zip(sources, inputs, strict=True)
            ]
        known = [source for source in sources if source is not None]
        if len(known) < len(sources):
            raise ValueError(f"{text.split(maxsplit=1)[0]} with a tensor that is made on the way from constants")
        once = all(source in self.once for source in known)
        if not once and any(self.batch_at.get(id(tensor)) for tensor in inputs) and batch is None:
            raise ValueError(f"{text.split(maxsplit=1)[0]} of a tensor whose first axis is not the batch")
        often = {self.times.get(source, 1) for source in known if source not in self.once}
        if len(often) > 1:
            raise ValueError(f"{text.split(maxsplit=1)[0]} of values that exist a different number of times per sample")
        count = max(often, default=1) if times is None else times
        made = self.value(output, once=once, batch=0 if once else batch or 0, times=count)
        self.doubt(made, known)
        shape = self.shapes[made]
        op = Op(
            text,
            known,
            made,
            name,
            merge,
            arguments,
            list(references),
            shape=shape,
            entering=self.shapes[known[0]],
        )
        self.stack[-1].items.append(op)
        return op

    def doubt(self, made: int, sources: Sequence[int]) -> None:
        """A value is doubtful if one of those that it comes of is."""
        if self.doubtful.intersection(sources):
            self.doubtful.add(made)

    def step(
        self, text: str, tensor: torch.Tensor, shape: Shape, times: int, references: Sequence[int] = ()
    ) -> torch.Tensor:
        """Note an operation whose result the model does not have; the batch stays where it is."""
        made = torch.empty(0)
        batch = self.batch_at.get(id(tensor), 0)
        op = self.add(text, [tensor], made, batch=batch, times=times, references=references)
        self.shapes[op.output] = op.shape = shape
        return made

    def shape_of(self, tensor: torch.Tensor) -> Shape:
        """The shape of a tensor without its batch.

        Raises:
            ValueError: the first axis is not the batch.
        """
        known = self.known(tensor)
        if known in self.once or (known is not None and self.batch_at.get(id(tensor))):
            return self.shapes[known]
        times = self.current if known is None else self.times.get(known, 1)
        if tensor.ndim == 0 or tensor.shape[0] != self.batch * times:
            raise ValueError(f"a tensor of size {'x'.join(map(str, tensor.shape))} whose first axis is not the batch")
        return tuple(tensor.shape[1:])

    def local(self, path: str) -> str | None:
        """A path within the module that is running."""
        if not path:
            return None
        outer = self.stack[-1].path
        return path[len(outer) + 1 :] if outer and path.startswith(f"{outer}.") else path
