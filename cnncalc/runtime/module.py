"""The emitted source as a living nn.Module. What is shown is what runs: there is no other way to a module."""

from __future__ import annotations

import hashlib
import linecache
import sys
import types
from typing import TYPE_CHECKING

import torch
from torch import nn

from cnncalc.codegen import emit
from cnncalc.codegen.module import class_name
from cnncalc.diagnostics import UsageError
from cnncalc.layers.opaque import Opaque
from cnncalc.runtime.opaque import check_sizes, check_sources

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network

INITS = "default, zero, normal:STD, he, xavier"


def _constructed(network: Network, made: type[nn.Module]) -> nn.Module:
    """The module; classes of others may fail.

    Raises:
        UsageError: an opaque layer cannot be made, or gives another size than is stated.
    """
    opaque = any(isinstance(node.layer, Opaque) for node in network.graph.nodes)
    try:
        module = made()
    except Exception as error:
        if opaque:
            raise UsageError(f"a class of an opaque layer cannot be called: {error}") from error
        raise
    if opaque:
        check_sizes(network.graph, module)
    return module


def build(network: Network, *, seed: int | None = 0, init: str = "default", style: str = "auto") -> nn.Module:
    """Build the module of a network, in training mode, as a constructor of PyTorch leaves it.

    Args:
        network: a loaded spec.
        seed: seed of the weights; None leaves the state of torch's generator alone.
        init: ``default`` (PyTorch's own), ``zero``, ``normal:0.01`` (standard deviation), ``he`` (He et al. 2015, fan
            out), ``xavier`` (Glorot and Bengio 2010, uniform). All but the first set biases of weighted layers to 0
            and leave normalisation layers as PyTorch makes them.
        style: the style of the source, see ``emit``.

    Raises:
        SpecError: the network has a problem.
        UsageError: an unknown ``init``.
    """
    std = check_init(init)
    source = emit(network, style=style)
    name = class_name(network.graph.name)
    check_sources(network.graph)
    made = import_source(source, name)
    state = torch.random.get_rng_state()
    if seed is not None:
        torch.manual_seed(seed)
    module = _constructed(network, getattr(made, name))
    initialise(module, init, std)
    if seed is not None:
        torch.random.set_rng_state(state)
    return module


def import_source(source: str, name: str) -> types.ModuleType:
    """Run emitted source as a module of its own; tracebacks and ``inspect`` find its lines, and pickle its classes."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    module_name = f"cnncalc_{name.lower()}_{digest}"
    known = sys.modules.get(module_name)
    if known is not None:
        return known
    filename = f"<{module_name}>"
    made = types.ModuleType(module_name)
    made.__file__ = filename
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    exec(compile(source, filename, "exec"), made.__dict__)  # noqa: S102 (source that codegen wrote from parsed values)
    sys.modules[module_name] = made
    return made


def check_init(init: str) -> float:
    """The standard deviation of ``normal:STD``, 0 for the others.

    Raises:
        UsageError: there is no such way.
    """
    name, _, number = init.partition(":")
    if name == "normal":
        try:
            std = float(number or "0.01")
        except ValueError:
            std = -1.0
        if std >= 0:
            return std
        raise UsageError(f"init '{init}': a standard deviation is a number of at least 0, such as normal:0.01")
    if init not in ("default", "zero", "he", "xavier"):
        raise UsageError(f"unknown init '{init}': use one of {INITS}")
    return 0.0


@torch.no_grad()
def initialise(module: nn.Module, init: str, std: float) -> None:
    """Give every weight of two or more axes new values, and every bias beside it 0."""
    if init == "default":
        return
    for part in module.modules():
        own = dict(part.named_parameters(recurse=False))
        if not any(weight.ndim > 1 for weight in own.values()):
            continue
        for weight in own.values():
            _fill(weight, init, std)


def _fill(weight: torch.Tensor, init: str, std: float) -> None:
    if weight.ndim < 2 or init == "zero":  # noqa: PLR2004 (a vector is a bias)
        nn.init.zeros_(weight)
    elif init.startswith("normal"):
        nn.init.normal_(weight, std=std)
    elif init == "he":
        nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")
    else:
        nn.init.xavier_uniform_(weight)
