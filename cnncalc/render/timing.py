"""Timings as text: plain, markdown, JSON, and the CSV of timm's benchmark."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from cnncalc.report.timing import WIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.report.timing import Benchmark, Timing

FORMATS = ("plain", "markdown", "json", "timm")


def render(found: Benchmark, form: str) -> str:
    """The text of a benchmark: plain, markdown, json or timm."""
    if form == "json":
        return json.dumps(found.to_dict(), indent=2) + "\n"
    if form == "timm":
        return _timm(found.timings)
    return "\n".join(_lines(found, _markdown if form == "markdown" else _plain)) + "\n"


def _lines(found: Benchmark, table: object) -> list[str]:
    assert callable(table)  # noqa: S101 (one of the two below)
    facts = found.environment
    machine = f"{facts['device_name']} ({facts['device']}), {facts['threads']} threads, {facts['dtype']}"
    lines = [f"{machine}, torch {facts['torch']}, Python {facts['python']}, {facts['platform']}"]
    if found.roof:
        lines.append(
            f"roofline measured here: {found.roof.flops_per_second / 1e9:.1f} GFLOP/s, {found.roof.bytes_per_second / 1e9:.1f} GB/s"
        )
    lines += ["", *table(_wholes(found.timings))]
    if any(timing.least_s is not None for timing in found.timings):
        lines.append(
            "least: lower bound by the roofline, layer by layer, every byte from memory; no prediction of the time"
        )
    for timing in found.timings:
        lines += _remarks(timing)
    for comparison in found.comparisons:
        low, high = (
            comparison.ratios.median - comparison.ratios.iqr / 2,
            comparison.ratios.median + comparison.ratios.iqr / 2,
        )
        lines.append(
            f"{comparison.second} takes {comparison.ratios.median:.3f} times as long as {comparison.first} "
            f"({low:.3f} to {high:.3f}, {comparison.ratios.n} pairs)"
        )
    for timing in found.timings:
        if timing.layers:
            lines += ["", *_layers(timing, table)]
    return lines


_TITLES = ("network", "mode", "batch", "median", "IQR", "n", "p90", "per second", "GFLOP/s", "least", "least/median")


def _wholes(timings: Sequence[Timing]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [_TITLES]
    for timing in timings:
        head = (timing.network, timing.mode + (" train" if timing.train else ""), str(timing.batch))
        sample = timing.measured
        if sample is None:
            rows.append((*head, *("-",) * (len(_TITLES) - len(head))))
            continue
        rows.append(
            (
                *head,
                milliseconds(sample.median),
                milliseconds(sample.iqr),
                str(sample.n),
                "-" if sample.p90 is None else milliseconds(sample.p90),
                f"{timing.per_second:,.1f}",
                "-" if timing.flops_per_second is None else f"{timing.flops_per_second / 1e9:,.1f}",
                "-" if timing.least_s is None or timing.train else milliseconds(timing.least_s),
                "-" if timing.share is None else f"{timing.share:.0%}",
            )
        )
    return rows


def _remarks(timing: Timing) -> list[str]:
    name = f"{timing.network} {timing.mode} batch {timing.batch}"
    if timing.measured is None:
        return [f"{name}: not run: {timing.failure}"]
    lines = []
    if timing.compile_s is not None:
        lines.append(f"{name}: compiling took {max(0.0, timing.compile_s):.1f} s, which is not in the time above")
    if timing.measured.spread > WIDE:
        lines.append(
            f"{name}: warning: the interquartile range is {timing.measured.spread:.0%} of the median: the machine is busy"
        )
    return lines


def _layers(timing: Timing, table: object) -> list[str]:
    assert callable(table)  # noqa: S101 (one of the two below)
    rows: list[tuple[str, ...]] = [("layer", "op", "median", "IQR", "n", "least", "bound", "share")]
    whole = timing.measured.median if timing.measured else 0.0
    total = sum(layer.measured.median for layer in timing.layers)
    rows += [
        (
            layer.path,
            layer.op,
            milliseconds(layer.measured.median),
            milliseconds(layer.measured.iqr),
            str(layer.measured.n),
            "-" if layer.least_s is None else milliseconds(layer.least_s),
            layer.bound or "-",
            f"{layer.measured.median / total:.1%}",
        )
        for layer in timing.layers
    ]
    lines = [f"{timing.network}, batch {timing.batch}, forward, every layer by itself:", *table(rows)]
    if timing.additivity is not None and not timing.train:
        lines.append(f"sum {milliseconds(total)}, whole {milliseconds(whole)}: {timing.additivity:.2f} of the whole")
    else:
        lines.append(f"sum {milliseconds(total)}")
    return lines


def milliseconds(seconds: float) -> str:
    """A time with three digits and its unit."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"  # noqa: PLR2004 (the unit)


def _plain(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    left = sum(1 for title in rows[0] if title in ("network", "mode", "layer", "op"))
    return [
        "  ".join(
            cell.ljust(width) if i < left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _markdown(rows: Sequence[tuple[str, ...]]) -> list[str]:
    ruled = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return ["| " + " | ".join(row) + " |" for row in ruled]


def _timm(timings: Sequence[Timing]) -> str:
    """The columns of timm's benchmark.py, so that rows can stand beside its tables: times in ms, GMACs, million activations."""
    train = any(timing.train for timing in timings)
    kind = "train" if train else "infer"
    head = [
        "model",
        f"{kind}_img_size",
        f"{kind}_samples_per_sec",
        f"{kind}_step_time",
        f"{kind}_batch_size",
        "param_count",
    ]
    head += [] if train else ["infer_gmacs", "infer_macts"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for timing in timings:
        if timing.measured is None or timing.per_second is None:
            continue
        row = [
            timing.network,
            timing.size,
            f"{timing.per_second:.2f}",
            f"{timing.measured.median * 1e3:.3f}",
            timing.batch,
            f"{timing.params / 1e6:.2f}",
        ]
        row += (
            []
            if train
            else [f"{timing.macs / timing.batch / 1e9:.2f}", f"{timing.activations / timing.batch / 1e6:.2f}"]
        )
        writer.writerow(row)
    return out.getvalue()
