"""What the program writes, read before anybody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.diagnostics import Source, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.spec.model import Spec


class ReadBackError(Exception):
    """A spec that the program wrote and cannot read: a mistake of the program, never of the caller."""


def read_back(text: str, name: str, check: Callable[[Spec], object] | None = None) -> str:
    """The text, if it is a spec.

    Args:
        text: what is about to be shown or written.
        name: of the file that it becomes, or comes from.
        check: what else must work with the spec, such as its expansion.

    Raises:
        ReadBackError: it is none; carries the first problem.
    """
    from cnncalc.spec import read

    try:
        spec = read(Source(name, text))
        if check is not None:
            check(spec)
    except SpecError as error:
        problem = error.problems[0]
        message = f"the spec that was written for {name} cannot be read, so nothing is changed: {problem.full()}"
        raise ReadBackError(message) from None
    return text
