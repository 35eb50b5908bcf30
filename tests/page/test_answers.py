"""What the page asks Python: answers about a text, pictures, words, and that none takes for ever."""

from __future__ import annotations

import json

import pytest

from cnncalc.catalogue import shipped_specs
from cnncalc.diagnostics import UsageError
from cnncalc.layers.registry import names
from cnncalc.page.question import answer, examples, picture, vocabulary
from cnncalc.page.worker import Worker
from tests.page.serving import NET


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


def test_a_long_text_with_many_findings_gets_few_fixes():
    """Each fix reads the whole text again: 400 of them would take minutes."""
    from cnncalc.page.question import answer

    told = json.loads(answer(json.dumps({"text": "3x32x32" + " | conv 8 3 p1" * 400, "whole": True})))
    assert 3 <= len(told["fixes"]) <= 20
    assert "cnncalc lint --fix works it out" in json.dumps(told)
