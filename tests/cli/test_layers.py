"""``cnncalc layers`` and ``cnncalc schema``."""

from __future__ import annotations

import json

from cnncalc.layers import registry


def test_all_layers_are_listed(call):
    lines = call("layers").out.splitlines()
    assert [line.split()[0].rstrip(",") for line in lines] == [kind.op for kind in registry.classes()]


def test_a_page(call):
    done = call("layers", "conv")
    assert done.code == 0
    assert "    kernel_size (k)\n    stride (s) = 1\n" in done.out
    assert "    conv 96 11 s4\n" in done.out


def test_an_alias(call):
    assert call("layers", "bn").out == call("layers", "batchnorm").out


def test_json(call):
    described = json.loads(call("layers", "conv", "bn", "--format", "json").out)
    assert [layer["name"] for layer in described] == ["conv", "batchnorm"]
    assert "nobias" in described[0]["words"]
    stride = next(argument for argument in described[0]["arguments"] if argument["name"] == "stride")
    assert stride == {"name": "stride", "short": "s", "required": False, "default": 1}


def test_every_layer_in_json(call):
    assert len(json.loads(call("layers", "--format", "json").out)) == len(registry.classes())


def test_markdown(call):
    assert call("layers", "conv", "--format", "markdown").out.startswith("## `conv`\n")


def test_schema_of_the_format(call):
    schema = json.loads(call("schema").out)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "layers" in schema["properties"]


def test_schema_of_the_report(call):
    assert "totals" in json.loads(call("schema", "--report").out)["properties"]


def test_schema_to_a_file(call, tmp_path):
    call("schema", "-o", str(tmp_path / "schema.json"))
    assert (tmp_path / "schema.json").read_text() == call("schema").out
