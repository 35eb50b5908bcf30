"""What our own layers say of an operation that is added to a network: its size, or why it cannot be."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError
from cnncalc.network import expand
from cnncalc.spec import read

if TYPE_CHECKING:
    from cnncalc.layers.base import Shape


@lru_cache(maxsize=4096)
def inferred(text: str, entering: tuple[str, ...], *, merge: bool = False, arguments: str = "") -> tuple[Shape, str]:
    """The size of an operation, and a problem if it has one.

    Args:
        text: a stage; of values that meet the operator. ``{0}`` in a stage is the second value that enters, and so on.
        entering: the sizes of the values that enter, as a spec has them.
        merge: whether they meet.
        arguments: what stands behind values that meet.
    """
    names = [f"v{place}" for place in range(len(entering))]
    inputs = ", ".join(f"{name}: {shape}" for name, shape in zip(names, entering, strict=True))
    parts = ", ".join(f"from {name}" for name in names)
    line = f"{text}({parts}{', ' * bool(arguments)}{arguments})" if merge else text.format(*names[1:])
    source = Source("-", f"cnncalc: 1\nname: n\ninputs: {{{inputs}}}\nlayers:\n  - from v0 | {line}\n")
    try:
        graph = expand(read(source))
    except SpecError as error:
        return (), error.problems[0].message
    if graph.problems:
        return (), graph.problems[0].message
    return graph.nodes[-1].shape or (), ""
