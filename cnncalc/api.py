"""The Python API: load a spec, analyse it, look at the result. Everything here is re-exported by ``cnncalc``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cnncalc.catalogue import source_of, variant_of
from cnncalc.diagnostics import SpecError
from cnncalc.extras import need_torch
from cnncalc.layers.base import Fit, window_fit
from cnncalc.network.loaded import Network
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import polars as pl
    import torch

    from cnncalc.analysis.explain.explanation import Explanation
    from cnncalc.analysis.result import Analysis, Row, Totals
    from cnncalc.diagnostics import Problem
    from cnncalc.draw.picture import Picture
    from cnncalc.layers.base import Shape
    from cnncalc.lint.report import Report
    from cnncalc.report.verification import Verification
    from cnncalc.spec.model import Spec


class Layers(tuple["Row", ...]):
    """The rows of an analysis; in a notebook a table."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        from cnncalc.render.notebook import layers_html

        return layers_html(self)

    def __str__(self) -> str:
        """The plain table, without totals."""
        from cnncalc.render.notebook import layers_text

        return layers_text(self)


class Result(NamedTuple):
    """The numbers of a network: ``layers`` and ``totals``, as a dict, as text, as a data frame, and as a table in a notebook."""

    analysis: Analysis

    @property
    def layers(self) -> Layers:
        """One row per layer, in execution order."""
        return Layers(self.analysis.rows)

    @property
    def totals(self) -> Totals:
        """Sums and peaks."""
        return self.analysis.totals

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the network."""
        return self.analysis.graph.problems

    def to_dict(self) -> dict[str, Any]:
        """The same as ``cnncalc analyze --format json``: the versioned contract, schema_version 1."""
        from cnncalc.report import to_dict

        return to_dict(self.analysis)

    def to_pandas(self) -> pd.DataFrame:
        """The layers as a data frame of pandas: the columns of ``cnncalc analyze --format csv``.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from cnncalc.render.frames import pandas

        return pandas(self.analysis)

    def to_polars(self) -> pl.DataFrame:
        """The layers as a data frame of polars: the columns of ``cnncalc analyze --format csv``.

        Raises:
            MissingExtraError: polars is not installed.
        """
        from cnncalc.render.frames import polars

        return polars(self.analysis)

    def __str__(self) -> str:
        """The plain table."""
        from cnncalc.render.plain import render

        return render(self.analysis)

    def __repr__(self) -> str:
        """The network and its size, in one line."""
        from cnncalc.render.summary import heading

        return f"<Result of {heading(self.analysis)}: {len(self.layers)} layers, {self.totals.params:,} parameters>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": str(self).rstrip("\n"), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        from cnncalc.render.html import render

        return render(self.analysis)


def load(
    spec: str | os.PathLike[str],
    *,
    inputs: Mapping[str, Shape] | Shape | None = None,
    settings: Mapping[str, Any] | None = None,
    variant: str | None = None,
    strict: bool = True,
) -> Network:
    """Load a spec.

    Args:
        spec: a path; or a text: the one-line notation (``"3x227x227 | conv 96 11 s4"``) or YAML, recognised by a ``|``,
            a ``;`` or a line break in it.
        inputs: another size for the input, ``(3, 320, 320)``, or ``{"left": (3, 32, 32)}`` for several.
        settings: other values for the file's parameters, as in ``--set``: numbers or expressions as text.
        variant: a variant of the file.
        strict: raise for a network with a problem (else see ``problems``).

    Raises:
        SpecError: the spec cannot be read, or with ``strict`` the network has a problem; carries all of them.
        UsageError: an unknown input, parameter or variant; a file that cannot be read.
    """
    sizes = {"": tuple(inputs)} if isinstance(inputs, tuple | list) else dict(inputs or {})
    if isinstance(spec, str) and spec.isidentifier():
        variant = variant_of(spec, variant)
    return expanded(_read(spec), inputs=sizes, settings=settings, variant=variant, strict=strict)


