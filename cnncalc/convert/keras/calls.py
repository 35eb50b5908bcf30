"""The calls in a model's JSON: which tensors enter a layer each time, and which sizes the file states."""

from __future__ import annotations

from typing import Any

from cnncalc.record import NamedTuple

Key = tuple[str, int, int]
"""A tensor: its layer, which application of it, which of its results."""


class Call(NamedTuple):
    """One application of a layer.

    ``numbers``: those among its arguments that are no tensors; ``size``: of what it gives, if the file states it.
    """

    layer: dict[str, Any]
    kind: str
    values: dict[str, Any]
    name: str
    sources: list[int]
    numbers: list[float]
    size: list[int | None] | None
    shared: bool

    @property
    def custom(self) -> bool:
        """Whether it is none of Keras's own: its class is registered by somebody, or its code is Python in the file."""
        module = str(self.layer.get("module") or "")
        foreign = bool(module) and module.partition(".")[0] not in ("keras", "tf_keras", "tensorflow", "builtins")
        return (
            foreign or ">" in self.kind or ">" in str(self.layer.get("registered_name") or "") or self.kind == "Lambda"
        )


def calls(layer: dict[str, Any]) -> list[list[Key]]:
    """For every application of a layer the tensors that enter."""
    found: list[list[Key]] = []
    for node in layer.get("inbound_nodes") or []:
        if isinstance(node, dict):
            found.append([key for key, _ in (*tensors(node.get("args")), *tensors(node.get("kwargs")))])
            continue
        items = [node] if node and isinstance(node[0], str) else node
        keys = [_key(item) for item in items if isinstance(item, list)]
        for item in items:
            further = item[3] if isinstance(item, list) and len(item) > 3 else {}  # noqa: PLR2004 (the keywords are the fourth)
            values = further.values() if isinstance(further, dict) else ()
            keys += [_key(v) for v in values if isinstance(v, list) and len(v) == 3 and isinstance(v[0], str)]  # noqa: PLR2004 (a tensor)
        found.append(keys)
    return found


def numbers(layer: dict[str, Any], place: int) -> list[float]:
    """The numbers among the arguments of an application: ``x + 3.0``."""
    nodes = layer.get("inbound_nodes") or []
    node = nodes[place] if place < len(nodes) else None
    if isinstance(node, dict):
        given = [*(node.get("args") or []), *(node.get("kwargs") or {}).values()]
    else:
        items = [node] if node and isinstance(node[0], str) else node or []
        given = [v for item in items if isinstance(item, list) and len(item) > 3 for v in item[3].values()]  # noqa: PLR2004 (the keywords are the fourth)
    return [float(value) for value in given if isinstance(value, int | float) and not isinstance(value, bool)]


def leaving(config: dict[str, Any]) -> list[Key]:
    """The output tensors."""
    given = config.get("output_layers") or []
    if isinstance(given, dict):
        given = list(given.values())
    if given and not isinstance(given[0], list):
        given = [given]
    return [_key(item) for item in given]


def stated(config: dict[str, Any]) -> dict[Key, list[int | None]]:
    """The sizes, without the batch, that the file states of tensors where they enter layers."""
    found: dict[Key, list[int | None]] = {}
    for layer in config.get("layers") or []:
        for node in layer.get("inbound_nodes") or []:
            if isinstance(node, dict):
                found.update(
                    {key: shape[1:] for key, shape in (*tensors(node.get("args")), *tensors(node.get("kwargs")))}
                )
    return found


def tensors(value: Any) -> list[tuple[Key, list[int | None]]]:
    """The Keras tensors in the arguments of a call, with their sizes."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [(_key(value["config"]["keras_history"]), list(value["config"].get("shape") or []))]
        value = list(value.values())
    if isinstance(value, list):
        return [found for item in value for found in tensors(item)]
    return []


def _key(item: list[Any]) -> Key:
    return str(item[0]), int(item[1]), int(item[2]) if len(item) > 2 else 0  # noqa: PLR2004 (which of its results)
