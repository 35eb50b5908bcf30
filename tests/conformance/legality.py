"""Random arguments and inputs for every layer, and what torch says to the call that the layer states.

Arguments come from the fields of a layer's class and their types alone. As a program it counts, for every layer or some:
``python tests/conformance/legality.py CASES [OP ...]``.
"""

from __future__ import annotations

import importlib
import random
import re
import sys
import warnings
from fractions import Fraction
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import torch
import torch.nn.functional as F
from pydantic import ValidationError
from torch import nn

from cnncalc.codegen import helpers
from cnncalc.diagnostics import ShapeError
from cnncalc.layers import registry
from cnncalc.layers.base import Layer, Shape, TorchCall

WHOLE = (0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7, -1, -2, 6, 8)
REALS = (*map(Fraction, (0, 1, 2, 3)), Fraction(1, 2), Fraction(3, 2), Fraction(7, 10), Fraction(1, 3), Fraction(-1, 2))


DELIBERATE = (
    ("pad|convtranspose|slice", r"padding leaves nothing|slice .* takes nothing", "torch makes values without numbers"),
    ("crop", r"crop must leave a part", "torch makes values without numbers"),
    (
        "maxpool|minpool|avgpool",
        r"padding .* more than half of the window",
        "windows that see nothing but padding, in a call that pads by itself",
    ),
    (
        "minpool|avgpool",
        r".* needs equal padding",
        "the call cannot say unequal padding, or Caffe's rounding, and states another layer",
    ),
    (
        "lppool",
        r"lppool has no padding|padding .* more than half",
        "the call cannot say padding, and states another layer",
    ),
    (
        "dropout1d|dropout2d|dropout3d",
        r".* spatial axes",
        "torch takes the batch for channels, or one axis for another",
    ),
    ("pixelshuffle|pixelunshuffle", r".* spatial axes", "torch takes all axes but the last three for a batch"),
    (
        "linear",
        r"linear needs a flat input",
        "a map without flatten is the commonest mistake of all: 'last' says that it is meant",
    ),
    (
        "linear",
        r"linear: weight=x is .*; it must be",
        "torch takes the number of outputs from a weight that is given; here both are said, and must agree",
    ),
    (
        "batchnorm|layernorm|groupnorm|instancenorm|rmsnorm",
        r".*: (weight|bias)=x differs between samples",
        "the call takes the values of the first sample for all of them",
    ),
    (
        "matmul",
        r"matmul: rows and columns are needed",
        "torch takes the batch for rows: the samples would meet",
    ),
    ("unfold", r"unfold needs 2 spatial axes", "torch takes the batch for channels"),
    ("rnn|lstm|gru", r".* needs a sequence", "torch takes the batch of a single value for the times of one sequence"),
    ("rnn|lstm|gru", r"dropout .* stands between layers", "torch warns that it does nothing"),
    ("sdpa", r"sdpa", "values of other sizes than the keys, more axes, or one key for all queries are other layers"),
    ("squeeze", r"squeeze removes axes of size 1", "nobody means a squeeze that does nothing"),
)
"""What is refused though torch runs something: layers, message, reason."""


PLAIN: dict[Any, tuple[Any, ...]] = {
    bool: (False, True),
    int: WHOLE,
    Fraction: REALS,
    str: ("x",),
    NoneType: (None,),
    None: (None,),
}
"""Values of plain types."""


class Case(NamedTuple):
    """A layer, the shapes of its inputs, what cnncalc says and what torch says: a shape, or why not."""

    layer: Layer
    shapes: tuple[Shape, ...]
    ours: Shape | str
    theirs: tuple[int, ...] | str

    @property
    def agrees(self) -> bool:
        if isinstance(self.ours, str):
            return isinstance(self.theirs, str) or self.deliberate is not None
        return self.theirs == self.ours

    @property
    def deliberate(self) -> str | None:
        """Why it is refused though torch runs something."""
        said = self.ours if isinstance(self.ours, str) else ""
        return next(
            (why for ops, text, why in DELIBERATE if re.fullmatch(ops, self.layer.op) and re.match(text, said)), None
        )

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self.layer, name)}" for name in self.layer.model_fields_set)
        return f"{self.layer.op}({fields}) of {self.shapes}: {self.ours} | torch: {str(self.theirs)[:200]}"


