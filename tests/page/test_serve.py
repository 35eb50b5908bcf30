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
from cnncalc.layers.registry import names
from cnncalc.page.question import answer, examples, picture, vocabulary
from cnncalc.page.worker import Worker

ROOT = Path(__file__).parents[2]
NET = "cnncalc: 1\nname: Mine\ninput: 3x32x32\nparams: {width: 8}\nlayers:\n  - conv width 3 s3 | bn\n  - flatten | linear 10\n"
ASKED = ("/answer", "/picture", "/measure", "/measured")
"""Places that are sent a question."""


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


def asked(address: str, place: str, headers: dict[str, str], body: str | bytes | None = None) -> tuple[int, str]:
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


def test_places_are_counted_as_a_browser_does():
    text = "cnncalc: 1\nname: \U0001f600\ninput: 3x8x8\nlayers:\n  - conv 4 3 s3 | bn\n"
    found = json.loads(answer(json.dumps({"text": text})))
    units = text.encode("utf-16-le")

    def at(place):
        return units[2 * place[0] : 2 * place[1]].decode("utf-16-le")

    assert [at(stage) for stage in found["stages"]] == ["conv", "bn"]
    assert {at((mark["from"], mark["to"])) for mark in found["marks"]} == {"conv", "s3"}
    broken = json.loads(answer(json.dumps({"text": text.replace("bn", "bm")})))["problems"][0]
    assert at((broken["from"], broken["to"])) == "bn"  # which is now bm
    shifted = json.loads(answer(json.dumps({"text": "\ufeff" + text})))  # a byte order mark is a character of the text
    assert [stage[0] for stage in shifted["stages"]] == [stage[0] + 1 for stage in found["stages"]]


def test_stages_of_a_block_are_those_of_its_calls_too():
    text = "cnncalc: 1\ninput: 3x32x32\nblocks:\n  half(c): conv c 2 s2 | relu\nlayers:\n  - half 8\n  - half 16\n"
    found = json.loads(answer(json.dumps({"text": text})))["stages"]
    spans = {text[begin:end]: rows for begin, end, *rows in found}
    assert spans == {"half 8": [0, 1, 2], "half 16": [2, 3, 2], "conv": [0, 2, 2], "relu": [1, 3, 2]}


def test_pictures_of_a_layer():
    found = json.loads(picture(json.dumps({"text": NET, "layer": "0"})))["pictures"]
    assert {"Coverage of 0", "Field of 0", "Formula of 0"} <= {one["title"] for one in found}
    assert all(one["svg"].startswith("<svg ") and "<style" not in one["svg"] for one in found)


def test_a_picture_that_cannot_be_drawn():
    question = {"text": NET, "what": "coverage", "layer": "nowhere"}
    found = json.loads(picture(json.dumps(question)))
    assert found["pictures"] == []
    assert "nowhere" in found["problems"][0]["message"]
    assert json.loads(picture(json.dumps({"text": ":", "layer": "0"})))["pictures"] == []


def test_the_vocabulary_has_every_layer():
    found = json.loads(vocabulary())
    assert set(found["layers"]) == set(names())
    assert found["layers"]["conv"]["positional"] == ["out_channels", "kernel_size", "stride"]
    assert {"repeat", "from"} <= set(found["words"])
    assert "layers" in found["keys"]


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


@pytest.mark.parametrize("place", ["/", *ASKED, "/examples", "/vocabulary", "/file"])
def test_without_the_token_nothing_is_answered(served, place):
    address, _ = served
    for headers in ({}, {"X-Cnncalc-Token": "wrong"}, {"X-Cnncalc-Token": "ü".encode().decode("latin-1")}):
        status, text = asked(address, place, headers, "{}" if place in ASKED else None)
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


@pytest.mark.parametrize("place", ["/measure", "/measured"])
@pytest.mark.parametrize("body", ["", "{}", "[]", "null", "{", '{"number": "x"}', "\ud800"])
def test_what_is_no_question(served, place, body):
    address, _ = served
    status, text = asked(address, place, token_of(address), body.encode("utf-8", "surrogatepass"))
    assert status in (400, 503)
    assert text in ("this is no question", "there is no measurement 'None'; there are time, verify")


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
    tab.complaints = complaints
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
    """Change the text as a user does: select a part of it, and type another, key by key."""
    place = text_of(tab).index(old)
    tab.evaluate(
        "([anchor, head]) => { text.view.dispatch({ selection: { anchor, head } }); text.focus(); }",
        [place, place + len(old)],
    )
    tab.keyboard.type(new)
    tab.wait_for_timeout(200)
    settled(tab)


def text_of(tab) -> str:
    return tab.evaluate("text.value")


