"""``cnncalc specs``, and shipped specs by name."""

from __future__ import annotations

import json


def test_list(call):
    done = call("specs")
    assert done.code == 0
    assert "resnet50" in done.out
    assert "resnext50_32x4d" in done.out
    listed = json.loads(call("specs", "--format", "json").out)
    assert len(listed) >= 45
    assert all(row["title"] for row in listed)


def test_path(call):
    assert call("specs", "--path", "lenet5").out.strip().endswith("lenet5.yaml")
    assert call("specs", "--path", "none").err == "Error: there is no spec 'none'; 'cnncalc specs' lists them\n"


def test_a_variant_by_its_name(call):
    found = json.loads(call("analyze", "vgg11", "--format", "json").out)
    assert found["totals"]["params"] == 132_863_336
    assert "did you mean 'vgg11_bn'?" in call("analyze", "vgg11_bm").err
