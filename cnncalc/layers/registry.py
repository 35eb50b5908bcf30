"""Which layers exist, by name and alias. A layer's file is imported when somebody asks for the layer."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.layers._index import INDEX

if TYPE_CHECKING:
    from collections.abc import KeysView

    from cnncalc.layers.base import Layer

_found: dict[str, type[Layer]] = {}


def lookup(name: str) -> type[Layer] | None:
    """The layer of a name or alias; None if there is none."""
    kind = _found.get(name)
    if kind is None and name in INDEX:
        module, class_name = INDEX[name]
        kind = _found[name] = getattr(import_module(f"cnncalc.layers.{module}"), class_name)
    return kind


def names() -> KeysView[str]:
    """All names and aliases."""
    return INDEX.keys()


def classes() -> list[type[Layer]]:
    """All layers, by canonical name."""
    found = {kind.op: kind for name in INDEX if (kind := lookup(name)) is not None}
    return [found[op] for op in sorted(found)]


def canonical() -> list[str]:
    """The canonical names, sorted."""
    return [kind.op for kind in classes()]


def scan() -> dict[str, tuple[str, str]]:
    """The index as the files of this folder give it: name or alias to module and class.

    Raises:
        ValueError: two layers claim one name.
    """
    index: dict[str, tuple[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in ("__init__", "_index", "registry"):
            continue
        module = import_module(f"cnncalc.layers.{path.stem}")
        for kind in vars(module).values():
            if isinstance(kind, type) and kind.__module__ == module.__name__ and "op" in kind.__dict__:
                for name in (kind.__dict__["op"], *getattr(kind, "aliases", ())):
                    if name in index:
                        message = f"{name} is claimed by {index[name][1]} and {kind.__name__}"
                        raise ValueError(message)
                    index[name] = (path.stem, kind.__name__)
    return dict(sorted(index.items()))


def source(index: dict[str, tuple[str, str]]) -> str:
    """The text of ``_index.py``."""
    rows = "".join(f'    "{name}": ("{module}", "{kind}"),\n' for name, (module, kind) in index.items())
    return (
        '"""Where every layer stands: name or alias to file and class. Generated: python -m cnncalc.layers.registry."""\n\n'
        f"from __future__ import annotations\n\nINDEX: dict[str, tuple[str, str]] = {{\n{rows}}}\n"
    )


if __name__ == "__main__":
    (Path(__file__).parent / "_index.py").write_text(source(scan()), encoding="utf-8")