def hints(tab) -> dict[int, str]:
    """Line to the size behind it, as they are shown."""
    lines = tab.locator(".cm-line").all()
    shown = {i: line.locator(".cm-size").all_inner_texts() for i, line in enumerate(lines, 1)}
    return {i: texts[0] for i, texts in shown.items() if texts}


def marked(tab) -> list[str]:
    """Severities of the marks in the gutter."""
    found = tab.locator(".cm-gutter-lint .cm-lint-marker").all()
    return [one.get_attribute("class").split("cm-lint-marker-")[1] for one in found]


def test_sizes_follow_the_text(page):
    assert text_of(page) == NET
    assert hints(page) == {6: "8x10x10", 7: "10"}
    type_in(page, "conv width 3 s3", "conv 5 3 s1")
    assert hints(page)[6] == "5x30x30"
    assert page.locator("table.layers tbody tr").first.inner_text().split()[:3] == ["0", "conv", "5x30x30"]


def test_an_error_stands_at_its_line(page):
    type_in(page, "| bn", "| bm")
    assert marked(page) == ["error"]
    assert page.locator(".cm-lintRange-error").inner_text() == "bm"
    assert "bm" in page.locator("#problems").inner_text()
    type_in(page, "| bm", "| bn")
    assert "error" not in marked(page)
    assert page.locator(".cm-lintRange-error").count() == 0
    assert page.locator("#problems li").count() == 0


def test_a_broken_layer_leaves_the_rest(page):
    type_in(page, "conv width 3 s3", "conv width 99")
    assert marked(page)[0] == "error"
    assert page.locator("table.layers tbody tr").count() > 3


def test_a_fix_is_applied_by_a_click(page):
    page.get_by_role("button", name="Apply").first.click()
    settled(page)
    assert "conv width 3 s3 nobias | bn" in text_of(page)
    assert "NM001" not in page.locator("#answer").inner_text()


def test_a_slider_moves_a_parameter_and_the_size(page):
    page.get_by_label("width", exact=True).fill("16")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[6] == "16x10x10"
    page.get_by_label("input size, exactly").fill("65")
    page.get_by_label("input size, exactly").press("Tab")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[6] == "16x21x21"


def test_a_fix_is_applied_at_its_finding(page):
    page.locator(".cm-lint-marker").first.hover()
    page.locator(".cm-tooltip-lint .cm-diagnosticAction").first.click()
    settled(page)
    assert "conv width 3 s3 nobias | bn" in text_of(page)


def test_findings_are_gone_through_by_keys(page):
    page.locator(".cm-content").focus()
    page.keyboard.press("F8")
    assert page.locator(".cm-tooltip-lint").count() == 1
    page.keyboard.press("Control+Shift+M")
    page.locator(".cm-panel-lint").wait_for()
    assert page.locator(".cm-panel-lint .cm-diagnosticAction").count() > 0


def test_what_can_be_written_is_offered(page):
    offered = page.locator(".cm-tooltip-autocomplete li .cm-completionLabel")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("  - maxp")
    offered.first.wait_for()
    assert offered.all_inner_texts()[0] == "maxpool"
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    assert text_of(page).endswith("  - maxpool")
    page.keyboard.type(" ")
    page.keyboard.press("Control+Space")
    offered.first.wait_for()
    assert {"k", "s", "p", "ceil", "width", "in.c"} <= set(offered.all_inner_texts())


def test_names_of_the_text_are_offered(page):
    text = "cnncalc: 1\ninput: 3x8x8\nblocks:\n  half(c, s=2): conv c 2 s=s\nlayers:\n  - e1 = half 8\n  - "
    page.evaluate("(text) => replace(text)", text)
    offered = page.locator(".cm-tooltip-autocomplete li .cm-completionLabel")
    page.locator(".cm-content").focus()
    for typed, wanted in (("ha", "half"), ("lf s", "s"), ("=1 | from e", "e1")):
        page.keyboard.press("Control+End")
        page.keyboard.type(typed)
        page.keyboard.press("Control+Space")
        offered.first.wait_for()
        assert wanted in offered.all_inner_texts()
        page.keyboard.press("Escape")


def test_a_layer_says_where_its_numbers_come_from_when_pointed_at(page):
    page.locator(".cm-line", has_text="conv width").get_by_text("conv", exact=True).hover()
    page.locator(".cm-tooltip .numbers").wait_for()
    assert "floor((32 + 2*0 - 3) / 3) + 1" in page.locator(".cm-tooltip .numbers").inner_text()


def test_the_layer_at_the_cursor_is_explained_and_drawn(page):
    page.evaluate("text.select(6)")
    page.locator("#here-pictures svg").first.wait_for()
    assert page.locator("#here-title").inner_text() == "0: conv, 8x10x10"
    assert "floor((32 + 2*0 - 3) / 3) + 1" in page.locator("#here-numbers").inner_text()
    drawn = page.locator("#here-pictures svg > title").all_text_contents()
    assert any("0" in title for title in drawn)
    page.evaluate("text.select(7)")
    page.locator("#here-title", has_text="flatten").wait_for()


