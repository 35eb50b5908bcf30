"""What is not in the light install, and how to get it."""

from __future__ import annotations

from importlib.util import find_spec

from cnncalc.diagnostics import MissingExtraError


def need(module: str, what: str, extra: str) -> None:
    """Say how to install what is missing, before work begins.

    Args:
        module: the module that must be there.
        what: what needs it, as the user calls it.
        extra: the extra of the package that brings it.

    Raises:
        MissingExtraError: it is not installed.
    """
    if find_spec(module) is None:
        raise MissingExtraError(f"{what} needs {module}: pip install 'cnncalc[{extra}]'")


def need_torch(what: str) -> None:
    """Say how to install torch where it is missing.

    Raises:
        MissingExtraError: torch is not installed.
    """
    need("torch", what, "torch")
