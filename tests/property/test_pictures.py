"""Random networks draw every picture: of every layer one that is sound, or a message that says why not."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from hypothesis import given, settings

import cnncalc
from cnncalc.draw.pictures import KINDS

sys.path.insert(0, str(Path(__file__).parent))
from blocks import specs
from networks import networks

WHOLE = [name for name, kind in KINDS.items() if kind.of == "network"]
OF_LAYERS = [name for name, kind in KINDS.items() if kind.of == "layer"]
LAYERS = 6


def drawn(text):
    try:
        result = cnncalc.analyze(text, strict=False)
    except cnncalc.SpecError:
        return
    pictures = [cnncalc.picture(result, what) for what in WHOLE] if result.layers else []
    for row in result.layers[:LAYERS]:
        for what in OF_LAYERS:
            try:
                pictures.append(cnncalc.picture(result, what, row.node.path))
            except cnncalc.UsageError as error:
                assert str(error)  # noqa: PT017 (either a picture or a message)
    for picture in pictures:
        ET.fromstring(picture.svg())  # noqa: S314 (our own text)


@given(networks())
@settings(max_examples=60, deadline=None)
def test_networks_in_one_line(text):
    drawn(text)


@given(specs())
@settings(max_examples=40, deadline=None)
def test_networks_with_blocks(text):
    drawn(text)
