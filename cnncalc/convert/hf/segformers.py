"""SegFormer: a pyramid of transformers whose keys are read from smaller maps; for classification or segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.hf.config import several

if TYPE_CHECKING:
    from cnncalc.convert.hf.config import Config

BLOCKS = """
  attention(d, heads, r, rows, columns):
    - x = id
    - query = linear d last
    - q = reshape (rows*columns,heads,-1) | transpose 0 1
    - from x
    - if(r > 1, reduction d r rows columns)
    - y = id
    - key = linear d last
    - k = reshape ((rows//r)*(columns//r),heads,-1) | transpose 0 1
    - from y
    - value = linear d last
    - v = reshape ((rows//r)*(columns//r),heads,-1) | transpose 0 1
    - sdpa(from q, from k, from v)
    - transpose 0 1 | flatten 1
    - output = linear d last
  reduction(d, r, rows, columns):
    - transpose | reshape (d,rows,columns)
    - sr = conv d r s=r
    - flatten 1 | transpose
    - layer_norm = ln last
  mlp(d, wide, rows, columns):
    - dense1 = linear wide last
    - transpose | reshape (wide,rows,columns)
    - dwconv = dwconv 3 p1
    - flatten 1 | transpose | {act}
    - dense2 = linear d last
  unit(d, heads, r, wide, rows, columns):
    - add:
        - id
        - - layer_norm_1 = ln last {eps}
          - attention = attention d heads r rows columns
    - add:
        - id
        - - layer_norm_2 = ln last {eps}
          - mlp = mlp d wide rows columns
"""


def segformer(config: Config) -> str:
    """Xie et al. (2021)."""
    kinds = config.get("architectures", [])
    segments = isinstance(kinds, list) and any("Segmentation" in str(kind) for kind in kinds)
    blocks = BLOCKS.format(act=config.act("gelu"), eps=config.eps(1e-6))
    size = config.size(512 if segments else 224)
    layers, stages = _stages(config, size)
    if segments:
        layers += _head(config, stages)
    else:
        layers += ["gap", "flatten", f"classifier = linear {config.labels}"]
    return config.spec(size, blocks, layers)


def _stages(config: Config, size: tuple[int, int, int]) -> tuple[list[str], int]:
    """The lines of all stages, and how many there are."""
    widths = config.wholes("hidden_sizes", (32, 64, 160, 256))
    lists = [
        config.wholes(key, usual)
        for key, usual in (
            ("depths", (2, 2, 2, 2)),
            ("num_attention_heads", (1, 2, 5, 8)),
            ("sr_ratios", (8, 4, 2, 1)),
            ("patch_sizes", (7, 3, 3, 3)),
            ("strides", (4, 2, 2, 2)),
            ("mlp_ratios", (4, 4, 4, 4)),
        )
    ]
    if any(len(values) != len(widths) for values in lists):
        config.refuse("as many numbers as hidden_sizes are needed")
    rows, columns = size[1:]
    lines = []
    for place, (d, n, heads, r, k, s, ratio) in enumerate(zip(widths, *lists, strict=True), 1):
        rows, columns = ((side + 2 * (k // 2) - k) // s + 1 for side in (rows, columns))
        unit = f"unit {d} {heads} {r} {ratio * d} {rows} {columns}"
        lines += [
            f"patch_embeddings{place} = conv {d} {k} s={s} half | flatten 1 | transpose | ln last",
            f"block{place} = {several(unit, n)}",
            f"layer_norm{place} = ln last",
            f"stage{place} = transpose | reshape ({d},{rows},{columns})",
        ]
    return lines, len(widths)


def _head(config: Config, stages: int) -> list[str]:
    """Maps of all stages under one width and size, the last stage first."""
    wide, lines = config.whole("decoder_hidden_size", 256), []
    for place in range(stages, 0, -1):
        larger = " | resize stage1 bilinear" if place > 1 else ""
        lines += [f"from stage{place}", f"linear_c{place} = conv {wide} 1{larger}", f"d{place} = id"]
    return [
        *lines,
        f"concat({', '.join(f'from d{place}' for place in range(stages, 0, -1))})",
        f"linear_fuse = conv {wide} 1 nobias",
        "batch_norm = bn",
        "relu",
        f"classifier = conv {config.labels} 1",
    ]
