"""Files that are not written as their format says: whatever a reader runs into is told as that, with the place."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnncalc.convert.tree import ConvertError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RAISED = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    struct.error,
)
"""What arithmetic on what a file holds raises, if it holds something else than it should."""


@contextmanager
def as_written(form: str, title: str, place: Callable[[], str] = str) -> Iterator[None]:
    """Read a file of other people's.

    Args:
        form: the format, by its name.
        title: the network's.
        place: where in the file the reader is.

    Raises:
        ConvertError: the file holds something that no reader expects; or as it comes.
    """
    try:
        yield
    except RAISED as error:
        said = f"{type(error).__name__} {error}".splitlines()[0]
        raise ConvertError([Unsupported(f"this is not written as {form} does: {said}", place())], title) from None
