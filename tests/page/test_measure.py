"""Timing and verifying from the page: in a process of its own, with progress, stopped by its user or by the next one."""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import time

import pytest

from cnncalc import extras
from cnncalc.diagnostics import MissingExtraError, UsageError
from cnncalc.page.jobs import Jobs
from cnncalc.page.measuring import measured, wanted

NET = "1x8x8 | conv 2 3 | relu | flatten | linear 3"
LARGE = "3x2000x2000 | repeat(20, conv 64 3 p1)"

torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="no torch")


@pytest.fixture
def jobs():
    made = Jobs()
    yield made
    made.close()


def ended(jobs, number: int) -> tuple[dict, list[str]]:
    """The result, and what was said on the way."""
    said: list[str] = []
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = jobs.look(number)
        if found["state"] != "running":
            return found, said
        if found["doing"] not in said:
            said.append(found["doing"])
        time.sleep(0.02)
    raise AssertionError(said)


@torch
def test_every_claim_is_held_against_the_module(jobs):
    found, said = ended(jobs, jobs.start(json.dumps({"text": NET, "kind": "verify", "batch": 2}))["number"])
    assert found["good"], found["text"]
    assert "claims hold" in found["text"]
    assert said[0] == "starting"
    assert found["seconds"] > 0


@torch
def test_layers_are_timed_and_drawn():
    said: list[str] = []
    found = measured({"text": NET, "kind": "time", "batch": 1, "layers": True}, said.append)
    assert found["good"]
    assert "every layer by itself" in found["text"]
    assert "starting PyTorch" in said
    assert any("eager" in one for one in said)
    assert [picture.partition(">")[0].startswith("<svg ") for picture in found["pictures"]] == [True, True]


@torch
def test_one_that_runs_is_stopped(jobs):
    number = jobs.start(json.dumps({"text": LARGE, "kind": "verify"}))["number"]
    assert jobs.look(number)["state"] == "running"
    found = jobs.look(number, stop=True)
    assert (found["state"], found["good"], found["text"]) == ("done", False, "stopped")
    assert jobs.look(number) == found  # and stays


@torch
def test_the_next_takes_the_place_of_one_that_runs(jobs):
    first = jobs.start(json.dumps({"text": LARGE, "kind": "verify"}))["number"]
    second = jobs.start(json.dumps({"text": NET, "kind": "verify"}))["number"]
    assert jobs.look(first)["text"] == "stopped: another measurement took its place"
    assert ended(jobs, second)[0]["good"]


@torch
def test_a_process_that_dies_is_told(jobs):
    number = jobs.start(json.dumps({"text": LARGE, "kind": "verify"}))["number"]
    for process in multiprocessing.active_children():
        process.kill()
    found, _ = ended(jobs, number)
    assert (found["good"], found["text"]) == (False, "the process that measures has ended with -9")


@torch
def test_a_network_that_cannot_be_built_says_why():
    found = measured({"text": "1x8x8 | conv 2 9", "kind": "time"}, lambda _: None)
    assert not found["good"]
    assert "window 9 is larger than the input 8" in found["text"]
    assert not measured({"text": "1x8x8 | conv $", "kind": "time"}, lambda _: None)["good"]


@torch
@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "guess"}, "there is no measurement 'guess'; there are time, verify"),
        ({"batch": 0}, "a batch of '0': needs a whole number from 1 to 4,096"),
        ({"batch": None}, "a batch of 'None': needs a whole number from 1 to 4,096"),
        ({"batch": 9999}, "a batch of '9999': needs a whole number from 1 to 4,096"),
        ({"batch": True}, "a batch of 'True': needs a whole number from 1 to 4,096"),
    ],
)
def test_what_cannot_be_measured(more, message):
    with pytest.raises(UsageError) as error:
        wanted(json.dumps({"text": NET, "kind": "time"} | more))
    assert str(error.value) == message


def test_without_torch(monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"verify needs torch: pip install 'cnncalc\[torch\]'"):
        wanted(json.dumps({"text": NET, "kind": "verify"}))


def test_a_number_that_was_not_given(jobs):
    assert jobs.look(0) == {"state": "unknown"}
    assert jobs.look(-1) == {"state": "unknown"}
