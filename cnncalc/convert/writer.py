"""From operations and modules to a spec that a person wants to read.

Modules become blocks; equal ones become one block whose parameters are what differs. Branches that begin at one value and
meet again become ``add(...)``, ``concat(...)``; values that are used otherwise get names. Equal neighbours become repeats.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from cnncalc.convert.blocks import MARK, Blocks, clean
from cnncalc.convert.lines import INDENT, is_plain, quoted, render, tidy
from cnncalc.convert.structure.fold import Folder
from cnncalc.convert.structure.growth import Gathering, gathered
from cnncalc.convert.structure.pieces import lines as untied
from cnncalc.convert.structure.pieces import pieces
from cnncalc.convert.structure.same import same
from cnncalc.convert.structure.sizes import sized
from cnncalc.convert.tree import Imported, Line, Op, Scope
from cnncalc.convert.words import snake
from cnncalc.record import NamedTuple
from cnncalc.spec.printer import print_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Step(NamedTuple):
    """One step of a path: an operation, a module, or a merge of paths; ``source`` begins the path elsewhere."""

    item: Op | Scope | None
    parts: tuple[tuple[Step, ...], ...] = ()
    source: int | None = None


def write(network: Imported) -> str:
    """The text of the spec."""
    return sized(_Writer(network).text())


class _Writer:
    def __init__(self, network: Imported) -> None:
        self.network = network
        self.blocks = Blocks()

    def text(self) -> str:
        network = self.network
        only = "input" if len(network.values) == 1 else ""
        names = {index: only or name for name, index in network.values.items()}
        flat = is_flat(network.root)
        body = _Body(self.blocks, network.root, list(network.values.values()), network.outputs, names, raw=flat)
        lines = body.lines()
        outputs = [body.names[value] for value in network.outputs] if body.leaves_by_name else []
        if not flat:
            return self.whole(*self.blocks.finished(render(lines)), outputs)
        return self.folded(lines, set(body.names.values()), outputs)

    def folded(self, lines: list[Line], values: set[str], outputs: list[str]) -> str:
        """The lines of a flat network: with what comes again as blocks and repeats, where that is shorter and the same."""
        plain = self.whole([clean(line) for line in render(untied(pieces(lines)))], [], outputs)
        short = self.whole(*Folder(lines, values, outputs).fold(), outputs)
        return short if short.count("\n") < plain.count("\n") and same(plain, short) else plain

    def whole(self, layers: list[str], blocks: list[tuple[str, list[str]]], outputs: list[str]) -> str:
        """The text of the file."""
        network = self.network
        head = [f"# {line}" for line in network.comment.splitlines()]
        head += ["cnncalc: 1", f"name: {quoted(network.name)}"]
        if len(network.inputs) == 1:
            head.append(f"input: {print_sizes(next(iter(network.inputs.values())))}")
        else:
            head += ["inputs:", *(f"  {name}: {print_sizes(size)}" for name, size in network.inputs.items())]
        if blocks:
            head.append("blocks:")
            for signature, lines_of in blocks:
                head += [f"{INDENT}{signature}:", *(f"{INDENT * 2}{line}" for line in lines_of)]
        text = [*head, "layers:", *(f"{INDENT}{line}" for line in layers)]
        if outputs:
            text.append(f"outputs: [{', '.join(outputs)}]")
        return "\n".join(text) + "\n"


Paths = dict[int, tuple["int | None", list[Step]]]
Merges = dict[int, list[tuple["int | None", list[Step]]]]


class _Body:
    """The statements of one module. ``names`` are the values that have names already."""

    def __init__(
        self,
        blocks: Blocks,
        scope: Scope,
        entering: list[int],
        leaving: list[int],
        names: dict[int, str],
        *,
        raw: bool = False,
    ) -> None:
        self.raw = raw
        self.blocks = blocks
        self.scope = scope
        self.entering = entering
        self.leaving = leaving
        self.names = dict(names)
        self.count = 0
        self.used = set(names.values())
        self.leaves_by_name = False
        self.items = gathered(list(laid_open(scope)), leaving)
        self.numbers = {name for item in self.items if (name := item.name or item.shared or "").isdecimal()}

    # ------------------------------------------------------------------------------------------ structure

    def lines(self, *, block: bool = False) -> list[Line]:
        """The statements, in order. In a block the entering value gets a name if it is needed later."""
        paths = self.reduced()
        lines: list[Line] = []
        current: int | None = self.entering[0] if len(self.entering) == 1 or block else None
        if current is not None and current not in self.names and self.is_needed(current, None, paths):
            lines.append(self.named(current, "x"))
        for value, (source, steps) in paths.items():
            lines += self.statement(value, source, steps, current, paths)
            current = value
        if block and self.leaving and self.leaving[0] != current:
            lines.append(Line(None, f"from {self.names[self.leaving[0]]}"))
        elif not block and (len(self.leaving) > 1 or (self.leaving and self.leaving[0] != current)):
            self.leaves_by_name = True
        return lines if self.raw else tidy(lines)

    def reduced(self) -> Paths:
        """For every value that needs a statement of its own: where it begins, and the steps to it."""
        paths: Paths = {}
        merges: Merges = {}
        items: dict[int, Op] = {}
        for item in self.items:
            if isinstance(item, Op) and item.merge:
                merges[item.output] = [(value, []) for value in item.inputs]
                items[item.output] = item
            else:
                inputs = item.inputs if isinstance(item, Op) else entries_of(item)
                paths[exit_of(item)] = (inputs[0] if inputs else None, [Step(item)])
        order = {exit_of(item): place for place, item in enumerate(self.items)}
        often = self.uses(paths, merges)
        while self.collapse(paths, merges, items, order, often) or self.join(paths, merges, often):
            pass
        for value, parts in merges.items():
            steps = tuple((Step(None, source=source), *part) for source, part in parts)
            paths[value] = (None, [Step(items[value], steps)])
        return dict(sorted(paths.items(), key=lambda entry: order[entry[0]]))

    def collapse(
        self, paths: Paths, merges: Merges, items: dict[int, Op], order: dict[int, int], often: Counter[int]
    ) -> bool:
        """A merge whose operands all begin at one value becomes a step behind it."""
        for value in sorted(merges, key=order.__getitem__):
            parts = merges[value]
            if len({source for source, _ in parts}) == 1 and parts[0][0] is not None:
                paths[value] = (parts[0][0], [Step(items[value], tuple(tuple(steps) for _, steps in parts))])
                often[parts[0][0]] -= len(parts) - 1
                del merges[value]
                return True
        return False

    def join(self, paths: Paths, merges: Merges, often: Counter[int]) -> bool:
        """A value that is used once, as the beginning of a path, is swallowed by it; ``often``: how often each is used."""
        for value in list(paths):
            if often[value] != 1 or value in self.leaving:
                continue
            source, steps = paths[value]
            if source is None:
                continue
            for other, (begin, more) in paths.items():
                if begin == value:
                    paths[other] = (source, steps + more)
                    del paths[value]
                    return True
            for parts in merges.values():
                for place, (begin, more) in enumerate(parts):
                    if begin == value:
                        parts[place] = (source, steps + more)
                        del paths[value]
                        return True
        return False

    def uses(self, paths: Paths, merges: Merges) -> Counter[int]:
        """How often each value begins something, is referred to, or leaves."""
        count: Counter[int] = Counter(self.leaving)
        for source, steps in [*paths.values(), *(part for parts in merges.values() for part in parts)]:
            count.update([] if source is None else [source])
            count.update(references(steps))
            count.update(begins(steps))
        return count

    def is_needed(self, value: int, following: tuple[int | None, list[Step]] | None, paths: Paths) -> bool:
        """Whether a value needs a name: it is used by anything but the statement that follows, or leaves by name."""
        if following is None and value in self.entering:
            following = next(iter(paths.values()), None)
        total = self.uses(paths, {})[value]
        directly = following is not None and following[0] == value
        if value in self.leaving and (len(self.leaving) > 1 or following is not None):
            return True
        return total - (value in self.leaving) > int(directly)

    # ------------------------------------------------------------------------------------------ statements

    def statement(
        self, value: int, source: int | None, steps: list[Step], current: int | None, paths: Paths
    ) -> list[Line]:
        """The lines of one path; the value gets a name if it needs one."""
        lines: list[Line] = []
        if source is not None and source != current:
            lines.append(Line(None, f"from {self.names[source]}"))
        lines += self.path(steps)
        order = list(paths)
        place = order.index(value) + 1
        following = paths[order[place]] if place < len(order) else None
        if value not in self.names and self.is_needed(value, following, paths):
            last = lines[-1] if lines else Line(None, "id")
            own = last.name is not None and last.name.isidentifier() and last.text != ""
            if own and last.name is not None:
                self.names[value] = last.name
            else:
                lines.append(self.named(value, hint(steps)))
        return lines

    def named(self, value: int, base: str) -> Line:
        """A line that gives the present value a name."""
        number = 1
        while (name := f"{base}_{number}") in self.used:
            number += 1
        self.used.add(name)
        self.names[value] = name
        return Line(name, "id")

    def path(self, steps: Iterable[Step]) -> list[Line]:
        """Lines for steps that follow each other."""
        return [line for step in steps for line in self.step(step)]

    def step(self, step: Step) -> list[Line]:
        if step.source is not None:
            return [Line(None, f"from {self.names[step.source]}")]
        item = step.item
        if isinstance(item, Gathering):
            return [self.turns(item)]
        if isinstance(item, Scope):
            return self.module(item)
        assert item is not None  # noqa: S101 (a step without a source has an item)
        return [self.merge(item, step.parts)] if item.merge else [self.operation(item)]

    def turns(self, item: Gathering) -> Line:
        """Turns that are alike, as a repeat; all of them are written, since every one takes its places."""
        written = []
        for turn in item.turns:
            inner = _Body(self.blocks, turn, entries_of(turn), turn.outputs, {}, raw=self.raw)
            inner.used, inner.count, inner.numbers = self.used, self.count, self.numbers
            written.append(inner.lines(block=True))
            self.count = inner.count
        variable = " as i" if any("{" in (part.name or "") for part in item.turns[0].items) else ""
        return Line(None, f"repeat({len(written)}{variable}, concat):", tuple(written[0]))

    def merge(self, item: Op, parts: tuple[tuple[Step, ...], ...]) -> Line:
        below = []
        for part in parts:
            lines = self.path(part) if self.raw else tidy(self.path(part))
            lines = lines or [Line(None, "id")]
            below.append(lines[0] if len(lines) == 1 else Line(None, "", tuple(lines)))
        return Line(None, f"{item.text}{f'({item.arguments})' if item.arguments else ''}:", tuple(below))

    def operation(self, item: Op) -> Line:
        text = item.text.format(*(self.names[value] for value in item.references)) if item.references else item.text
        text = marked(text, item.entering) if self.raw else text
        if item.shared is None:
            return Line(self.place(item.name), text)
        return Line(None, f"shared({item.shared}, {text})" if self.is_first(item.shared) else f"shared({item.shared})")

    def is_first(self, name: str) -> bool:
        """Whether shared weights appear for the first time, and take a place."""
        first = name not in self.used
        self.used.add(name)
        self.count += first
        return first

    def place(self, name: str | None) -> str | None:
        """The name that a module must be given: none if its number is its place. Takes the place."""
        number = self.count
        self.count += 1
        if name is None and str(number) in self.numbers:
            name = next(name for i in count(number) if (name := f"n_{i}") not in self.used)
        if name is None or name == str(number):
            return None
        self.used.add(name)
        return name

    def module(self, item: Scope) -> list[Line]:
        """A module as a named sequence, or as a call of a block."""
        entries = entries_of(item)
        if item.shared is not None and not self.is_first(item.shared):
            return [Line(None, f"shared({item.shared})")]
        if item.plain and len(entries) == 1 and (item.name is not None or item.shared) and self.is_free(item):
            inner = _Body(self.blocks, item, entries[:1], item.outputs, {})
            inner.used |= self.used
            lines = inner.lines(block=True)
            self.used |= inner.used
            return [self.sequence(item, lines)]
        inner = _Body(
            self.blocks, item, entries, item.outputs, {value: ENTRY.format(i) for i, value in enumerate(entries) if i}
        )
        extra = [ENTRY.format(i) for i in range(1, len(entries))]
        text = self.blocks.add(item.kind, inner.lines(block=True), extra, [self.names[value] for value in entries[1:]])
        if item.shared is not None:
            return [Line(None, f"shared({item.shared}):", (Line(None, text),))]
        return [Line(self.place(item.name), text)]

    def sequence(self, item: Scope, lines: list[Line]) -> Line:
        """A named sequence, in one line if it is one pipeline of several layers."""
        if item.shared is not None:
            return Line(None, f"shared({item.shared}):", tuple(lines))
        name = self.place(item.name) or item.name
        if not lines:
            return Line(name, "id")
        if len(lines) == 1 and is_plain(lines[0]) and (" | " in lines[0].text or lines[0].text.startswith("repeat(")):
            return Line(name, lines[0].text)
        return Line(name, "", tuple(lines))

    def is_free(self, item: Scope) -> bool:
        """Whether the names in a sequence are free here: they would be seen by what is around it."""
        names = [name for name in inner_names(item) if not name.isdecimal()]
        if self.used & set(names) or len(set(names)) < len(names):
            return False
        self.used.update(names)
        return True


def is_flat(scope: Scope) -> bool:
    """Whether a network is a list of operations, as files of most formats are."""
    return all(isinstance(item, Op) for item in scope.items)


def marked(text: str, entering: tuple[int, ...]) -> str:
    """A convolution with its stride, and its channels with those that enter beside them."""
    if not entering or MARK in text:
        return text
    text = re.sub(r"^(conv \S+ \S+)(?!.* s=)", r"\1 s=1", text)
    return re.sub(r"^(conv |linear )(\d+)\b|( g=)(\d+)\b", rf"\g<0>{MARK}{entering[0]}{MARK}", text)


def laid_open(scope: Scope, prefix: str = "") -> Iterator[Op | Scope]:
    """The items of a module; of those within it that can be no block their items, under names with dots.

    These are modules that give several values, or that own weights themselves.
    """
    for item in scope.items:
        if isinstance(item, Scope) and not item.items:
            continue
        if isinstance(item, Scope) and (item.inline or len(item.outputs) > 1):
            yield from laid_open(item, f"{prefix}{item.name or item.shared}.")
            continue
        if prefix and item.name is not None:
            item.name = f"{prefix}{item.name}".removesuffix(".")
        elif prefix and item.shared is not None:
            item.shared = f"{prefix}{item.shared}".removesuffix(".")
        yield item


ENTRY = "y{}"
"""Names of further values that enter a block."""


def hint(steps: list[Step]) -> str:
    """A word for a value."""
    item = steps[-1].item if steps else None
    if isinstance(item, Scope):
        word = item.name or snake(item.kind)
    else:
        word = "x" if item is None else item.text.split()[0].split("(")[0]
    word = re.sub(r"\W", "_", word)
    return word if word.isidentifier() else f"x_{word}"


# ---------------------------------------------------------------------------------------------- looking at items


def exit_of(item: Op | Scope) -> int:
    """The value that an item gives: of a module the last that is read outside."""
    if isinstance(item, Op):
        return item.output
    return item.outputs[-1] if item.outputs else exit_of(item.items[-1])


def entries_of(scope: Scope) -> list[int]:
    """The values that a module takes from outside, in order of use."""
    ops = scope.ops()
    made = {op.output for op in ops}
    wanted = [value for op in ops for value in (*op.inputs, *op.references) if value not in made]
    return list(dict.fromkeys(wanted))


def inner_names(scope: Scope) -> list[str]:
    """The names of the modules directly in a sequence, and in sequences within it."""
    names: list[str] = []
    for item in scope.items:
        if item.name is not None:
            names.append(item.name)
        if isinstance(item, Scope) and item.plain:
            names += inner_names(item)
    return names


def references(steps: Iterable[Step]) -> list[int]:
    """Values that steps refer to by name."""
    found: list[int] = []
    for step in steps:
        if isinstance(step.item, Op):
            found += step.item.references
        elif isinstance(step.item, Scope):
            found += entries_of(step.item)[1:]
        for part in step.parts:
            found += references(part)
    return found


def begins(steps: Iterable[Step]) -> list[int]:
    """Values at which parts of merges begin by name."""
    found: list[int] = []
    for step in steps:
        found += [] if step.source is None else [step.source]
        for part in step.parts:
            found += begins(part)
    return found
