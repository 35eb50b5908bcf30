"""ResNet and RegNet: stages of equal units, the first of which has the stride."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import several

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

UNIT = """
  unit(c, s{more}):
    - add:
        - shortcut = if(s != 1 or in.c != c, conv c 1 s=s nobias | bn)
        - layer:
{body}
    - {act}
"""
GATE = """
  squeeze(c, narrow):
    - mul:
        - attention = gap | conv narrow 1 | relu | conv c 1 | sigmoid
        - id
"""


def resnet(config: Config) -> str:
    """He et al. (2015); the stride is in the 3x3 unless ``downsample_in_bottleneck``."""
    act, first = config.act("relu"), config.flag("downsample_in_bottleneck", usual=False)
    begin, middle = ("s=s ", "") if first else ("", "s=s ")
    body = [
        f"            - conv c//4 1 {begin}nobias | bn | {act}",
        f"            - conv c//4 3 {middle}p1 nobias | bn | {act}",
        "            - conv c 1 nobias | bn",
    ]
    if config.only("layer_type", "bottleneck", "basic") == "basic":
        body = [f"            - conv c 3 s=s p1 nobias | bn | {act}", "            - conv c 3 p1 nobias | bn"]
    stem = [
        f"embedder = conv {config.whole('embedding_size', 64)} 7 s2 p3 nobias | bn | {act}",
        "pooler = maxpool 3 s2 p1",
    ]
    units = UNIT.format(more="", body="\n".join(body), act=act)
    return _staged(config, units, stem, (256, 512, 1024, 2048), (3, 4, 6, 3), first=False)


def regnet(config: Config) -> str:
    """Radosavovic et al. (2020); Y with squeeze and excitation."""
    act, width = config.act("relu"), config.whole("groups_width", 64)
    gated = config.only("layer_type", "y", "x") == "y"
    body = [
        f"            - conv c 1 nobias | bn | {act}",
        f"            - conv c 3 s=s p1 g=max(1, c//{width}) nobias | bn | {act}",
        *(["            - squeeze c narrow"] if gated else []),
        "            - conv c 1 nobias | bn",
    ]
    stem = [f"embedder = conv {config.whole('embedding_size', 32)} 3 s2 p1 nobias | bn | {act}"]
    units = UNIT.format(more=", narrow=round(in.c/4)" if gated else "", body="\n".join(body), act=act)
    units = GATE + units.lstrip("\n") if gated else units
    return _staged(config, units, stem, (128, 192, 512, 1088), (2, 6, 12, 2), first=True)


def _staged(
    config: Config, units: str, stem: list[str], wide: tuple[int, ...], deep: tuple[int, ...], *, first: bool
) -> str:
    widths, depths = config.wholes("hidden_sizes", wide), config.wholes("depths", deep)
    if len(widths) != len(depths):
        config.refuse("as many depths as hidden_sizes are needed")
    strides = [
        2 if place or config.flag("downsample_in_first_stage", usual=first) else 1 for place in range(len(depths))
    ]
    stages = [
        f"stage{place} = unit {c} {s}" + (f" | {several(f'unit {c} 1', n - 1)}" if n > 1 else "")
        for place, (c, n, s) in enumerate(zip(widths, depths, strides, strict=True), 1)
    ]
    end = ["gap", "flatten", f"classifier = linear {config.labels}"]
    return config.spec(config.size(224), units, [*stem, *stages, *end])
