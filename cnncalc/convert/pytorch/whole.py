"""What is left when the model has run: what is read by nobody goes, what was called twice is shared, modules have outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.tree import Op, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

Calls = dict[str, list[Op | Scope]]
"""Modules with weights by their path, once for every time that they were called."""


def prune(root: Scope, leaving: list[int]) -> None:
    """Take out operations that nobody reads."""
    needed = set(leaving)
    for op in reversed(root.ops()):
        if op.output in needed:
            needed.update((*op.inputs, *op.references))
    _keep(root, needed)


def dissolve(root: Scope) -> None:
    """Take out modules that read nothing from outside, such as one that computes a weight: what is in them gets their path."""
    _open(root, {id(scope) for scope in _scopes(root) if not scope.shared and scope.ops() and not _reads(scope)}, {})


def _scopes(scope: Scope) -> Iterator[Scope]:
    """The modules within one."""
    for item in scope.items:
        if isinstance(item, Scope):
            yield item
            yield from _scopes(item)


def _reads(scope: Scope) -> set[int]:
    """The values from outside that a module reads."""
    ops = scope.ops()
    return {value for op in ops for value in (*op.inputs, *op.references)} - {op.output for op in ops}


def share(calls: Calls, stateless: dict[str, list[Op]]) -> set[int]:
    """Modules with weights that were applied several times get a name of their own.

    Returns:
        Those that are to be taken apart, by identity: they read several values, which a shared name cannot; what is in them is shared.
    """
    apart = {
        path
        for path, items in calls.items()
        if len(items) > 1 and any(isinstance(item, Scope) and len(_reads(item)) > 1 for item in items)
    }
    for path, items in calls.items():
        if len(items) > 1 and path not in apart and not _within_shared(calls, path, len(items), apart):
            for item in items:
                item.shared, item.name = item.name, None
    for ops in stateless.values():
        if len(ops) > 1:
            for op in ops:
                op.name = None
    return {id(item) for path in apart for item in calls[path]}


def lift(root: Scope, calls: Calls, opened: set[int]) -> None:
    """Take apart modules: those that are ``opened``, and those that call a shared module from outside of them, which needs one name.

    Raises:
        ValueError: one of them is shared itself.
    """
    shared = {id(item): path for path, items in calls.items() for item in items if item.shared}
    _mark(root, [], shared, opened)
    if opened:
        _open(root, opened, shared)


def _mark(scope: Scope, around: list[Scope], shared: dict[int, str], opened: set[int]) -> None:
    """Find modules around a shared one that it does not belong to."""
    for item in scope.items:
        path = shared.get(id(item))
        if path is not None:
            apart = [outer for outer in (*around, scope) if outer.path and not path.startswith(f"{outer.path}.")]
            if any(outer.shared for outer in apart):
                raise ValueError(f"'{path}' is called within modules that are called several times themselves")
            opened.update(map(id, apart))
        if isinstance(item, Scope):
            _mark(item, [*around, scope], shared, opened)


def _open(scope: Scope, opened: set[int], shared: dict[int, str]) -> None:
    """Put what is in modules in their place, under its path."""
    items: list[Op | Scope] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _open(item, opened, shared)
        if not isinstance(item, Scope) or id(item) not in opened:
            items.append(item)
            continue
        for inner in item.items:
            inner.name = f"{item.name}.{inner.name}" if item.name and inner.name else inner.name
            if inner.shared and shared.get(id(inner), "").startswith(f"{item.path}."):
                inner.shared = f"{item.name}.{inner.shared}"
        items += item.items
    scope.items = items


def _within_shared(calls: Calls, path: str, times: int, apart: set[str]) -> bool:
    """Whether a module is applied more than once only because a module around it is."""
    while path:
        path = path.rpartition(".")[0]
        if len(calls.get(path, ())) == times and path not in apart:
            return True
    return False


def set_outputs(root: Scope, leaving: list[int]) -> None:
    """For every module the values made in it that are read outside."""
    readers: dict[int, set[int]] = {}
    _read(root, [], readers, leaving)
    _leave(root, readers)


def _keep(scope: Scope, needed: set[int]) -> None:
    kept: list[Op | Scope] = []
    for item in scope.items:
        if isinstance(item, Scope):
            _keep(item, needed)
            if item.items or item.name is not None:
                kept.append(item)
        elif item.output in needed:
            kept.append(item)
    scope.items = kept


def _read(scope: Scope, around: list[int], readers: dict[int, set[int]], leaving: list[int]) -> None:
    """For every value the modules within which it is read."""
    inside = [*around, id(scope)]
    for value in leaving:
        readers.setdefault(value, set()).add(0)
    for item in scope.items:
        if isinstance(item, Scope):
            _read(item, inside, readers, [])
        else:
            for value in (*item.inputs, *item.references):
                readers.setdefault(value, set()).add(inside[-1])


def _leave(scope: Scope, readers: dict[int, set[int]]) -> set[int]:
    """Set the outputs of every module; gives the modules within it."""
    within = {id(scope)}
    for item in scope.items:
        if isinstance(item, Scope):
            within |= _leave(item, readers)
    made = dict.fromkeys(op.output for op in scope.ops())
    scope.outputs = [value for value in made if readers.get(value, set()) - within]
    return within
