"""Transformers on patches: ViT, DeiT with a token that learns from a teacher, DINOv2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import several
from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

UNBIASED = """
  attention(c, heads, n):
    - x = id
    - query = linear c last nobias
    - q = reshape (n,heads,-1) | transpose 0 1
    - from x
    - key = linear c last nobias
    - k = reshape (n,heads,-1) | transpose 0 1
    - from x
    - value = linear c last nobias
    - v = reshape (n,heads,-1) | transpose 0 1
    - sdpa(from q, from k, from v)
    - transpose 0 1 | flatten 1
    - output = linear c last
"""
UNIT = """
  unit:
    - add:
        - id
        - - norm1 = ln last {eps}
          - attention = {attention}
{scale}    - add:
        - id
        - - norm2 = ln last {eps}
{mlp}
{scale}"""


def vit(config: Config) -> str:
    """Dosovitskiy et al. (2020); of DeiT the classifier of the class token."""
    wide = config.whole("intermediate_size", 3072)
    mlp = [f"intermediate = linear {wide} last | {config.act('gelu')}", f"output = linear {_width(config)} last"]
    tokens = ["cls_token"] + (["distillation_token"] if config.kind == "deit" else [])
    end = ["slice 0 1 | flatten", f"classifier = linear {config.labels}"]
    return _encoder(config, tokens, mlp, "", end)


def dinov2(config: Config) -> str:
    """Oquab et al. (2023); the class token and the mean of the patches are classified. The token of masks is learned in training."""
    c, ratio = _width(config), config.number("mlp_ratio", 4)
    wide = int(c * ratio)
    mlp = [f"fc1 = linear {wide} last | {config.act('gelu')}", f"fc2 = linear {c} last"]
    if config.flag("use_swiglu_ffn", usual=False):
        wide = (int(wide * 2 / 3) + 7) // 8 * 8
        mlp = [
            f"weights_in = linear {2 * wide} last",
            "mul(chunk 2 0 dim=1 | silu, chunk 2 1 dim=1)",
            f"weights_out = linear {c} last",
        ]
    factor = config.number("layerscale_value", 1.0)
    end = [
        "y = id",
        "concat(from y | slice 0 1 | flatten, from y | slice 1 | mean 0)",
        f"classifier = linear {config.labels}",
    ]
    return _encoder(config, ["cls_token"], mlp, f"          - layerscale {print_float(factor)}\n", end)


def _width(config: Config) -> int:
    return config.whole("hidden_size", 768)


def _encoder(config: Config, tokens: list[str], mlp: list[str], scale: str, end: list[str]) -> str:
    """Patches and tokens with their positions, units, and a normalisation."""
    size = config.size(224)
    patch, count = config.patches(size, 16)
    count += len(tokens)
    c, heads = _width(config), config.whole("num_attention_heads", 12)
    eps = config.eps(1e-6 if config.kind == "dinov2" else 1e-12)
    biased = config.flag("qkv_bias", usual=True)
    text = UNIT.format(
        eps=eps,
        attention=f"attention {heads}" if biased else f"projected {c} {heads} {count}",
        scale=scale,
        mlp="\n".join(f"          - {line}" for line in mlp),
    )
    unbiased = UNBIASED.replace("attention(c", "projected(c")
    masks = [f"mask_token = learned (1,{c}) leading"] if config.kind == "dinov2" else []
    layers = [
        *masks,
        *(f"{token} = learned (1,{c}) leading" for token in tokens),
        "from input",
        f"projection = conv {c} {patch} s={patch}",
        "flatten 1 | permute (1,0)",
        f"concat({', '.join(f'from {token}' for token in tokens)}, id)",
        "x = id",
        f"position_embeddings = learned ({count},{c}) leading",
        "add(from x, id)",
        f"layer = {several('unit', config.whole('num_hidden_layers', 12))}",
        f"layernorm = ln last {eps}",
    ]
    return config.spec(size, text if biased else unbiased + text.lstrip("\n"), [*layers, *end])
