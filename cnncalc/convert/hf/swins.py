"""Swin: the shipped spec with the numbers of the configuration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.catalogue import shipped_spec
from cnncalc.convert.lines import quoted

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

STAGES = 4
HEAD = 32
"""Features per head in the shipped spec."""


def swin(config: Config) -> str:
    """Liu et al. (2021); what the shipped spec has no parameter for is refused."""
    c, window = config.whole("embed_dim", 96), config.whole("window_size", 7)
    config.only("patch_size", 4)
    config.only("mlp_ratio", 4, 4.0)
    config.only("qkv_bias", True)  # noqa: FBT003 (the value of a key)
    config.only("use_absolute_embeddings", False)  # noqa: FBT003 (as above)
    config.only("layer_norm_eps", 1e-5)
    config.only("hidden_act", "gelu")
    heads = config.wholes("num_heads", (3, 6, 12, 24))
    if heads != [c // HEAD * 2**place for place in range(STAGES)] or c % HEAD:
        config.refuse(f"heads of other than {HEAD} features, or not of {STAGES} stages")
    depths = config.wholes("depths", (2, 2, 6, 2))
    if len(depths) != STAGES or [*depths[:2], depths[3]] != [2, 2, 2]:
        config.refuse("stages of other depths than 2, 2, any, 2")
    size = config.size(224)
    if size[1] != size[2] or size[1] % (32 * window):
        config.refuse(f"an image of {size[1]}x{size[2]}, which windows of {window} do not fill at every scale")
    params = (
        f"params: {{c: {c}, heads: {heads[0]}, n: {depths[2]}, window: {window}, drop: 0.2, classes: {config.labels}}}"
    )
    path = shipped_spec("swin_t")
    if path is None:
        config.refuse("the shipped spec of Swin is not there")
    return _with(path.read_text(encoding="utf-8"), config, params, size)


def _with(text: str, config: Config, params: str, size: tuple[int, int, int]) -> str:
    """A shipped spec under another head, without its variants and the sizes that it notes."""
    text = re.sub(r"(?m)^variants:\n(?:  .*\n)+|^expect:.*\n|^#.*\n", "", text)
    text = re.sub(r"(?m) +-> [\dx]+$", "", text)
    text = re.sub(r"(?m)^params:.*$", params, text)
    text = re.sub(r"(?m)^name:.*$", lambda _: f"name: {quoted(config.title)}", text)
    text = re.sub(r"(?m)^input:.*$", f"input: {'x'.join(map(str, size))}", text)
    return f"# Converted from Hugging Face's configuration of a {config.kind}, with torchvision's names.\n{text}"
