"""The page that ``cnncalc serve`` opens, in a real browser with the real command behind it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time

import pytest

from tests.page.serving import NET, ROOT, hints, marked, opened, settled, text_of, type_in


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
