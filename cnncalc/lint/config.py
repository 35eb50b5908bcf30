"""Settings files: ``[tool.cnncalc.lint]`` of pyproject.toml, or cnncalc.toml, of the nearest folder above a spec."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from cnncalc.diagnostics import UsageError
from cnncalc.lint.settings import check_keys
from cnncalc.record import NamedTuple


class Config(NamedTuple):
    """The values of a settings file, and its folder; empty where there is none."""

    values: dict[str, Any]
    file: str = ""

    @property
    def folder(self) -> Path:
        """Where patterns begin."""
        return Path(self.file).parent if self.file else Path()


_known: dict[Path, Config] = {}


def nearest(spec: str) -> Config:
    """The settings for a spec: of its folder, or of the nearest one above that has any.

    Raises:
        UsageError: the file is no TOML, or says what is no setting.
    """
    folder = Path(spec).absolute().parent if spec not in ("-", "-e") else Path().absolute()
    passed = []
    found = Config({})
    for place in (folder, *folder.parents):
        if place in _known:
            found = _known[place]
            break
        passed.append(place)
        own = _of(place)
        if own is not None:
            found = own
            break
    for place in passed:
        _known[place] = found
    return found


def forget() -> None:
    """Read every file again."""
    _known.clear()


def _of(folder: Path) -> Config | None:
    own, project = folder / "cnncalc.toml", folder / "pyproject.toml"
    if own.is_file():
        values = _read(own)
        return _checked(values.get("lint", {k: v for k, v in values.items() if k != "lint"}), own)
    if project.is_file():
        tool = _read(project).get("tool", {})
        section = tool.get("cnncalc", {}) if isinstance(tool, dict) else {}
        if isinstance(section, dict) and "lint" in section:
            return _checked(section["lint"], project)
    return None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from None


def _checked(values: Any, file: Path) -> Config:
    if not isinstance(values, dict):
        raise UsageError(f"{file}: 'lint' must be a table")
    check_keys(values, str(file))
    return Config(values, str(file))


def for_file(config: Config, command_line: dict[str, Any], spec: str) -> dict[str, Any]:
    """The values for one spec: the command line before the file, and what the file ignores for this spec."""
    values = {
        **config.values,
        **{key: value for key, value in command_line.items() if key not in ("ignore", "extend-select")},
    }
    for key in ("ignore", "extend-select"):
        both = [*config.values.get(key, ()), *command_line.get(key, ())]
        if both:
            values[key] = both
    table = values.pop("per-file-ignores", {})
    for pattern, names in table.items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UsageError(f"{config.file}: per-file-ignores: '{pattern}' must be a list of texts")
        if _matches(config, pattern, spec):
            values["ignore"] = [*values.get("ignore", ()), *names]
    return values


def _matches(config: Config, pattern: str, spec: str) -> bool:
    path = Path(spec).absolute()
    plain = (
        path.relative_to(config.folder.absolute()).as_posix()
        if path.is_relative_to(config.folder.absolute())
        else path.as_posix()
    )
    return fnmatch(plain, pattern) or fnmatch(path.name, pattern) or plain.startswith(f"{pattern.rstrip('/')}/")
