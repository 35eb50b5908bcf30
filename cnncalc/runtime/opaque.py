"""Layers that somebody else wrote: whether they can be imported, and give what is stated."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import torch

from cnncalc.diagnostics import UsageError
from cnncalc.layers.base import shown
from cnncalc.layers.opaque import Opaque

if TYPE_CHECKING:
    from torch import nn

    from cnncalc.graph import Graph


def check_sources(graph: Graph) -> None:
    """Import what opaque layers name.

    Raises:
        UsageError: a layer names nothing, or what it names cannot be imported.
    """
    for node in graph.nodes:
        if not isinstance(node.layer, Opaque):
            continue
        if node.layer.source is None:
            message = f"'{node.path}' is opaque: without source=package.module.Class it can be written, but not run"
            raise UsageError(message)
        module, _, name = node.layer.source.rpartition(".")
        try:
            getattr(import_module(module), name)
        except Exception as error:  # what is imported is not ours: it may raise anything
            raise UsageError(f"'{node.path}': cannot import {node.layer.source}: {error}") from error


def check_sizes(graph: Graph, module: nn.Module) -> None:
    """Run every opaque layer alone on two samples.

    Raises:
        UsageError: one fails, or gives another size than is stated.
    """
    for node in graph.nodes:
        shapes = graph.shapes_into(node)
        if not isinstance(node.layer, Opaque) or not shapes or node.shape is None:
            continue
        try:
            with torch.no_grad():
                value = module.get_submodule(node.path)(torch.rand(2, *shapes[0]))
            found = tuple(value.shape[1:])
        except Exception as error:  # as above
            raise UsageError(f"'{node.path}': {node.layer.source} fails on {shown(shapes[0])}: {error}") from error
        if found != node.shape:
            message = f"'{node.path}': {node.layer.source} gives {shown(found)}; {shown(node.shape)} is stated"
            raise UsageError(message)


def check_known(graph: Graph) -> None:
    """Whether every fact is known that is to be held.

    Raises:
        UsageError: a layer does not state one.
    """
    names = {"params": "parameters=", "cost": "macs=", "saved": "kept="}
    for node in graph.nodes:
        if node.layer.unknown:
            missing = ", ".join(names[fact] for fact in node.layer.unknown)
            raise UsageError(f"'{node.path}' does not state {missing}: nothing can be held against the module")
