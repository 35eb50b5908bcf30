"""Recurrent modules of PyTorch in the notation: they return a sequence and states, which are parts of sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.pytorch.functions.slices import getitem
from cnncalc.convert.pytorch.tracer import States, Tracer
from cnncalc.convert.pytorch.words import exact, number

if TYPE_CHECKING:
    import torch


KINDS = frozenset({"rnn", "lstm", "gru"})
"""The layers that are meant."""


def text_of(module: Any) -> str:
    """The stage for a module; a dropout between layers of which there is one does nothing."""
    words = [module.mode.lower().partition("_")[0], str(module.hidden_size)]
    words += [str(module.num_layers)] if module.num_layers > 1 else []
    words += ["relu"] if module.mode == "RNN_RELU" else []
    words += ["bidirectional"] if module.bidirectional else []
    words += [] if module.bias else ["nobias"]
    words += ["last"] if getattr(module, "last", False) else []
    words += [f"proj_size={module.proj_size}"] if module.proj_size else []
    words += [f"dropout={number(exact(module.dropout))}"] if module.dropout and module.num_layers > 1 else []
    return " ".join(words)


def check(tracer: Tracer, module: Any, given: list[torch.Tensor], states: list[torch.Tensor]) -> None:
    """Hold what enters against what the module takes.

    Raises:
        ValueError: it does not lie where the module takes it, or the module does not begin with zeros.
    """
    kind, batch = type(module).__name__, tracer.batch_at.get(id(given[0]), 0)
    if batch != (0 if module.batch_first else 1):
        found = "first" if module.batch_first else "second"
        raise ValueError(
            f"{kind} that takes the {found} axis for the batch, which it is not; batch_first=True is meant"
        )
    if any(tracer.known(state) is not None or bool(state.any()) for state in states):
        raise ValueError(f"{kind} that begins with states other than zeros")


def remember(tracer: Tracer, module: Any, result: Any) -> None:
    """Know the states that a module returns, besides its sequence."""
    if not isinstance(result, tuple):
        return
    out, states = result
    size = module.proj_size or module.hidden_size
    tensor = states[0] if isinstance(states, tuple) else states
    tracer.states[id(tensor)] = States(out, module.num_layers, 2 if module.bidirectional else 1, size)
    tracer.alive += [tensor, *(states if isinstance(states, tuple) else ())]


def note(tracer: Tracer, name: str, args: Any, result: Any) -> None:
    """A state of the last layer is the last of its direction in the sequence.

    Raises:
        ValueError: another use of the states.
    """
    states = tracer.states[id(args[0])]
    place = _place(name, args[1:], args[0].shape[0])
    first = (states.layers - 1) * states.directions
    if place is None or place < first:
        raise ValueError("states of a recurrent module other than those of its last layer, one by one: h_n[-1]")
    backward = place - first
    time: Any = 0 if backward else -1
    part = slice(backward * states.size, (backward + 1) * states.size)
    batch = tracer.batch_at.get(id(states.out), 0)
    if batch:
        raise ValueError("states of a recurrent module whose batch is not first")
    index = (slice(None), time, part) if states.directions > 1 else (slice(None), time)
    getitem(tracer, (states.out, index), {}, result)


def _place(name: str, rest: Any, count: int) -> int | None:
    """Which state is taken: ``h[-1]``, or ``h.squeeze(0)`` of the only one."""
    if name == "__getitem__" and type(rest[0]) is int:
        return rest[0] % count
    if name == "squeeze" and rest == (0,) and count == 1:
        return 0
    return None
