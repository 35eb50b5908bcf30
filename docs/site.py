"""Builds the static site: the page with Python in the browser, and the documentation. Nothing in it is loaded from elsewhere.

python -m docs.site FOLDER

Pyodide comes from npm, pydantic's compiled part from PyPI; everything else is what is installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha256
from html import escape
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from markdown_it import MarkdownIt

from cnncalc.page.files import SCRIPTS, STYLES, text_of

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "cnncalc" / "page"

PYODIDE = "314.0.7"
INTEGRITY = "sha512-0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
"""Of the package of npm."""

PLATFORM, PYTHON = "pyemscripten_2026_0_wasm32", "3.14"
"""The binary interface of this Pyodide, as its pyodide-lock.json says."""

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
PACKAGES = ("annotated_types", "jinja2", "markupsafe", "pydantic", "typing_extensions", "typing_inspection", "yaml")
"""What the program imports; of those with compiled parts the Python that stands in for them."""

UNUSED = (
    "pydantic/v1/",
    "pydantic/mypy",
    "cnncalc/cli/",
    "cnncalc/runtime/",
    "cnncalc/page/site/",
    "cnncalc/page/server",
    "cnncalc/page/jobs",
    "cnncalc/page/measuring",
    "cnncalc/page/codemirror.js",
)
"""Folders that the page never asks."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def main() -> int:
    """Build into the folder of the command line, which is emptied first."""
    if len(sys.argv) != 2:  # noqa: PLR2004 (the program and the folder)
        print("usage: python -m docs.site FOLDER", file=sys.stderr)
        return 2
    out = Path(sys.argv[1]).resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    build(out)
    print(f"{sys.argv[1]}: {sum(file.stat().st_size for file in out.rglob('*') if file.is_file()) / 1e6:.1f} MB")
    return 0


def build(out: Path) -> None:
    """Everything, the list of files for offline use last."""
    _pyodide(out / "pyodide")
    with TemporaryDirectory() as folder:
        core, packages = Path(folder) / "core.zip", Path(folder) / "packages.zip"
        _core(core)
        _packages(packages)
        made = [out / "pyodide", packages, core, out / "files.bin", out / "memory.bin"]
        _run("node", str(PAGE / "site" / "compile.mjs"), *map(str, made), folder=str(ROOT))
    _page(out)
    _documents(out / "docs")
    _offline(out)


# ---------------------------------------------------------------------------------------------- Python


def _pyodide(out: Path) -> None:
    out.mkdir()
    with TemporaryDirectory() as folder:
        done = _run("npm", "pack", "--json", "--silent", f"pyodide@{PYODIDE}", folder=folder)
        (packed,) = json.loads(done)
        if packed["integrity"] != INTEGRITY:
            raise SystemExit(f"pyodide {PYODIDE}: npm has {packed['integrity']}, wanted {INTEGRITY}")
        with tarfile.open(Path(folder) / packed["filename"]) as archive:
            for name in RUNTIME:
                member = archive.extractfile(f"package/{name}")
                assert member is not None  # noqa: S101 (the files of a checked package)
                (out / name).write_bytes(member.read())


def _core(out: Path) -> None:
    """The wheel of pydantic_core for this Pyodide, of the version that is installed here."""
    version = metadata.version("pydantic_core")
    with TemporaryDirectory() as folder:
        _run(
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            "--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--abi", f"cp{PYTHON.replace('.', '')}",
            f"pydantic_core=={version}", folder=folder,
        )  # fmt: skip
        (wheel,) = Path(folder).glob("*.whl")
        shutil.copy(wheel, out)


def _packages(out: Path) -> None:
    """The program, its specs, and the Python files of what it imports, as one archive with the same bytes every time."""
    files: dict[str, bytes] = {}
    for name in PACKAGES:
        found = find_spec(name)
        assert found is not None  # noqa: S101 (dependencies of the program)
        assert found.origin is not None  # noqa: S101 (and they have files)
        place = Path(found.origin)
        if found.submodule_search_locations is None:
            files[place.name] = place.read_bytes()
        else:
            files |= {
                f"{name}/{file.relative_to(place.parent).as_posix()}": file.read_bytes()
                for file in place.parent.rglob("*.py")
            }
    kept = (file for file in (ROOT / "cnncalc").rglob("*") if file.suffix in {".py", ".html", ".css", ".js", ".json"})
    files |= {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in kept}
    files |= {f"cnncalc/specs/{file.name}": file.read_bytes() for file in (ROOT / "specs").glob("*.yaml")}
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name in sorted(files):
            if name.startswith(UNUSED):
                continue
            archive.writestr(ZipInfo(name), files[name], ZIP_DEFLATED)


def _run(*command: str, folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


# ---------------------------------------------------------------------------------------------- pages


def _page(out: Path) -> None:
    for name in (*STYLES, *SCRIPTS):
        (out / name).write_text(text_of(name), encoding="utf-8")
    for name in ("backend.js", "files.js", "worker.js"):
        shutil.copy(PAGE / "site" / name, out)
    head = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    text = (PAGE / "editor.html").read_text(encoding="utf-8")
    text = text.replace('<meta name="viewport"', f'{head}<meta name="viewport"', 1)
    text = text.replace("<footer><p>", '<footer><p><a href="docs/index.html">Documentation</a>. ', 1)
    (out / "index.html").write_text(text, encoding="utf-8")


_DOCUMENT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self' data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../report.css">
<title>{title}</title>
</head>
<body>
<header><nav aria-label="Pages"><ul>{links}</ul></nav></header>
<main>
{body}
</main>
</body>
</html>
"""

ABOUT = ("CHANGELOG", "ARCHITECTURE", "CONTRIBUTING")
"""Documents that stand beside README."""


def _documents(out: Path) -> None:
    """README and docs as HTML, with links among them."""
    out.mkdir()
    shutil.copytree(ROOT / "docs" / "pictures", out / "pictures")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    files = [*sorted((ROOT / "docs").glob("*.md")), *(ROOT / f"{name}.md" for name in ABOUT)]
    sources = {"index": ROOT / "README.md", **{file.stem: file for file in files}}
    links = '<li><a href="../index.html">Try it</a></li>' + "".join(
        f'<li><a href="{name}.html">{escape("README" if name == "index" else name)}</a></li>' for name in sources
    )
    for name, file in sources.items():
        body = reader.render(file.read_text(encoding="utf-8"))
        for other in sources:
            for prefix in ("", "docs/"):
                for end in ('"', "#"):
                    body = body.replace(f'href="{prefix}{other}.md{end}', f'href="{other}.html{end}')
        body = body.replace('src="docs/pictures/', 'src="pictures/')
        body = body.replace(
            "<table>", '<div class="wide" role="region" tabindex="0" aria-label="Table"><table>'
        ).replace("</table>", "</table></div>")
        (out / f"{name}.html").write_text(
            _DOCUMENT.format(title=escape(f"cnncalc: {name}"), links=links, body=body), encoding="utf-8"
        )


def _offline(out: Path) -> None:
    files = sorted(file for file in out.rglob("*") if file.is_file() and out / "docs" not in file.parents)
    names = ["./", *(file.relative_to(out).as_posix() for file in files)]
    version = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
    text = (PAGE / "site" / "offline.js").read_text(encoding="utf-8")
    text = text.replace("cnncalc-VERSION", f"cnncalc-{version}").replace('["FILES"]', json.dumps(names))
    (out / "offline.js").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
