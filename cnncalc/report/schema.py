"""The JSON Schema (draft-07) of ``analyze --format json``."""

from __future__ import annotations

from typing import Any

from cnncalc.report.analysis import SCHEMA_VERSION

_COUNT = {"type": "integer", "minimum": 0}
_MAYBE_COUNT = {"type": ["integer", "null"], "minimum": 0}
_COUNTS = {"type": "array", "items": {"type": "integer"}}
_FRACTIONS = {"type": "array", "items": {"type": "string", "pattern": r"^-?\d+(/\d+)?$"}}
_TEXT = {"type": "string"}


def schema() -> dict[str, Any]:
    """The schema as plain data. An unknown is null; keys may be added in a minor release, none is taken away."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cnncalc analysis",
        **_object(
            schema_version={"const": SCHEMA_VERSION},
            name=_TEXT,
            file=_TEXT,
            input={"type": "object", "additionalProperties": _COUNTS},
            outputs={"type": "array", "items": _TEXT},
            batch=_COUNT,
            dtype=_TEXT,
            optimizer=_TEXT,
            layers={"type": "array", "items": _layer()},
            totals=_totals(),
            diagnostics={"type": "array", "items": _diagnostic()},
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _kinds(nullable: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 (a fact about the key)
    return {"type": ["object", "null"] if nullable else "object", "additionalProperties": _COUNT}


def _layer() -> dict[str, Any]:
    field = _object(
        size=_COUNTS, jump=_FRACTIONS, start=_FRACTIONS, centre=_FRACTIONS, coverage=_FRACTIONS, shortest=_COUNTS, smallest=_COUNTS,
        largest=_COUNTS, effective={"type": "array", "items": {"type": "number"}}, whole={"type": "array", "items": {"type": "boolean"}},
    )  # fmt: skip
    return _object(
        path=_TEXT,
        op=_TEXT,
        label={"type": ["string", "null"]},
        groups={"type": "array", "items": _TEXT},
        call=_COUNT,
        inputs={"type": "array", "items": _TEXT},
        output_shape={"oneOf": [_COUNTS, {"type": "null"}]},
        times={
            **_COUNT,
            "description": "how often the value exists: 0 once per network, else so many times per sample",
        },
        assumed={"type": "boolean"},
        status={
            "enum": ["exact", "stated"],
            "description": "whether the figures are derived, or stated in the spec; those that are not are null",
        },
        exact_size=_FRACTIONS,
        lost=_COUNTS,
        lost_real=_COUNTS,
        params=_MAYBE_COUNT,
        buffers=_MAYBE_COUNT,
        macs=_MAYBE_COUNT,
        flops=_MAYBE_COUNT,
        flops_by_kind=_kinds(nullable=True),
        output_bytes=_MAYBE_COUNT,
        saved_bytes=_MAYBE_COUNT,
        receptive_field={"oneOf": [field, {"type": "null"}]},
        location={"oneOf": [_location(), {"type": "null"}]},
    )


def _location() -> dict[str, Any]:
    return _object(file=_TEXT, line={"type": "integer", "minimum": 1}, column={"type": "integer", "minimum": 1})


def _totals() -> dict[str, Any]:
    from cnncalc.analysis.result import Stated, Totals

    stated = _object(**dict.fromkeys(Stated._fields, _COUNT))
    special = {"flops_by_kind": _kinds(), "complete": {"type": "boolean"}, "stated": stated}
    places = {name: {"type": ["string", "null"]} for name in ("inference_peak_at", "training_peak_at")}
    return _object(**{name: (special | places).get(name, _COUNT) for name in Totals._fields})


def _diagnostic() -> dict[str, Any]:
    place = {"oneOf": [_location(), {"type": "null"}]}
    return _object(
        message=_TEXT,
        hint=_TEXT,
        location=place,
        notes={"type": "array", "items": _object(message=_TEXT, location=place)},
    )
