"""What each module of a row becomes: one statement, and the channels that leave it as an expression."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.convert.tree import Unsupported
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnncalc.convert.ultralytics.rows import Row


class Made(NamedTuple):
    """A row as statements. ``text`` is the pipeline of its module (empty: none); ``channels`` an expression.

    ``several`` marks text that is a list of statements below the row's number, a head.
    """

    text: str
    channels: str
    several: bool = False


class Terms:
    """The expressions of one file: channels and repeats that its scales change, and which of the scales' switches it uses."""

    def __init__(self, *, scaled: bool, bounded: bool, largest: int, points: tuple[int, int] = (17, 3)) -> None:
        """Nothing used yet.

        Args:
            scaled: whether there is anything to multiply.
            bounded: whether scales bound the channels.
            largest: the greatest number of repeats that a scale can make one.
            points: key points of a pose, and numbers of each.
        """
        self.points = points
        self.scaled = scaled
        self.bounded = bounded
        self.largest = largest
        self.params: dict[str, str] = {}
        self.switches: set[str] = set()
        self.legacy = True

    def width(self, channels: Any) -> str:
        """Channels under the scale."""
        if not self.scaled:
            return str(roundup(int(channels)))
        name = f"w{int(channels)}"
        inner = f"min({int(channels)}, most)" if self.bounded else str(int(channels))
        self.params.setdefault(name, f"roundup({inner}*width, 8)")
        return name

    def repeats(self, number: int) -> str:
        """Repeats under the scale."""
        if not self.scaled or number == 1:
            return str(number)
        self.params.setdefault(f"r{number}", f"max(round({number}*depth), 1)")
        return f"r{number}"

    def switch(self, name: str) -> str:
        """A number that only some scales turn to 1."""
        self.switches.add(name)
        return name


