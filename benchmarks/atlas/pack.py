"""Measure the specs that ``prove.py`` left, and the shipped ones, and write the table that the program reads.

    python benchmarks/atlas/pack.py FOLDER

What was not proven is not in it. PyTorch is needed to verify the shipped specs; with ``--trust`` they are not, and
their rows say so.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cnncalc
from cnncalc.atlas.figures import figures
from cnncalc.atlas.table import COLUMNS, FILE
from cnncalc.catalogue import shipped_specs, shipped_variants

if TYPE_CHECKING:
    from collections.abc import Iterator


def published(folder: Path) -> Iterator[dict[str, Any]]:
    """Every network that was proven, with the figures of its spec; they are to be those that were proven."""
    for line in (folder / "proofs.jsonl").read_text(encoding="utf-8").splitlines():
        proof = json.loads(line)
        if not proof["proof"]:
            continue
        file = folder / f"{proof['source']}.{proof['name']}.yaml"
        found = figures(cnncalc.analyze(file).analysis)
        if (found["params"], found["macs"]) != (proof["params"], proof["macs"]):
            print(f"left out, other numbers than were proven: {file.name}", file=sys.stderr)
            continue
        yield {key: proof[key] for key in ("name", "source", "family", "proof")} | found


def shipped(*, trust: bool) -> Iterator[dict[str, Any]]:
    """The shipped specs and their variants."""
    for name, file in sorted((shipped_variants() | shipped_specs()).items()):
        try:
            network = cnncalc.load(name)
            differences = () if trust else cnncalc.verify(network).differences
        except Exception as error:  # noqa: BLE001 (the others go on)
            print(f"left out, {name}: {error}", file=sys.stderr)
            continue
        if differences:
            print(f"left out, not verified: {name}", file=sys.stderr)
            continue
        head = {"name": name, "source": "cnncalc", "family": file.stem, "proof": "shipped" if trust else "verified"}
        yield head | figures(cnncalc.analyze(network).analysis)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--trust", action="store_true")
    options = parser.parse_args()
    rows = [*shipped(trust=options.trust), *published(options.folder)]
    rows.sort(key=lambda row: (row["source"], row["name"]))
    stored = {name: [row[name] for row in rows] for name in COLUMNS}
    FILE.write_bytes(gzip.compress(json.dumps(stored, separators=(",", ":")).encode(), 9, mtime=0))
    print(f"{len(rows)} networks, {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
