"""What tests of the served page say to its server, and do on the page."""

from __future__ import annotations

import http.client
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]


NET = "cnncalc: 1\nname: Mine\ninput: 3x32x32\nparams: {width: 8}\nlayers:\n  - conv width 3 s3 | bn\n  - flatten | linear 10\n"


ASKED = ("/answer", "/picture", "/measure", "/measured")
"""Places that are sent a question."""


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
