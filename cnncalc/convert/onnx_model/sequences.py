"""Recurrent operators, whose sequences are times by batch by features."""

from __future__ import annotations

import numpy as np

from cnncalc.convert.onnx_model.base import Base, Node
from cnncalc.convert.onnx_model.layout import BATCH, Layout, Value, own


class Recurrent(Base):
    """Methods by the names of operators."""

    def on_lstm(self, node: Node) -> list[Value]:
        """The sequence, and what every direction ends with."""
        value, hidden = self.value(node.inputs[0]), int(node.values["hidden_size"])
        direction = node.word("direction", "forward")
        both, first = direction == "bidirectional", bool(node.values.get("layout"))
        self.usual(node)
        times = value.layout[1 if first else 0]
        expected: Layout = ((BATCH,), times, value.layout[-1]) if first else (times, (BATCH,), value.layout[-1])
        if value.layout != expected or len(own(expected)) != 2:  # noqa: PLR2004 (times and features)
            self.build.refuse(f"{node.kind} whose batch is not where it takes it")
        words = [
            {"LSTM": "lstm", "GRU": "gru", "RNN": "rnn"}[node.kind],
            str(hidden),
            *(["bidirectional"] if both else []),
        ]
        words += (
            ["relu"] if self.activations(node) == ["relu"] * len(self.activations(node)) and node.kind == "RNN" else []
        )
        words += [] if node.has(3) else ["nobias"]
        source = self.build.add("flip 0", value.place) if direction == "reverse" else value.place
        name, count = self.label(node), 2 if both else 1
        if not self.read(node, 0):
            made = self.build.add(" ".join([*words, "last"]), source, name=name)
            return [Value(made, ()), self.ended(made, count, hidden)]
        made = self.build.add(" ".join(words), source, name=name)
        sequence = self.build.add("flip 0", made) if direction == "reverse" else made
        sides: Layout = (times, (count,), (BATCH,), (hidden,))
        whole = self.laid(Value(sequence, ()), sides)
        if not self.read(node, 1):
            return [whole]
        last = self.build.add(f"unbind {times[0] - 1} 0", made)
        if both:
            start = self.build.add("unbind 0 0", made)
            halves = [self.build.add(f"slice 0 {hidden}", last), self.build.add(f"slice {hidden} {2 * hidden}", start)]
            last = self.build.merge("concat", halves)
        return [whole, self.ended(last, count, hidden)]

    on_gru = on_rnn = on_lstm

    def ended(self, made: int, count: int, hidden: int) -> Value:
        """States of directions by batch by units."""
        return self.laid(Value(made, ()), ((count,), (BATCH,), (hidden,)))

    def read(self, node: Node, place: int) -> bool:
        """Whether something reads an output."""
        return len(node.outputs) > place and bool(self.uses.get(node.outputs[place]))

    def activations(self, node: Node) -> list[str]:
        """The activations that are given, in small letters."""
        given = node.values.get("activations") or []
        return [(word.decode() if isinstance(word, bytes) else str(word)).lower() for word in given]

    def usual(self, node: Node) -> None:
        """Refuse what PyTorch's modules cannot."""
        for place in (5, 6):
            array = self.array(node.inputs[place]) if node.has(place) else None
            if node.has(place) and (array is None or np.any(array)):
                self.build.refuse(f"{node.kind} that begins with states other than zeros")
        if node.kind == "GRU" and not node.values.get("linear_before_reset"):
            note = "Gated units that reset before the product are counted as PyTorch's, which reset behind it."
            self.build.notes += [] if note in self.build.notes else [note]
        usual = {"LSTM": {"sigmoid", "tanh"}, "GRU": {"sigmoid", "tanh"}, "RNN": {"tanh", "relu"}}[node.kind]
        if not set(self.activations(node)) <= usual or node.has(7) or node.values.get("clip"):
            self.build.refuse(f"{node.kind} with peepholes, limits or other activations")
        if self.read(node, 2):
            self.build.refuse(f"{node.kind} whose cells are read")
