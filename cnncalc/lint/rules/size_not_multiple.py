"""At a declared input size the network cannot be built.

What: The spec declares the input sizes that it is meant for, and at one of them branches do not meet or a window does
not fit.

Why: Encoders and decoders with skips agree only at sizes that all strides divide.

Condition: `task: {sizes: [...]}` (or `--sizes`) holds a size at which the expansion reports a problem.

Fix: Leave the size out, pad the image, or `resize x` and `crop x` in the decoder.

Source: Ronneberger et al., U-Net (2015), section 2: the input tile size must be chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.lint.finding import Finding
from cnncalc.lint.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnncalc.lint.context import Context

RULE = Rule("FT010", "size-not-multiple", severity="error", needs="sizes", proof="raises-at-size")
BAD = (
    "cnncalc: 1\ninput: 1x64x64\ntask: {sizes: [64, 70]}\nlayers:\n  - a = conv 8 3 half\n  - maxpool 2\n  - maxpool 2\n  - upsample 4\n  - concat(id, from a)\n",
)
GOOD = (
    "cnncalc: 1\ninput: 1x64x64\ntask: {sizes: [64, 72]}\nlayers:\n  - a = conv 8 3 half\n  - maxpool 2\n  - maxpool 2\n  - upsample 4\n  - concat(id, from a)\n",
)


def check(cx: Context) -> Iterator[Finding]:
    """One finding per size."""
    sizes = cx.declared.get("sizes")
    if cx.make is None or not isinstance(sizes, list | tuple):
        return
    for size in sizes:
        problems = cx.make(size).problems if isinstance(size, int) and size > 0 else ()
        if problems:
            yield Finding(
                f"at the declared size {size}: {problems[0].message}", span=problems[0].span, data={"size": size}
            )
