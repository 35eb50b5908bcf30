"""``cnncalc serve``: what the server answers, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from cnncalc.page.question import answer
from tests.page.serving import ASKED, NET, asked, token_of


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
