"""YAML text to a tree of scalars, lists and maps with their places in the file. The only file that imports yaml.

YAML is read as events and never constructed: every scalar stays text (no ``on``/``yes``/octal surprises), nothing is
expanded (no alias bombs), and limits hold before any work is done.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from cnncalc.diagnostics import Note, Problem, Source, Span, SpecError
from cnncalc.record import NamedTuple
from cnncalc.text import NESTING, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST = 2**20
"""Characters of one file."""

MOST_NODES = 100_000
"""Scalars, lists and maps of one file."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Scalar(NamedTuple):
    """A leaf. ``text`` is what stands in the file (for the notation's parser), ``value`` what YAML makes of it."""

    text: Text
    value: str
    span: Span
    lines: bool = False
    plain: bool = True


class List(NamedTuple):
    """A list; ``flow`` if written in square brackets."""

    items: tuple[Tree, ...]
    span: Span
    flow: bool = False


class Map(NamedTuple):
    """A map with scalar keys; ``flow`` if written in curly brackets."""

    entries: tuple[tuple[Scalar, Tree], ...]
    span: Span
    flow: bool = False


Tree = Scalar | List | Map


def decode(name: str, data: bytes) -> Source:
    """A file's bytes as a source.

    Raises:
        SpecError: too large, not UTF-8, or not text.
    """
    source = Source(name, "")
    if len(data) > LARGEST:
        raise SpecError([Problem(f"the file has {len(data):,} bytes; a spec has at most {LARGEST:,}", source)])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8 text: byte 0x{data[error.start]:02x} at {error.start:,}"
        raise SpecError([Problem(message, source, hint="a spec is a text file in UTF-8")]) from None
    return Source(name, text)


def compose(source: Source) -> Tree | None:
    """The tree of a YAML text; None for an empty one.

    Raises:
        SpecError: not YAML, or YAML that a spec does not use: anchors, aliases, tags, directives, several documents,
            keys that are no scalars, the same key twice, more nodes or nesting than the limits allow.
    """
    text = source.text
    if len(text) > LARGEST:
        raise SpecError([Problem(f"the text has {len(text):,} characters; a spec has at most {LARGEST:,}", source)])
    bad = _UNREADABLE.search(text)
    if bad is not None:
        raise SpecError([_unreadable(source, bad[0], Span(bad.start(), bad.end()))])
    try:
        return _Composer(source).compose()
    except yaml.MarkedYAMLError as error:
        raise SpecError([_yaml_problem(source, error)]) from None
    except yaml.YAMLError as error:
        raise SpecError([Problem(f"not YAML: {error}", source)]) from None


