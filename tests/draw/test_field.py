"""The boxes of ``field`` against arithmetic."""

from __future__ import annotations

import re

import pytest
from marks import SVG, parsed, texts, titles

import cnncalc

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def test_the_box_of_two_layers(draw):
    # 3 + (3 - 1)*2 = 7 pixels, 2 apart; output 0 begins at 0 - 1 - 2 = -3
    spec = "1x16x16 | conv 1 3 s2 p1 | conv 1 3 p1"
    assert "rows -3 to 3, columns 5 to 11" in titles(draw(spec, "field", "1", at=(0, 4)))
    assert "rows 5 to 11, columns 5 to 11" in titles(draw(spec, "field", "1"))  # the middle of 8: output 4


def test_holes_of_dilation_are_left_open(draw):
    # taps 0, 4, 8 of taps 0, 2, 4: every second pixel of 13
    picture = draw("1x31x31 | conv 1 3 d2 | conv 1 3 d4", "field", "1", at=(0, 0))
    found = [title for title in titles(picture) if title.startswith("rows")]
    assert len(found) == 7 * 7
    assert "rows 4 to 4, columns 12 to 12" in found
    assert "height: 7 of 13 pixels; the others are holes, between dilated taps." in picture.about


def test_what_matters_is_as_wide_as_the_estimate(draw):
    result = cnncalc.analyze("1x32x32 | conv 1 5 | conv 1 5")
    ellipse = next(parsed(draw(result, "field", "1")).iter(f"{SVG}ellipse"))
    wide = result.layers[-1].receptive_field[-1].effective
    frame = next(
        mark
        for mark in parsed(draw(result, "field", "1")).iter(f"{SVG}rect")
        if (mark.findtext(f"{SVG}title") or "").startswith("the input")
    )
    assert 2 * float(ellipse.get("rx")) / float(frame.get("width")) == pytest.approx(wide / 32, abs=1e-3)


def test_growth_layer_by_layer(draw):
    # 3, 5, 7: (3 - 1) more each
    picture = draw("1x32x32 | conv 1 3 | relu | conv 1 3 | conv 1 3", "field", "3")
    assert [*dict.fromkeys(title.split(",")[0] for title in titles(picture) if "jump" in title)] == [
        "0: 3 pixels",
        "2: 5 pixels",
        "3: 7 pixels",
    ]
    assert "input 32" in texts(picture)


def test_an_object_beside_it(draw):
    picture = draw("1x32x32 | conv 1 5", "field", "0", object=(4, 9))
    assert "an object of 4x9" in titles(picture)
    assert any("An object of 4x9 is larger than the field of 0." in line for line in picture.about)


def test_a_file_below_it(draw, tmp_path):
    file = tmp_path / "cat.png"
    file.write_bytes(PNG)
    image = next(parsed(draw("1x32x32 | conv 1 5", "field", "0", image=str(file))).iter(f"{SVG}image"))
    assert image.get("href").startswith("data:image/png;base64,iVBORw0KGgo")


def test_one_axis_and_three(draw):
    assert "pixels 3 to 7" in titles(draw("1x20 | conv 1 5 s3", "field", "0", at=(1,)))
    volume = titles(draw("1x8x8x8 | conv 1 3x5x5 p1x2x2", "field", "0"))
    assert {"pixels 3 to 5", "rows 2 to 6, columns 2 to 6"} <= set(volume)


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        ("0", {"at": (3, 99)}, "--at 3,99: 0 has its outputs at 0..27,0..27"),
        ("0", {"at": (3,)}, "--at 3: 0 has its outputs at 0..27,0..27"),
        ("0", {"object": (3,)}, "--object 3: the input has 2 axes"),
        ("0", {"image": "missing.png"}, "cannot read missing.png: No such file or directory"),
        ("0", {"image": __file__}, "test_field.py is no PNG, JPEG, GIF or WebP"),
        ("0", {"animate": True}, "draw field does not take --animate; it takes --at, --image, --object"),
    ],
)
def test_what_does_not_fit(draw, layer, options, message):
    with pytest.raises(cnncalc.UsageError, match=re.escape(message)):
        draw("1x32x32 | conv 1 5", "field", layer, **options)


def test_a_file_that_is_too_large(draw, tmp_path, monkeypatch):
    from cnncalc.draw import image

    monkeypatch.setattr(image, "LARGEST", 10)
    file = tmp_path / "cat.png"
    file.write_bytes(PNG)
    with pytest.raises(cnncalc.UsageError, match=r"cat.png is larger than 10 bytes: make it smaller first"):
        draw("1x32x32 | conv 1 5", "field", "0", image=str(file))


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [(PNG, "png"), (b"\xff\xd8\xff\xe0", "jpeg"), (b"GIF89a", "gif"), (b"RIFF0000WEBPVP8 ", "webp")],
)
def test_kinds_of_files(beginning, kind, tmp_path):
    from cnncalc.draw.image import underlay

    file = tmp_path / "x"
    file.write_bytes(beginning)
    assert dict(underlay(str(file)).attributes)["href"].startswith(f"data:image/{kind};base64,")


def test_a_field_that_nobody_knows(draw):
    with pytest.raises(cnncalc.UsageError, match="the receptive field of 1 is unknown: it cannot be drawn"):
        draw(cnncalc.analyze("3x8x8 | conv 4 3 | conv 4 9", strict=False), "field", "1")


def test_what_sees_no_image(draw):
    with pytest.raises(cnncalc.UsageError, match="0 sees no axis of an image: there is no receptive field to draw"):
        draw("16 | linear 4", "field", "0")