def value(chance: random.Random, annotation: Any, metadata: tuple[Any, ...] = (), rank: int = 2) -> Any:
    """A value of a type."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return value(chance, parts[0], (*metadata, *parts[1:]), rank)
    if origin in (UnionType, Union):
        return value(chance, chance.choice(parts), metadata, rank)
    if origin is Literal:
        return chance.choice(parts)
    if origin is tuple:
        length = rank if chance.random() < 0.9 else chance.randint(1, 3)
        each = [parts[0]] * length if parts[-1] is Ellipsis else parts
        return tuple(value(chance, part, metadata, rank) for part in each)
    return chance.choice(PLAIN[annotation])


def made(chance: random.Random, kind: type[Layer], rank: int) -> Layer | None:
    """A layer with random arguments, most of them left out; None if its fields refuse them."""
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if field.is_required() or chance.random() < 0.45:
            fields[name] = value(chance, field.annotation, tuple(field.metadata), rank)
    try:
        return kind(**fields)
    except ValidationError:
        return None


def inputs(chance: random.Random, kind: type[Layer], layer: Layer, rank: int) -> tuple[Shape, ...]:
    """Shapes: channels first, then sizes from 1; what meets others agrees with them most of the time."""
    channels = chance.choice((1, 2, 3, 4, 4, 6, 8))
    first = (channels, *(chance.choice((1, 2, 3, 4, 5, 6, 7, 9)) for _ in range(rank)))
    wanted = getattr(kind, "operands", 0) or (3 if kind.op == "sdpa" else 2 if kind.op == "matmul" else 0)
    others = wanted - 1 if wanted else chance.randint(0, 3) if kind.arity is None else kind.arity - 1
    others += sum(isinstance(getattr(layer, name), str) for name in kind.references)
    return (() if kind.arity == 0 else (first,)) + tuple(_like(chance, first) for _ in range(others))


def _like(chance: random.Random, shape: Shape) -> Shape:
    kept = chance.choice((1.0, 1.0, 0.8, 0.5))
    return tuple(n if chance.random() < kept else chance.choice((1, n, max(1, n - 1), 2 * n)) for n in shape)


def python(value: Any) -> Any:
    """A value as torch takes it."""
    if isinstance(value, Fraction):
        return float(value) if value.denominator > 1 else int(value)
    return tuple(map(python, value)) if isinstance(value, tuple) else value


def called(call: TorchCall, tensors: list[torch.Tensor]) -> torch.Tensor:
    """Run what a layer states."""
    if call.kind == "expression":
        names = [f"x{i}" for i in range(len(tensors))]
        text = call.target.format(*names, inputs=", ".join(names))
        return eval(text, {"torch": torch, "F": F, "nn": nn, **dict(zip(names, tensors, strict=True))})  # noqa: S307 (text of a layer)
    given = [python(a.value) for a in call.arguments if a.keyword is None]
    named = {a.keyword: python(a.value) for a in call.arguments if a.keyword is not None}
    made = helper(call.target) if call.kind == "helper" else getattr(nn, call.target.removeprefix("nn."))
    part = made(*given, **named)
    if isinstance(part, nn.Parameter):
        return part.expand(2, *part.shape)
    part.eval()
    found = part(*tensors)
    return found[0] if isinstance(found, tuple) else found


def helper(name: str) -> Any:
    """A class or function that emitted source brings along."""
    for path in Path(helpers.__file__).parent.glob("*.py"):
        module = importlib.import_module(f"cnncalc.codegen.helpers.{path.stem}")
        if hasattr(module, name):
            return getattr(module, name)
    raise KeyError(name)


def case(chance: random.Random, kind: type[Layer]) -> Case | None:
    """One case; None if the fields refuse the arguments, or if the layer can state no call for them."""
    rank = chance.choice((1, 2, 2, 3)) if chance.random() < 0.93 else 0
    layer = made(chance, kind, max(1, rank))
    if layer is None:
        return None
    shapes = inputs(chance, kind, layer, rank)
    try:
        layer.often((1,) * len(shapes), *shapes)
        ours: Shape | str = layer.infer(*shapes)
    except ShapeError as error:
        ours = error.message
    try:
        call = layer.torch(*shapes)
    except Exception:
        if isinstance(ours, str):
            return None  # what is refused need not have a call
        raise
    tensors = [torch.rand(2, *shape) for shape in shapes]
    if kind.op == "where":
        tensors[0] = tensors[0] > 0.5
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs: tuple[int, ...] | str = tuple(called(call, tensors).shape[1:])
    except Exception as error:  # noqa: BLE001 (whatever torch raises is a refusal)
        theirs = f"{type(error).__name__}: {error}"
    return Case(layer, shapes, ours, theirs)


def cases(kind: type[Layer], count: int, first: int = 0) -> list[Case]:
    """So many cases."""
    found: list[Case] = []
    seed = first
    while len(found) < count and seed < first + 20 * count:
        made = case(random.Random(f"{kind.op} {seed}"), kind)  # noqa: S311 (examples, no secrets)
        found += [made] if made else []
        seed += 1
    return found


SKIPPED = {
    "embedding": "takes whole numbers: tests/layers/test_embedding.py",
    "unpool": "needs a pool's indices: test_unpooling",
    "opaque": "takes whatever is stated: tests/layers/test_opaque.py",
    "einsum": "random letters name nothing: tests/layers/test_einsum.py",
    "onehot": "takes whole numbers: tests/layers/test_ordered.py",
    "expand": "random sizes rarely fit: tests/layers/test_structure.py",
    **dict.fromkeys(
        ("windows", "unwindows", "tobatch", "frombatch"), "change how often a value exists: their own tests"
    ),
}
"""Layers without cases of their own, and why; layers without an input accept whatever their fields accept."""


def kinds() -> list[type[Layer]]:
    """The layers that get cases."""
    return [kind for kind in registry.classes() if kind.op not in SKIPPED and kind.arity != 0]


def summary(kind: type[Layer], found: list[Case]) -> str:
    """What was found, in a line and one for every disagreement."""
    accepted = sum(not isinstance(one.ours, str) for one in found)
    chosen = sum(one.deliberate is not None and not isinstance(one.theirs, str) for one in found)
    bad = [f"    {one}" for one in found if not one.agrees]
    return "\n".join(
        [
            f"{kind.op}: {len(found)} cases, {accepted} accepted, {chosen} refused deliberately, {len(bad)} disagree",
            *bad,
        ]
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    for one in kinds():
        if one.op in sys.argv[2:] or not sys.argv[2:]:
            sys.stdout.write(summary(one, cases(one, int(sys.argv[1]))) + "\n")
