"""The words that a text may have, for an editor that completes them: layers with their arguments, keys, functions."""

from __future__ import annotations

import json
from typing import Any

from cnncalc.layers import registry
from cnncalc.report.layers import describe
from cnncalc.spec.expression import FUNCTIONS
from cnncalc.spec.schema import schema
from cnncalc.spec.words import RESERVED


def vocabulary() -> str:
    """``layers``: name or alias to what it does, arguments and words; ``keys`` of a file, with what they hold; ``functions``; ``words``."""
    kinds = {name: registry.lookup(name) for name in registry.names()}
    described = {name: _short(describe(kind)) for name, kind in kinds.items() if kind is not None}
    keys = {name: str(found.get("description", "")) for name, found in schema()["properties"].items()}
    return json.dumps(
        {"layers": described, "keys": keys, "functions": sorted(FUNCTIONS), "words": sorted(RESERVED - kinds.keys())}
    )


def _short(kind: dict[str, Any]) -> dict[str, Any]:
    """What an editor shows of a layer's documentation."""
    return {
        "about": kind["summary"],
        "positional": kind["positional"],
        "arguments": [
            {
                "name": one["short"] or one["name"],
                "about": one["name"] if one["required"] else f"{one['name']}, {one['default']} unless given",
            }
            for one in kind["arguments"]
        ],
        "words": kind["words"],
        "example": next(iter(kind["examples"]), ""),
    }
