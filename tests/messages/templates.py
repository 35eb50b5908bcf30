"""The texts of all error messages that the source can give, as patterns."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parents[2] / "cnncalc"
CALLS = {
    "NotationError", "ExpressionError", "ShapeError", "UsageError", "Problem", "UnknownSizeError", "TooLargeError", "BindingError",
    "ArgumentError", "ConvertError", "MissingExtraError", "problem", "add", "fail",
}  # fmt: skip
"""What takes a message as its first argument."""


class Template(NamedTuple):
    """A message: where it is in the source, what it reads like, and the pattern of its texts."""

    file: str
    line: int
    text: str
    pattern: re.Pattern[str]


def templates(*rooms: str) -> list[Template]:
    """All messages of these files and folders of the package."""
    files = [
        file
        for room in rooms
        for file in ([PACKAGE / room] if room.endswith(".py") else (PACKAGE / room).rglob("*.py"))
    ]
    return [found for file in sorted(files) for found in _of(file)]


def _of(file: Path) -> list[Template]:
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in CALLS:
            for message in _messages(node.args[0]):
                text, pattern = message
                if len(re.findall(r"[a-z]{2,}", text)) > 1:
                    found.append(Template(str(file.relative_to(PACKAGE)), node.lineno, text, pattern))
    return found


def _messages(node: ast.expr) -> list[tuple[str, re.Pattern[str]]]:
    if isinstance(node, ast.IfExp):
        return [*_messages(node.body), *_messages(node.orelse)]
    pieces = _pieces(node)
    if pieces is None:
        return []
    text = "".join("…" if piece is None else piece for piece in pieces)
    pattern = "".join(".*" if piece is None else re.escape(piece) for piece in pieces)
    return [(text, re.compile(pattern, re.DOTALL))]


def _pieces(node: ast.expr) -> list[str | None] | None:
    """The fixed texts of a message, None where something is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [piece.value if isinstance(piece, ast.Constant) else None for piece in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _pieces(node.left), _pieces(node.right)
        return None if left is None and right is None else [*(left or [None]), *(right or [None])]
    return None
