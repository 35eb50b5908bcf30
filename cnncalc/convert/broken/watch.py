"""Follows a model as it runs: every module without parts and every function, with the sizes that go in and out."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from cnncalc.convert.broken.stand_in import stand_in
from cnncalc.convert.pytorch.functions import SILENT, name_of
from cnncalc.convert.pytorch.words import tensors_in
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from cnncalc.layers.base import Shape

_PACKAGE = str(Path(__file__).parent.parent.parent)
_TORCH = str(Path(torch.__file__).parent)


class Call(NamedTuple):
    """``path``: of the module that is called, or in which a function is; ``name``: its class, or the function's; sizes with batch."""

    path: str
    name: str
    entering: tuple[Shape, ...]
    leaving: tuple[Shape, ...] = ()
    settings: nn.Module | None = None


class Broken(NamedTuple):
    """A call that failed, with the function at the bottom of it: ``function`` on ``args``."""

    call: Call
    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    file: str
    line: str
    error: str
    number: int


class Watch(TorchFunctionMode):
    """Notes calls by hooks on modules and by PyTorch's protocol for functions."""

    def __init__(self, module: nn.Module, inputs: Sequence[Tensor], *, assume: bool) -> None:
        """Nothing runs yet."""
        super().__init__()
        self.module, self.inputs, self.assume = module, inputs, assume
        self.calls: list[Call] = []
        self.broken: list[Broken] = []
        self.open: list[Opened] = []
        self.paths = {id(part): path for path, part in module.named_modules()}
        self.own = {id(tensor) for tensor in (*module.parameters(), *module.buffers())}
        self.before: dict[int, tuple[int, ...]] = {}
        """The size that a tensor had before it was flattened."""
        self.alive: list[Tensor] = []
        self._failed: tuple[str, tuple[Any, ...], dict[str, Any]] = ("", (), {})

    def run(self) -> None:
        """Run the model to its end or to the first failure."""
        handles: list[Any] = []
        for part in self.module.modules():
            handles.append(part.register_forward_pre_hook(self._enter, with_kwargs=True))
            handles.append(part.register_forward_hook(self._leave, with_kwargs=True))
        try:
            with self:
                self.module(*self.inputs)
        except Exception as error:  # noqa: BLE001 (the model is not ours: it may raise anything)
            if self._failed[0] or self._leaf() is not None:
                self._note(error)
        finally:
            for handle in handles:
                handle.remove()

    def assumed_before(self, broken: Broken) -> bool:
        """Whether something failed before, so that the sizes are assumptions."""
        return self.broken[0] is not broken

    def _enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        self.open.append((self.paths.get(id(module), ""), module, shapes((*args, *kwargs.values()))))

    def _leave(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        del args, kwargs
        path, _, entering = self.open.pop()
        if self._leaf() is None and is_leaf(module):
            self._called(Call(path, type(module).__name__, entering, shapes(result), module), result)

    def _leaf(self) -> Opened | None:
        """The outermost module without parts that is running."""
        return next((each for each in self.open if is_leaf(each[1])), None)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Any:
        """Run a function; note it, or that it failed."""
        del types
        named, name = dict(kwargs or {}), name_of(func)
        try:
            result = func(*args, **named)
        except Exception as error:
            self._failed = (name, args, named)
            assumed = stand_in(name, args, named) if self.assume else None
            if assumed is None:
                raise
            self._note(error)
            result = assumed
        if self._leaf() is None and name not in SILENT and tensors_in(result):
            path = self.open[-1][0] if self.open else ""
            self._called(Call(path, name, self._values(args, named), shapes(result)), result)
        return result

    def _values(self, args: Any, kwargs: Any) -> tuple[Shape, ...]:
        """The sizes of what enters a function, without weights."""
        return shapes([tensor for tensor in tensors_in((*args, *kwargs.values())) if id(tensor) not in self.own])

    def _called(self, call: Call, result: Any) -> None:
        self.calls.append(call)
        for tensor in tensors_in(result):
            self.alive.append(tensor)
            if call.entering and len(call.leaving) == 1 and tensor.ndim < len(call.entering[0]):
                self.before[id(tensor)] = call.entering[0]

    def _note(self, error: Exception) -> None:
        name, args, kwargs = self._failed
        self._failed = ("", (), {})
        leaf = self._leaf()
        if leaf is not None:
            call = Call(leaf[0], type(leaf[1]).__name__, leaf[2], (), leaf[1])
        else:
            call = Call(self.open[-1][0] if self.open else "", name, self._values(args, kwargs))
        file, line = _place(error)
        said = str(error).strip().splitlines()
        self.broken.append(Broken(call, name, args, kwargs, file, line, said[0] if said else "", len(self.calls)))


Opened = tuple[str, nn.Module, "tuple[Shape, ...]"]
"""Path, module, sizes of what entered."""


def is_leaf(module: nn.Module) -> bool:
    """Whether a module is one of PyTorch's own that is shown as one call."""
    own = type(module).__module__.startswith("torch.nn")
    return own and not isinstance(module, nn.Sequential | nn.ModuleList | nn.ModuleDict)


def shapes(value: Any) -> tuple[Shape, ...]:
    """The sizes of all tensors in a value, the batch included."""
    return tuple(tuple(tensor.shape) for tensor in tensors_in(value))


def _place(error: Exception) -> tuple[str, str]:
    """The model's own line that was running, below the run itself; of an assumed call the stack as it stands. Empty without one."""
    frames = [*traceback.extract_stack(), *traceback.extract_tb(error.__traceback__)]
    start = max((i for i, frame in enumerate(frames) if frame.filename == __file__ and frame.name == "run"), default=0)
    theirs = [frame for frame in frames[start:] if not frame.filename.startswith(_TORCH) and _is_model(frame)]
    return (f"{theirs[-1].filename}:{theirs[-1].lineno}", theirs[-1].line or "") if theirs else ("", "")


def _is_model(frame: traceback.FrameSummary) -> bool:
    return not frame.filename.startswith((_PACKAGE, "<frozen ")) and Path(frame.filename).name != "contextlib.py"
