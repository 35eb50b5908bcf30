"""A process that answers, and is ended when it takes too long."""

from __future__ import annotations

import multiprocessing
from threading import Lock
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

CALLS = ("answer", "picture")
"""What can be asked: functions of ``question`` that take one."""

LIMIT_S = 20.0
"""How long an answer may take."""


class Worker:
    """Answers one question after the other in a process of its own; after one that took too long, in a new one."""

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        """Starts no process before the first question."""
        self.limit_s = limit_s
        self._context = multiprocessing.get_context("spawn")
        self._lock = Lock()
        self._open()

    def _open(self) -> None:
        self._ours, theirs = self._context.Pipe()
        self._process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        self._started = False

    def ask(self, request: str, call: str = "answer") -> str:
        """The answer, as the function of ``question`` gives it.

        Raises:
            UsageError: it took too long, or the process ended.
        """
        with self._lock:
            if not self._started:
                self._process.start()
                self._started = True
            try:
                self._ours.send((call, request))
                if self._ours.poll(self.limit_s):
                    return str(self._ours.recv())
            except (EOFError, OSError):
                self._renew()
                raise UsageError("the process that answers has ended") from None
            self._renew()
            raise UsageError(f"no answer within {self.limit_s:g} s: the network is too large for this page")

    def _renew(self) -> None:
        self.close()
        self._open()

    def close(self) -> None:
        """End the process."""
        if self._started:
            self._process.kill()
            self._process.join()


def _serve(theirs: Connection) -> None:
    from cnncalc.page import question

    calls = {name: getattr(question, name) for name in CALLS}
    while True:
        try:
            call, request = theirs.recv()
        except (EOFError, KeyboardInterrupt):
            return
        theirs.send(calls[call](request))
