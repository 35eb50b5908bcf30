"""Layers of Keras over sequences, which have their features last: recurrent ones, attention, embeddings, one layer at every time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.convert.keras.base import PAIR, Base, number
from cnncalc.convert.keras.calls import Call

if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "rnn", "CuDNNLSTM": "lstm", "CuDNNGRU": "gru"}


class Sequences(Base):
    """Methods by the names of layers."""

    layer: Callable[[Call], int | list[int]]

    def at_lstm(self, call: Call) -> int:
        """The whole sequence, or what it ends with."""
        return self.recurrent(call, call.kind, call.values, "")

    at_gru = at_simplernn = at_cudnnlstm = at_cudnngru = at_lstm

    def recurrent(self, call: Call, kind: str, values: dict[str, Any], word: str) -> int:
        """A recurrent layer; ``word`` is ``bidirectional`` or nothing."""
        op = KINDS[kind]
        self.usual(kind, values)
        if len(call.sources) > 1:
            self.build.refuse(f"{kind} that begins with states other than zeros")
        source = self.last(call.sources[0])
        words = [op, str(values["units"]), word, "" if values.get("use_bias", True) else "nobias"]
        words += ["relu"] if op == "rnn" and values.get("activation") == "relu" else []
        words += [] if values.get("return_sequences") else ["last"]
        if values.get("use_bias", True) and (op != "gru" or values.get("reset_after") is False):
            self.note(
                "Recurrent layers of Keras have one bias per gate where PyTorch's have two, which are counted here."
            )
        if values.get("go_backwards"):
            source = self.build.add("flip 0", source)
        weights = call.name if call.shared else None
        made = self.build.add(" ".join(w for w in words if w), source, name=call.name, weights=weights)
        self.lasts.update([made] if values.get("return_sequences") else [])
        return made

    def usual(self, kind: str, values: dict[str, Any]) -> None:
        """Refuse what PyTorch's layers cannot."""
        within = "sigmoid" if KINDS[kind] != "rnn" else None
        if values.get("recurrent_activation", within) not in (within, "hard_sigmoid"):
            self.build.refuse(f"{kind} with recurrent_activation {values.get('recurrent_activation')}")
        if values.get("recurrent_activation") == "hard_sigmoid":
            self.note("Gates with a hard_sigmoid are written with a sigmoid.")
        if values.get("activation", "tanh") not in ("tanh", "relu" if kind == "SimpleRNN" else "tanh"):
            self.build.refuse(f"{kind} with activation {values.get('activation')}")
        if values.get("return_state") or values.get("stateful"):
            self.build.refuse(f"{kind} whose states are kept or returned")

    def at_bidirectional(self, call: Call) -> int:
        """Forwards and backwards; side by side, or met."""
        inner = call.values.get("layer") or {}
        kind, values = str(inner.get("class_name")), dict(inner.get("config") or {})
        if kind not in KINDS:
            self.build.refuse(f"Bidirectional {kind}")
        mode = call.values.get("merge_mode", "concat")
        if mode not in ("concat", "sum", "ave", "mul"):
            self.build.refuse(f"Bidirectional that merges by {mode}")
        made = self.recurrent(call, kind, values, "bidirectional")
        if mode == "concat":
            return made
        axis = f" dim={self.rank(made)}" if self.rank(made) else ""
        halves = [self.build.add(f"chunk 2 {place}{axis}", made) for place in (0, 1)]
        met = self.build.merge("mul" if mode == "mul" else "add", halves)
        met = self.build.add("scale 0.5", met) if mode == "ave" else met
        return self.kept(met) if self.rank(met) else met

    def kept(self, made: int) -> int:
        """A value whose axes stand as Keras has them."""
        self.lasts.add(made)
        return made

    def at_embedding(self, call: Call) -> int:
        """Rows of a table."""
        words = f"embedding {call.values['input_dim']} {call.values['output_dim']}"
        weights = call.name if call.shared else None
        return self.kept(self.build.add(words, call.sources[0], name=call.name, weights=weights))

    def at_timedistributed(self, call: Call) -> int:
        """A layer at every time, with the same weights."""
        inner = dict(call.values.get("layer") or {})
        kind, values = str(inner.get("class_name")), dict(inner.get("config") or {})
        source = self.last(call.sources[0])
        part = call._replace(kind=kind, values=values, layer=inner, sources=[source], size=None)
        if self.axes(source) == PAIR and kind in ("Dense", "Dropout", "Activation", "ReLU", "LayerNormalization"):
            made = self.layer(part)
            return made[0] if isinstance(made, list) else made
        return self.timed(part, source)

    def timed(self, part: Call, source: int) -> int:
        """Times as samples of their own; each is a map with its channels first, or a list of features."""
        times, *own = self.build.shapes[source]
        flat = len(own) == 1
        if not flat:
            source = self.build.add(f"permute (0,{len(own)},{','.join(map(str, range(1, len(own))))})", source)
        each = self.build.add("tobatch", source)
        made = self.layer(part._replace(sources=[each]))
        result = made[0] if isinstance(made, list) else made
        if result in self.lasts:
            self.build.refuse(f"TimeDistributed {part.kind}")
        whole = self.build.together(f"frombatch {times}", result, times)
        if self.axes(whole) == PAIR:
            return self.kept(whole)
        n = self.axes(whole)
        return self.kept(self.build.add(f"permute (0,{','.join(map(str, range(2, n)))},1)", whole))

    def at_attention(self, call: Call) -> int:
        """Products of queries and keys, their softmax, and the products of that with the values. No weights."""
        if call.values.get("score_mode", "dot") != "dot" or call.values.get("use_scale"):
            self.build.refuse("Attention whose scores are learned")
        query, value, key = self.three(call)
        scores = self.build.merge("matmul", [query, self.build.add("transpose", key)])
        return self.kept(self.build.merge("matmul", [self.build.add("softmax dim=1", scores), value]))

    def three(self, call: Call) -> tuple[int, int, int]:
        """Query, value and key, which is the value unless said otherwise."""
        given = [self.last(source) for source in call.sources]
        if not PAIR <= len(given) <= PAIR + 1 or any(self.axes(source) != PAIR for source in given):
            self.build.refuse(f"{call.kind} of anything but two or three sequences")
        return given[0], given[1], given[-1] if len(given) > PAIR else given[1]

    def at_multiheadattention(self, call: Call) -> int:
        """Projections of query, key and value into heads, attention in each, and a projection of all of them."""
        values = call.values
        query, value, key = self.three(call)
        heads, size = int(values["num_heads"]), int(values["key_dim"])
        wide = int(values.get("value_dim") or size)
        leaving = int((values.get("output_shape") or [self.build.shapes[query][-1]])[-1])
        none = "" if values.get("use_bias", True) else " nobias"
        same = query == value == key and heads * size == self.build.shapes[query][-1] == leaving and wide == size
        if same:
            return self.kept(self.build.add(f"attention {heads}{none}", query, name=call.name))
        made = [
            self.heads(source, heads, width, f"{call.name}_{part}", none)
            for source, width, part in ((query, size, "query"), (key, size, "key"), (value, wide, "value"))
        ]
        met = self.build.merge("sdpa", made) if wide == size else self.product(made, size)
        flat = self.build.chain(["transpose 0 1", "flatten 1"], met)
        return self.kept(self.build.add(f"linear {leaving} last{none}", flat, name=f"{call.name}_output"))

    def product(self, made: list[int], size: int) -> int:
        """Attention of heads whose values are not as wide as their keys."""
        scores = self.build.merge("matmul", [made[0], self.build.add("transpose 1 2", made[1])])
        weights = self.build.chain([f"scale {number(size**-0.5)}", "softmax dim=2"], scores)
        return self.build.merge("matmul", [weights, made[2]])

    def heads(self, source: int, heads: int, width: int, name: str, none: str) -> int:
        """A projection, with the heads as an axis in front."""
        times = self.build.shapes[source][0]
        texts = [f"linear {heads * width} last{none}", f"reshape {times}x{heads}x{width}", "transpose 0 1"]
        return self.build.chain(texts, source, name=name)
