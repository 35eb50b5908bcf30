"""An example of a rule, and what proofs need to run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cnncalc.diagnostics import Source
from cnncalc.lint.engine import DEFAULT, lint_source
from cnncalc.network import expand
from cnncalc.network.loaded import Network
from cnncalc.record import NamedTuple
from cnncalc.runtime.module import build
from cnncalc.runtime.steps import Steps
from cnncalc.spec import read, read_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from cnncalc.graph import Node
    from cnncalc.lint.finding import Finding
    from cnncalc.lint.rule import Rule


class Case(NamedTuple):
    """An example, read and expanded, and what the rule finds in it."""

    rule: Rule
    source: Source
    network: Network
    findings: tuple[Finding, ...]

    @property
    def node(self) -> Node | None:
        """The layer of the first finding."""
        paths = [finding.path for finding in self.findings]
        return next((node for node in self.network.graph.nodes if node.path in paths), None)


Shown = tuple[bool, str]
"""Whether the defect shows, and what was measured."""


def case_of(rule: Rule, text: str) -> Case:
    """An example as the rule sees it."""
    source = Source("example.yaml" if "\n" in text else "-e", text)
    spec = read(source) if "\n" in text else read_program(source)
    settings = DEFAULT._replace(rules=frozenset({rule.code}))
    findings = tuple(found for found in lint_source(source, settings).findings if found.code == rule.code)
    return Case(rule, source, Network(spec, expand(spec)), findings)


def module_of(case: Case, *, train: bool = False) -> nn.Module:
    """The network, built."""
    return build(case.network, seed=0).train(train)


def images(case: Case, batch: int = 1) -> list[Tensor]:
    """Random inputs."""
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(batch, *(node.shape or ()), generator=generator) for node in case.network.graph.inputs]


def outputs(value: Any) -> list[Tensor]:
    """The outputs as a list."""
    return [value] if isinstance(value, torch.Tensor) else list(value)


def values_of(case: Case, *, train: bool = False, batch: int = 2) -> tuple[dict[int, Tensor], nn.Module]:
    """What every layer gives."""
    module = module_of(case, train=train)
    found: dict[int, Tensor] = {}

    def visit(node: Node, compute: Callable[[], Any]) -> Any:
        value = compute()
        found[node.index] = (value[0] if isinstance(value, tuple) else value).detach()
        return value

    Steps(case.network.graph, module).run(images(case, batch), visit)
    return found, module


def share(part: float, whole: float) -> str:
    """A share in percent."""
    return f"{100 * part / whole:.1f} %"


def gradient(case: Case) -> Tensor:
    """The gradient of the middle of the first output by the input: which pixels count. Activations are left out."""
    module = module_of(case)
    for name, part in list(module.named_modules()):
        if isinstance(part, nn.ReLU | nn.Sigmoid | nn.Tanh):
            module.set_submodule(name, nn.Identity())
    x = torch.rand(1, *(case.network.graph.inputs[0].shape or ()), requires_grad=True)
    output = outputs(module(x))[0]
    at = tuple(size // 2 for size in output.shape[2:])
    output[(0, slice(None), *at)].sum().backward()
    assert x.grad is not None  # noqa: S101 (backward has run)
    return x.grad[0].abs().sum(0)
