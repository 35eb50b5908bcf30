"""The JSON Schema (draft-07) of the YAML face, for editors: completion and a first check while typing."""

from __future__ import annotations

from typing import Any

from cnncalc.spec.model import FIGURES, VERSION
from cnncalc.spec.task import KEYS

_NAME = r"^[^\W\d]\w*$"
_SIZES = {
    "description": "Sizes joined by x, channels first and without the batch: 3x227x227, 1x16000, 784.",
    "oneOf": [
        {"type": "string", "pattern": r"^\d[\d_]*(x\d[\d_]*){0,3}$"},
        {"type": "string", "pattern": r"^\d+ +int$", "description": "So many whole numbers: 20 int."},
        {"type": "integer", "minimum": 1},
        {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 4},
    ],
}
_EXPRESSION = {
    "description": "A number or an expression with exact fractions: 1/2, 64, max(round(n*depth), 1).",
    "type": ["string", "number", "boolean"],
}
_HEAD = r"^\s*(\w+\s*=\s*)?(concat|add|mul|sub|max|maximum|min|minimum|matmul|sdpa|repeat|if|shared|group)\b.*$"


def schema() -> dict[str, Any]:
    """The schema as plain data."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnncalc spec",
        "description": "A convolutional network as a short declaration.",
        "type": "object",
        "required": ["layers"],
        "anyOf": [{"required": ["input"]}, {"required": ["inputs"]}],
        "additionalProperties": False,
        "properties": _properties(),
        "definitions": _definitions(),
    }


def _properties() -> dict[str, Any]:
    values = {"type": "object", "propertyNames": {"pattern": _NAME}, "additionalProperties": _EXPRESSION}
    return {
        "cnncalc": {"const": VERSION, "description": "The version of the format."},
        "name": {"type": ["string", "number"], "description": "A title for people."},
        "input": _SIZES,
        "inputs": {
            "type": "object",
            "description": "Several inputs by name; every path then begins with 'from name'.",
            "propertyNames": {"pattern": _NAME},
            "minProperties": 1,
            "additionalProperties": _SIZES,
        },
        "params": {**values, "description": "Parameters of the network; --set gives them other values."},
        "variants": {
            "type": "object",
            "description": "Named sets of values of the parameters.",
            "additionalProperties": values,
        },
        "blocks": {
            "type": "object",
            "description": "Blocks by signature: 'cb(c, k, s=1)'; 'inline' behind it: its names are names around the call.",
            "propertyNames": {"pattern": r"^\s*[^\W\d]\w*\s*(\(.*\))?(\s*\binline)?\s*$"},
            "additionalProperties": {"$ref": "#/definitions/body"},
        },
        "layers": {"$ref": "#/definitions/body", "description": "The network, from the input to the output."},
        "outputs": {
            "description": "Names of the values that the network returns; without it the last.",
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        },
        "expect": _figures("Figures that must come out exactly.", {"type": ["integer", "string"]}),
        "budget": _figures("Limits that the linter enforces: 61M, 1.2G, 20MiB.", {"type": ["number", "string"]}),
        "lint": {"type": "object", "description": "Settings of the linter for this file."},
        "task": {
            "type": "object",
            "description": "What the network is for; some lint rules ask.",
            "additionalProperties": False,
            "properties": {name: _TASK[kind] for name, kind in KEYS.items()},
        },
    }


_TASK = {
    "text": {"type": "string"},
    "number": {"type": "integer"},
    "numbers": {"type": "array", "items": {"type": "integer"}},
}


def _figures(description: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": dict.fromkeys(FIGURES, value),
    }


def _definitions() -> dict[str, Any]:
    return {
        "statement": {
            "type": "string",
            "minLength": 1,
            "description": "A line of the notation: 'name = conv 96 11 s4 | relu -> 96x55x55'.",
        },
        "body": {
            "oneOf": [{"$ref": "#/definitions/statement"}, {"type": "array", "items": {"$ref": "#/definitions/item"}}],
        },
        "item": {
            "anyOf": [
                {"$ref": "#/definitions/statement"},
                {"type": "array", "items": {"$ref": "#/definitions/item"}},
                {"$ref": "#/definitions/long"},
                {"$ref": "#/definitions/structure"},
            ],
        },
        "structure": {
            "type": "object",
            "description": "A key with a list below it: add:, y = concat:, repeat(3):, if(c): with else:, group(title):, a name:.",
            "not": {"required": ["op"]},
            "minProperties": 1,
            "maxProperties": 2,
            "patternProperties": {
                _HEAD: {"$ref": "#/definitions/body"},
                r"^[^\W\d]\w*$": {"$ref": "#/definitions/body"},
            },
            "additionalProperties": False,
        },
        "long": {
            "type": "object",
            "description": "The long form with PyTorch's argument names: {op: conv, out_channels: 96, kernel_size: 11}.",
            "required": ["op"],
            "properties": {
                "op": {"type": "string", "anyOf": [{"enum": _names()}, {"pattern": _NAME}]},
                "name": {"type": "string", "pattern": _NAME},
                "inputs": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "from": {"type": "string"},
                "expect": _SIZES,
            },
        },
    }


def _names() -> list[str]:
    from cnncalc.layers import registry

    return sorted(registry.names())
