"""The JSON Schemas: every shipped spec is valid by the one for editors, every report by that of the contract."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

import cnncalc
from cnncalc.catalogue import shipped_specs
from cnncalc.report.schema import schema as report_schema
from cnncalc.spec.schema import schema as spec_schema

SPECS = shipped_specs()


def test_both_are_draft_07():
    jsonschema.Draft7Validator.check_schema(spec_schema())
    jsonschema.Draft7Validator.check_schema(report_schema())


@pytest.mark.parametrize("name", SPECS)
def test_shipped_specs(name):
    text = SPECS[name].read_text(encoding="utf-8")
    jsonschema.Draft7Validator(spec_schema()).validate(yaml.load(text, yaml.CSafeLoader))


@pytest.mark.parametrize("name", SPECS)
def test_reports(name):
    data = json.loads(json.dumps(cnncalc.analyze(name).to_dict()))
    jsonschema.Draft7Validator(report_schema()).validate(data)


@pytest.mark.parametrize(
    "text", ["3x8x8 | konv 4 3 | relu", "3x8x8 | conv 4 9 | conv 3 3", "3x8x8; a = relu | softmax; a = id"]
)
def test_reports_of_broken_networks(text):
    try:
        result = cnncalc.analyze(text, strict=False)
    except cnncalc.SpecError:
        return
    data = json.loads(json.dumps(result.to_dict()))
    jsonschema.Draft7Validator(report_schema()).validate(data)
    assert data["totals"]["complete"] is False


@pytest.mark.parametrize(
    "text",
    [
        "cnncalc: 1\nlayers: [relu]\n", "cnncalc: 1\ninput: 3x8x8\n", "input: 3x8x8\nlayers: [relu]\ncolour: red\n",
        "input: large\nlayers: [relu]\n", "input: 3x8x8\nlayers: [relu]\nexpect: {colour: 3}\n",
    ],
)  # fmt: skip
def test_what_the_editor_marks(text):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(spec_schema()).validate(yaml.load(text, yaml.CSafeLoader))


def test_the_examples_of_the_format_are_valid():
    from pathlib import Path

    examples = Path(__file__).parents[1] / "data" / "format_examples.yaml"
    for document in yaml.load_all(examples.read_text(encoding="utf-8"), yaml.CSafeLoader):
        jsonschema.Draft7Validator(spec_schema()).validate(document)
