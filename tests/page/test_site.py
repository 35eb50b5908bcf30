"""The static site in a real browser: Python in it answers as this one does, also without a network, and outlives a long question."""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cnncalc.catalogue import shipped_specs
from cnncalc.page.question import answer, picture

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("site")  # built once, by one of the processes that the tests run in


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


class Site:
    """The built folder behind a web server, at a path of its own."""

    def __init__(self, folder: Path) -> None:
        handler = functools.partial(Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}/"
        self.address = f"{self.origin}some/path/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("no npm: the page with Python in the browser is neither built nor tested")
    folder = tmp_path_factory.mktemp("web")
    done = subprocess.run(
        [sys.executable, "-m", "docs.site", str(folder / "some" / "path")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def tab(browser, built):
    """The page after its start; it may ask its own server only."""
    site = Site(built)
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    foreign, complaints = [], []
    context.on("request", lambda request: request.url.startswith((site.origin, "data:")) or foreign.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(120_000)
    page.goto(site.address)
    settled(page)
    yield page
    assert foreign == []
    assert complaints == []
    context.close()
    site.close()


def settled(page) -> None:
    page.locator("#answer[aria-busy=false] .totals").wait_for()


ASK = "async (question) => JSON.stringify(await backend.ask(question))"


def test_it_shows_the_numbers_of_lenet5(tab):
    settled(tab)
    assert "61,706" in tab.locator(".totals").inner_text()  # 156 + 2,416 + 48,120 + 10,164 + 850
    assert tab.locator(".cm-size").all_inner_texts() == ["6x14x14", "16x5x5", "120", "84", "10"]


def test_python_goes_on_from_the_memory_that_was_built(tab):
    assert tab.evaluate("python.begin") == "memory"


def test_a_browser_that_cannot_go_on_from_it_starts_anew(browser, built):
    site = Site(built)
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    context.route("**/memory.bin", lambda route: route.fulfill(body=gzip.compress(b"nothing of the kind" * 9)))
    page.goto(site.address)
    settled(page)
    assert page.evaluate("python.begin") == "anew"
    assert "61,706" in page.locator(".totals").inner_text()
    context.close()
    site.close()


def test_pictures_are_drawn_in_the_browser(tab):
    tab.locator("details.picture[open] svg.cnn").first.wait_for()
    tab.evaluate("text.select(5)")
    tab.locator("#here-pictures svg.cnn").first.wait_for()
    asked = {"text": "1x8x8 | conv 2 3", "layer": "0"}
    drawn = json.loads(tab.evaluate("async (asked) => JSON.stringify(await backend.picture(asked))", asked))
    assert drawn == json.loads(picture(json.dumps(asked)))


def test_the_page_says_how_to_time_and_verify(tab):
    assert tab.locator("#measure").is_hidden()
    assert "cnncalc[serve,torch]" in tab.locator("#elsewhere").inner_text()


def test_an_edit_and_an_error(tab):
    place = "text.value.indexOf('conv 6 5') + 8"
    tab.evaluate(f"text.view.dispatch({{selection: {{anchor: {place}}}}}), text.focus()")
    tab.keyboard.type("5")
    tab.locator(".cm-lint-marker-error").wait_for()
    assert tab.locator(".cm-lintRange-error").inner_text() == "55"
    tab.keyboard.press("Backspace")
    tab.locator(".cm-lint-marker-error").wait_for(state="detached")


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_the_browser_answers_as_this_python_does(tab, name):
    question = {"text": shipped_specs()[name].read_text(encoding="utf-8"), "whole": name != "resnet152"}
    assert json.loads(tab.evaluate(ASK, question)) == json.loads(answer(json.dumps(question)))


def test_a_question_that_takes_too_long_ends_the_worker_and_the_page_lives(tab):
    text = shipped_specs()["resnet152"].read_text(encoding="utf-8")
    said = tab.evaluate(
        "async (text) => { python.limit = 20; try { await backend.ask({text}); } catch (error) { return error.message; }"
        " finally { python.limit = 60000; } }",
        text,
    )
    assert said == "no answer within 0.02 s: the network is too large for this page"
    found = json.loads(tab.evaluate(ASK, {"text": "1x8x8 | conv 4 3 s2"}))
    assert found["hints"] == {"1": "4x3x3"}  # (8 - 3)/2 + 1 = 3.5


def test_it_opens_without_a_network_after_the_first_visit(browser, built):
    site = Site(built)
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(site.address)
    settled(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    site.close()
    context.set_offline(True)
    page.goto(site.address)
    settled(page)
    assert "61,706" in page.locator(".totals").inner_text()
    context.close()


def test_every_page_of_the_documentation_links_to_pages_that_exist(built):
    folder = built / "some" / "path" / "docs"
    for page in folder.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<h1>" in text
        for link in re.findall(r'href="([^"#:]+\.html)', text):
            assert (folder / link).resolve().exists(), (page.name, link)


def test_nothing_is_built_without_a_folder():
    done = subprocess.run([sys.executable, "-m", "docs.site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "usage: python -m docs.site FOLDER\n")
