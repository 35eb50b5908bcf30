"""The command line: one thin file per command; the work is imported when a command runs."""

from cnncalc.cli.main import main, program

__all__ = ["main", "program"]
