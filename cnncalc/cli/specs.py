"""``cnncalc specs``."""

from __future__ import annotations

import json

import click

from cnncalc.cli.options import OneOf, write


@click.command("specs")
@click.option(
    "--format", "format_", type=OneOf(["plain", "json"]), default="plain", show_default=True, help="Of the list."
)
@click.option("--path", "path", metavar="NAME", help="Print where the file of a spec lies, and end.")
def command(format_: str, path: str | None) -> int:
    """List the networks that come with the program. Wherever a command takes a spec, it takes one of these names.

    \b
    cnncalc specs
    cnncalc analyze resnet50
    cnncalc analyze vgg19_bn                a variant of vgg
    cp $(cnncalc specs --path lenet5) .
    """  # noqa: D301 (\b keeps click from joining the lines)
    from cnncalc.catalogue import shipped_spec, shipped_specs, shipped_variants
    from cnncalc.diagnostics import UsageError

    if path is not None:
        found = shipped_spec(path)
        if found is None:
            raise UsageError(f"there is no spec '{path}'; 'cnncalc specs' lists them")
        write(f"{found}\n", None)
        return 0
    variants: dict[str, list[str]] = {}
    for name, file in shipped_variants().items():
        variants.setdefault(file.stem, []).append(name)
    rows = [
        {"name": name, "title": _title(file.read_text(encoding="utf-8")), "variants": variants.get(name, [])}
        for name, file in shipped_specs().items()
    ]
    if format_ == "json":
        write(json.dumps(rows, indent=2) + "\n", None)
        return 0
    width = max(len(str(row["name"])) for row in rows)
    lines = []
    for row in rows:
        lines.append(f"{str(row['name']).ljust(width)}  {row['title']}")
        if row["variants"]:
            lines.append(f"{' ' * width}  variants: {', '.join(row['variants'])}")
    write("\n".join(lines) + "\n", None)
    return 0


def _title(text: str) -> str:
    """The first sentence of the comment above a spec."""
    first = text.split("\n", 1)[0].removeprefix("#").strip()
    return first.split(". ")[0].rstrip(".:")
