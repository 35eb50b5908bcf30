"""The report in a real browser that has no network: keyboard, sizes, sorting, filters, folds, links, copies, print, hostile names."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from cnncalc.api import expanded, load
from cnncalc.diagnostics import Source
from cnncalc.page.report import report, subject
from cnncalc.spec import read

SMALL = """\
cnncalc: 1
name: Small
input: 3x64x64
layers:
  - conv 32 7 s2 p3 | bn | relu
  - conv 64 3 s3 | relu | maxpool 3 s2
  - flatten | linear 10
"""
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def written(folder: Path, *networks: object) -> Path:
    file = folder / "net.html"
    found = [subject(network, batch=1, dtype="float32", optimizer="sgd") for network in networks]
    file.write_text(report(found), encoding="utf-8")
    return file


def network(text: str, name: str = "net.yaml"):
    return expanded(read(Source(name, text)), strict=False)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return written(tmp_path_factory.mktemp("small"), network(SMALL))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return written(tmp_path_factory.mktemp("large"), load("resnet50"))


def names(page) -> list[str]:
    """The first cells of the rows that are seen."""
    return page.locator("table.layers tbody tr:not(.steps):visible > th").all_inner_texts()


def column(page, title: str) -> list[str]:
    heads = page.locator("table.layers thead th").all_inner_texts()
    place = [re.sub(r"\W+$", "", head) for head in heads].index(title) + 1
    return page.locator(f"table.layers tbody tr:visible > :nth-child({place})").all_inner_texts()


def head(page, title: str):
    return page.locator("table.layers thead button", has_text=re.compile(f"^{title}$"))


def test_a_heading_sorts(visit, small):
    page = visit(small)
    usual = names(page)
    head(page, "params").click()
    numbers = [int(text.replace(",", "")) for text in column(page, "params")]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("params")
    head(page, "params").click()
    numbers = [int(text.replace(",", "")) for text in column(page, "params")]
    assert numbers == sorted(numbers)
    head(page, "params").click()
    assert names(page) == usual
    head(page, "op").click()
    assert column(page, "op") == sorted(column(page, "op"))
    head(page, "output bytes").click()
    assert column(page, "output bytes")[0] == "128.00 KiB"  # 32*32*32 numbers of 4 bytes
    assert column(page, "output bytes")[-1] == "40 B"
    head(page, "RF").click()
    assert column(page, "RF")[0] == "all"


def test_search_and_filter(visit, small):
    page = visit(small)
    page.get_by_label("Search").fill("conv")
    assert column(page, "op") == ["conv", "conv"]
    assert page.get_by_role("status").inner_text() == "2 of 8 layers"
    page.get_by_label("Search").fill("nothing has this")
    assert names(page) == []
    page.get_by_label("Search").fill("")
    page.get_by_label("Show").select_option("with findings")
    assert [text for text in column(page, "findings") if not text] == []
    page.get_by_label("Show").select_option("that lose pixels")
    assert column(page, "exact")[0] == "10.67"
    page.get_by_label("Show").select_option("relu (2)")
    assert column(page, "op") == ["relu", "relu"]
    page.get_by_label("Show").select_option("all layers")
    assert page.get_by_role("status").inner_text() == "8 layers"


def test_blocks_fold(visit, large):
    page = visit(large)
    assert page.get_by_role("status").inner_text().endswith(" layers")
    folded = names(page)
    assert "layer1" in folded
    assert "layer1.0" not in folded
    page.get_by_role("button", name="layer1", exact=True).click()
    assert {"layer1.0", "layer1.1", "layer1.2"} <= set(names(page))
    assert "layer1.0.conv1" not in names(page)
    page.get_by_role("button", name="layer1.0", exact=True).click()
    assert "layer1.0.conv1" in names(page)
    page.get_by_role("button", name="layer1", exact=True).click()
    assert names(page) == folded
    page.get_by_role("button", name="Unfold all blocks").click()
    assert "layer4.2.conv3" in names(page)
    page.get_by_role("button", name="Fold all blocks", exact=True).click()
    assert names(page) == folded


def test_a_folded_layer_is_found(visit, large):
    page = visit(large)
    page.get_by_label("Search").fill("layer3.4.conv2")
    assert names(page) == ["layer3.4.conv2"]


def test_sums_of_a_block(visit, large):
    """The block of He et al.: 64*64 + 64*64*9 + 64*256 of the convolutions and 2*(64 + 64 + 256) of the norms."""
    page = visit(large)
    page.get_by_role("button", name="layer1", exact=True).click()
    row = dict(zip(names(page), column(page, "params"), strict=True))
    assert row["layer1.1"] == f"{256 * 64 + 64 * 64 * 9 + 64 * 256 + 2 * (64 + 64 + 256):,}"


def test_a_layer_explains_itself(visit, small):
    page = visit(small)
    button = page.get_by_role("button", name="3", exact=True)
    button.click()
    steps = page.locator("tr.steps")
    assert "floor((32 + 2*0 - 3) / 3) + 1" in steps.inner_text()
    assert "exactly 32/3 = 10.67" in steps.inner_text()
    assert button.get_attribute("aria-expanded") == "true"
    head(page, "params").click()
    assert page.locator("tr.steps").evaluate("row => row.previousElementSibling.cells[0].innerText") == "3"
    button.click()
    assert page.locator("tr.steps").count() == 0


def test_keyboard_alone(visit, small):
    page = visit(small)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.className || document.activeElement.innerText"))
        if page.evaluate("document.activeElement.className") == "text":
            break
    page.keyboard.type("conv")
    assert column(page, "op") == ["conv", "conv"]
    while page.evaluate("document.activeElement.innerText") != "params":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=descending]").count() == 1
    while page.evaluate("document.activeElement.innerText") != "3":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("tr.steps").count() == 1
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_blocks_fold_by_keyboard(visit, large):
    page = visit(large)
    page.get_by_role("button", name="layer1", exact=True).focus()
    page.keyboard.press("Enter")
    assert "layer1.0" in names(page)
    assert page.evaluate("document.activeElement.innerText") == "layer1"


def test_rows_and_source_point_at_each_other(visit, small):
    page = visit(small)
    page.locator("table.layers tbody tr", has_text="maxpool").hover()
    assert page.locator(".source .on").inner_text().strip() == "- conv 64 3 s3 | relu | maxpool 3 s2"
    page.locator(".source span", has_text="linear 10").hover()
    assert page.locator("table.layers tr.on").count() == 2
    page.locator(".source span", has_text="linear 10").click()
    assert page.evaluate("document.activeElement.innerText") == "6"


def test_a_change_is_copied(visit, small):
    page = visit(small)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the change").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("--- a/net.yaml\n+++ b/net.yaml\n@@ ")
    assert "+  - conv 32 7 s2 p3 nobias | bn | relu\n" in copied


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("which", ["small", "large"])
def test_widths(visit, request, width, scheme, which):
    page = visit(request.getfixturevalue(which), viewport={"width": width, "height": 800}, color_scheme=scheme)
    if which == "large":
        page.get_by_role("button", name="Unfold all blocks").click()
    page.locator("table.layers tbody th button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light, dark = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (sum(map(int, re.findall(r"\d+", light))) > sum(map(int, re.findall(r"\d+", dark)))) == (scheme == "light")


def test_structure_for_screen_readers(visit, small):
    page = visit(small)
    for role in ("banner", "navigation", "main", "contentinfo", "search"):
        assert page.get_by_role(role).count() == 1, role
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, select, a, [tabindex=\"0\"]')]"
        ".filter((one) => !(one.innerText || one.labels?.length || one.ariaLabel || '').toString().trim()).length"
    )
    assert unnamed == 0
    assert page.locator("table.layers caption").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


def test_print(visit, large):
    page = visit(large)
    page.emulate_media(media="print")
    assert not page.locator(".controls").first.is_visible()
    assert page.locator("table.layers").is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("name", [NASTY, "{{ 7*7 }}", '"><svg onload=alert(1)>', "a\u2028b"])
def test_hostile_names(visit, tmp_path, name):
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = SMALL.replace("name: Small", f"name: {quoted}").replace(
        "bn | relu", "bn | relu # " + name.replace("\u2028", "")
    )
    page = visit(written(tmp_path, network(text, name), network(SMALL, name)))
    assert page.get_by_role("heading", level=1).inner_text().startswith(name.split("\u2028")[0])
    assert page.evaluate("document.scripts.length") == 2
    assert page.locator("img").count() == 0
    page.get_by_role("button", name="3", exact=True).first.click()
    page.get_by_label("Search").first.fill(name)


def test_without_scripts_everything_is_there(browser, small):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(small.as_uri())
    assert page.locator("table.layers tbody tr").count() == 8
    context.close()


def test_ten_thousand_layers(visit, tmp_path):
    text = (
        "cnncalc: 1\nname: Long\ninput: 3x8x8\nblocks:\n  one(): conv 3 3 p1 | relu\nlayers:\n  - repeat(5000, one)\n"
    )
    page = visit(written(tmp_path, network(text)))
    page.set_default_timeout(60_000)
    assert page.locator(".status").inner_text() == "0 of 10000 layers"  # all folded
    page.locator(".text").fill("4999.")
    assert page.locator(".status").inner_text() == "2 of 10000 layers"
