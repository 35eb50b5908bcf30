"""ConvNeXt and its second version, with a global response normalisation instead of a learned factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import several
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

RESPONSE = """
  response(w):
    - x = id
    - weight = learned w
    - bias = learned w
    - from x | vectornorm 2 (0,1) keepdim
    - div(id, mean 2 keepdim | shift 0.000001)
    - y = mul(from x, id)
    - z = mul(from weight, from y)
    - add(from x, add(from bias, from z))
"""
UNIT = """
  unit(c):
    - add:
        - id
        - - dwconv = conv c 7 p3 g=c | permute (1,2,0)
          - layernorm = layernorm last eps=0.000001
          - pwconv1 = linear 4*c last | {act}
{response}          - pwconv2 = linear c last | permute (2,0,1)
{scale}"""


def convnext(config: Config) -> str:
    """Liu et al. (2022), Woo et al. (2023)."""
    second = config.kind == "convnextv2"
    factor = 0.0 if second else config.number("layer_scale_init_value", 1e-6)
    unit = UNIT.format(
        act=config.act("gelu"),
        response="          - grn = response 4*c\n" if second else "",
        scale=f"          - layerscale {print_float(factor)}\n" if factor else "",
    )
    widths, depths = config.wholes("hidden_sizes", (96, 192, 384, 768)), config.wholes("depths", (3, 3, 9, 3))
    if len(widths) != len(depths):
        config.refuse("as many depths as hidden_sizes are needed")
    patch, norm = config.whole("patch_size", 4), "layernorm channels eps=0.000001"
    layers = [f"embeddings = conv {widths[0]} {patch} s={patch} | {norm}"]
    for place, (c, n) in enumerate(zip(widths, depths, strict=True)):
        smaller = f"{norm} | conv {c} 2 s2 | " if place else ""
        layers.append(f"stage{place + 1} = {smaller}{several(f'unit {c}', n)}")
    end = ["gap", "flatten", f"layernorm = layernorm {config.eps(1e-12)}", f"classifier = linear {config.labels}"]
    blocks = RESPONSE + unit.lstrip("\n") if second else unit
    return config.spec(config.size(224), blocks, [*layers, *end])
