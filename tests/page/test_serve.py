"""``cnncalc serve``: the page in a real browser with the real command behind it, and what the server refuses."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import UsageError
from cnncalc.page.question import answer, examples
from cnncalc.page.worker import Worker

ROOT = Path(__file__).parents[2]
NET = "cnncalc: 1\nname: Mine\ninput: 3x32x32\nparams: {width: 8}\nlayers:\n  - conv width 3 s3 | bn\n  - flatten | linear 10\n"


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


def asked(address: str, place: str, headers: dict[str, str], body: str | None = None) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET" if body is None else "POST", place, body, headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text


def token_of(address: str) -> dict[str, str]:
    return {"X-Cnncalc-Token": address.partition("token=")[2]}


# ---------------------------------------------------------------------------------------------- answers


def test_an_answer_has_the_numbers_of_the_text():
    found = json.loads(answer(json.dumps({"text": NET})))
    assert found["problems"] == []
    assert found["hints"] == {"6": "8x10x10", "7": "10"}  # (32 - 3)/3 + 1 = 10.67
    assert [mark["line"] for mark in found["marks"]][:2] == [6, 6]
    assert "conv width 3 s3 nobias | bn" in found["fixes"][0]
    assert found["controls"] == {"params": [{"name": "width", "value": "8", "whole": True}], "size": 32, "variants": []}
    assert "class Mine(" in found["html"]


def test_a_line_that_calls_a_block_has_the_size_that_leaves_the_block():
    text = "cnncalc: 1\ninput: 3x32x32\nblocks:\n  half(c): conv c 2 s2 | relu\nlayers:\n  - half 8\n  - half 16\n"
    found = json.loads(answer(json.dumps({"text": text})))
    assert found["hints"] == {"4": "16x8x8", "6": "8x16x16", "7": "16x8x8"}


def test_an_answer_follows_settings_and_size():
    found = json.loads(answer(json.dumps({"text": NET, "settings": {"width": "16"}, "size": 65})))
    assert found["hints"]["6"] == "16x21x21"  # (65 - 3)/3 + 1 = 21.67


@pytest.mark.parametrize(
    ("question", "line", "message"),
    [
        ({"text": NET.replace("bn", "bm")}, 6, "bm"),
        ({"text": ""}, None, ""),
        ({"text": NET, "settings": {"height": "3"}}, None, "height"),
        ({"text": NET, "settings": {"width": "many"}}, None, "many"),
        ({"text": "1x8x8 | conv $"}, 1, "unexpected character '$'"),
        ({"text": NET, "variant": "none"}, None, "none"),
    ],
)
def test_an_answer_about_what_is_wrong(question, line, message):
    (first, *_) = json.loads(answer(json.dumps(question)))["problems"]
    assert message in first["message"]
    assert line is None or first["line"] == line


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_every_example_has_an_answer(name):
    found = json.loads(answer(json.dumps({"text": json.loads(examples())[name], "whole": False})))
    assert found["problems"] == []


def test_one_line_is_a_network_too():
    found = json.loads(answer(json.dumps({"text": "1x7x7 | conv 4 3 s3 | bn"})))
    assert found["fixes"][0] == "1x7x7 | conv 4 3 s3 nobias | bn"


def test_a_worker_that_takes_too_long_is_ended_and_another_answers():
    worker = Worker(limit_s=0.0)
    try:
        with pytest.raises(UsageError, match="no answer within 0 s: the network is too large for this page"):
            worker.ask(json.dumps({"text": NET}))
        worker.limit_s = 60.0
        assert json.loads(worker.ask(json.dumps({"text": NET})))["hints"]["7"] == "10"
    finally:
        worker.close()


# ---------------------------------------------------------------------------------------------- the server


def test_the_served_answer_is_the_same(served):
    address, _ = served
    question = json.dumps({"text": NET})
    assert asked(address, "/answer", token_of(address), question) == (200, answer(question))


@pytest.mark.parametrize("place", ["/", "/answer", "/examples", "/file"])
def test_without_the_token_nothing_is_answered(served, place):
    address, _ = served
    for headers in ({}, {"X-Cnncalc-Token": "wrong"}, {"X-Cnncalc-Token": "ü".encode().decode("latin-1")}):
        status, text = asked(address, place, headers, "{}" if place == "/answer" else None)
        assert status == 403
        assert text == "the token is missing or wrong: open the address that cnncalc serve printed"


@pytest.mark.parametrize("host", ["example.org", "example.org:80", "127.0.0.1", "127.0.0.1:1", "[::1]"])
def test_another_host_is_refused(served, host):
    address, _ = served
    assert asked(address, "/examples", token_of(address) | {"Host": host}) == (
        403,
        "this server answers on this computer only",
    )


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_origin_is_refused(served, origin):
    address, _ = served
    assert asked(address, "/answer", token_of(address) | {"Origin": origin}, "{}") == (
        403,
        "pages from elsewhere are not answered",
    )


def test_a_question_that_is_too_large(served):
    address, _ = served
    assert asked(address, "/answer", token_of(address), " " * 2_000_001) == (
        413,
        "a question has at most 2,000,000 bytes",
    )


def test_it_listens_on_this_computer_only(served):
    address, _ = served
    assert urlsplit(address).hostname == "127.0.0.1"
    assert len(address.partition("token=")[2]) >= 32


def test_a_port_that_is_taken(served):
    address, _ = served
    port = str(urlsplit(address).port)
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "serve", "--port", port, "--no-open"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_file_that_is_not_there():
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", "serve", "nowhere.yaml", "--no-open"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "Error: cannot read nowhere.yaml: there is no such file\n")


def test_without_the_extra(monkeypatch, capsys):
    from cnncalc import extras
    from cnncalc.cli import main

    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "uvicorn" else name)
    with pytest.raises(SystemExit) as end:
        main(["serve"])
    assert end.value.code == 2
    assert capsys.readouterr().err == "Error: serve needs uvicorn: pip install 'cnncalc[serve]'\n"


# ---------------------------------------------------------------------------------------------- the page


@pytest.fixture
def page(browser, served):
    """The page in a fresh profile; it may ask its own server only, and complains of nothing."""
    address, file = served
    file.write_text(NET)
    yield from opened(browser, address)


def opened(browser, address, **options):
    context = browser.new_context(**({"viewport": {"width": 1400, "height": 900}} | options))
    tab = context.new_page()
    tab.set_default_timeout(20_000)
    foreign, complaints = [], []
    own = f"http://{urlsplit(address).netloc}/"
    tab.on("request", lambda request: request.url.startswith((own, "data:")) or foreign.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(address)
    settled(tab)
    yield tab
    context.close()
    assert foreign == []
    assert complaints == []


def settled(tab) -> None:
    tab.locator("#answer[aria-busy=false]").wait_for()


def type_in(tab, old: str, new: str) -> None:
    """Change the text as a user does, with an event."""
    text = tab.locator("#text").input_value()
    assert old in text
    tab.locator("#text").fill(text.replace(old, new))
    tab.wait_for_timeout(200)
    settled(tab)


def hints(tab) -> list[str]:
    return [text.strip() for text in tab.locator("#hints div").all_inner_texts()]


def test_sizes_follow_the_text(page):
    assert page.locator("#text").input_value() == NET
    assert hints(page)[5:7] == ["8x10x10", "10"]
    type_in(page, "conv width 3 s3", "conv 5 3 s1")
    assert hints(page)[5] == "5x30x30"
    assert page.locator("table.layers tbody tr").first.inner_text().split()[:3] == ["0", "conv", "5x30x30"]


def test_an_error_stands_at_its_line(page):
    type_in(page, "| bn", "| bm")
    assert page.locator("#gutter div.error").inner_text().strip() == "✗ 6"
    assert "bm" in page.locator("#problems").inner_text()
    type_in(page, "| bm", "| bn")
    assert page.locator("#gutter div.error").count() == 0
    assert page.locator("#problems li").count() == 0


def test_a_broken_layer_leaves_the_rest(page):
    type_in(page, "conv width 3 s3", "conv width 99")
    assert page.locator("#gutter div.error").count() == 1
    assert page.locator("table.layers tbody tr").count() > 3


def test_a_fix_is_applied_by_a_click(page):
    page.get_by_role("button", name="Apply").first.click()
    settled(page)
    assert "conv width 3 s3 nobias | bn" in page.locator("#text").input_value()
    assert "NM001" not in page.locator("#answer").inner_text()


def test_a_slider_moves_a_parameter_and_the_size(page):
    page.get_by_label("width", exact=True).fill("16")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[5] == "16x10x10"
    page.get_by_label("input size, exactly").fill("65")
    page.get_by_label("input size, exactly").press("Tab")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[5] == "16x21x21"


def test_an_example(page):
    page.get_by_label("Example").select_option("resnet18")
    settled(page)
    assert "resnet" in page.locator("#text").input_value().lower()
    assert "11,689,512" in page.locator(".totals").inner_text()  # the figure of torchvision's documentation


def test_a_link_opens_in_a_fresh_profile(page, browser):
    type_in(page, "name: Mine", 'name: "Yours ü"')
    page.get_by_label("width", exact=True).fill("12")
    page.wait_for_timeout(250)
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_url(re.compile("#net="))
    for tab in opened(browser, page.url):
        assert 'name: "Yours ü"' in tab.locator("#text").input_value()
        assert hints(tab)[5] == "12x10x10"


def test_a_damaged_link(browser, served):
    for tab in opened(browser, f"{served[0]}#net=AAAA"):
        assert tab.locator("#text").input_value() != ""


def test_the_source_is_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the source").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "class Mine(" in page.evaluate("navigator.clipboard.readText()")


def test_the_file_is_followed(page, served):
    served[1].write_text(NET.replace("conv width 3 s3", "conv 7 3 s1"))
    page.locator("#hints", has_text="7x30x30").wait_for()
    assert "conv 7 3 s1" in page.locator("#text").input_value()


def test_keyboard_alone(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(6):
        if page.evaluate("document.activeElement.id") == "text":
            break
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.press("Control+End")
    page.keyboard.type("  - softmax")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[7] == "10"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "width"
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[5] == "9x10x10"


def test_what_was_opened_stays_open_after_an_edit(page):
    page.locator("table.layers tbody th button").first.click()
    assert page.locator("tr.steps").count() == 1
    type_in(page, "s3", "s1")
    assert "floor((32 + 2*0 - 3) / 1) + 1" in page.locator("tr.steps").inner_text()


def test_hostile_text_injects_nothing(page):
    type_in(page, "name: Mine", 'name: "</script><img src=x onerror=alert(1)>"')
    assert page.locator("img").count() == 0
    assert "<img" in page.locator("#answer").inner_text()


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_widths(browser, served, width, scheme):
    for tab in opened(browser, served[0], viewport={"width": width, "height": 800}, color_scheme=scheme):
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        dark = sum(map(int, re.findall(r"\d+", tab.evaluate("getComputedStyle(document.body).backgroundColor")))) < 200
        assert dark == (scheme == "dark")


def test_the_server_goes_and_says_so(browser):
    process = subprocess.Popen(
        [sys.executable, "-m", "cnncalc", "serve", "--no-open"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    address = process.stdout.readline().strip()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address)
    settled(tab)
    assert "LeNet-5" in tab.locator("#text").input_value()
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()
    time.sleep(0.2)
    tab.locator("#text").fill("1x8x8 | conv 2 3")
    tab.locator("#problems", has_text="the server has gone").wait_for()
    context.close()
