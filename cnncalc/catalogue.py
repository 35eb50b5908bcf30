"""What comes with the program: the shipped specs and their variants by name, and the file that a name means."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cnncalc.diagnostics import UsageError

if TYPE_CHECKING:
    from cnncalc.diagnostics import Source


def source_of(path: str | os.PathLike[str]) -> Source:
    """The text of a file, or of a shipped spec by its name (``alexnet``).

    Raises:
        UsageError: there is no such file.
        SpecError: it is no text.
    """
    from cnncalc.source import decode

    name = os.fspath(path)
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        shipped = shipped_spec(name)
        if shipped is None:
            raise UsageError(f"cannot read {name}: {error.strerror}{near(name)}") from None
        return decode(str(shipped), shipped.read_bytes())
    return decode(name, data)


def shipped_spec(name: str) -> Path | None:
    """The file of a shipped spec, or of the one that has a variant of this name; None if there is neither."""
    return shipped_specs().get(name) or shipped_variants().get(name)


def shipped_variants() -> dict[str, Path]:
    """The variants that the shipped specs have, by name; read as text, which is faster than reading specs."""
    import re

    found: dict[str, Path] = {}
    for path in shipped_specs().values():
        block = re.search(r"^variants:(.*(?:\n  .*)*)", path.read_text(encoding="utf-8"), re.MULTILINE)
        for name in re.findall(r"(\w+):\s*\{", block[1] if block else ""):
            found.setdefault(name, path)
    return found


def variant_of(name: str, variant: str | None) -> str | None:
    """The variant that a name means, if it is that of a shipped variant and neither a file nor a spec."""
    if variant is not None or os.path.exists(name) or name in shipped_specs():  # noqa: PTH110 (cheaper than a Path)
        return variant
    return name if name in shipped_variants() else None


def shipped_specs() -> dict[str, Path]:
    """The specs that come with the program, by name."""
    package = Path(__file__).parent
    folder = package / "specs" if (package / "specs").is_dir() else package.parent / "specs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def near(name: str) -> str:
    """``; did you mean 'net.yaml'?`` for the nearest spec file of the same folder, or else the nearest shipped spec."""
    from cnncalc.spec.suggest import nearest

    path = Path(name)
    folder = path.parent
    try:
        files = {file.stem: file for file in sorted(folder.iterdir()) if file.suffix in (".yaml", ".yml")}
    except OSError:
        files = {}
    found = nearest(path.stem, files)
    if found:
        return f"; did you mean '{next(file for stem, file in files.items() if repr(stem) in found)}'?"
    plain = path.stem if path.suffix in (".yaml", ".yml") else name
    return "" if "." in plain or "/" in plain else nearest(plain, [*shipped_specs(), *shipped_variants()])