_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""What YAML does not allow, and what a terminal would take as a command."""


def _unreadable(source: Source, character: str, span: Span) -> Problem:
    return Problem(f"the character {character!r} cannot be part of a spec", source, span)


_KNOWN = (
    ("mapping values are not allowed", "a ': ' where YAML allows none", "put the line in quotes, or remove the blank behind the ':'"),
    ("could not find expected ':'", "this line does not fit the lines around it", "check its indentation; a key ends with ':'"),
    ("did not find expected key", "this line does not fit the lines around it", "check its indentation; a key ends with ':'"),
    ("did not find expected '-' indicator", "this line does not fit the lines around it", "check its indentation; a list item begins with '- '"),
    ("did not find expected ',' or", "a bracket of a YAML list or map is not closed", "close it, or write one item per line"),
    ("found unexpected end of stream", "a quote is not closed", "close it, or write the line without quotes"),
    ("cannot start any token", "a line or value that begins with this character", "YAML keeps it for itself: put the text in quotes"),
)  # fmt: skip
"""What the YAML reader says, what is meant, and what to do."""


def _yaml_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    said = f"{error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if "end of stream" in said:
        mark = error.context_mark or mark
    at = min(mark.index, max(0, len(source.text) - 1)) if mark else 0
    span = Span(at, at + 1)
    line = source.line_text(source.position(at).line)
    if "\t" in line[: len(line) - len(line.lstrip())] or "character '\\t'" in said:
        return Problem("a tab in the indentation", source, span, "YAML is indented with blanks")
    for words, message, hint in _KNOWN:
        if words in said:
            return Problem(message, source, span, hint)
    context = f"{error.context}, " if error.context else ""
    return Problem(f"not YAML: {context}{said}", source, span)


class _Open(NamedTuple):
    """A list or map whose end has not been read yet."""

    event: yaml.Event
    children: list[Tree]


class _Composer:
    """Builds the tree from events with a stack of its own, so that no input can exhaust Python's."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[_Open] = []
        self.count = 0
        self.root: Tree | None = None
        self.duplicates: list[Problem] = []

    def compose(self) -> Tree | None:
        documents = 0
        for event in yaml.parse(self.source.text, Loader=_Loader):
            if isinstance(event, yaml.ScalarEvent):
                self.check(event)
                self.put(self.scalar(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self.check(event)
                self.stack.append(_Open(event, []))
                if len(self.stack) > NESTING:
                    raise self.error(f"nested deeper than {NESTING} levels", event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.put(self.close(event))
            elif isinstance(event, yaml.AliasEvent):
                raise self.error("aliases (*) are not part of the format", event, "use a block or a parameter")
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                self.check_document(event, documents)
        if self.duplicates:
            raise SpecError(self.duplicates)
        return self.root

    def check_document(self, event: yaml.DocumentStartEvent, documents: int) -> None:
        if documents > 1:
            raise self.error(
                "a second document in one file", event, "one file describes one network; '---' separates documents"
            )
        if event.version or event.tags:
            raise self.error("directives (%) are not part of the format", event)

    def check(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            raise self.error(f"more than {MOST_NODES:,} lines and values", event)
        if event.anchor is not None:
            raise self.error("anchors (&) are not part of the format", event, "use a block or a parameter")
        if event.tag is not None:
            raise self.error("tags (!) are not part of the format", event)

    def error(self, message: str, event: yaml.Event, hint: str = "") -> SpecError:
        start = _offset(event.start_mark)
        return SpecError([Problem(message, self.source, Span(start, max(start + 1, _offset(event.end_mark))), hint)])

    def put(self, node: Tree) -> None:
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node

    def close(self, event: yaml.Event) -> Tree:
        opened, children = self.stack.pop()
        span = Span(_offset(opened.start_mark), max(_offset(opened.start_mark) + 1, _offset(event.end_mark)))
        flow = bool(getattr(opened, "flow_style", False))
        if isinstance(opened, yaml.SequenceStartEvent):
            return List(tuple(children), span, flow)
        keys = children[::2]
        for key in keys:
            if not isinstance(key, Scalar):
                raise SpecError([Problem("a key must be one word or line", self.source, key.span)])
        entries = tuple(zip(keys, children[1::2], strict=True))
        self.check_duplicates(entries)  # type: ignore[arg-type]
        return Map(entries, span, flow)  # type: ignore[arg-type]

    def check_duplicates(self, entries: Sequence[tuple[Scalar, Tree]]) -> None:
        first: dict[str, Span] = {}
        for key, _ in entries:
            if key.value == "<<" and key.plain:
                raise SpecError([Problem("merge keys (<<) are not part of the format", self.source, key.span)])
            if key.value in first:
                note = Note("the first is here", first[key.value])
                problem = Problem(f"the key '{key.value}' is given twice", self.source, key.span, notes=(note,))
                self.duplicates.append(problem)
            first.setdefault(key.value, key.span)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        start, end = _offset(event.start_mark), _offset(event.end_mark)
        raw = self.source.text[start:end]
        if event.style in ("|", ">"):
            head = re.match(r"[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])?", raw)
            body = start + (head.end() if head else 0)
            return Scalar(
                Text(self.source.text[body:end], body), event.value, Span(start, end), event.style == "|", plain=False
            )
        if event.style in ("'", '"'):
            bad = _UNREADABLE.search(event.value)
            if bad is not None:
                raise SpecError([_unreadable(self.source, bad[0], Span(start, end))])
            return Scalar(_quoted(raw, start, event.style), event.value, Span(start, end), plain=False)
        raw = raw.rstrip()
        return Scalar(Text(raw, start), event.value, Span(start, start + max(1, len(raw))))


def _offset(mark: Any) -> int:
    """The character offset of a mark; a reader's event always has one."""
    return int(mark.index)


_ESCAPE = re.compile(
    r"""\\(?P<break>(?:\r\n|[\n\r\x85\u2028\u2029])[ \t]*)|\\(?:x(?P<x>..)|u(?P<u>.{4})|U(?P<U>.{8})|(?P<letter>.))""",
    re.DOTALL,
)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "_": "\xa0", "N": "\x85", "L": "\u2028", "P": "\u2029"}
"""Escapes of one letter. The others, such as ``\\e``, make characters that no spec may have."""


def _quoted(raw: str, start: int, style: str) -> Text:
    """The text between quotes, with the place of every character."""
    inner = raw[1:-1]
    if (style == "'" and "''" not in inner) or (style == '"' and "\\" not in inner):
        return Text(inner, start + 1)
    chars: list[str] = []
    offsets: list[int] = []
    position = 0
    while position < len(inner):
        char, width = _unescape(inner, position, style)
        if char:
            chars.append(char)
            offsets.append(start + 1 + position)
        position += width
    return Text("".join(chars), start + 1, (*offsets, start + 1 + position))


def _unescape(inner: str, position: int, style: str) -> tuple[str, int]:
    """The character at a place between quotes, and how many characters write it; none for an escaped line break."""
    if style == "'":
        return inner[position], 2 if inner.startswith("''", position) else 1
    match = _ESCAPE.match(inner, position)
    if match is None:
        return inner[position], 1
    if match["break"]:
        return "", len(match[0])
    code = match["x"] or match["u"] or match["U"]
    char = chr(int(code, 16)) if code else _LETTERS.get(match["letter"], match["letter"])
    return char, len(match[0])


class Edit(NamedTuple):
    """A replacement of a stretch of the source text."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position:
            raise ValueError("edits overlap")
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])
