"""Writes what is generated from the code: the list of layers, the schemas, the output of the README's commands, the pictures.

python -m docs.generate          writes
python -m docs.generate --check  says what is stale, exit code 1
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from cnncalc.cli.main import GROUPS
from cnncalc.layers import registry
from cnncalc.lint import registry as lint_registry
from cnncalc.lint._index import RULES
from cnncalc.render import catalogue, rules
from cnncalc.report.layers import describe
from cnncalc.report.schema import schema as report_schema
from cnncalc.runtime.verifying import held
from cnncalc.spec.schema import schema as spec_schema

ROOT = Path(__file__).parent.parent
_COMMAND = re.compile(r"(```console\n\$ (cnncalc (?!draw)[^\n]+)\n)(.*?)(```)", re.DOTALL)
_PICTURE = re.compile(r"^(?:\$ |    )(cnncalc draw [^\n]+) -o (docs/pictures/\S+\.svg)$", re.MULTILINE)
"""A command of the documentation whose picture is committed."""
_MARKED = re.compile(r"(<!-- ([\w ]+), generated -->\n)(.*?)(<!-- end -->)", re.DOTALL)
"""A part of a document that is written here."""


def main() -> int:
    """Write or check every generated file."""
    check = "--check" in sys.argv[1:]
    stale = [
        path for path, text in generated().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not check:
        for path, text in generated().items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
    return 1 if check and stale else 0


def generated() -> dict[Path, str]:
    """Every generated file with the text that it must have."""
    docs = ROOT / "docs"
    files = {
        ROOT / "cnncalc" / "layers" / "_index.py": registry.source(registry.scan()),
        docs / "layers.md": _layers(),
        ROOT / "cnncalc" / "lint" / "_index.py": lint_registry.source(lint_registry.scan()),
        docs / "rules.md": _rules(),
        docs / "rules.json": rules.as_json(RULES),
        docs / "spec.schema.json": json.dumps(spec_schema(), indent=1, ensure_ascii=False) + "\n",
        docs / "analysis.schema.json": json.dumps(report_schema(), indent=1, ensure_ascii=False) + "\n",
    }
    for path in (ROOT / "README.md", *sorted(docs.glob("*.md"))):
        text = path.read_text(encoding="utf-8")
        files |= {ROOT / file: _output(command)[0] for command, file in _PICTURE.findall(text)}
        if path not in files and (_COMMAND.search(text) or _MARKED.search(text)):
            files[path] = _MARKED.sub(_marked, _COMMAND.sub(_run, text))
    return files


def _layers() -> str:
    head = "# Layers\n\nGenerated from the code; `cnncalc layers NAME` prints one of them.\n\n"
    return head + catalogue.markdown([describe(kind) for kind in registry.classes()])


def _rules() -> str:
    head = "# Rules of the linter\n\nGenerated from the code; `cnncalc rule CODE` prints one of them.\n\n"
    table = "".join(
        f"| [{rule.code}](#{rule.code.lower()}-{rule.name}) | {rule.name} | {rule.severity} | "
        f"{'on' if 'recommended' in rule.presets else 'off'} | {rule.fix or '-'} |\n"
        for rule in RULES
    )
    pages = "\n".join(rules.as_markdown(rule, level=2) for rule in RULES)
    return f"{head}| code | name | severity | default | fix |\n| --- | --- | --- | --- | --- |\n{table}\n{pages}"


def _marked(match: re.Match[str]) -> str:
    """A part of a document, in lines."""
    return match[1] + "".join(f"{line}\n" for line in _PARTS[match[2]]()) + match[4]


def _proven() -> list[str]:
    """The sentence about what is proven."""
    return textwrap.wrap(held.sentence(len(registry.classes())), 140)


def _commands() -> list[str]:
    """Every command, by what people want of it."""
    rows = [
        f"| {group if not place else ''} | `cnncalc {name}` | {text} |"
        for group, commands in GROUPS.items()
        for place, (name, text) in enumerate(commands.items())
    ]
    return ["| to | command | |", "| --- | --- | --- |", *rows]


def _figures() -> list[str]:
    """The ratios of the last benchmark."""
    found = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))["figures"]
    rows = [f"| {one['name']} | {one['against']} | {one['ratio']:.3g} |" for one in found]
    return ["| what | against | ratio |", "| --- | --- | --- |", *rows]


def _imports() -> list[str]:
    """How many networks of other libraries are converted, by the last run over them."""
    rows = []
    for one in json.loads((ROOT / "docs" / "import.json").read_text(encoding="utf-8")):
        numbers = [one[key] for key in ("networks", "exact", "opaque", "refused", "outputs")]
        shown = [one["source"], *("-" if number is None else str(number) for number in numbers)]
        rows.append(f"| {' | '.join(shown)} | {one['lines'][0]} / {one['lines'][1]} | {one['compared']} |")
    head = "| source | networks | exact | with opaque | refused | equal outputs | lines, median / most | what was compared |"
    return [head, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |", *rows]


_PARTS = {
    "networks of other libraries": _imports,
    "what verify holds": _proven,
    "commands by what people want": _commands,
    "figures of the last run": _figures,
}


def _run(match: re.Match[str]) -> str:
    """A command with the output that it has now."""
    out, err = _output(match[2])
    return f"{match[1]}{out}{err}{match[4]}"


def _output(command: str) -> tuple[str, str]:
    import shlex

    words = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "cnncalc", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if "Error:" in done.stderr:
        raise SystemExit(f"{command}: {done.stderr}")
    return done.stdout, done.stderr


if __name__ == "__main__":
    sys.exit(main())
