"""Specs with large and odd numbers: the shipped ones with parts replaced, and the runs of commands over them.

As a program it runs seeds in this one process, under a limit of memory and of time for each, and prints a line for
every one that hangs, takes too much memory or fails with anything but the errors that users are meant to see:
``python tests/property/hostile.py FIRST LAST [SECONDS]``, or ``--text FILE`` for all commands over one text.
"""

from __future__ import annotations

import io
import json
import random
import re
import resource
import signal
import sys
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

SPECS = Path(__file__).parents[2] / "specs"
MEMORY = 300 * 2**20
"""Bytes that a run may take beyond what the process has before the first."""

SECONDS = 20
"""Processor time that counts as a hang: ten times what any text of 64 KiB may take, for slow machines."""

NUMBERS = (
    *map(str, (0, 1, 2, 3, 5, 7, 8, 16, 63, 64, 97, 1000, 4096, 65535, 65536, 99991, 999999, 16777213)),
    *map(str, (2**31 - 1, 2**31, 999999937, 999999999, 2**48, 999999999999, 999999999999989, 10**15 - 1, 10**15)),
    *("1000000000000001", "9" * 40, "9" * 5000, "-1", "-999999999999", "1e15", "1e-15", "1e999999", "0x10"),
    *("0.5", "0.1", "1.5", "0.00000000000001", "0.333333333333333", "999999999999999.5", "0." + "3" * 400),
    *("1/3", "2/3", "999999999999999/999999999999989", "7/999983", "1000000*1000000", "2*3+1"),
    *("((((((((3))))))))", "(" * 70 + "3" + ")" * 70, "divisible(999999999999999,8)", "divisible(1/999999999989,7)"),
    *("roundup(7,999999999999)", "max(1,2,3)", "round(0.5)", "ceil(1/999999999999999)", "in.c", "in.c*in.c", "-(-3)"),
    *("3x3", "1x999999999", "999999999x1", "3x3x3x3x3x3", "(1:999999999)", "(999999999:0)", "(1,2)", "()", "3:4"),
)  # fmt: skip

ENDS = (
    *(f"{letter}{number}" for letter in "spdg" for number in (0, 1, 2, 3, 64, 999983, 999999999, 999999999999999)),
    *("ceil", "ceil=caffe", "half", "same", "same_lower", "full", "reflect", "circular", "replicate", "exclude"),
    *("multiplier=99999999", "tile=999999", "op1", "op999999999", "bias=999", "d999999999 p999999999"),
)  # fmt: skip

LAYERS = (
    *("shuffle N", "conv N 3", "conv 8 N", "conv 8 3 sN pN", "conv 8 3 dN pN", "conv 8 3 gN", "depthwise 3 multiplier=N"),
    *("maxpool N", "maxpool N s1", "maxpool 3 sN", "maxpool N pN", "avgpool N ceil", "avgpool 3 sN ceil", "lppool N"),
    *("adaptiveavgpool N", "adaptivemaxpool N", "upsample N", "upsample size=N", "upsample size=N bicubic", "upsample 1/N"),
    *("convtranspose 8 N", "convtranspose 8 3 sN", "convtranspose 8 3 dN pN", "convtranspose 8 3 s2 opN"),
    *("split N 0", "split N N", "chunk N 0", "chunk N N", "slice N", "slice 0 N", "slice -N N dim=N", "pad N", "pad -N"),
    *("crop N", "pad N reflect", "pad N circular", "reshape N", "reshape NxN", "reshape (N,-1)", "permute (N,0,1)", "bednails N"),
    *("pixelshuffle N", "pixelunshuffle N", "maxout N", "groupnorm N", "attention N", "layerscale N", "linear N", "dropout N"),
    *("local 4 N", "local N 3", "tiled 4 3 N", "sepconv N N", "lrn N", "softmax N", "mean N", "mean (N,N)", "l2norm N", "scale N"),
    *("shift N", "leaky N", "learned NxN", "add(id, learned NxNxN)", "repeat N (relu)", "repeat N (conv 8 3 p1)"),
    *("flatten N", "squeeze N", "unsqueeze N", "concat(id, id, dim=N)", "concat(id, conv N 1)", "add(conv 8 1, conv 8 1 sN)"),
    *("maxpool 2 s2 -> NxNxN", "cutout N", "gaussianblur N", "droppath N", "flatten | linear N | reshape NxNxN"),
)  # fmt: skip

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("analyze", "-"),
    ("analyze", "-", "--format", "json"),
    ("lint", "--isolated", "--no-cache", "--select", "ALL", "-"),
    ("fit", "-", "31..33"),
    ("explain", "-", "LAYER"),
    ("build", "-"),
    ("build", "-", "--style", "flat"),
    ("build", "-", "--emit", "mermaid"),
    ("fmt", "-"),
    ("draw", "-", "network"),
    ("draw", "-", "size"),
    ("draw", "-", "memory"),
    ("draw", "-", "coverage", "LAYER"),
    ("draw", "-", "coverage", "0", "--animate"),
    ("draw", "-", "overlap", "0"),
    ("draw", "-", "field", "LAYER"),
    ("draw", "-", "field", "0"),
    ("draw", "-", "formula", "0"),
)

