"""The spec as read: one frozen pydantic model, the same for a YAML file and for one-line text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source, Span
    from cnncalc.spec.syntax import Block, Body, Expression, Name
else:  # The parser has made these already; pydantic need not look into them again, which would cost more than reading.
    Source = Span = Block = Body = Expression = Name = Any

VERSION = 1
"""The version of the format that this program reads."""

KEYS = (
    "cnncalc", "name", "input", "inputs", "params", "variants", "blocks", "layers", "outputs", "expect", "budget", "lint", "task",
)  # fmt: skip
"""The keys of a spec, in the order in which they are written."""

FIGURES = (
    "params",
    "buffers",
    "macs",
    "flops",
    "layers",
    "weights",
    "inference_peak",
    "training_peak",
    "receptive_field",
    "out",
)
"""What ``expect`` and ``budget`` can speak of."""


class Spec(BaseModel):
    """A network as it was written.

    ``inputs``: name to shape (channels first, without the batch); the name of a single ``input:`` is ``input``.
    ``params``, ``variants``: name to expression. ``blocks``: name to block. ``layers``: the statements.
    ``outputs``: names of values; empty for the last. ``expect``: figure to expression, which must come out exactly.
    ``budget``: figure to the largest allowed number. ``lint``, ``task``: plain values.
    ``spans``: the place of every key, also of ``budget.params`` and the like.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, arbitrary_types_allowed=True)

    source: Source
    name: str = ""
    version: int | None = None
    inputs: dict[str, Any] = {}
    params: dict[str, Expression] = {}
    variants: dict[str, Any] = {}
    blocks: dict[str, Block] = {}
    layers: Body = ()
    outputs: tuple[Name, ...] = ()
    expect: dict[str, Expression] = {}
    budget: dict[str, int] = {}
    lint: dict[str, Any] = {}
    task: dict[str, Any] = {}
    spans: dict[str, Span] = {}
