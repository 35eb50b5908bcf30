"""Which layers ask how values lie in memory, and which say it."""

from __future__ import annotations

PACKING = frozenset({"groupnorm", "instancenorm"})
"""Layers that copy an input, and the gradient of their output, that is not in order."""

FOLDING = {"matmul": 2, "linear": 1}
"""Layers that take all axes before the last two, or the last, for one, and copy an input whose axes do not lie so."""

ROOMY = frozenset({"fold"})
"""Layers whose output lies in a storage that is as large as what enters, where that is larger."""

JOINING = frozenset({"flatten", "reshape", "tobatch"})
"""Layers that join axes: a look at the same storage if the axes lie in order, else a copy."""

RECURRENT = frozenset({"rnn", "lstm", "gru"})
"""Layers that PyTorch makes of many operations, layer by layer and time by time."""

TIMES_FIRST = RECURRENT | {"attention"}
"""Layers that give a sequence whose times lie before the batch."""

NUMBER_BY_NUMBER = tuple(
    f"cnncalc.layers.{room}" for room in ("activation", "smooth", "dropout", "stochastic", "elements", "arithmetic")
)
LIKE_INPUT = frozenset({"layerscale", "l2norm", "lrn", "glu"})
"""Layers whose output lies as their input does, as those in the rooms of NUMBER_BY_NUMBER."""

STRETCHING = frozenset(
    {"layerscale", "l2norm", "scale", "shift", "stochasticdepth", "dropout1d", "dropout2d", "dropout3d"}
)
"""Those of them that meet a number, or what is stretched."""

FLAT_ONLY = frozenset(
    {"avgpool", "globalavgpool", "lppool", "adaptiveavgpool", "adaptivemaxpool", "pixelshuffle", "pixelunshuffle"}
)
"""Layers whose output has its channels last if the input has, but only with two spatial axes, or with one taken for two."""

CHANNELS_LAST = FLAT_ONLY | {
    "concat", "roll", "conv", "convtranspose", "depthwise", "sepconv", "batchnorm", "groupnorm", "rmsnorm", "maxpool", "minpool",
    "upsample", "resize", "pad", "channelshuffle",
}  # fmt: skip
"""Layers whose output has its channels last in memory if all that enters has."""
