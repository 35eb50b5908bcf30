"""``cnncalc --help``: every command once, in groups, and a file for each."""

from pathlib import Path

import cnncalc.cli
from cnncalc.cli.main import COMMANDS, GROUPS

FOLDER = Path(cnncalc.cli.__file__).parent


def test_every_command_stands_in_one_group():
    names = [name for commands in GROUPS.values() for name in commands]
    assert len(names) == len(set(names))
    assert list(COMMANDS) == names


def test_every_file_with_a_command_is_listed():
    files = {path.stem for path in FOLDER.glob("*.py") if "@click.command" in path.read_text(encoding="utf-8")}
    assert files == set(COMMANDS)


def test_help_shows_the_groups_and_their_commands(call):
    shown = call("--help").out
    places = [shown.index(f"\n{title}:\n") for title in GROUPS]
    assert places == sorted(places)
    for name, text in COMMANDS.items():
        assert f"  {name.ljust(max(map(len, COMMANDS)))}  {text}\n" in shown
