"""Code of other people that we run: what it raises is told as theirs, and what it prints does not stand among our output."""

from __future__ import annotations

import sys
import traceback
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.diagnostics import CnncalcError, UsageError
from cnncalc.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = str(Path(__file__).parent.parent)
_CALLS = ("__torch_function__",)
"""Functions of ours that call what others wrote: what is raised right there comes from compiled code."""

_SHOWN = 3


@contextmanager
def theirs(doing: str, *, calls: bool = False) -> Iterator[None]:
    """Run what other people wrote; its standard output becomes standard error.

    Args:
        doing: what is done, as the beginning of the message: ``importing nets``.
        calls: whatever is raised is theirs, also right at the call; else what our own code raises within stays ours.

    Raises:
        UsageError: it raised something or ended the process; tells its error and its last lines.
        CnncalcError: as it comes.
    """
    try:
        with redirect_stdout(sys.stderr):
            yield
    except CnncalcError:
        raise
    except SystemExit as end:
        raise UsageError(f"{doing} ended the program: sys.exit({end.code!r}){_lines(end)}") from None
    except Exception as error:
        if not calls and _is_ours(error):
            raise
        raise UsageError(f"{doing} failed: {_said(error)}{_lines(error)}") from error


def _said(error: Exception) -> str:
    """Kind and text of an error, in printable characters; a syntax error with its place."""
    try:
        text = "".join(traceback.format_exception_only(error)).strip()
    except Exception:  # noqa: BLE001 (an error of theirs may fail to say what it is)
        text = type(error).__name__
    return _clean("\n  ".join(line.rstrip() for line in text.splitlines()[:12]))


def _clean(text: str) -> str:
    """Without what a terminal takes as commands; lines stay."""
    return "\n".join(map(printable, text.splitlines()))


def _lines(error: BaseException) -> str:
    """Their last lines, each on one of ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _hidden(frame.filename)]
    written = [frame for frame in frames if "site-packages" not in frame.filename]
    written = written or [frame for frame in frames if "/torch/" not in frame.filename.replace("\\", "/")]
    shown = [f"\n  {frame.filename}:{frame.lineno}, in {frame.name}: {frame.line}" for frame in written[-_SHOWN:]]
    return _clean("".join(shown))


def _hidden(file: str) -> bool:
    return file.startswith((_OURS, "<frozen ")) or Path(file).name == "contextlib.py" or _standard(file)


def _standard(file: str) -> bool:
    return file.startswith(str(Path(traceback.__file__).parent)) and "site-packages" not in file


def _is_ours(error: BaseException) -> bool:
    if isinstance(error, RecursionError | MemoryError):
        return False
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _standard(frame.filename)]
    return frames[-1].filename.startswith(_OURS) and frames[-1].name not in _CALLS
