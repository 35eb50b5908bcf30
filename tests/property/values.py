"""Random networks of values that exist once per network, once per sample, or several times per sample. All of them are valid."""

from __future__ import annotations

from hypothesis import strategies as st

RECURRENT = ("lstm 4", "gru 2 bidirectional", "rnn 4 2", "lstm 6 proj_size=4", "rnn 2 bidirectional relu")


class _Writer:
    """Draws statements about one map (4, height, width), which every one of them leaves as large as it was."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.count = 0
        self.lines: list[str] = []
        self.height, self.width = draw(st.sampled_from(((4, 6), (6, 6), (4, 8))))

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def constant(self) -> str:
        """A value that exists once per network, of any size that meets the map."""
        h, w = self.height, self.width
        size = self.pick("4x1x1", f"1x1x{w}", f"{h}x{w}", f"{w}", f"4x{h}x{w}", "scalar", f"1x{h}x1")
        leading = self.pick("", " leading")
        start = self.pick("learned {}{} init=1", "learned {}{} std=0.1", "buffer {}{} values=1/2").format(size, leading)
        return start + self.pick(
            "", "", " | sigmoid", " | tanh", " | scale 2", " | mul(id, id)", " | add(id, number 1)"
        )

    def arithmetic(self) -> str:
        op = self.pick("add", "sub", "mul", "max", "min")
        parts = ["id", self.constant()]
        if self.pick(0, 1):
            parts.reverse()
        return f"{op}({', '.join(parts)})"

    def inner(self) -> str:
        """Layers that keep any map with four channels."""
        return " | ".join(
            self.pick("conv 4 3 p1", "conv 4 1", "relu", "gelu", "bn", "gn 2", "mul(id, learned 4x1x1 init=1)", "gelu",
                      "add(id, learned scalar)", "maxpool 3 s1 p1", "mul(id, gap | sigmoid)")
            for _ in range(self.draw(st.integers(1, 3)))
        )  # fmt: skip

    def windows(self) -> str:
        window = self.pick("2", "2x2", f"{self.height}x2")
        x = self.name()
        self.lines.append(f"{x} = id")
        return f"windows {window} | {self.inner()} | unwindows {x}"

    def rows(self) -> str:
        """Every row by itself, as tokens."""
        inner = " | ".join(
            self.pick("attention 2", "ln last", "linear 4 last | gelu", "mul(id, learned 4 init=1)", *RECURRENT)
            for _ in range(self.draw(st.integers(1, 2)))
        )
        return f"permute (1,2,0) | tobatch | {inner} | frombatch {self.height} | permute (2,0,1)"

    def weighted(self) -> str:
        """A convolution whose weight is computed."""
        x, w = self.name(), self.name()
        made = self.pick(
            "learned 4x4x3x3 std=0.1 | tanh",
            "learned 4x4x3x3 std=0.1 | flatten 1 | bn noaffine track_running_stats=false | reshape (4,4,3,3)",
            "buffer 4x4x3x3 values=(1/4,1/2)",
        )
        self.lines += [f"{x} = id", f"{w} = {made}", f"from {x}"]
        return f"conv 4 3 p1 weight={w}"

    def scaled(self) -> str:
        """A normalisation whose weight is computed."""
        x, w, b = self.name(), self.name(), self.name()
        made = self.pick("learned 4 std=0.1 | sigmoid", "learned 4 init=0 | add(id, number 1)", "buffer 4 values=1/2")
        self.lines += [f"{x} = id", f"{w} = {made}", f"{b} = learned 4", f"from {x}"]
        norm = self.pick("bn", "gn 2", "ln", "instancenorm", "bn track_running_stats=false", "bn momentum=0.01")
        return f"{norm} weight={w}{self.pick('', f' bias={b}')}"

    def functions(self) -> str:
        """Functions of single numbers, within what they are made for."""
        return self.pick(
            "sigmoid | sqrt", "abs | shift 1 | log", "square", "clamp min=-1 max=1", "neg | exp | clamp max=3", "sin", "cos", "erf",
            "sigmoid | shift 1 | reciprocal", "sigmoid | shift 1 | rsqrt", "pow(sigmoid, number 2)",
        )  # fmt: skip

    def reductions(self) -> str:
        """The map against sums over some of its axes."""
        axes = self.pick("0", "1", "-1", "(1,2)", "(0,2)")
        op = self.pick("mean", "sum", "amax", "amin", "logsumexp", "std", "var", "vectornorm 2")
        return f"sub(id, {op} {axes} keepdim)"

    def chosen(self) -> str:
        """One of two values by what a comparison says, or by where the largest stands."""
        compared = self.pick("gt(id, number 0)", "le(id, gap)", "ne(id, relu)", "eq(argmax 0 keepdim, number 1)")
        return f"where({compared}, {self.pick('id', 'scale 2')}, {self.pick('neg', 'number 0', 'scale 0.5')})"

    def table(self) -> str:
        """A matrix out of a table of relative positions."""
        x, t, i, b = (self.name() for _ in range(4))
        n = self.width
        rows = 3 * (n - 1)
        self.lines += [
            f"{x} = id", f"{t} = learned {rows} std=0.1", f"{i} = relativeindex (2,{n // 2})",
            f"{b} = from {t} | select {i} | reshape {n}x{n}", f"from {x}",
        ]  # fmt: skip
        return f"matmul(id, from {b})"

    def roll(self) -> str:
        return f"roll {self.pick('1', '(-1,2)', '(0,1)')}"

    def order(self) -> str:
        """Places of the axes in another order, running sums, the largest few."""
        return self.pick(
            "flip", "flip -1", "flip (0,2)", "take (3,1,2,0)", "take (0,0,1,3) 0", "cumsum", "cumsum -1", "topk 4",
"tile 2x1x1 | slice 1 5", f"tile 1x2x1 | slice 0 {self.height} dim=1",
        )  # fmt: skip

    def products(self) -> str:
        """Products along named axes, of the map with itself, with a matrix of the network, or with one of its own."""
        w = self.name()
        self.lines += [f"{w}in = id", f"{w} = learned 4x4 std=0.1", f"from {w}in"]
        return self.pick(
            f"einsum(id, from {w}, axes=chw_dc_dhw)",
            f"einsum(from {w}, id, axes=dc_chw_dhw)",
            "einsum(id, mean (1,2), axes=chw_c_chw)",
            "einsum(flatten 1, flatten 1, axes=cn_dn_cd) | unsqueeze 0 | expand 4x4x4 | mean (0,2) | reshape 4x1x1 | "
            f"add(id, from {w}in)",
            f"matmul(id, learned {self.width}x{self.width} std=0.1)",
            f"matmul(learned 1x{self.height}x{self.height} std=0.1, id)",
            "matmul(id, id | transpose 1 2) | " + f"matmul(id, from {w}in)",
        )

    def patches(self) -> str:
        size = f"{self.height}x{self.width}"
        return self.pick(
            f"unfold 3 p1 | fold {size} 3 p1", f"unfold 2 s2 | fold {size} 2 s2", f"unfold 1 | fold {size} 1"
        )

    def masked(self) -> str:
        """Attention with something added to the products."""
        n = self.height * self.width
        bias = self.pick(f"learned 1x{n}x{n} std=0.1", f"buffer {n}x{n} values=0", f"learned {n}x{n}")
        tokens = "flatten 1 | permute (1,0)"
        return f"{tokens} | sdpa(id, linear 4 last, id, {bias}, num_heads=2) | permute (1,0) | reshape 4x{self.height}x{self.width}"

    def spec(self) -> str:
        lines = [f"cnncalc: 1\ninput: 3x{self.height}x{self.width}\nlayers:"]
        self.lines.append("conv 4 3 p1")
        for _ in range(self.draw(st.integers(1, 5))):
            kind = self.pick(
                self.arithmetic,
                self.arithmetic,
                self.inner,
                self.windows,
                self.rows,
                self.weighted,
                self.scaled,
                self.functions,
                self.reductions,
                self.chosen,
                self.table,
                self.roll,
                self.order,
                self.products,
                self.patches,
                self.masked,
            )
            self.lines.append(kind())
        return "\n".join([*lines, *(f"  - {line}" for line in self.lines), "  - conv 2 1", ""])


@st.composite
def values(draw) -> str:
    return _Writer(draw).spec()
