"""The spec of a model YAML: parameters and variants from its scales, the blocks that it needs, a line per row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.lines import quoted
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.convert.ultralytics import heads, modules
from cnncalc.convert.ultralytics.blocks import ACTIVATION, BLOCKS, needed
from cnncalc.convert.ultralytics.modules import Made, Terms
from cnncalc.convert.ultralytics.rows import read
from cnncalc.diagnostics import Source
from cnncalc.layers.base import shown
from cnncalc.network import expand
from cnncalc.spec import read as read_spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.ultralytics.rows import Model, Row, Scale
    from cnncalc.layers.base import Shape

SIZE = 640
"""The side of the image for which Ultralytics states its operations."""

CLASSIFIED = 224
"""The same for classifiers."""

ACTIVATIONS = {
    "SiLU": "silu",
    "ReLU": "relu",
    "LeakyReLU": "leaky",
    "Hardswish": "hardswish",
    "GELU": "gelu",
    "Mish": "mish",
}

DEEP = {"deep": "mlx", "large": "lx"}
"""Scales that turn a switch on. Source: the published YOLO11 and YOLO12 checkpoints."""

HEADS = ("Detect", "v10Detect", "Segment", "Pose", "OBB")


def convert(source: Source, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of a model YAML, its scales as variants.

    Args:
        source: the file.
        name: the title.
        shapes: the size of the input; 3x640x640 without it, 3x224x224 for a classifier.

    Raises:
        ConvertError: lists the modules that cannot be said or do not fit, with their lines.
        SpecError: it is no YAML.
    """
    return _Writer(read(source), source.name, name, shapes).text()


