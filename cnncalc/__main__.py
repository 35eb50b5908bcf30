"""``python -m cnncalc``."""

from cnncalc.cli import program

program()
