"""Branches whose condition is known and loops whose turns are: they are followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Fixed, Node
from cnncalc.convert.onnx_model.layout import Value

if TYPE_CHECKING:
    from collections.abc import Callable

TURNS = 100
"""Turns of a loop that are written out, at most."""


class Branches(Base):
    """What a reader does with inner graphs: it knows their constants by ``enter``, and their nodes by ``follow``."""

    enter: Callable[[Any], None]
    follow: Callable[[Any], None]

    def branched(self, node: Node) -> None:
        """A branch whose condition is known, or a loop whose turns are; else refused."""
        condition = (
            self.array(node.inputs[0 if node.kind == "If" else 1])
            if node.has(0 if node.kind == "If" else 1)
            else np.True_
        )
        count = self.array(node.inputs[0]) if node.kind == "Loop" and node.has(0) else None
        if condition is None or (
            node.kind == "Loop" and (count is None or not 0 <= int(count.reshape(-1)[0]) <= TURNS)
        ):
            sources = [self.values[name].place for name in node.inputs if name in self.values]
            what = f"{node.kind} whose {'condition' if node.kind == 'If' else 'turns'} cannot be told"
            indices = self.build.attempt(sources, lambda: self.build.refuse(what), len(node.outputs))
            self.values.update({name: Value(index, ()) for name, index in zip(node.outputs, indices, strict=True)})
            return
        if node.kind == "If":
            inner = node.values["then_branch" if np.asarray(condition).reshape(-1)[0] else "else_branch"]
            self.enter(inner)
            self.follow(inner)
            self.named(node.outputs, [item.name for item in inner.output])
            return
        self.turn(node, int(np.asarray(count).reshape(-1)[0]))

    def turn(self, node: Node, count: int) -> None:
        """Every turn of a loop; what is gathered over the turns is not known."""
        body = node.values["body"]
        carried = list(node.inputs[2:])
        names = [item.name for item in body.input]
        self.enter(body)
        for place in range(count):
            self.constants[names[0]] = Fixed((), np.asarray(place, dtype=np.int64))
            self.constants[names[1]] = Fixed((), np.True_)
            self.named(names[2:], carried)
            self.follow(body)
            carried = [item.name for item in body.output][1 : 1 + len(carried)]
            if not bool(
                np.all(self.array(body.output[0].name) if self.array(body.output[0].name) is not None else True)
            ):
                break
        self.named(node.outputs[: len(carried)], carried)

    def named(self, names: list[str], sources: list[str]) -> None:
        """Further names of values and constants, all at once."""
        found = [(self.values.get(source), self.constants.get(source)) for source in sources]
        for name, (value, fixed) in zip(names, found, strict=False):
            self.values.pop(name, None)
            self.constants.pop(name, None)
            self.uses[name] = self.uses.get(name, 0) + 1
            if value is not None:
                self.values[name] = value
            elif fixed is not None:
                self.constants[name] = fixed