class _Writer:
    def __init__(self, model: Model, file: str, title: str, shapes: Sequence[Shape]) -> None:
        self.model, self.file, self.title, self.shapes = model, file, title, shapes
        scales = model.scales
        self.scaled = len(scales) > 1 or any(s.depth != 1 or s.width != 1 for s in scales.values())
        self.terms = Terms(
            scaled=self.scaled,
            bounded=any(scale.most is not None for scale in scales.values()),
            largest=_largest_single(scales),
            points=_points(model, file),
        )
        self.classes = _classes(model, file)
        self.found: list[Unsupported] = []
        self.channels: dict[int, str] = {-1: "in.c"}
        self.labels = {i for row in model.rows for i in row.sources if len(row.sources) > 1 or i != row.number - 1}
        self.labels -= {-1}
        self.split: dict[int, list[str]] = {}
        self.outputs: list[str] = []

    def text(self) -> str:
        lines: list[str] = []
        rows: list[int] = []
        for row in self.model.rows:
            lines += self.row(row)
            rows += [row.line] * (len(lines) - len(rows))
        if self.found:
            raise ConvertError(self.found, self.file)
        body = "\n".join(lines)
        blocks = [f"  {line}" for name in needed(body) for line in self.block(name).splitlines()]
        shape = self.shapes[0] if self.shapes else (3, *(2 * (SIZE if self.outputs else CLASSIFIED,)))
        head = [
            f"# Converted from {self.file}.",
            "cnncalc: 1",
            f"name: {quoted(self.title)}",
            f"input: {shown(shape)}",
            *self.parameters(body),
            "blocks:",
            *blocks,
            "layers:",
            "  - model:",
        ]
        foot = [f"outputs: [{', '.join(self.outputs)}]"] if self.outputs else []
        text = "\n".join([*head, *(f"      {line}" for line in lines), *foot, ""])
        self.check(text, dict(enumerate(rows, len(head) + 1)))
        return text

    def check(self, text: str, rows: dict[int, int]) -> None:
        """Refuse a model whose sizes do not fit, with the lines of its rows.

        Args:
            text: the spec.
            rows: the line of the file for every line of the spec that a row became.

        Raises:
            ConvertError: a layer does not fit.
        """
        source = Source(self.file, text)
        for node in expand(read_spec(source)).nodes:
            span = node.calls[0] if node.calls else node.span
            if node.problem is not None and span is not None:
                line = rows.get(source.position(span.start).line)
                self.found.append(Unsupported(node.problem.message, "" if line is None else f"line {line}"))
        if self.found:
            raise ConvertError(list(dict.fromkeys(self.found)), self.file)

    def block(self, name: str) -> str:
        wanted = str(self.model.settings.get("activation", "SiLU"))
        layer = next((layer for torch, layer in ACTIVATIONS.items() if torch in wanted), "silu")
        signature, _, body = BLOCKS[name].partition(":\n")
        text = f"{signature}:\n{body}" if body else BLOCKS[name]
        return text.replace(ACTIVATION, layer)

    # ------------------------------------------------------------------------------------------ scales

    def parameters(self, body: str) -> list[str]:
        """``params`` for the first scale, a variant for every other."""
        values = {name: self.scale(name) for name in self.model.scales}
        first, *others = values
        lines = ["params:", f"  classes: {self.classes}"]
        if self.scaled:
            lines += [f"  {key}: {value}" for key, value in values[first].items()]
            lines += [f'  {key}: "{value}"' for key, value in self.terms.params.items()]
        if others:
            lines.append("variants:")
            lines += [
                f"  {name}: {{{', '.join(f'{k}: {v}' for k, v in values[name].items())}}}" for name in (first, *others)
            ]
        return lines

    def scale(self, name: str) -> dict[str, str]:
        scale: Scale = self.model.scales[name]
        found = {"depth": str(scale.depth), "width": str(scale.width)}
        if scale.most is not None:
            found["most"] = str(scale.most)
        return found | {switch: str(int(name in DEEP[switch])) for switch in sorted(self.terms.switches)}

    # ------------------------------------------------------------------------------------------ rows

    def row(self, row: Row) -> list[str]:
        """The lines of one row."""
        made = self.made(row)
        if isinstance(made, Unsupported):
            self.found.append(made)
            self.channels[row.number] = "in.c"
            return []
        self.channels[row.number] = made.channels
        named = [f"- {self.name(row.number)} = id"] if row.number in self.labels else []
        if made.several:
            return [f"- {row.number}:", *(f"    {line}" for line in made.text.splitlines()), *named]
        lines = []
        if len(row.sources) == 1 and row.sources[0] != row.number - 1:
            lines.append(f"- from {self.name(row.sources[0])}")
        if made.text:
            merges = made.text.startswith(("concat(", "add("))
            lines.append(f"- {made.text}" if merges else f"- {row.number} = {made.text}")
        return lines + named

    def made(self, row: Row) -> Made | Unsupported:
        entering = [self.channels[source] for source in row.sources]
        if row.module == "Concat":
            names = [
                "" if source == row.number - 1 and source not in self.labels else self.name(source)
                for source in row.sources
            ]
            return Made(heads.joined(names), "+".join(entering))
        if row.module in ("CBLinear", "CBFuse"):
            try:
                return self.linear(row) if row.module == "CBLinear" else self.fused(row)
            except (IndexError, TypeError, ValueError):
                return modules.strange(row)
        if row.module in HEADS:
            self.outputs += [
                *(["proto"] if row.module == "Segment" else []),
                *(["more"] if row.module in ("Segment", "Pose", "OBB") else []),
            ]
            self.outputs += [*(["many"] if row.module == "v10Detect" else []), "detections"]
            return heads.head(row, [self.name(source) for source in row.sources], entering, self.terms)
        return modules.statement(row, entering, self.terms)

    def linear(self, row: Row) -> Made:
        """Channels for several levels at once: one convolution, whose parts the fusions take."""
        widths = [int(width) for width in row.arguments[0]]
        ends = [sum(widths[: i + 1]) for i in range(len(widths))]
        self.split[row.number] = [f"slice {end - width} {end}" for width, end in zip(widths, ends, strict=True)]
        return Made(f"cblinear {sum(widths)}", str(sum(widths)))

    def fused(self, row: Row) -> Made | Unsupported:
        *others, last = row.sources
        if not all(source in self.split for source in others):
            return Unsupported("CBFuse of rows that are no CBLinear", f"line {row.line}")
        parts = [
            (self.name(source), self.split[source][int(index)])
            for source, index in zip(others, row.arguments[0], strict=True)
        ]
        return Made(heads.fused(parts, self.name(last)), self.channels[last], several=True)

    def name(self, number: int) -> str:
        return "input" if number < 0 else f"x{number}"


def _classes(model: Model, file: str) -> int:
    """How many classes there are."""
    classes = model.settings.get("nc", 80)
    if type(classes) is not int or classes < 1:
        raise ConvertError([Unsupported("nc is no number of classes", "line 1")], file)
    return classes


def _points(model: Model, file: str) -> tuple[int, int]:
    """Key points of a pose, and numbers of each; the usual ones are those of COCO."""
    match model.settings.get("kpt_shape", (17, 3)):
        case (int() as count, int() as each) if count > 0 and each > 0:
            return count, each
        case _:
            raise ConvertError([Unsupported("kpt_shape is no pair of numbers", "line 1")], file)


def _largest_single(scales: dict[str, Scale]) -> int:
    """The largest number of repeats that some scale makes one."""
    smallest = min(scale.depth for scale in scales.values())
    return max((n for n in range(1, 200) if max(round(n * smallest), 1) == 1), default=1)