def expanded(
    spec: Spec,
    *,
    inputs: Mapping[str, Shape] | None = None,
    settings: Mapping[str, Any] | None = None,
    variant: str | None = None,
    strict: bool = True,
) -> Network:
    """The network of a spec that has been read; arguments and errors as in ``load``."""
    from cnncalc.network import expand

    chosen = {name: _setting(name, value) for name, value in (settings or {}).items()}
    graph = expand(spec, inputs=inputs or {}, settings=chosen, variant=variant)
    if strict and graph.problems:
        raise SpecError(graph.problems)
    return Network(spec, graph, (inputs or {}, chosen, variant))


def analyze(
    spec: str | os.PathLike[str] | Network,
    *,
    batch: int = 1,
    dtype: str = "float32",
    optimizer: str = "sgd",
    **options: Any,
) -> Result:
    """Analyse a network: exact sizes, parameters, MACs and FLOPs, memory, receptive fields.

    Args:
        spec: a loaded network, or what ``load`` takes; ``options`` are passed on to it.
        batch: samples per batch.
        dtype: float32, float16, bfloat16, float64, int8...
        optimizer: sgd, momentum or adam, for the training peak.
        options: ``inputs``, ``settings``, ``variant``, ``strict`` of ``load``.

    Raises:
        SpecError: as ``load``.
        UsageError: as ``load``; an unknown dtype or optimiser; a batch below 1.
    """
    from cnncalc.analysis import analyse

    network = spec if isinstance(spec, Network) else load(spec, **options)
    return Result(analyse(network.graph, batch=batch, dtype=dtype, optimizer=optimizer))


def explain(spec: str | os.PathLike[str] | Network | Result, layer: str, **options: Any) -> Explanation:
    """Where the numbers of a layer come from: every formula in letters, with its numbers, and its result.

    Args:
        spec: a result of ``analyze``, a loaded network, or what ``load`` takes.
        layer: path or label of the layer.
        options: as for ``analyze``.

    Raises:
        UsageError: there is no such layer.
        SpecError: as ``load``.
    """
    from cnncalc.analysis.explain.explanation import explain as explain_row
    from cnncalc.analysis.find import find_row

    result = spec if isinstance(spec, Result) else analyze(spec, **options)
    return explain_row(result.analysis, find_row(result.analysis, layer))


def picture(
    spec: str | os.PathLike[str] | Network | Result | Sequence[str | os.PathLike[str] | Network | Result],
    what: str,
    layer: str = "",
    *,
    measured: Mapping[str, Any] | None = None,
    load: Mapping[str, Any] | None = None,
    **options: Any,
) -> Picture:
    """A picture, as ``cnncalc draw`` makes it: ``svg()``, ``png()``, ``save(file)``; in a notebook it shows itself.

    >>> cnncalc.picture("1x7x7 | conv 1 3 s3", "coverage", "conv").save("lost.svg")

    Args:
        spec: a result of ``analyze``, a loaded network, or what ``load`` takes; several in a list, or an empty one.
        what: coverage, field, network, cost...: ``cnncalc draw --help`` lists them.
        layer: path, label or only kind of the layer, where the picture is of a layer.
        measured: for ``roofline`` and ``time`` what ``cnncalc time --format json`` printed, parsed.
        load: options of ``analyze`` for specs that are not loaded yet.
        options: of the picture: ``animate``, ``at``, ``image``, ``object``, ``depth``, ``style``, ``cells``, ``against``.

    Raises:
        UsageError: there is no such picture, option or layer; the picture does not fit to the layer.
        SpecError: as ``load``.
    """
    from cnncalc.draw.pictures import draw

    several = spec if isinstance(spec, list | tuple) and not isinstance(spec, Result | Network) else [spec]
    results = [one if isinstance(one, Result) else analyze(one, **(load or {})) for one in several]  # type: ignore[arg-type] # told apart above
    return draw([result.analysis for result in results], what, layer, measured=measured, **options)


