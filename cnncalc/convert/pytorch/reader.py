"""The model runs once; every module and function that it calls is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnncalc.convert.pytorch import constants, functions, recurrent
from cnncalc.convert.pytorch.attention import attend, check_attention
from cnncalc.convert.pytorch.causes import article, grouped, running, shown
from cnncalc.convert.pytorch.entering import check, check_batch, names_of, size_of
from cnncalc.convert.pytorch.modules import op_of, text_of
from cnncalc.convert.pytorch.opaque import Close, Taken, take
from cnncalc.convert.pytorch.tracer import Tracer
from cnncalc.convert.pytorch.whole import dissolve, lift, prune, set_outputs, share
from cnncalc.convert.pytorch.words import own_shape, tensors_in
from cnncalc.convert.tree import ConvertError, Imported, Op, Scope, Unsupported, regroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Reader(Tracer, TorchFunctionMode):
    """Notes modules by hooks and functions by PyTorch's own protocol."""

    def __init__(
        self,
        module: nn.Module,
        inputs: list[torch.Tensor],
        name: str,
        comment: str,
        closed: frozenset[str] | None = None,
    ) -> None:
        """Begin with a module and what it is run on; ``closed``: what cannot be said is opaque, and modules at these paths as a whole."""
        super().__init__(module, inputs[0].shape[0])
        self.closed = closed
        self.opaque: list[Unsupported] = []
        self.inputs = inputs
        self.title = name
        self.comment = comment
        self.leaf = 0
        self.found: list[Unsupported] = []
        self.paths = {id(part): path for path, part in module.named_modules()}
        self.stateless: dict[str, list[Op]] = {}

    def run(self) -> Imported:
        names = names_of(self.module, self.inputs)
        check(names, self.inputs, self.title)
        values = {name: self.value(tensor) for name, tensor in zip(names, self.inputs, strict=True)}
        handles = []
        for part in self.module.modules():
            if part is not self.module or op_of(part):
                handles.append(part.register_forward_pre_hook(self.before, with_kwargs=True, prepend=True))
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
            raise ConvertError(grouped(self.found), self.title)
        leaving = [value for value in outputs if value is not None]
        prune(self.root, leaving)
        try:
            lift(self.root, self.calls, share(self.calls, self.stateless))
        except ValueError as error:
            raise ConvertError([Unsupported(str(error), "")], self.title) from None
        regroup(self.root)
        dissolve(self.root)
        set_outputs(self.root, leaving)
        inputs = {name: size_of(tensor) for name, tensor in zip(names, self.inputs, strict=True)}
        root = (
            self.root.items[0]
            if len(self.root.items) == 1 and isinstance(self.root.items[0], Scope) and self.root.items[0].name is None
            else self.root
        )
        lines = [self.comment, *(f"Opaque: {what}, {place}." for what, place in dict.fromkeys(self.opaque))]
        return Imported(self.title, inputs, values, root, leaving, "\n".join(filter(None, lines)))

    def before(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        del args, kwargs
        if self.leaf or op_of(module) or self.is_closed(module):
            self.leaf += 1
            return
        path = self.paths[id(module)]
        scope = Scope(path, self.local(path), type(module).__name__, plain=type(module) is nn.Sequential)
        self.stack[-1].items.append(scope)
        self.stack.append(scope)
        if any(True for _ in module.parameters()):
            self.calls.setdefault(path, []).append(scope)

    def after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        if not self.leaf:
            self.stack.pop()
            return
        self.leaf -= 1
        if self.leaf:
            return
        given = [value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor)]
        states = tensors_in([*args, *kwargs.values()])[1:]
        path = self.paths[id(module)]
        try:
            if self.is_closed(module):
                kind = type(module).__name__
                raise ValueError(f"{article(kind)} {kind}, in which something cannot be said")
            self.layer(module, given, states, result)
        except ValueError as error:
            call = Taken(module, args, kwargs, result, list(module.parameters()), self.local(path))
            if not self.taken(call, str(error), path):
                self.refuse(str(error), path, self.known_all(given))
                self.lost(result)
            elif call.parameters:
                self.calls.setdefault(path, []).append(self.last_op())

    def constant(self, tensor: torch.Tensor) -> int | None:
        """As for every tracer; where what is opaque is wanted, a tensor of numbers that cannot be said is one of its size."""
        made = super().constant(tensor)
        if made is None and self.closed is not None and tensor.is_floating_point() and tensor.numel() > 1:
            made = self.own(f"{constants.sized(tensor)} transient", own_shape(tensor))
            self.values[id(tensor)] = made
            self.alive.append(tensor)
            self.opaque.append(
                Unsupported("a tensor whose numbers are made on the way, here zeros", running(self.stack[-1].path))
            )
        return made

    def is_closed(self, module: nn.Module) -> bool:
        """Whether a module is taken as a whole."""
        return self.closed is not None and self.paths[id(module)] in self.closed

    def taken(self, call: Taken, what: str, place: str) -> bool:
        """Take a call as opaque, if that is wanted and can be.

        Raises:
            Close: it cannot, but the module around it may.
        """
        if self.closed is None:
            return False
        self.leaf += 1
        try:
            found = take(self, call)
        finally:
            self.leaf -= 1
        if found:
            self.opaque.append(Unsupported(what, place))
        elif self.stack[-1].path:
            raise Close(self.stack[-1].path)
        return bool(found)

    def last_op(self) -> Op:
        """The operation noted last that owns something."""
        return next(item for item in reversed(self.stack[-1].items) if isinstance(item, Op) and item.owns)

    def layer(self, module: nn.Module, given: list[torch.Tensor], states: list[torch.Tensor], result: Any) -> None:
        """Note a module that is a layer.

        Raises:
            ValueError: the format cannot say it.
        """
        op, path = op_of(module), self.paths[id(module)]
        assert op is not None  # noqa: S101 (only such modules are leaves)
        if op == "attention" and any(value is not given[0] for value in given[1:3]):
            attend(self, path, module, given, result[0])
            return
        if op == "attention":
            check_attention(module, given)
        source = self.source(given)
        if source is None:
            raise ValueError(f"{type(module).__name__} on a tensor that no input reaches")
        output = result[0] if isinstance(result, tuple) else result
        batch, once = self.batch_of(given[0]), source in self.once
        entering = self.shapes[source]
        leaving = own_shape(output) if once else (*output.shape[:batch], *output.shape[batch + 1 :])
        if op in recurrent.KINDS:
            recurrent.check(self, module, given, states)
            recurrent.remember(self, module, result)
            text = recurrent.text_of(module)
        else:
            text = text_of(op, module, entering, leaving)
            check_batch(module, text, batch)
        owns = any(True for _ in module.parameters()) or any(True for _ in module.buffers())
        value = self.value(output, once=once, batch=batch, times=self.times.get(source, 1))
        self.doubt(value, [source])
        made = Op(text, [source], value, self.local(path), shape=leaving, entering=entering, owns=owns)
        self.stack[-1].items.append(made)
        if op == "maxpool" and isinstance(result, tuple):
            self.indices[id(result[1])] = made.output
            self.alive.append(result[1])
        if owns:
            self.calls.setdefault(path, []).append(made)
        else:
            self.stateless.setdefault(path, []).append(made)

    def source(self, given: list[torch.Tensor]) -> int | None:
        """The value that a module reads."""
        if not given:
            return None
        known = self.known(given[0])
        return self.constant(given[0]) if known is None else known

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        kwargs = dict(kwargs or {})
        before = self.known_all((*args, *kwargs.values())) if not self.leaf else []
        result = func(*args, **kwargs)
        of_states = bool(args) and id(args[0]) in self.states
        if self.leaf or not (before or of_states):
            return result
        name = functions.name_of(func)
        if name == "__get__" and tensors_in(result):
            name = str(getattr(getattr(func, "__self__", None), "__name__", name))
        if name == "__setitem__":
            self.assigned(args[0], before)
        if name in functions.SILENT or not tensors_in(result):
            return result
        self.function(func, name, args, kwargs, result)
        return result

    def assigned(self, tensor: torch.Tensor, known: Sequence[int]) -> None:
        """Refuse ``x[...] = y``: what was known of the tensor holds no longer.

        Raises:
            Close: the module around it may be taken as a whole.
        """
        if self.closed is not None and self.stack[-1].path:
            raise Close(self.stack[-1].path)
        self.refuse("assignment to a part of a tensor", running(self.stack[-1].path), known)
        self.lost(tensor)

    def known_all(self, values: Any) -> list[int]:
        return [index for tensor in tensors_in(list(values)) if (index := self.known(tensor)) is not None]

    def function(self, func: Any, name: str, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        """Note a function; what it cannot be is refused, and its result stays unknown."""
        known = self.known_all((*args, *kwargs.values()))
        self.current = max((self.times.get(value, 1) for value in known if value not in self.once), default=1)
        try:
            if id(args[0]) in self.states:
                recurrent.note(self, name, args, result)
            else:
                functions.note(self, name, args, kwargs, result)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            what = str(error) if isinstance(error, ValueError) else f"{name}{shown(args)}"
            place = running(self.stack[-1].path)
            if self.taken(Taken(func, tuple(args), kwargs, result), what, place):
                return
            self.refuse(what, place, () if isinstance(error, KeyError) else known)
            self.lost(result)

    def lost(self, result: Any) -> None:
        """Results of what was refused are values, so that what reads them is no cause of its own."""
        for tensor in tensors_in(result):
            if id(tensor) not in self.values:
                self.value(tensor)
            self.doubtful.add(self.values[id(tensor)])

    def refuse(self, what: str, place: str, known: Sequence[int] = ()) -> None:
        """Note a cause; what follows from another is none. ``known``: the values that entered."""
        if not self.doubtful.intersection(known):
            self.found.append(Unsupported(what, place))
