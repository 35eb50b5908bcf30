"""The names of files, which anybody may give, on a screen."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("name", ["a\x1b[2Jb.yaml", "x\n::error::y.yaml", "\u202egpj.yaml"])
def test_the_name_of_a_file_is_shown_and_not_obeyed(call, name):
    done = call("analyze", name)
    assert done.code == 2
    assert all(c.isprintable() or c == "\n" for c in done.err)
    assert not any(line.lstrip().startswith("::") for line in done.err.split("\n"))
