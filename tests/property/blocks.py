"""Random specs with blocks, parameters, conditions, repeats, names and shared weights. All of them are valid.

Sizes stay as they are everywhere, so that any value can be added to any other of as many channels.
"""

from __future__ import annotations

from hypothesis import strategies as st

FLAGS = ("c", "n", "t", "k")
INDENT = "  "


class _Writer:
    """Draws the lines of one spec."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.blocks: list[tuple[str, list[str], list[str]]] = []
        self.count = 0

    def pick(self, *choices):
        return self.draw(st.sampled_from(choices))

    def name(self) -> str:
        self.count += 1
        return self.pick("conv", "tail", "x", "y", "part") + str(self.count)

    def number(self, words: list[str]) -> str:
        """A number of channels."""
        return self.pick(
            "4", "2*4", *words, *(f"2*{word}" for word in words if word in ("c", "w", "W")), "in.c", "in.c//2*2+2"
        )

    def layer(self, words: list[str]) -> str:
        """Any layer that keeps the size."""
        channels = self.number([word for word in words if word in ("c", "w")])
        kernel = self.pick("1", "3 p1", "3 p1", "k p=k//2") if "k" in words else self.pick("1", "3 p1", "5 p2")
        return self.pick(
            f"conv {channels} {kernel}", f"conv {channels} {kernel} nobias | bn", "relu", "bn", "leaky 0.2",
            "maxpool 3 s1 p1", "id", "depthwise 3 p1", "gelu",
        )  # fmt: skip

    def call(self, words: list[str]) -> str:
        """A call of an earlier block, or a layer."""
        if not self.blocks or self.pick(0, 1):
            return self.layer(words)
        name, parameters, given = self.pick(*self.blocks)
        arguments = []
        for parameter, default in zip(parameters, given, strict=True):
            if default and self.pick(0, 1):
                continue
            value = {
                "c": self.number([word for word in words if word in ("c", "w")]),
                "n": self.pick("1", "2", "3", *(word for word in words if word in ("n", "i"))),
                "t": self.pick("0", "1", *(word for word in words if word == "t")),
                "k": self.pick("1", "3", *(word for word in words if word == "k")),
                "act": self.pick("relu", "silu", *(word for word in words if word == "act")),
            }[parameter]
            if parameter == "n" and value == "i":
                value = "i+1"
            arguments.append(f"{parameter}={value}")
        return " ".join([name, *arguments])

    def body(self, words: list[str], depth: int, pad: str) -> list[str]:
        """Lines of statements."""
        values: list[str] = []
        lines: list[str] = []
        for _ in range(self.draw(st.integers(1, 3))):
            lines += self.statement(words, depth, pad, values)
        return lines

    def chain(self, words: list[str]) -> str:
        return " | ".join(self.call(words) for _ in range(self.draw(st.integers(1, 3))))

    def statement(self, words: list[str], depth: int, pad: str, values: list[str]) -> list[str]:
        kind = self.draw(st.integers(0, 11 if depth < 3 else 4))
        if kind <= 2:
            return [f"{pad}- {self.chain(words)}"]
        if kind <= 4:
            name = self.name()
            line = f"{pad}- {name} = {self.chain(words)}"
            values.append(name)
            return [line]
        if kind == 5:
            count = self.pick("1", "2", "3", *(word for word in words if word == "n"))
            shared = []
            variable = " as i" if self.pick(0, 1) and "i" not in words else ""
            inner = [*words, "i"] if variable else words
            return [f"{pad}- repeat({count}{variable}):", *self.body(inner, depth + 1, pad + INDENT * 2), *shared]
        if kind == 6:
            width = self.pick("4", "6")
            return [f"{pad}- conv {width} 1", f"{pad}- repeat({self.pick('2', '3')}, conv {width} 3 p1 | relu, shared)"]
        if kind == 7:
            return [f"{pad}- concat:", f"{pad}{INDENT * 2}- id", *self.part(words, depth, pad + INDENT * 2)]
        if kind == 8:
            return [
                f"{pad}- add:",
                f"{pad}{INDENT * 2}- id",
                f"{pad}{INDENT * 2}- {self.chain(words)} | conv in.c 1 | conv 1 1",
            ]
        if kind == 9:
            condition = self.pick(
                *(["t == 1"] if "t" in words else []), *(["i > 0"] if "i" in words else []), "in.c > 4", "in.c == 8"
            )
            otherwise = f", {self.chain(words)}" if self.pick(0, 1) else ""
            name = f"{self.name()} = " if self.pick(0, 1) else ""
            return [f"{pad}- {name}if({condition}, {self.chain(words)}{otherwise})"]
        if kind == 10:
            name = self.name()
            return [f"{pad}- {name}:", *self.body(words, depth + 1, pad + INDENT * 2)]
        if values:
            return [f"{pad}- concat(from {self.pick(*values)}, id)"]
        return [f"{pad}- {self.chain(words)}"]

    def part(self, words: list[str], depth: int, pad: str) -> list[str]:
        lines = self.body(words, depth + 1, pad + INDENT)
        return [f"{pad}- {lines[0].strip()}" if len(lines) == 1 else f"{pad}-"] + (lines if len(lines) > 1 else [])

    def block(self) -> list[str]:
        """A block with some parameters."""
        parameters = [name for name in FLAGS if self.pick(0, 1)]
        given = [self.pick("", "in.c" if name == "c" else "1") for name in parameters]
        given.sort(key=bool)
        if self.pick(0, 0, 1):
            parameters, given = ["act", *parameters], ["", *given]
        words = [name for name in parameters if name != "act"]
        lines = self.body([*words, "W"], 1, INDENT * 3)
        if "act" in parameters:
            lines.append(f"{INDENT * 3}- act")
        name = f"block{len(self.blocks) + 1}"
        shown = ", ".join(f"{p}={d}" if d else p for p, d in zip(parameters, given, strict=True))
        self.blocks.append((name, parameters, given))
        return [f"{INDENT}{name}({shown}):" if shown else f"{INDENT}{name}:", *lines]

    def spec(self) -> str:
        size = self.pick("7x7", "9x6", "8")
        head = ["cnncalc: 1", "name: Random", f"input: {self.pick('3', '4')}x{size}", "params: {W: 6}", "blocks:"]
        for _ in range(self.draw(st.integers(1, 3))):
            head += self.block()
        return "\n".join([*head, "layers:", *self.body(["W"], 0, INDENT), ""])


@st.composite
def specs(draw) -> str:
    return _Writer(draw).spec()
