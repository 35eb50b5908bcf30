"""What is converted goes through everything: read, analysed, linted, drawn, formatted, built, held against PyTorch."""

from __future__ import annotations

import cnncalc
from cnncalc.diagnostics import Source
from cnncalc.spec.rewrite import fmt


def through(text, *, build=True):
    """The network of a spec; ``build`` also makes the module, which is left out where that takes long."""
    network = cnncalc.load(text)
    assert cnncalc.analyze(network).problems == ()
    cnncalc.findings(network)
    assert "<svg" in cnncalc.picture(network, "network").svg()
    once = fmt(Source("a", text))
    assert fmt(Source("b", once)) == once
    if build:
        assert cnncalc.verify(network).differences == ()
    return network
