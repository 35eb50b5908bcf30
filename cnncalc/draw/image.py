"""A picture file below a picture: carried inside it, as it is."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from cnncalc.diagnostics import UsageError
from cnncalc.draw.svg import Mark

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_WEBP = (b"RIFF", b"WEBP")

LARGEST = 20_000_000
"""Bytes of a picture file."""


def underlay(file: str | None) -> Mark | None:
    """The picture of a file, stretched over the input; None without a file.

    Raises:
        UsageError: it cannot be read, or is none.
    """
    if file is None:
        return None
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{file} is larger than {LARGEST:,} bytes: make it smaller first")
    link = f"data:{_kind(file, data)};base64,{b64encode(data).decode()}"
    return Mark("image", (("preserveAspectRatio", "none"), ("href", link)), "the input")


def _kind(file: str, data: bytes) -> str:
    for beginning, kind in _BEGINNINGS.items():
        if data.startswith(beginning):
            return kind
    if (data[:4], data[8:12]) == _WEBP:
        return "image/webp"
    raise UsageError(f"{file} is no PNG, JPEG, GIF or WebP")
