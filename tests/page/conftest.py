"""A browser for the tests of pages: the chromium of the system, without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.page.serving import NET, ROOT, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """The browser; tests that want it are left out where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium: pages are not tested in a browser")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., object]]:
    """Open a file in a fresh profile that has no network. What it asked for and complained of must be nothing."""
    contexts, requests, complaints = [], [], []

    def opened(path: Path, **options):
        context = browser.new_context(**({"offline": True, "viewport": {"width": 1400, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in requests if url.startswith("file:")]) == len(contexts)
    assert complaints == []


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a running server that follows a file, and the file."""
    file = tmp_path_factory.mktemp("served") / "net.yaml"
    file.write_text(NET)
    process = subprocess.Popen(
        [sys.executable, "-m", "cnncalc", "serve", str(file), "--no-open"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    address = process.stdout.readline().strip()
    yield address, file
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()


@pytest.fixture
def page(browser, served):
    """The page in a fresh profile; it may ask its own server only, and complains of nothing."""
    address, file = served
    file.write_text(NET)
    yield from opened(browser, address)
