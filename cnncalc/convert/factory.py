"""``package.module:factory`` as a model: the user's own code, imported as such."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncalc.convert.foreign import theirs
from cnncalc.diagnostics import UsageError
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


def make(name: str, arguments: Mapping[str, str]) -> Any:
    """Call a factory, or take a module that is there.

    Args:
        name: ``package.module:factory``; the present folder is looked in too.
        arguments: keyword arguments as text: Python literals, or else words.

    Raises:
        UsageError: there is no such package or factory, or it cannot be called like this, gives no module, or raises something.
    """
    from torch import nn

    package, colon, attribute = name.partition(":")
    if not colon or not package or not attribute:
        raise UsageError(f"'{name}' is no package.module:factory, such as torchvision.models:resnet50")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    found = _found(package, attribute)
    if not isinstance(found, nn.Module):
        found = _made(name, found, {key: _literal(value) for key, value in arguments.items()})
    if not isinstance(found, nn.Module):
        raise UsageError(f"{name} gives a value of type {type(found).__name__}, which is no torch.nn.Module")
    return found


def _found(package: str, attribute: str) -> Any:
    with theirs(f"importing {package}", calls=True):
        try:
            found: Any = import_module(package)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{package}.".startswith(f"{error.name}."):
                raise  # it is there, and does not find what it imports
            raise UsageError(f"cannot import {package}: {error}") from None
        for part in attribute.split("."):
            if not hasattr(found, part):
                raise UsageError(f"{package} has no '{part}'{nearest(part, dir(found))}")
            found = getattr(found, part)
    return found


def _made(name: str, factory: Any, given: Mapping[str, Any]) -> Any:
    with theirs(f"calling {name}", calls=True):
        try:
            return factory(**given)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            raise UsageError(f"{name}: {error}") from None


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