def findings(spec: str | os.PathLike[str] | Network, **options: Any) -> Report:
    """What the linter finds in a network, with the settings of its folder: ``findings`` and ``suppressed``.

    Args:
        spec: a loaded network, or what ``load`` takes; ``options`` are passed on to it. A broken network has findings too.
        options: as for ``load``.

    Raises:
        SpecError: the spec cannot be read.
        UsageError: as ``load``; a mistake in the settings.
    """
    from cnncalc.lint.run import lint_loaded, settings_for

    network = spec if isinstance(spec, Network) else load(spec, **{"strict": False, **options})
    return lint_loaded(network, settings_for(network.spec.source.name, {}))


def verify(
    spec: str | os.PathLike[str] | Network,
    *,
    batch: int = 2,
    dtype: str = "float32",
    full: bool = False,
    **options: Any,
) -> Verification:
    """Hold every number of the analysis against the PyTorch module that is built from the spec.

    Args:
        spec: a loaded network, or what ``load`` takes; ``options`` are passed on to it.
        batch: samples per batch.
        dtype: float32, float64, bfloat16 or autocast.
        full: measure every receptive field on every row, whatever it costs.
        options: as for ``load``.

    Raises:
        MissingExtraError: torch is not installed.
        SpecError: as ``load``.
    """
    need_torch("verify")
    from cnncalc.runtime.verify import verify as verify_network

    network = spec if isinstance(spec, Network) else load(spec, **options)
    return verify_network(network, batch=batch, dtype=dtype, full=full)


def emit(spec: str | os.PathLike[str] | Network, *, style: str = "auto", **options: Any) -> str:
    """The text of a self-contained PyTorch module.

    Args:
        spec: a loaded network, or what ``load`` takes; ``options`` are passed on to it.
        style: ``blocks`` keeps the spec's blocks as classes; ``flat`` writes every layer out; ``auto`` takes blocks where
            they can say all that the network needs.
        options: as for ``load``.

    Raises:
        SpecError: as ``load``.
        UsageError: as ``load``; a name that no module of PyTorch can have.
    """
    from cnncalc.codegen import emit as emit_source

    return emit_source(spec if isinstance(spec, Network) else load(spec, **options), style=style)


def build(
    spec: str | os.PathLike[str] | Network, *, seed: int | None = 0, init: str = "default", **options: Any
) -> torch.nn.Module:
    """The network as a ``torch.nn.Module``, made from the source that ``emit`` shows.

    Args:
        spec: a loaded network, or what ``load`` takes; ``options`` are passed on to it.
        seed: seed of the weights; None leaves torch's generator as it is.
        init: default, zero, normal:0.01, he or xavier.
        options: as for ``load``.

    Raises:
        MissingExtraError: torch is not installed.
        SpecError: as ``load``.
        UsageError: as ``load``; an unknown ``init``.
    """
    need_torch("build")
    from cnncalc.runtime.module import build as build_module

    return build_module(spec if isinstance(spec, Network) else load(spec, **options), seed=seed, init=init)


def conv_out(size: int, k: int, s: int = 1, p: int | tuple[int, int] = 0, d: int = 1, *, ceil: bool = False) -> Fit:
    """The output size of a window of ``k`` on ``size`` pixels with stride ``s``, padding ``p`` and dilation ``d``.

    >>> conv_out(224, k=11, s=4)
    Fit(out=54, exact=Fraction(217, 4), lost=1, lost_real=1)

    Raises:
        ShapeError: no window fits.
    """
    begin, end = (p, p) if isinstance(p, int) else p
    return window_fit(size, k, s, begin, end, d, ceil=ceil)


def _read(spec: str | os.PathLike[str]) -> Spec:
    from cnncalc.diagnostics import Source
    from cnncalc.spec import read, read_program

    if isinstance(spec, str) and "\n" in spec:
        return read(Source("<text>", spec))
    if isinstance(spec, str) and ("|" in spec or ";" in spec):
        return read_program(Source("<text>", spec))
    return read(source_of(spec))


def _setting(name: str, value: Any) -> Any:
    from cnncalc.spec.setting import parse_setting

    return parse_setting(name, str(value))
