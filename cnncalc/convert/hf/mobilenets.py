"""MobileNet V1 and V2 with their multipliers of depth."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import several
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
"""Of V1's pairs; channels double at every 2, and at the first."""

CHANNELS = (16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320)
STEPS = (2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1)


def mobilenet_v1(config: Config) -> str:
    """Howard et al. (2017)."""
    act, pad = config.act("relu6"), "same" if config.flag("tf_padding", usual=True) else "p1"
    factor, least, norm = config.number("depth_multiplier", 1.0), config.whole("min_depth", 8), _norm(config)
    blocks = f"""
  pair(c, s): depthwise 3 s=s {pad} nobias | {norm} | {act} | conv c 1 nobias | {norm} | {act}
"""
    wide = 32
    layers = [f"conv_stem = conv {max(least, int(wide * factor))} 3 s2 {pad} nobias | {norm} | {act}"]
    stages = []
    for place, stride in enumerate(STRIDES):
        wide *= 2 if stride == 2 or not place else 1  # noqa: PLR2004 (a stride)
        stages.append(f"pair {max(least, int(wide * factor))} {stride}")
    layers += [several(text, len(list(group))) for text, group in groupby(stages)]
    return config.spec(config.size(224), blocks, [*layers, "gap", "flatten", f"classifier = linear {config.labels}"])


def mobilenet_v2(config: Config) -> str:
    """Sandler et al. (2018)."""
    act, pad = config.act("relu6"), "same" if config.flag("tf_padding", usual=True) else "p1"
    config.only("output_stride", 32)
    config.only("first_layer_is_expansion", True)  # noqa: FBT003 (the value of a key)
    factor, ratio, norm = config.number("depth_multiplier", 1.0), config.number("expand_ratio", 6), _norm(config)
    by, least = config.whole("depth_divisible_by", 8), config.whole("min_depth", 8)
    blocks = f"""
  unit(c, wide, s):
    - layer:
        - conv wide 1 nobias | {norm} | {act}
        - depthwise 3 s=s {pad} nobias | {norm} | {act}
        - conv c 1 nobias | {norm}
  residual(c, wide): add(id, unit c wide 1)
"""
    stem = _divisible(round(32 * factor), by, least)
    channels = [_divisible(round(c * factor), by, least) for c in CHANNELS]
    leaving = (
        1280
        if config.flag("finegrained_output", usual=True) and factor < 1
        else _divisible(round(1280 * factor), by, least)
    )
    stages = []
    for (entering, c), stride in zip(pairwise(channels), STEPS, strict=True):
        wide = _divisible(round(entering * ratio), by, least)
        stages.append(f"residual {c} {wide}" if stride == 1 and entering == c else f"unit {c} {wide} {stride}")
    layers = [
        f"conv_stem = conv {stem} 3 s2 {pad} nobias | {norm} | {act} | depthwise 3 {pad} nobias | {norm} | {act} | conv {channels[0]} 1 nobias | {norm}",
        *(several(text, len(list(group))) for text, group in groupby(stages)),
        f"conv_1x1 = conv {leaving} 1 nobias | {norm} | {act}",
        "gap",
        "flatten",
        f"classifier = linear {config.labels}",
    ]
    return config.spec(config.size(224), blocks, layers)


def _norm(config: Config) -> str:
    return f"bn eps={print_float(config.number('layer_norm_eps', 0.001))}"


def _divisible(value: int, by: int, least: int) -> int:
    """The nearest multiple, at least ``least``, and not below nine tenths of the value."""
    made = max(least, int(value + by / 2) // by * by)
    return made + by if made < 0.9 * value else made