def roundup(value: int) -> int:
    """The next multiple of 8."""
    return -(-value // 8) * 8


def statement(row: Row, entering: Sequence[str], terms: Terms) -> Made | Unsupported:
    """What a row becomes.

    Args:
        row: of the file.
        entering: the channels of the values that enter it.
        terms: the expressions of the file.
    """
    make = _MODULES.get(row.module)
    if make is None:
        return Unsupported(row.module, f"line {row.line}")
    try:
        return make(row, entering, terms)
    except (IndexError, TypeError, ValueError):
        return strange(row)


def strange(row: Row) -> Unsupported:
    """A known module with arguments that it does not have."""
    shown = ", ".join(map(str, row.arguments))
    return Unsupported(f"{row.module} with arguments [{shown}]", f"line {row.line}")


def _flag(value: Any) -> int:
    return int(bool(value))


def _at(row: Row, place: int, usual: Any) -> Any:
    return row.arguments[place] if len(row.arguments) > place else usual


def _times(text: str, row: Row, terms: Terms) -> str:
    """A module that is made several times is a sequence, one that is made once is not."""
    if row.repeats == 1:
        return text
    count = terms.repeats(row.repeats)
    if not terms.scaled or row.repeats > terms.largest:
        return f"repeat({count}, {text})"
    return f"if({count} == 1, {text}, repeat({count}, {text}))"


def _conv(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    kernel, stride = int(_at(row, 1, 1)), int(_at(row, 2, 1))
    padding, groups = _at(row, 3, None), _at(row, 4, 1)
    channels = terms.width(row.arguments[0])
    words = ["cba", channels, *([str(kernel)] if (kernel, stride) != (1, 1) else [])]
    words += [f"s={stride}"] if stride != 1 else []
    words += [f"p={int(padding)}"] if padding is not None else []
    words += [f"g={int(groups)}"] if int(groups) != 1 else []
    return Made(_times(" ".join(words), row, terms), channels)


def _repeated(block: str, **usual: Any) -> Callable[[Row, Sequence[str], Terms], Made]:
    """A block with channels, repeats and further numbers or truths in the order of the row's arguments."""

    def make(row: Row, entering: Sequence[str], terms: Terms) -> Made:
        channels = terms.width(row.arguments[0])
        rest = [str(_flag(_at(row, 1 + i, value))) for i, value in enumerate(usual.values())]
        return Made(" ".join([block, channels, terms.repeats(row.repeats), *rest]), channels)

    return make


def _c3k2(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    terms.legacy = False
    channels = terms.width(row.arguments[0])
    deep = "1" if _at(row, 1, 0) else terms.switch("deep") if terms.scaled else "0"
    share = Fraction(_at(row, 2, Fraction(1, 2)))
    mid = (
        f"{channels}*{share.numerator}//{share.denominator}"
        if share.numerator != 1
        else f"{channels}//{share.denominator}"
    )
    return Made(f"c3k2 {channels} {terms.repeats(row.repeats)} {deep} 1 {mid}", channels)


def _a2c2f(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    terms.legacy = False
    channels = terms.width(row.arguments[0])
    count = terms.repeats(row.repeats)
    if not _at(row, 1, 1):
        return Made(f"r2c2f {channels} {count}", channels)
    large = terms.switch("large") if terms.scaled else "0"
    ratio = f"2-{large}*4/5" if terms.scaled else "2"
    return Made(f"a2c2f {channels} {count} {max(1, int(_at(row, 2, 1)))} {large} {ratio}", channels)


def _c2fcib(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    terms.legacy = False
    return _repeated("c2fcib", res=False, large=False)(row, entering, terms)


def _sized(block: str, *usual: int) -> Callable[[Row, Sequence[str], Terms], Made]:
    """A block with channels and further whole numbers."""

    def make(row: Row, entering: Sequence[str], terms: Terms) -> Made:
        channels = terms.width(row.arguments[0])
        rest = [str(int(_at(row, 1 + i, value))) for i, value in enumerate(usual)]
        return Made(_times(" ".join([block, channels, *rest]), row, terms), channels)

    return make


def _elan(block: str, least: int) -> Callable[[Row, Sequence[str], Terms], Made]:
    """Channels under the scale; the inner ones as they stand, and how often the inner blocks repeat: ``least`` numbers."""

    def make(row: Row, entering: Sequence[str], terms: Terms) -> Made:
        channels = terms.width(row.arguments[0])
        inner = [str(int(value)) for value in row.arguments[1:4]]
        return Made(" ".join([block, channels, *inner, *["1"] * (least - len(inner))]), channels)

    return make


def _spp(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    channels = terms.width(row.arguments[0])
    small, middle, large = map(int, _at(row, 1, (5, 9, 13)))
    return Made(f"spp {channels} {small} {middle} {large}", channels)


def _bottleneck(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    channels = terms.width(row.arguments[0])
    share = f"{channels}//2"
    res = f"{_flag(_at(row, 1, 1))}"
    if channels != entering[0]:
        res = "0"
    return Made(_times(f"bottleneck {channels} {res} mid={share}", row, terms), channels)


def _pool(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    kernel, stride, padding = int(row.arguments[0]), int(_at(row, 1, row.arguments[0])), int(_at(row, 2, 0))
    return Made(f"maxpool {kernel} s{stride} p{padding}", entering[0])


def _zeropad(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    left, right, top, bottom = map(int, row.arguments[0])
    return Made(f"pad ({top}:{bottom},{left}:{right})", entering[0])


def _upsample(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    factor, mode = int(row.arguments[1]), _at(row, 2, "nearest")
    return Made(f"upsample {factor}{'' if mode == 'nearest' else f' {mode}'}", entering[0])


def _transposed(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    channels = terms.width(row.arguments[0])
    kernel, stride, padding = int(row.arguments[1]), int(_at(row, 2, 1)), int(_at(row, 3, 0))
    return Made(f"convt {channels} {kernel} s{stride} p{padding}", channels)


def _identity(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    return Made("", entering[0])


def _classify(row: Row, entering: Sequence[str], terms: Terms) -> Made:
    classes = "classes" if row.arguments[0] == "nc" else str(int(row.arguments[0]))
    return Made(f"classify {classes}", classes)


_MODULES: dict[str, Callable[[Row, Sequence[str], Terms], Made]] = {
    "Conv": _conv,
    "C2f": _repeated("c2f", res=False),
    "C2": _repeated("c2", res=True),
    "C3": _repeated("c3", res=True),
    "C3k2": _c3k2,
    "C2fCIB": _c2fcib,
    "C2PSA": _repeated("c2psa"),
    "C3Ghost": _repeated("c3ghost"),
    "A2C2f": _a2c2f,
    "GhostConv": _sized("ghost", 1, 1),
    "SCDown": _sized("scdown", 1, 1),
    "ADown": _sized("adown"),
    "AConv": _sized("aconv"),
    "PSA": _sized("psa"),
    "SPPF": _sized("sppf", 5),
    "SPP": _spp,
    "SPPELAN": _elan("sppelan", 1),
    "ELAN1": _elan("elan1", 2),
    "RepNCSPELAN4": _elan("gelan", 3),
    "Bottleneck": _bottleneck,
    "Classify": _classify,
    "nn.MaxPool2d": _pool,
    "nn.ZeroPad2d": _zeropad,
    "nn.Upsample": _upsample,
    "nn.ConvTranspose2d": _transposed,
    "nn.Identity": _identity,
}
"""The modules that are one value from one; Concat, the heads and the fusions of YOLOv9 take several and stand with the writer."""
