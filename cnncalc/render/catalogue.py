"""The layers that exist, as a list, as pages, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.render.markdown import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

Described = dict[str, Any]


def listing(layers: Iterable[Described]) -> str:
    """One line per layer."""
    rows = [(", ".join([layer["name"], *layer["aliases"]]), layer["summary"]) for layer in layers]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name.ljust(width)}  {summary}\n" for name, summary in rows)


def plain(layers: Iterable[Described]) -> str:
    """A page per layer."""
    return "\n".join(map(_page, layers))


def _page(layer: Described) -> str:
    text = [f"{', '.join([layer['name'], *layer['aliases']])}: {layer['about']}", ""]
    if layer["arguments"]:
        order = f" (in this order: {' '.join(layer['positional'])})" if layer["positional"] else ""
        text.append(f"arguments{order}:")
        text += [f"    {_argument(argument)}" for argument in layer["arguments"]]
    if layer["words"]:
        text.append(f"words: {', '.join(layer['words'])}")
    text.append("examples:")
    text += [f"    {example}" for example in layer["examples"]]
    return "\n".join(text) + "\n"


def _argument(argument: Described) -> str:
    short = f" ({argument['short']})" if argument["short"] else ""
    return f"{argument['name']}{short}" + ("" if argument["required"] else f" = {_default(argument['default'])}")


def _default(value: Any) -> str:
    return "as needed" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def markdown(layers: Iterable[Described]) -> str:
    """A section per layer."""
    return "\n".join(map(_section, layers))


def _section(layer: Described) -> str:
    title = ", ".join(f"`{name}`" for name in (layer["name"], *layer["aliases"]))
    text = [f"## {title}", "", layer["about"].replace("``", "`"), ""]
    if layer["arguments"]:
        text += ["| argument | short | default |", "| --- | --- | --- |"]
        text += [
            f"| `{a['name']}` | {a['short']} | {'required' if a['required'] else escape(_default(a['default']))} |"
            for a in layer["arguments"]
        ]
        text.append("")
    if layer["positional"]:
        text += [f"In this order without a name: {', '.join(f'`{name}`' for name in layer['positional'])}.", ""]
    if layer["words"]:
        text += [f"Words: {', '.join(f'`{word}`' for word in layer['words'])}.", ""]
    text += [f"    {example}" for example in layer["examples"]]
    return "\n".join(text) + "\n"