CODES: Counter[Any] = Counter()
"""How often a run ended with each exit code."""

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)|(?<=\s[spdgk])\d+|(?<=x)\d+|\d+(?=x)")


class Hang(BaseException):
    """A run took longer than anything may."""


@cache
def shipped() -> tuple[str, ...]:
    """The texts of the shipped specs, short ones more than once: most seeds should be fast."""
    texts = sorted((path.read_text(encoding="utf-8") for path in SPECS.glob("*.yaml")), key=len)
    return (*texts, *texts[: len(texts) // 2], *texts[: len(texts) // 4])


def text(chance: random.Random) -> str:
    """A spec that nobody would write, at most 64 KiB."""
    made = _line(chance) if chance.random() < 0.3 else chance.choice(shipped())
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3, 5])):
        made = chance.choice(_CHANGES)(chance, made)[: 2**16]
    return made


def _line(chance: random.Random) -> str:
    """A network in one line."""
    size = chance.choice(["3x8x8", "3x32x32", "3x224x224", "8x64", "4x9x9x9", "16x17", "64", "NxNxN", "3xNxN", "Nx8x8"])
    return " | ".join(
        [_filled(chance, size), *(_filled(chance, chance.choice(LAYERS)) for _ in range(chance.randint(1, 6)))]
    )


def _filled(chance: random.Random, template: str) -> str:
    same = chance.choice(NUMBERS)
    return re.sub("N", lambda _: same if chance.random() < 0.5 else chance.choice(NUMBERS), template)


def _number(chance: random.Random, given: str) -> str:
    """Another number somewhere."""
    places = list(_NUMBER.finditer(given))
    if not places:
        return given
    place = chance.choice(places)
    return given[: place.start()] + chance.choice(NUMBERS) + given[place.end() :]


def _end(chance: random.Random, given: str) -> str:
    """Another argument behind a number."""
    places = list(_NUMBER.finditer(given))
    place = chance.choice(places).end() if places else len(given)
    return f"{given[:place]} {chance.choice(ENDS)}{given[place:]}"


def _layer(chance: random.Random, given: str) -> str:
    """Another layer: a line below one of a list, or behind a bar."""
    made = _filled(chance, chance.choice(LAYERS))
    lines = given.split("\n")
    items = [i for i, line in enumerate(lines) if line.lstrip().startswith("- ")]
    if not items:
        return f"{given} | {made}"
    at = chance.choice(items)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "\n".join([*lines[: at + 1], f"{indent}- {made}", *lines[at + 1 :]])


def _many(chance: random.Random, given: str) -> str:
    """A line or a layer many times."""
    times = chance.choice([10, 100, 1000]) if len(given) < 2**14 else 10
    lines = given.split("\n")
    if len(lines) > 1:
        at = chance.randrange(len(lines))
        return "\n".join([*lines[:at], *[lines[at]] * times, *lines[at + 1 :]])
    parts = given.split(" | ")
    at = chance.randrange(len(parts))
    return " | ".join([*parts[:at], *[parts[at]] * times, *parts[at + 1 :]])


