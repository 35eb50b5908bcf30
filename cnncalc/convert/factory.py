"""``package.module:factory`` as a model: the user's own code, imported as such."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        UsageError: there is no such package or factory, or it cannot be called like this, or gives no module.
    """
    from torch import nn

    package, colon, attribute = name.partition(":")
    if not colon or not package or not attribute:
        raise UsageError(f"'{name}' is no package.module:factory, such as torchvision.models:resnet50")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = import_module(package)
    except ImportError as error:
        raise UsageError(f"cannot import {package}: {error}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise UsageError(f"{package} has no '{part}'{nearest(part, dir(found))}")
        found = getattr(found, part)
    given = {key: _literal(value) for key, value in arguments.items()}
    if not isinstance(found, nn.Module):
        try:
            found = found(**given)
        except TypeError as error:
            raise UsageError(f"{name}: {error}") from None
    if not isinstance(found, nn.Module):
        raise UsageError(f"{name} gives a {type(found).__name__}, which is no torch.nn.Module")
    return found


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
