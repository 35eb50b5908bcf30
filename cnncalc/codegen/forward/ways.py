"""How every kind of stage is written in a forward."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.codegen.forward.attributes import Value
from cnncalc.codegen.forward.branches import branch, merge
from cnncalc.codegen.forward.layers import layer
from cnncalc.codegen.forward.repeats import repeat, share
from cnncalc.codegen.forward.sequences import sequence
from cnncalc.codegen.forward.writer import Forward, Ways
from cnncalc.spec.syntax import Call, From, Group, Identity, If, Merge, Path, Repeat, Shared


def _inner(
    walk: Forward, stage: Path | Group, name: str | None, value: Value, into: str, loop: Mapping[str, str]
) -> Value:
    """A nested list, in place."""
    del name
    return walk.body(stage.body, value, into, loop)


WAYS = Ways(
    {
        Call: layer,
        Identity: lambda walk, stage, name, value, into, loop: value,
        From: lambda walk, stage, name, value, into, loop: walk.named(stage.name),
        Merge: merge,
        If: branch,
        Path: _inner,
        Group: _inner,
        Repeat: lambda walk, stage, name, value, into, loop: repeat(walk, stage, value, into, loop),
        Shared: lambda walk, stage, name, value, into, loop: share(walk, stage, value, into, loop),
    },
    sequence,
)
