"""What to write instead of a layer of PyTorch or Keras that somebody typed: ``Conv2d(3, 6, 5)`` -> ``conv 6 5``."""

from __future__ import annotations

import re

_CALL = re.compile(r"(?:[\w.]*\.)?([A-Za-z]\w*)(?:[ \t]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)?)?")
_VALUE = re.compile(r"[\w.+*/-]+|\([\w ,.+*/-]*\)")
_LONGEST = 300

_WINDOW = ("kernel_size", "stride", "padding")
_CONV = ("in_channels", "out_channels", *_WINDOW, "dilation", "groups", "bias")
_POSITIONS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "conv": ("conv", _CONV, ("out_channels", "kernel_size")),
    "convtranspose": ("convtranspose", ("in_channels", "out_channels", *_WINDOW, "output_padding", "groups", "bias", "dilation"), ("out_channels", "kernel_size")),
    "maxpool": ("maxpool", (*_WINDOW, "dilation"), ("kernel_size",)),
    "avgpool": ("avgpool", _WINDOW, ("kernel_size",)),
    "adaptiveavgpool": ("adaptiveavgpool", ("output_size",), ("output_size",)),
    "adaptivemaxpool": ("adaptivemaxpool", ("output_size",), ("output_size",)),
    "linear": ("linear", ("in_features", "out_features", "bias"), ("out_features",)),
    "batchnorm": ("bn", ("num_features",), ()),
    "groupnorm": ("groupnorm", ("num_groups", "num_channels"), ("num_groups",)),
    "layernorm": ("layernorm", ("normalized_shape",), ()),
    "instancenorm": ("instancenorm", ("num_features",), ()),
    "dropout": ("dropout", ("p",), ("p",)),
    "leakyrelu": ("leaky", ("negative_slope",), ("negative_slope",)),
    "flatten": ("flatten", (), ()),
    "dense": ("linear", ("units", "activation"), ("units",)),
    "maxpooling": ("maxpool", ("pool_size", "strides", "padding"), ("pool_size",)),
    "averagepooling": ("avgpool", ("pool_size", "strides", "padding"), ("pool_size",)),
    "globalaveragepooling": ("gap", (), ()),
    "globalmaxpooling": ("gmp", (), ()),
    "batchnormalization": ("bn", (), ()),
    "keras conv": ("conv", ("filters", "kernel_size", "strides", "padding"), ("filters", "kernel_size")),
}  # fmt: skip
"""Of a class, in small letters without its dimension: our layer, the order of its arguments, those that become bare words."""

_SHORT = {"stride": "s", "strides": "s", "padding": "p", "dilation": "d", "groups": "g"}


def written(text: str) -> str:
    """The help for a call: what to write in its place."""
    from cnncalc.layers import registry

    if re.match(r"stack\b", text):
        return "stack on a new axis: concat(unsqueeze, unsqueeze)"
    found = proposal(text, frozenset(registry.names()))
    return f"write {found}" if found else "write the name and its arguments with blanks between: conv 64 3"


def proposal(text: str, known: frozenset[str]) -> str:
    """Our statement for the call that a text begins with; empty if it is not known.

    Args:
        text: what stands there, from the name of the layer on; ``nn.`` and the like may stand before it.
        known: the names of our layers.
    """
    match = _CALL.match(text[:_LONGEST])
    if match is None:
        return ""
    name, inside = match[1], match[2]
    if name in known:
        return " ".join([name, *_plain(inside or "")])
    entry = _entry(name, inside or "", known)
    if entry is None:
        return ""
    layer, order, bare = entry
    return " ".join([layer, *_words(order, bare, inside or "")])


def _plain(inside: str) -> list[str]:
    """Arguments of our own layer, in brackets by habit: as they stand, with blanks between."""
    parts = ("".join(part.split()) for part in re.split(r",(?![^()]*\))", inside))
    return [part for part in parts if part]


def _entry(name: str, inside: str, known: frozenset[str]) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    plain = re.sub(r"[1-3]d$", "", name.lower())
    if plain == "conv" and (name.endswith("D") or re.search(r"\b(filters|strides|activation)\s*=", inside)):
        plain = "keras conv"
    if plain in _POSITIONS:
        return _POSITIONS[plain]
    return (plain, (), ()) if plain in known else None


def _words(order: tuple[str, ...], bare: tuple[str, ...], inside: str) -> list[str]:
    given = _given(order, inside)
    words = [given[name] for name in bare if name in given]
    for name, value in given.items():
        if name == "bias" and value == "False":
            words.append("nobias")
        elif name in _SHORT and value not in _usual(name):
            words.append(value if value in ("same", "valid") else f"{_SHORT[name]}{value}")
    activation = given.get("activation", "")
    return [*words, *(["|", activation] if activation.isidentifier() and activation != "None" else [])]


def _usual(name: str) -> tuple[str, ...]:
    return ("0", "valid") if name == "padding" else ("1",) if name in ("dilation", "groups") else ("None",)


def _given(order: tuple[str, ...], inside: str) -> dict[str, str]:
    """The arguments by name; values that are no numbers, words or brackets of them are left out."""
    given: dict[str, str] = {}
    for place, part in enumerate(re.split(r",(?![^()]*\))", inside)):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            name, value = (order[place] if place < len(order) else ""), name
        value = value.strip("'\"")
        if name and _VALUE.fullmatch(value):
            given[name] = _square(value)
    return given


def _square(value: str) -> str:
    """``(3, 3)`` as 3, ``(3, 1)`` as 3x1."""
    sizes = [size.strip() for size in value.strip("()").split(",") if size.strip()]
    if not value.startswith("(") or not all(size.isdigit() for size in sizes):
        return value
    return sizes[0] if len(set(sizes)) == 1 else "x".join(sizes)
