"""A measurement in a process of its own: it says what it does, and can be stopped. There is one at a time, so that none disturbs another."""

from __future__ import annotations

import multiprocessing
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from cnncalc.page.measuring import measured, wanted

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess


class _Job:
    """A process that measures, and what it has said."""

    def __init__(self, asked: dict[str, Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self.ours, theirs = context.Pipe(duplex=False)
        self.process: SpawnProcess = context.Process(target=_measure, args=(theirs, asked), daemon=True)
        self.process.start()
        theirs.close()
        self.began = time.monotonic()
        self.said: dict[str, Any] = {"state": "running", "doing": "starting"}
        self.seconds = 0.0

    def look(self) -> dict[str, Any]:
        """What it said last; that it has ended, where it ended without a word."""
        while self.said["state"] == "running":
            self.seconds = time.monotonic() - self.began
            try:
                if not self.ours.poll():
                    break
                self.said = self.ours.recv()
            except (EOFError, OSError):
                self.process.join()
                text = f"the process that measures has ended with {self.process.exitcode}"
                self.said = {"state": "done", "good": False, "text": text, "pictures": []}
        return self.said | {"seconds": round(self.seconds, 1)}

    def stop(self, why: str) -> None:
        if self.look()["state"] == "running":
            self.said = {"state": "done", "good": False, "text": why, "pictures": []}
        self.process.kill()
        self.process.join()
        self.ours.close()


class Jobs:
    """The measurements of a server, by number; all but the last have ended."""

    def __init__(self) -> None:
        """None yet."""
        self._lock = Lock()
        self._jobs: list[_Job] = []

    def start(self, request: str) -> dict[str, Any]:
        """Begin a measurement, in place of one that runs. The answer has its ``number``.

        Raises:
            UsageError: as ``measuring.wanted``.
            MissingExtraError: torch is not installed.
        """
        asked = wanted(request)
        with self._lock:
            if self._jobs:
                self._jobs[-1].stop("stopped: another measurement took its place")
            self._jobs.append(_Job(asked))
            return {"number": len(self._jobs) - 1}

    def look(self, number: int, *, stop: bool = False) -> dict[str, Any]:
        """``state`` (running, done, or unknown for a number that was not given), ``seconds``, and ``doing`` or the result."""
        with self._lock:
            if not 0 <= number < len(self._jobs):
                return {"state": "unknown"}
            job = self._jobs[number]
            if stop and job.said["state"] == "running":
                job.stop("stopped")
            return job.look()

    def close(self) -> None:
        """End what runs."""
        with self._lock:
            if self._jobs:
                self._jobs[-1].stop("stopped")


def _measure(theirs: Connection, asked: dict[str, Any]) -> None:
    found = measured(asked, lambda doing: theirs.send({"state": "running", "doing": doing}))
    theirs.send({"state": "done", **found})