def _nested(chance: random.Random, given: str) -> str:
    """Brackets around a number or a word, up to as deep as a file is long."""
    words = list(re.finditer(r"\w+", given))
    place = chance.choice(words)
    depth = chance.choice([5, 60, 70, 1000, 30000])
    left, right = chance.choice(["()", "[]", "{}"])
    return given[: place.start()] + left * depth + place[0] + right * depth + given[place.end() :]


def _name(chance: random.Random, given: str) -> str:
    """A long name in place of a word."""
    place = chance.choice(list(re.finditer(r"\w+", given)))
    return given[: place.start()] + "n" * chance.choice([50, 1000, 60000]) + given[place.end() :]


_CHANGES = (*(_number,) * 8, *(_end,) * 3, *(_layer,) * 4, _many, _nested, _name)


def command(chance: random.Random, given: str) -> tuple[str, ...]:
    """A command line."""
    found = chance.choice(COMMANDS)
    names = re.findall(r"\b\w{1,30}\b", given) or ["relu"]
    layer = chance.choice(names)
    return tuple(layer if part == "LAYER" else part for part in found)


def run(arguments: tuple[str, ...], given: str, seconds: float = SECONDS) -> str:
    """Run a command line over a text; what is wrong with the run, or nothing.

    Files come from standard input; a network in one line is what follows ``-e``.
    """
    from cnncalc.cli import main

    if "\n" not in given and arguments[0] != "fmt":
        place = arguments.index("-")
        arguments = (*arguments[:place], "-e", given, *arguments[place + 1 :])

    def stop(*_: Any) -> NoReturn:
        raise Hang

    signal.signal(signal.SIGPROF, stop)
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(list(arguments))
    except SystemExit as end:
        CODES[end.code] += 1
        if end.code in (0, 1, 2):
            return ""
        err.seek(0)
        return f"exit code {end.code}: {err.read()[-400:]}"
    except Hang:
        return f"more than {seconds} s"
    except BaseException as error:  # noqa: BLE001 (whatever it is, it is reported)
        return f"{type(error).__name__}: {error}"[:400]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return "the command returned"


def limit(more: int) -> None:
    """Let this process have that many bytes more than it has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def warm() -> None:
    """What the program needs at all is no part of the limit."""
    for arguments in COMMANDS:
        run(arguments, shipped()[0])
    limit(MEMORY)


def check(first: int, last: int, seconds: float = SECONDS) -> int:
    """Run seeds; print the bad ones.

    Returns:
        How many were bad.
    """
    warm()
    bad = 0
    for seed in range(first, last):
        chance = random.Random(seed)  # noqa: S311 (examples, no secrets)
        given = text(chance)
        arguments = command(chance, given)
        wrong = run(arguments, given, seconds)
        if wrong:
            bad += 1
            print(json.dumps({"seed": seed, "command": arguments, "wrong": wrong}), file=sys.__stdout__, flush=True)
    return bad


def check_text(given: str) -> int:
    """Run every command over a text; print what is wrong.

    Returns:
        How many were bad.
    """
    warm()
    found = [(arguments, run(arguments, given)) for arguments in COMMANDS]
    for arguments, wrong in found:
        if wrong:
            print(json.dumps({"command": arguments, "wrong": wrong}), file=sys.__stdout__, flush=True)
    return sum(bool(wrong) for _, wrong in found)


if __name__ == "__main__" and sys.argv[1] == "--text":
    sys.exit(bool(check_text(Path(sys.argv[2]).read_text(encoding="utf-8"))))
if __name__ == "__main__":
    numbers = [*map(float, sys.argv[1:])]
    bad = check(int(numbers[0]), int(numbers[1]), *numbers[2:])
    print(f"{int(numbers[1] - numbers[0])} runs, {CODES[0]} without an error, {bad} bad", file=sys.__stdout__)
    sys.exit(bool(bad))
