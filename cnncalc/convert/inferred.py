"""What our own layers say of an operation that is added to a network: its size, or why it cannot be."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError
from cnncalc.network import expand
from cnncalc.spec import read

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape


MOST = 4
"""Axes that an input of a spec has at most; a value within it may have more."""


ONCE = "= "
"""Stands before a value that exists once per network: ``= learned 8x1x1``."""


@lru_cache(maxsize=4096)
def inferred(text: str, entering: tuple[str, ...], *, merge: bool = False, arguments: str = "") -> tuple[Shape, str]:
    """The size of an operation, and a problem if it has one.

    Args:
        text: a stage; of values that meet the operator. ``{0}`` in a stage is the second value that enters, and so on.
        entering: the sizes of the values that enter, as a spec has them; behind ``ONCE`` how one is made that exists once.
        merge: whether they meet.
        arguments: what stands behind values that meet.
    """
    names = [f"v{place}" for place in range(len(entering))]
    inputs, before = ["i: 1"], []
    for place, shape in enumerate(entering):
        if shape.startswith(ONCE):
            before.append(f"v{place} = {shape.removeprefix(ONCE)}")
        elif shape.count("x") < MOST:
            inputs.append(f"v{place}: {shape}")
        else:
            inputs.append(f"f{place}: {prod(map(int, shape.split('x')))}")
            before += [f"from f{place}", f"v{place} = reshape {shape}"]
    parts = ", ".join(f"from {name}" for name in names)
    line = f"{text}({parts}{', ' * bool(arguments)}{arguments})" if merge else text.format(*names[1:])
    layers = "".join(f"  - {statement}\n" for statement in (*before, f"from v0 | {line}"))
    source = Source("-", f"cnncalc: 1\nname: n\ninputs: {{{', '.join(inputs)}}}\nlayers:\n{layers}")
    try:
        graph = expand(read(source))
    except SpecError as error:
        return (), error.problems[0].message
    if graph.problems:
        return (), graph.problems[0].message
    return graph.nodes[-1].shape or (), ""
