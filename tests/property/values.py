"""Random networks of values that exist once per network, once per sample, or several times per sample. All of them are valid."""

from __future__ import annotations

from hypothesis import strategies as st


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
            self.pick("attention 2", "ln last", "linear 4 last | gelu", "mul(id, learned 4 init=1)")
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

    def roll(self) -> str:
        return f"roll {self.pick('1', '(-1,2)', '(0,1)')}"

    def spec(self) -> str:
        lines = [f"cnncalc: 1\ninput: 3x{self.height}x{self.width}\nlayers:"]
        self.lines.append("conv 4 3 p1")
        for _ in range(self.draw(st.integers(1, 5))):
            kind = self.pick(
                self.arithmetic, self.arithmetic, self.inner, self.windows, self.rows, self.weighted, self.roll
            )
            self.lines.append(kind())
        return "\n".join([*lines, *(f"  - {line}" for line in self.lines), "  - conv 2 1", ""])


@st.composite
def values(draw) -> str:
    return _Writer(draw).spec()
