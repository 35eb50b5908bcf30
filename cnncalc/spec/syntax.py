"""The syntax tree of a spec: what was written, with the place of every token, before anything is computed.

Nodes are immutable named tuples. Every node ends with its ``span`` (character offsets in the source text). The two
faces of the format, one-line statements and YAML structure, give the same tree, and so does ``-e`` text.
"""

from __future__ import annotations

from fractions import Fraction

from cnncalc.diagnostics import Span
from cnncalc.record import NamedTuple

# ---------------------------------------------------------------------------------------------- expressions


class Number(NamedTuple):
    """A literal; whole numbers are int, all others an exact Fraction (``0.25`` is 1/4)."""

    value: int | Fraction
    span: Span


class Dims(NamedTuple):
    """``3x227x227`` or ``1x7``: sizes joined by x."""

    sizes: tuple[int, ...]
    span: Span


class Name(NamedTuple):
    """A parameter, a named value, a layer, a block or a word: which of them is decided where it is used."""

    text: str
    span: Span


class Attribute(NamedTuple):
    """``in.c``, ``in.d``, ``in.h``, ``in.w``: a size of the value that enters this stage."""

    field: str
    span: Span


class Unary(NamedTuple):
    """``-x`` or ``not x``."""

    operator: str
    operand: Expression
    span: Span


class Binary(NamedTuple):
    """``a op b`` for + - * / // %, comparisons, ``and``, ``or`` and the pair ``a:b``."""

    operator: str
    left: Expression
    right: Expression
    span: Span


class Sequence(NamedTuple):
    """``(a, b)``: one value per axis."""

    items: tuple[Expression, ...]
    span: Span


class Apply(NamedTuple):
    """``f(a, b)`` for the known functions: min max abs ceil floor round divisible roundup."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span


Expression = Number | Dims | Name | Attribute | Unary | Binary | Sequence | Apply

# ---------------------------------------------------------------------------------------------- arguments


class Argument(NamedTuple):
    """One argument of a layer or block: positional (``keyword`` None) or ``keyword=value``.

    A word such as ``nobias`` and a flag such as ``s2`` arrive as a positional Name: which word a layer knows is for
    the layer's signature to say.
    """

    keyword: str | None
    value: Expression
    span: Span


# ---------------------------------------------------------------------------------------------- stages


class Call(NamedTuple):
    """A layer or a user block with its arguments; ``name_span`` is the place of the name alone."""

    name: str
    arguments: tuple[Argument, ...]
    name_span: Span
    span: Span


class Input(NamedTuple):
    """The input's dimensions, first in ``-e`` text: ``3x227x227``."""

    sizes: tuple[int, ...]
    span: Span


class From(NamedTuple):
    """``from name``: go on from a named value."""

    name: str
    name_span: Span
    span: Span


class Identity(NamedTuple):
    """``id``: pass the current value through."""

    span: Span


class Merge(NamedTuple):
    """``add(a, b)`` and friends: every part starts at the current value, then the results meet.

    ``arguments`` are keywords of the merge itself, such as ``dim=1`` of ``concat(a, b, dim=1)``.
    """

    operator: str
    parts: tuple[Body, ...]
    arguments: tuple[Argument, ...]
    name_span: Span
    span: Span


class Repeat(NamedTuple):
    """``repeat(n, body)``; ``variable`` is the i of ``repeat(n as i):``; ``shared`` reuses one set of weights.

    ``gathers``: with ``concat`` every turn begins with all values so far side by side, and so does what follows.
    """

    count: Expression  # type: ignore[assignment]  # hides tuple's method of that name, which nobody calls
    body: Body
    variable: str | None
    shared: bool
    gathers: bool
    span: Span


class If(NamedTuple):
    """``if(condition, then)`` or ``if(condition, then, otherwise)``."""

    condition: Expression
    then: Body
    otherwise: Body
    span: Span


class Shared(NamedTuple):
    """``shared(name, body)``: one set of weights under ``name``; a later ``shared(name)`` has an empty body."""

    name: str
    body: Body
    name_span: Span
    span: Span


class Group(NamedTuple):
    """``group(name):`` a section of the report; adds nothing to the module paths."""

    title: str
    body: Body
    span: Span


class Path(NamedTuple):
    """A nested list: several statements where one stage can stand; ``named`` when it is ``name:`` with a list."""

    body: Body
    span: Span


Stage = Call | Input | From | Identity | Merge | Repeat | If | Shared | Group | Path


class Statement(NamedTuple):
    """``name = stage | stage -> 96x55x55``; ``expect`` holds the sizes behind the arrow.

    ``name = `` with a YAML list below it (``features:``) is a statement with one Path stage.
    ``insert_expect`` is the offset at which ``-> sizes`` can be written into the source text, None where the statement
    is not one line of text.
    """

    name: str | None
    stages: tuple[Stage, ...]
    expect: Dims | None
    name_span: Span | None
    span: Span
    insert_expect: int | None = None


Body = tuple[Statement, ...]


class Parameter(NamedTuple):
    """A parameter of a block, with its default (None: must be given)."""

    name: str
    default: Expression | None
    span: Span


class Block(NamedTuple):
    """A block: signature and body. An ``inline`` one takes no place: its names are names around the call."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span
    inline: bool = False
