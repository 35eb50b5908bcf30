"""Specs from PyTorch modules: the model is run once on example inputs, and every module and function that it calls is noted.

Running sees what the model does with these inputs, loops and conditions included, and needs no tracer that must
understand its Python. What depends on the values in the inputs is fixed at what it was.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnncalc.convert import torch_constants, torch_functions, torch_ops, torch_recurrent
from cnncalc.convert.torch_numbers import own_shape
from cnncalc.convert.torch_weights import weighted
from cnncalc.convert.tree import ConvertError, Imported, Op, Scope, Unsupported, regroup
from cnncalc.convert.writer import write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnncalc.layers.base import Shape

_HERE = str(Path(__file__).parent)
_TORCH = str(Path(torch.__file__).parent)


def from_torch(module: nn.Module, example_inputs: Sequence[torch.Tensor], *, name: str = "", comment: str = "") -> str:
    """The spec of a module, as text.

    Args:
        module: any module; it is run in evaluation and left as it was.
        example_inputs: one tensor per argument of ``forward``, batch first.
        name: the title; the module's class without it.
        comment: what stands above.

    Raises:
        ConvertError: it does something that the format cannot say; lists all of it with its place in the model.
    """
    return write(trace(module, example_inputs, name=name, comment=comment))


def samples(shapes: Sequence[Shape]) -> list[torch.Tensor]:
    """Random inputs of these sizes, a batch of two, the same every time."""
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(2, *shape, generator=generator) for shape in shapes]


def trace(module: nn.Module, example_inputs: Sequence[torch.Tensor], *, name: str = "", comment: str = "") -> Imported:
    """Run a module and note what it does; arguments and errors as ``from_torch``."""
    was_training = [part for part in module.modules() if part.training]
    module.eval()
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            return _Tracer(module, list(example_inputs), name or type(module).__name__, comment).run()
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for part in was_training:
            part.training = True


class _Tracer(TorchFunctionMode):
    """Notes modules by hooks and functions by PyTorch's own protocol."""

    def __init__(self, module: nn.Module, inputs: list[torch.Tensor], name: str, comment: str) -> None:
        super().__init__()
        self.module = module
        self.inputs = inputs
        self.batch = inputs[0].shape[0]
        self.title = name
        self.comment = comment
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
        self.states: dict[int, torch_recurrent.States] = {}
        self.leaf = 0
        self.found: list[Unsupported] = []
        self.calls: dict[str, list[Op | Scope]] = {}
        self.persistent = set(module.state_dict())
        self.tensors = {id(tensor): path for path, tensor in (*module.named_parameters(), *module.named_buffers())}
        self.paths = {id(part): path for path, part in module.named_modules()}
        self.parameters = {id(parameter): path for path, parameter in module.named_parameters()}
        self.indices: dict[int, int] = {}
        self.stateless: dict[str, list[Op]] = {}

    # ------------------------------------------------------------------------------------------ running

    def run(self) -> Imported:
        names = self.argument_names()
        values = {name: self.value(tensor) for name, tensor in zip(names, self.inputs, strict=True)}
        handles = []
        for part in self.module.modules():
            if part is not self.module or torch_ops.op_of(part):
                handles.append(part.register_forward_pre_hook(self.before, with_kwargs=True))
                handles.append(part.register_forward_hook(self.after, with_kwargs=True))
        try:
            with self:
                result = self.module(*self.inputs)
        finally:
            for handle in handles:
                handle.remove()
        outputs = [self.known(tensor) for tensor in tensors_in(result)]
        if None in outputs or not outputs:
            self.refuse("the output is no tensor that the network made", "")
        if self.found:
            raise ConvertError(list(dict.fromkeys(self.found)), self.title)
        leaving = [value for value in outputs if value is not None]
        self.prune(leaving)
        self.share()
        regroup(self.root)
        self.set_outputs(leaving)
        inputs = {name: tuple(tensor.shape[1:]) for name, tensor in zip(names, self.inputs, strict=True)}
        root = (
            self.root.items[0]
            if len(self.root.items) == 1 and isinstance(self.root.items[0], Scope) and self.root.items[0].name is None
            else self.root
        )
        return Imported(self.title, inputs, values, root, leaving, self.comment)

    def argument_names(self) -> list[str]:
        """The names of forward's arguments, where they can be names of inputs."""
        import inspect

        from cnncalc.convert.words import is_taken

        if len(self.inputs) == 1:
            return ["input"]
        names = list(inspect.signature(self.module.forward).parameters)[: len(self.inputs)]
        modules = {name for name, _ in self.module.named_children()}
        if len(names) < len(self.inputs) or any(is_taken(name) or name in modules for name in names):
            names = [f"input{i + 1}" for i in range(len(self.inputs))]
        return names

    # ------------------------------------------------------------------------------------------ values

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
            found = torch_constants.stored(tensor, persistent=path in self.persistent)
            if found is None:
                return None
            text, shape = found
        self.shapes[self.value(tensor, once=True)] = shape
        op = Op(text, [], self.values[id(tensor)], name, shape=shape, owns=True)
        scope.items.append(op)
        return op.output

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

    # ------------------------------------------------------------------------------------------ modules

    def before(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        del args, kwargs
        if self.leaf or torch_ops.op_of(module):
            self.leaf += 1
            return
        path = self.paths[id(module)]
        scope = Scope(path, self.local(path), type(module).__name__, plain=type(module) is nn.Sequential)
        self.stack[-1].items.append(scope)
        self.stack.append(scope)
        if any(True for _ in module.parameters()):
            self.calls.setdefault(path, []).append(scope)

    def local(self, path: str) -> str | None:
        """A path within the module that is running."""
        if not path:
            return None
        outer = self.stack[-1].path
        return path[len(outer) + 1 :] if outer and path.startswith(f"{outer}.") else path

    def after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        if not self.leaf:
            self.stack.pop()
            return
        self.leaf -= 1
        if self.leaf:
            return
        op, path = torch_ops.op_of(module), self.paths[id(module)]
        assert op is not None  # noqa: S101 (only such modules are leaves)
        given = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)]
        output = result[0] if isinstance(result, tuple) else result
        if op == "attention" and any(value is not given[0] for value in given[1:3]):
            self.refuse("attention between different values", path)
            return
        source = self.known(given[0]) if given else None
        if source is None and given:
            source = torch_constants.value_of(self, given[0])
        if source is None:
            self.refuse(f"{type(module).__name__} on a tensor that no input reaches", path)
            return
        batch, once = 0, source in self.once
        entering, leaving = self.shapes[source], own_shape(output) if once else tuple(output.shape[1:])
        try:
            if op in torch_recurrent.KINDS:
                batch = torch_recurrent.check(self, module, given, tensors_in([*args, *kwargs.values()])[1:])
                leaving = (*output.shape[:batch], *output.shape[batch + 1 :])
                torch_recurrent.remember(self, module, result)
                text = torch_recurrent.text_of(module)
            else:
                text = torch_ops.text_of(op, module, entering, leaving)
        except ValueError as error:
            self.refuse(str(error), path)
            return
        owns = any(True for _ in module.parameters()) or any(True for _ in module.buffers())
        name = self.local(path)
        value = self.value(output, once=once, batch=batch, times=self.times.get(source, 1))
        made = Op(text, [source], value, name, shape=leaving, entering=entering, owns=owns)
        self.stack[-1].items.append(made)
        if op == "maxpool" and isinstance(result, tuple):
            self.indices[id(result[1])] = made.output
            self.alive.append(result[1])
        if owns:
            self.calls.setdefault(path, []).append(made)
        else:
            self.stateless.setdefault(path, []).append(made)

    # ------------------------------------------------------------------------------------------ functions

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        kwargs = dict(kwargs or {})
        before = self.known_all((*args, *kwargs.values())) if not self.leaf else []
        result = func(*args, **kwargs)
        of_states = bool(args) and id(args[0]) in self.states
        if self.leaf or not (before or of_states):
            return result
        name = torch_functions.name_of(func)
        if name == "__get__" and tensors_in(result):
            name = str(getattr(getattr(func, "__self__", None), "__name__", name))
        if name in torch_functions.SILENT or not tensors_in(result):
            return result
        self.function(name, args, kwargs, result)
        return result

    def known_all(self, values: Any) -> list[int]:
        return [index for tensor in tensors_in(list(values)) if (index := self.known(tensor)) is not None]

    def function(self, name: str, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        """Note a function; what it cannot be is refused, and its result stays unknown."""
        known = self.known_all((*args, *kwargs.values()))
        self.current = max((self.times.get(value, 1) for value in known if value not in self.once), default=1)
        try:
            if id(args[0]) in self.states:
                torch_recurrent.note(self, name, args, result)
            else:
                torch_functions.note(self, name, args, kwargs, result)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            what = str(error) if isinstance(error, ValueError) else f"{name}{_shown(args)}"
            self.refuse(what, self.place())
            for tensor in tensors_in(result):
                if id(tensor) not in self.values:
                    self.value(tensor)

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
                torch_constants.value_of(self, tensor) if source is None else source
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

    def step(
        self, text: str, tensor: torch.Tensor, shape: Shape, times: int, references: Sequence[int] = ()
    ) -> torch.Tensor:
        """Note an operation whose result the model does not have; the batch stays where it is."""
        made = torch.empty(0)
        batch = self.batch_at.get(id(tensor), 0)
        op = self.add(text, [tensor], made, batch=batch, times=times, references=references)
        self.shapes[op.output] = op.shape = shape
        return made

    def layer(
        self, op: str, like: Any, entering: Shape, leaving: Shape, source: torch.Tensor, output: torch.Tensor
    ) -> None:
        """Note a functional layer on parameters of the model: ``like`` has the settings that a module would have.

        Raises:
            ValueError: the parameters are none of the model's, or have other names than in a module of their own.
        """
        tensors = (getattr(like, name, None) for name in ("weight", "bias", "running_mean"))
        path = self.tensors.get(id(next((tensor for tensor in tensors if tensor is not None), None)), "")
        owner, _, name = path.rpartition(".")
        if name not in ("weight", "bias", "running_mean"):
            if op in ("conv", "linear"):
                weighted(self, op, like, (entering, leaving), (source, output))
                return
            raise ValueError(f"{op} with weights that are computed, or have another name than in a module of their own")
        scope = self.stack[-1]
        inside = owner == scope.path and scope is not self.root
        local = "" if inside else self.local(owner)
        if not inside and not local:
            raise ValueError(f"{op} on parameters of the outermost module")
        torch_ops.complete(op, like)
        made = self.add(torch_ops.text_of(op, like, entering, leaving), [source], output, name=local)
        made.owns = True
        scope.inline = scope.inline or inside
        if not inside:
            self.calls.setdefault(owner, []).append(made)

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

    # ------------------------------------------------------------------------------------------ the whole

    def refuse(self, what: str, place: str) -> None:
        self.found.append(Unsupported(what, place))

    def place(self) -> str:
        """The line of the model that is running, and its module."""
        frame = sys._getframe(1)  # noqa: SLF001 (the only way to the caller)
        while frame.f_back is not None and frame.f_code.co_filename.startswith((_HERE, _TORCH)):
            frame = frame.f_back
        path = self.stack[-1].path
        where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        return f"{where} in '{path}'" if path else where

    def prune(self, leaving: list[int]) -> None:
        """Take out operations that nobody reads."""
        needed = set(leaving)
        for op in reversed(self.root.ops()):
            if op.output in needed:
                needed.update((*op.inputs, *op.references))
        _keep(self.root, needed)

    def share(self) -> None:
        """Modules with weights that were applied several times get a name of their own."""
        for path, items in self.calls.items():
            if len(items) > 1 and not self.within_shared(path, len(items)):
                for item in items:
                    item.shared, item.name = item.name, None
        for ops in self.stateless.values():
            if len(ops) > 1:
                for op in ops:
                    op.name = None

    def within_shared(self, path: str, times: int) -> bool:
        """Whether a module is applied more than once only because a module around it is."""
        while path:
            path = path.rpartition(".")[0]
            if len(self.calls.get(path, ())) == times:
                return True
        return False

    def set_outputs(self, leaving: list[int]) -> None:
        """For every module the values made in it that are read outside."""
        readers: dict[int, set[int]] = {}
        _read(self.root, [], readers, leaving)
        _leave(self.root, readers)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """All tensors in nested lists, tuples and dicts."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in tensors_in(item)]
    return []


def _keep(scope: Scope, needed: set[int]) -> None:
    kept: list[Op | Scope] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _keep(item, needed)
            if item.items or item.name is not None:
                kept.append(item)
        elif item.output in needed:
            kept.append(item)
    scope.items = kept


def _read(scope: Scope, around: list[int], readers: dict[int, set[int]], leaving: list[int]) -> None:
    """For every value the modules within which it is read."""
    inside = [*around, id(scope)]
    for value in leaving:
        readers.setdefault(value, set()).add(0)
    for item in scope.items:
        if isinstance(item, Scope):
            _read(item, inside, readers, [])
        else:
            for value in (*item.inputs, *item.references):
                readers.setdefault(value, set()).add(inside[-1])


def _leave(scope: Scope, readers: dict[int, set[int]]) -> set[int]:
    """Set the outputs of every module; gives the modules within it."""
    within = {id(scope)}
    for item in scope.items:
        if isinstance(item, Scope):
            within |= _leave(item, readers)
    made = dict.fromkeys(op.output for op in scope.ops())
    scope.outputs = [value for value in made if readers.get(value, set()) - within]
    return within


def _shown(args: Any) -> str:
    parts = ["..." if tensors_in(value) else repr(value) for value in args]
    text = ", ".join(parts)
    return f"({text[:60]})"
