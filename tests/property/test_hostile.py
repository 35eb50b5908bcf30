"""Any text answers or fails with an error of ours, within a limit of memory and of time: a guard against hangs, no measurement.

The seeds that once broke something stand in ``FOUND``, as texts.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnncalc.api import load
from cnncalc.diagnostics import SpecError

HERE = Path(__file__).parent
HEAD = "cnncalc: 1\ninput: 3x8x8\nlayers:\n  - "

FOUND = {
    "a hint that tries all groups": "3x8x8 | conv 8 3 | shuffle 999999999999",
    "a hint that lists all groups": "999999989x8x8 | conv 999999937 3 g999999999",
    "a hint that tries all groups of a norm": "3x8x8 | conv 8 3 | groupnorm 999999999999",
    "a hint that tries all heads": "10x16 | attention 999999999999",
    "a field with a hole of a thousand million": "3x8x8 | conv 8 3 d999999999 p999999999",
    "a field wider than memory": "3x8x8 | conv 8 3 d999999999999999 p999999999999999 | conv 8 3",
    "windows with ceil, counted one by one": "3x99999x99999 | maxpool 99999 s1 p49999 ceil",
    "windows of an adaptive pool, counted one by one": "3x99999999x9 | adaptiveavgpool 99999998x1",
    "parts of a split, listed": "99999999x8x8 | split 1 3",
    "phases of strange factors": "3x8x8 | convtranspose 4 3 s999983 | conv 3 3 | upsample 0.37 | conv 3 3",
    "taps, looked at one by one": "3x8x8 | conv 8 999999999 p999999999",
    "channels, told apart one by one": "3x8x8 | depthwise 3 multiplier=9999999",
    "a flag with 5000 digits": f"3x8x8 | conv 8 3 s{'9' * 5000}",
    "a flag beyond the limit": "3x8x8 | conv 8 3 s1000000000000001",
    "jumps with more digits than Python prints": "3x1x1 | " + " | ".join(["conv 3 3 s999999999999999 p1"] * 400),
    "a sum of 10,000": f"3x8x8 | add({','.join(['id'] * 10_000)})",
    "a product of 7,000 branches": f"3x8x8 | mul({','.join(['relu'] * 7_000)})",
    "a concatenation of 6,000 branches": f"3x8x8 | concat({','.join(['conv 1 1'] * 6_000)})",
    "9,000 layers": "3x8x8 | " + " | ".join(["relu"] * 9_000),
    "repeats of blocks": f"{HEAD}repeat(9999, repeat(9999, conv 8 3 p1 | bn | relu))\n",
    "4,600 errors": f"{HEAD}" + " | ".join(["conv 8 3 g7"] * 4_600) + "\n",
    "3,800 unknown names": "cnncalc: 1\ninput: 3x8x8\nlayers:\n"
    + "".join(f"  - add(n{i}, id)\n" for i in range(3_800)),
    "brackets": f"{HEAD}{'(' * 30_000}relu{')' * 30_000}\n",
    "an expression of 30,000 operators": f"{HEAD}conv 8{'+1' * 30_000} 3\n",
    "a name of 60,000 letters": f"{HEAD}{'a' * 60_000} = relu\n",
    "a layer of 60,000 letters": f"{HEAD}{'a' * 60_000}\n",
    "a number of 60,000 digits": f"{HEAD}conv {'9' * 60_000} 3\n",
    "10,000 values in one list": f"{HEAD}conv 8 ({','.join(['3'] * 10_000)})\n",
}


def program(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(HERE / "hostile.py"), *arguments], capture_output=True, text=True, check=False, timeout=900
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("first", range(0, 2000, 500))
def test_mutated_specs(first):
    code, said = program(str(first), str(first + 500))
    assert code == 0, said
    answered = re.search(r"500 runs, (\d+) without an error, 0 bad", said)
    assert answered is not None
    assert int(answered[1]) > 40, "nearly all of the texts are gibberish"


@pytest.mark.parametrize("name", FOUND)
def test_found(name, tmp_path):
    """Every command over it, in one process under the limits."""
    given = tmp_path / "given.txt"
    given.write_text(FOUND[name], encoding="utf-8")
    code, said = program("--text", str(given))
    assert code == 0, said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3x8x8 | conv 8 3 s1000000000000001", "this number is beyond 10^15"),
        (f"3x8x8 | conv 8 3 s{'9' * 5000}", "this number is beyond 10^15"),
        (f"{HEAD}repeat(12001, relu)\n", "repeat 12,001 times is more than the limit of 12,000"),
        (f"{HEAD}repeat(120, repeat(101, relu))\n", "the network has more than 12,000 layers"),
        (f"{HEAD}repeat(9999, repeat(99, if(0, relu)))\n", "the network takes more than 300,000 steps to expand"),
    ],
)
def test_limits(text, message):
    with pytest.raises(SpecError) as failed:
        load(text)
    assert failed.value.problems[0].message == message


def test_a_long_text_may_have_more_layers():
    """One for every 8 characters: 13,000 layers of 8 characters."""
    network = load("cnncalc: 1\ninput: 3x8x8\nlayers:\n" + "  - relu\n" * 13_000)
    assert len(network.graph.nodes) == 13_001


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("96x8x8 | conv 64 3 g7", "groups that fit: 1, 2, 4, 8, 16, 32"),
        ("96x8x8 | shuffle 7", "use 6 groups"),
        ("96x8x8 | groupnorm 95", "use 48 groups"),
        ("9x96 | attention 31", "use 24 heads"),
        # 2^31 - 1 is a prime number, of which no other divisor can be found
        ("2147483647x1x1 | shuffle 1000000", "use 1 groups"),
    ],
)
def test_hints(text, hint):
    with pytest.raises(SpecError) as failed:
        load(text)
    assert failed.value.problems[0].hint == hint
