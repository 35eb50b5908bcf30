"""Which claims of ``verify`` hold which figure: facts that layers state, columns of the table, totals.

A new fact, column or total has to be named here: a test goes through the code and plants a fault in each.
"""

from __future__ import annotations

FIELDS = (
    "receptive field",
    "start of the field",
    "jump",
    "centre of the field",
    "coverage of the field",
    "smallest field",
    "largest field",
    "shortest field",
    "effective field",
    "field within the image",
)
"""Everything about receptive fields."""

FACTS: dict[str, tuple[str, ...]] = {
    "infer": ("output",),
    "often": ("copies in the batch",),
    "itemsize": ("output",),
    "fits": ("rounded size", "exact size", "lost padded rows", "lost rows"),
    "params": ("parameters", "buffers", "weights", "state_dict"),
    "cost": ("MACs", "operations", "FLOPs"),
    "reach": FIELDS,
    "reach_of": FIELDS,
    "saved": ("saved for backward", "saved in evaluation"),
    "is_view": ("lives in its input", "saved for backward"),
}
"""Facts of a layer that are figures, or from which figures follow."""

NO_FIGURES: dict[str, str] = {
    "torch": "the call that the module is made of: what it computes is what all figures are held against",
    "places": "which of the inputs a named value is",
    "is_composite": "whether work space inside the layer may exceed the peaks, which are held",
    "has_gradient": "whether a gradient flows; what is saved, which is held, follows from it",
    "stated": "whether the facts are stated: those are held like all others",
    "unknown": "what is not known, which cannot be held",
    "stretches": "how PyTorch broadcasts; the module runs only if it is right",
}
"""Facts of a layer that are none."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "output": ("output",),
    "times": ("copies in the batch",),
    "exact": ("exact size",),
    "lost": ("lost rows",),
    "params": ("parameters",),
    "buffers": ("buffers",),
    "macs": ("MACs",),
    "flops": ("operations", "FLOPs"),
    "output_bytes": ("output",),
    "saved_bytes": ("saved for backward",),
    "rf": ("receptive field",),
    "jump": ("jump",),
    "start": ("start of the field",),
    "centre": ("centre of the field",),
    "coverage": ("coverage of the field",),
    "shortest": ("shortest field",),
    "effective": ("effective field",),
}
"""Columns of the table that are figures; the others name the layer and its place in the file."""

TOTALS: dict[str, tuple[str, ...]] = {
    "params": ("parameters",),
    "buffers": ("buffers",),
    "macs": ("MACs",),
    "flops": ("FLOPs",),
    "flops_by_kind": ("operations", "MACs"),
    "weight_bytes": ("weights",),
    "buffer_bytes": ("buffers",),
    "activation_bytes": ("activations",),
    "saved_bytes": ("saved for backward",),
    "inference_peak_bytes": ("inference peak",),
    "inference_peak_at": ("place of the inference peak",),
    "training_peak_bytes": ("training peak",),
    "training_peak_at": ("place of the training peak",),
}
"""Totals of a network; ``complete`` says that none of them lacks a layer, ``stated`` which part of them is not derived."""

WITHIN: dict[str, str] = {
    "inference_peak_bytes": "2 % or 1 KiB",
    "training_peak_bytes": "2 % or 1 KiB",
    "effective": "3/4 to 3/2 of what is shown",
}
"""Figures that are held within a band; all others are held exactly."""


def sentence(layers: int) -> str:
    """What is proven, in words; ``layers``: how many kinds there are."""
    of_layers = dict.fromkeys(kind for kinds in (*FACTS.values(), *COLUMNS.values()) for kind in kinds)
    of_network = dict.fromkeys(kind for kinds in TOTALS.values() for kind in kinds)
    bands = ", ".join(f"{_kinds(name)} ({band})" for name, band in WITHIN.items())
    return (
        f"For every layer `cnncalc verify` holds what is shown against the module that runs: {', '.join(of_layers)}; "
        f"for the network: {', '.join(of_network)}. All of it exactly, but for {bands}. "
        f"That such a proof can fail is tested: of {len(FACTS)} facts of {layers} layers, {len(COLUMNS)} columns of the table and "
        f"{len(TOTALS)} totals each is altered in memory, by one and by a factor of two, and `verify` has to say so.\n"
    )


def _kinds(name: str) -> str:
    return " and ".join((TOTALS | COLUMNS)[name])
