"""Why a call fails, in words, from the sizes that meet there; and the number that mends it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.broken import functions
from cnncalc.convert.broken.facts import Reason, Remedy, at, number, padding, product, size, tensor
from cnncalc.convert.broken.stand_in import CONVOLUTIONS, SUMS, TRANSPOSED, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.convert.broken.watch import Broken, Watch


def reason(broken: Broken, watch: Watch) -> Reason:
    """Why a call failed, and the remedy; nothing where its sizes do not tell."""
    for names, why in _KNOWN:
        found = _asked(why, broken, watch) if broken.function in names else None
        if found is not None:
            return found
    shape = broken.call.entering[0] if broken.call.entering and not broken.function else ()
    found = (_rank(broken, shape) or _channels(broken, watch, shape) or _steps(broken, watch, shape)) if shape else None
    return found or ("", None)


def _asked(why: Callable[[Broken, Watch], Reason | None], broken: Broken, watch: Watch) -> Reason | None:
    """A reason; none for a call whose arguments are not even of the kind that the function takes."""
    try:
        return why(broken, watch)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return None


def _linear(broken: Broken, watch: Watch) -> Reason | None:
    x, weight = tensor(broken.args, 0), tensor(broken.args, 1)
    if x is None or weight is None or x.shape[-1] == weight.shape[1]:
        return None
    takes, has = weight.shape[1], x.shape[-1]
    before = watch.before.get(id(x))
    if x.ndim > 2 and prod(x.shape[1:]) == takes:  # noqa: PLR2004 (batch and features)
        text = f"{broken.call.name} takes {takes:,}, which is all of {size(x.shape)}; it works on the last axis, of {has:,}"
        return text, Remedy("flatten before it: torch.flatten(x, 1)")
    if x.ndim == 2 and x.shape[0] != watch.inputs[0].shape[0]:  # noqa: PLR2004 (batch and features)
        per = prod(x.shape) // watch.inputs[0].shape[0]
        text = (
            f"{broken.call.name} takes {takes:,}; what enters is {size(x.shape)}, whose first axis is no batch any more"
        )
        return text, Remedy(f"flatten with torch.flatten(x, 1), which gives {per:,} per sample")
    what = "the flattened value" if before else "what enters"
    shown = product(before[1:]) if before and prod(before[1:]) == has else f"{has:,}"
    return f"{broken.call.name} takes {takes:,}, {what} has {shown}", number(broken, watch, "in_features", has)


def _convolution(broken: Broken, watch: Watch) -> Reason | None:
    x, weight = tensor(broken.args, 0), tensor(broken.args, 1)
    rank = weight.ndim - 2 if weight is not None else 0
    if x is None or weight is None or rank < 1:
        return None
    if x.ndim not in {weight.ndim, weight.ndim - 1}:
        return _wrong_rank(broken, x.shape, rank)
    groups = groups_of(broken.args, broken.kwargs) if broken.function in CONVOLUTIONS else 1
    wanted = weight.shape[1] * groups if broken.function in CONVOLUTIONS else weight.shape[0]
    if x.ndim == weight.ndim and x.shape[1] != wanted:
        text = f"{broken.call.name} takes {wanted:,} channels, what enters has {x.shape[1]:,} ({size(x.shape[1:])})"
        if x.shape[1] % groups:
            return text, Remedy(f"{x.shape[1]} channels are no multiple of groups={groups}")
        return text, number(broken, watch, "in_channels", x.shape[1])
    if x.ndim == weight.ndim - 1 and x.shape[0] != wanted:
        return _wrong_rank(broken, x.shape, rank)
    return _window(broken, x.shape, weight.shape[2:])


def _window(broken: Broken, shape: Sequence[int], kernel: Sequence[int]) -> Reason | None:
    settings = broken.call.settings
    spans = [
        (at(getattr(settings, "dilation", 1), axis) * (k - 1) + 1, n + 2 * padding(settings, axis))
        for axis, (k, n) in enumerate(zip(kernel, shape[-len(kernel) :], strict=True))
    ]
    for span, room in spans:
        if span > room:
            text = f"{broken.call.name} has a window over {span} places, what enters has {room} with its padding"
            return f"{text} ({size(shape[1:])})", Remedy("", tries_sizes=True)
    return None


def _pool(broken: Broken, watch: Watch) -> Reason | None:
    del watch
    x = tensor(broken.args, 0)
    kernel = getattr(broken.call.settings, "kernel_size", broken.args[1] if len(broken.args) > 1 else None)
    if x is None or kernel is None:
        return None
    found = "".join(filter(str.isdigit, broken.function))
    rank = int(found[0]) if found else 2
    if x.ndim < rank + 1 or x.ndim > rank + 2:
        return _wrong_rank(broken, x.shape, rank)
    window = _window(broken, x.shape, [at(kernel, axis) for axis in range(rank)])
    return window or (f"{broken.call.name} has no output on {size(x.shape[1:])}", Remedy("", tries_sizes=True))


def _norm(broken: Broken, watch: Watch) -> Reason | None:
    x = tensor(broken.args, 0)
    if x is None:
        return None
    if broken.function == "layer_norm":
        takes = tuple(broken.args[1]) if len(broken.args) > 1 else tuple(broken.kwargs.get("normalized_shape", ()))
        has = tuple(x.shape[x.ndim - len(takes) :])
        text = f"{broken.call.name} takes {size(takes)}, the last axes of what enters are {size(has)}"
        remedy = (
            number(broken, watch, "normalized_shape", has[0])
            if len(has) == 1
            else Remedy(f"normalized_shape={list(has)}")
        )
        return (text, remedy) if takes != has else None
    return _channels(broken, watch, x.shape)


def _channels(broken: Broken, watch: Watch, shape: Sequence[int]) -> Reason | None:
    """A norm of another number of channels."""
    settings = broken.call.settings
    takes = next((int(n) for key in ("num_features", "num_channels") if (n := getattr(settings, key, None))), 0)
    if not takes or len(shape) < 2 or shape[1] == takes:  # noqa: PLR2004 (batch and channels)
        return None
    argument = "num_channels" if hasattr(settings, "num_channels") else "num_features"
    text = f"{broken.call.name} takes {takes:,} channels, what enters has {shape[1]:,} ({size(shape[1:])})"
    groups = int(getattr(settings, "num_groups", 1))
    if shape[1] % groups:
        return text, Remedy(f"{shape[1]} channels are no multiple of num_groups={groups}")
    return text, number(broken, watch, argument, shape[1])


def _slopes(broken: Broken, watch: Watch) -> Reason | None:
    """A slope for each channel, of another number of channels."""
    x, weight = tensor(broken.args, 0), tensor(broken.args, 1)
    if x is None or weight is None or x.ndim < 2 or x.shape[1] == weight.numel():  # noqa: PLR2004 (batch and channels)
        return None
    text = f"{broken.call.name} has {weight.numel():,} slopes, what enters has {x.shape[1]:,} channels ({size(x.shape[1:])})"
    return text, number(broken, watch, "num_parameters", x.shape[1])


def _attention(broken: Broken, watch: Watch) -> Reason | None:
    x, settings = tensor(broken.args, 0), broken.call.settings
    width = int(getattr(settings, "embed_dim", 0))
    if x is None or not width or x.shape[-1] == width:
        return None
    return f"{broken.call.name} takes {width:,} features, what enters has {x.shape[-1]:,}", number(
        broken, watch, "embed_dim", x.shape[-1]
    )


def _steps(broken: Broken, watch: Watch, shape: Sequence[int]) -> Reason | None:
    """A recurrent layer of another number of features per step."""
    takes = int(getattr(broken.call.settings, "input_size", 0))
    if not takes or shape[-1] == takes:
        return None
    return f"{broken.call.name} takes {takes:,} features per step, what enters has {shape[-1]:,}", number(
        broken, watch, "input_size", shape[-1]
    )


def _rank(broken: Broken, shape: Sequence[int]) -> Reason | None:
    """Modules that look at the number of axes first: their class says it."""
    digit = next((c for c in broken.call.name if c.isdigit()), "")
    if not digit or len(shape) == int(digit) + 2:
        return None
    return _wrong_rank(broken, shape, int(digit))


def _wrong_rank(broken: Broken, shape: Sequence[int], rank: int) -> Reason:
    text = f"{broken.call.name} takes a batch of channels with {rank} spatial {'axis' if rank == 1 else 'axes'}, what enters is {size(shape)}"
    if len(shape) == rank + 1:
        return text, Remedy("the batch or the channels are missing: x.unsqueeze(0), or x.unsqueeze(1) for one channel")
    if len(shape) == 2:  # noqa: PLR2004 (batch and features)
        return text, Remedy("it stands behind a flatten: put it before, or take the one for vectors")
    return text, Remedy(f"the one for {len(shape) - 2} spatial axes, or --input with {rank}")


_POOLS = frozenset(f"{kind}_pool{rank}d" for kind in ("max", "avg", "lp") for rank in (1, 2, 3))


_KNOWN: tuple[tuple[frozenset[str], Callable[[Broken, Watch], Reason | None]], ...] = (
    (frozenset({"linear"}), _linear),
    (frozenset({*CONVOLUTIONS, *TRANSPOSED}), _convolution),
    (_POOLS | frozenset({"boolean_dispatch", "fn"}), _pool),
    (frozenset({"batch_norm", "instance_norm", "group_norm", "layer_norm"}), _norm),
    (frozenset({"cat", "concat", "concatenate"}), functions.joined),
    (frozenset(SUMS), functions.summed),
    (frozenset({"matmul", "__matmul__", "mm", "bmm"}), functions.multiplied),
    (frozenset({"view", "reshape"}), functions.reshaped),
    (frozenset({"multi_head_attention_forward"}), _attention),
    (frozenset({"prelu"}), _slopes),
    (frozenset({"pad"}), functions.padded),
    (frozenset({"embedding"}), functions.tokens),
)
