"""The page with Python in the browser: bytes over the wire, time to the first numbers cold and warm, time of an edit.

    make site && .venv/bin/python benchmarks/page.py [SITE]

Times depend on the machine; the last column says how much longer an edit takes than in this Python. Needs playwright and chromium.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from cnncalc.catalogue import shipped_specs
from cnncalc.page.question import answer

if TYPE_CHECKING:
    from collections.abc import Callable

SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu"]
NETWORKS = ("lenet5", "resnet50", "resnet152")
EDITS = 9
ASK = """async (question) => {
  const start = performance.now();
  await backend.ask(question);
  return performance.now() - start;
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, *_arguments: Any) -> None:
        """Nothing."""


def main() -> None:
    """Measure and print."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "site")
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    loaded = [file for file in folder.rglob("*") if file.is_file() and file.parent.name != "docs"]
    plain = sum(file.stat().st_size for file in loaded)
    packed = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in loaded)
    print(f"bytes over the wire: {plain / 1e6:.1f} MB, {packed / 1e6:.1f} MB with gzip")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=SWITCHES)
        page = browser.new_context().new_page()
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"first numbers, cold: {_first(page, address):.1f} s")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        print(f"first numbers, warm: {_first(page, address):.1f} s")
        for name in NETWORKS:
            _edit(page, name, shipped_specs()[name].read_text(encoding="utf-8"))
        browser.close()
    server.shutdown()


def _first(page: Any, address: str) -> float:
    start = time.perf_counter()
    page.goto(address)
    page.locator(".totals").wait_for(timeout=120_000)
    return time.perf_counter() - start


def _edit(page: Any, name: str, text: str) -> None:
    """From a key to the numbers and to everything: each text differs from the one before."""
    for whole in (False, True):

        def question(i: int, whole: bool = whole) -> dict[str, Any]:  # noqa: FBT001 (bound here)
            return {"text": f"{text}# {i}\n", "whole": whole}

        there = _median(lambda i, ask=question: page.evaluate(ASK, ask(i)) / 1000)
        here = _median(lambda i, ask=question: _timed(ask(i)))
        what = "everything" if whole else "numbers"
        print(f"{name}, {what}: {there * 1000:.0f} ms in the browser, {there / here:.1f} times this Python")


def _timed(question: dict[str, Any]) -> float:
    start = time.perf_counter()
    answer(json.dumps(question))
    return time.perf_counter() - start


def _median(measured: Callable[[int], float]) -> float:
    measured(-1)
    return statistics.median(measured(i) for i in range(EDITS))


if __name__ == "__main__":
    main()