def test_pictures_of_the_network_open_by_a_click(page):
    page.locator("details.picture[open] svg.cnn").wait_for()  # the network itself
    page.locator("details.picture summary", has_text="Cost").click()
    page.locator("details.picture[data-what=cost] svg.cnn").wait_for()
    assert page.locator("details.picture[data-what=cost] rect").count() > 3
    type_in(page, "s3", "s1")
    page.locator("details.picture[data-what=cost] svg.cnn").wait_for()  # stays open


def test_it_is_verified_from_the_page(page):
    page.get_by_role("button", name="Verify it").click()
    page.get_by_role("button", name="Stop").wait_for()
    page.locator("#found").wait_for(timeout=60_000)
    assert "claims hold" in page.locator("#found").inner_text()
    assert page.locator("#doing").inner_text().startswith("done after ")
    type_in(page, "s3", "s1")
    assert page.locator("#doing").inner_text().endswith("; the text has changed since")
    page.get_by_role("button", name="Close").click()
    assert page.locator("#measured").is_hidden()


def test_a_measurement_is_stopped_from_the_page(page):
    page.get_by_role("button", name="Time it here").click()
    page.get_by_role("button", name="Stop").click()
    page.locator("#found").wait_for()
    assert page.locator("#found").inner_text() == "stopped"


def test_a_batch_that_cannot_be(page):
    page.locator("#batch").fill("0")
    page.get_by_role("button", name="Time it here").click()
    page.locator("#doing", has_text="a batch of '0': needs a whole number from 1 to 4,096").wait_for()
    page.complaints.clear()  # the browser notes the refusal


def test_an_example(page):
    page.get_by_label("Example").select_option("resnet18")
    settled(page)
    assert "resnet" in text_of(page).lower()
    assert "11,689,512" in page.locator(".totals").inner_text()  # the figure of torchvision's documentation


def test_a_link_opens_in_a_fresh_profile(page, browser):
    type_in(page, "name: Mine", 'name: "Yours ü"')
    page.get_by_label("width", exact=True).fill("12")
    page.wait_for_timeout(250)
    page.get_by_role("button", name="Copy a link").click()
    page.wait_for_url(re.compile("#net="))
    for tab in opened(browser, page.url):
        assert 'name: "Yours ü"' in text_of(tab)
        assert hints(tab)[6] == "12x10x10"


def test_a_damaged_link(browser, served):
    for tab in opened(browser, f"{served[0]}#net=AAAA"):
        assert text_of(tab) != ""


def test_the_source_is_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the source").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert "class Mine(" in page.evaluate("navigator.clipboard.readText()")


def test_the_file_is_followed(page, served):
    served[1].write_text(NET.replace("conv width 3 s3", "conv 7 3 s1"))
    page.locator(".cm-size", has_text="7x30x30").wait_for()
    assert "conv 7 3 s1" in text_of(page)


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
    assert hints(page)[8] == "10"
    page.keyboard.press("Tab")
    assert text_of(page).endswith("\n    - softmax")  # indents
    page.keyboard.press("Control+z")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "width"
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(250)
    settled(page)
    assert hints(page)[6] == "9x10x10"


def test_what_was_opened_stays_open_after_an_edit(page):
    page.locator("table.layers tbody th button").first.click()
    assert page.locator("tr.steps").count() == 1
    type_in(page, "s3", "s1")
    assert "floor((32 + 2*0 - 3) / 1) + 1" in page.locator("tr.steps").inner_text()


def test_hostile_text_injects_nothing(page):
    type_in(page, "name: Mine", 'name: "</script><img src=x onerror=alert(1)>"')
    assert page.locator("img:not(.cm-widgetBuffer)").count() == 0  # the editor's own have no source
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
    assert "LeNet-5" in text_of(tab)
    process.terminate()
    process.wait(timeout=20)
    process.stdout.close()
    time.sleep(0.2)
    tab.evaluate("replace('1x8x8 | conv 2 3')")
    tab.locator("#problems", has_text="the server has gone").wait_for()
    context.close()


def test_a_long_text_with_many_findings_gets_few_fixes():
    """Each fix reads the whole text again: 400 of them would take minutes."""
    from cnncalc.page.question import answer

    told = json.loads(answer(json.dumps({"text": "3x32x32" + " | conv 8 3 p1" * 400, "whole": True})))
    assert 3 <= len(told["fixes"]) <= 20
    assert "cnncalc lint --fix works it out" in json.dumps(told)
