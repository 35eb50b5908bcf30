"""``NamedTuple`` as in ``typing``, made without looking at the types of its fields.

``typing.NamedTuple`` compiles every annotation that is text, which took a fifth of the time of ``cnncalc analyze``. Type
checkers see the original.
"""

from __future__ import annotations

import gc
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple as NamedTuple  # noqa: PLC0414 (an explicit re-export)
else:
    from collections import namedtuple

    class _Maker(type):
        """Turns a class body with annotated fields into a named tuple."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Any:
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = list(body.get("__annotations__", {}))
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])  # noqa: PYI024 (this is what makes it)
            made.__annotations__ = body.get("__annotations__", {})
            for key, value in body.items():
                if key not in fields and key not in ("__module__", "__qualname__", "__annotations__"):
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """The base of a named tuple."""


def collecting_later(work: Callable[P, R]) -> Callable[P, R]:
    """The same function; while it runs, Python does not look for garbage.

    Frozen values point at what was there before them and never in circles, so there is none to be found among them; looking
    for it takes a third of the time in a network of 100,000 layers.
    """

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not gc.isenabled():
            return work(*args, **kwargs)
        gc.disable()
        try:
            return work(*args, **kwargs)
        finally:
            gc.enable()

    return run
