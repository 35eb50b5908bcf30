"""Every shipped spec draws everything: sound XML, nothing outside of the sheet, a title on every mark."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache

import pytest
from marks import SVG

import cnncalc
from cnncalc.catalogue import shipped_specs
from cnncalc.draw.fitting import fitting
from cnncalc.draw.pictures import KINDS

SHAPES = {f"{SVG}{tag}" for tag in ("rect", "circle", "path", "line", "ellipse", "image")}
WHOLE = [name for name, kind in KINDS.items() if kind.of == "network"]


@cache
def analysed(name):
    return cnncalc.analyze(name)


def untitled(element, *, inside=False):
    """Marks without a title, of their own or of a group around them; frames are hidden."""
    if element.get("aria-hidden"):
        return []
    known = inside or (element.find(f"{SVG}title") is not None and element.tag != f"{SVG}svg")
    own = [] if known or element.tag not in SHAPES else [ET.tostring(element)]
    return own + [found for child in element for found in untitled(child, inside=known)]


def outside(element):
    """Boxes that reach beyond the sheet; texts that begin there."""
    wide = float(element.get("viewBox").split()[2])
    found = []
    for mark in element.iter():
        if mark.tag in (f"{SVG}rect", f"{SVG}text") and mark.get("x"):
            left = float(mark.get("x"))
            if left < -8.01 or left + float(mark.get("width") or 0) > wide + 0.01:
                found.append(ET.tostring(mark))
    return found


def check(picture):
    root = ET.fromstring(picture.svg())  # noqa: S314 (our own text)
    assert untitled(root) == []
    assert outside(root) == []
    assert root.findtext(f"{SVG}title") == picture.title
    return root


@pytest.mark.parametrize("name", shipped_specs())
def test_everything_of_every_shipped_spec(name):
    result = analysed(name)
    for what in WHOLE:
        check(cnncalc.picture(result, what))
    check(cnncalc.picture(result, "network", style="volumes"))
    for what, layer in fitting(result.analysis):
        check(cnncalc.picture(result, what, layer))
    with_windows = [row.node.path for row in result.layers if row.fits]
    for layer in dict.fromkeys((*with_windows[:1], *with_windows[-1:], result.layers[-1].node.path)):
        check(cnncalc.picture(result, "formula", layer))


@pytest.mark.parametrize(
    "spec",
    [
        "2x30 | conv 4 5 s2 | relu | flatten | linear 3",
        "1x6x7x8 | conv 2 3 | maxpool 2 | flatten | linear 3",
        "cnncalc: 1\ninputs: {a: 1x9x9, b: 1x9x9}\nlayers:\n  - x = from a | conv 2 3\n  - y = from b | conv 2 3\n  - add(from x, from y)\n",
        "10 | linear 5",
        "3x1x1 | conv 4 1",
        "1x1000000 | conv 1 100000 s3",
    ],
)
def test_everything_of_other_networks(spec):
    result = cnncalc.analyze(spec)
    for what in WHOLE:
        check(cnncalc.picture(result, what))
    for what, layer in fitting(result.analysis):
        check(cnncalc.picture(result, what, layer))
    for row in result.layers:
        check(cnncalc.picture(result, "formula", row.node.path))


def test_pictures_that_need_something_else():
    check(cnncalc.picture(["resnet18", "resnet34", "vgg16"], "pareto"))
    check(cnncalc.picture([], "activation", "silu"))
    check(cnncalc.picture("1x7x7 | conv 1 3 s2", "coverage", "conv", animate=True))
