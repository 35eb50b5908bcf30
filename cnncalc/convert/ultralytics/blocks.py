"""The modules of the model YAML as blocks of the format, with the attribute names that their checkpoints have.

Each is written from what the papers and the checkpoints' tensors say: YOLOv5 and v8 (Jocher et al.), YOLOv9 (Wang, Yeh and
Liao, 2024), YOLOv10 (Wang et al., 2024), YOLO11 and YOLO12 (Tian, Ye and Doermann, 2025). A list that grows by every
turn of a repeat (C2f and its like) is written as concatenations one inside the other, which gives the same values.
"""

from __future__ import annotations

import re

ACTIVATION = "ACTIVATION"
"""Stands for the layer that a file chooses for all convolutions."""

BLOCKS: dict[str, str] = {
    "cb": """cb(c, k=1, s=1, p=k//2, g=1):
  - conv = conv c k s=s p=p g=g nobias
  - bn = bn eps=0.001""",
    "cba": """cba(c, k=1, s=1, p=k//2, g=1):
  - conv = conv c k s=s p=p g=g nobias
  - bn = bn eps=0.001
  - act = ACTIVATION""",
    "bottleneck": """bottleneck(c, res, ka=3, kb=3, mid=c):
  - x = id
  - cv1 = cba mid ka
  - cv2 = cba c kb
  - if(res == 1, add(from x, id))""",
    "c2f": """c2f(c, n, res, mid=c//2):
  - cv1 = cba 2*mid
  - repeat(n as i):
      - concat:
          - id
          - - slice in.c-mid
            - m.{i} = bottleneck mid res
  - cv2 = cba c""",
    "c3": """c3(c, n, res, mid=c//2):
  - concat:
      - - cv1 = cba mid
        - repeat(n as i):
            - m.{i} = bottleneck mid res ka=1
      - - cv2 = cba mid
  - cv3 = cba c""",
    "c3k": """c3k(c, res, mid=c//2):
  - concat:
      - - cv1 = cba mid
        - repeat(2 as i):
            - m.{i} = bottleneck mid res
      - - cv2 = cba mid
  - cv3 = cba c""",
    "c3k2": """c3k2(c, n, deep, res, mid):
  - cv1 = cba 2*mid
  - repeat(n as i):
      - concat:
          - id
          - - slice in.c-mid
            - m.{i} = if(deep == 1, c3k mid res, bottleneck mid res mid=mid//2)
  - cv2 = cba c""",
    "c2": """c2(c, n, res, mid=c//2):
  - cv1 = cba 2*mid
  - concat:
      - - chunk 2 0
        - repeat(n as i):
            - m.{i} = bottleneck mid res
      - chunk 2 1
  - cv2 = cba c""",
    "sppf": """sppf(c, k, mid=in.c//2):
  - cv1 = cba mid
  - a = maxpool k s1 p=k//2
  - b = maxpool k s1 p=k//2
  - concat(from cv1, from a, from b, maxpool k s1 p=k//2)
  - cv2 = cba c""",
    "spp": """spp(c, ka, kb, kc, mid=in.c//2):
  - cv1 = cba mid
  - concat:
      - id
      - - m.0 = maxpool ka s1 p=ka//2
      - - m.1 = maxpool kb s1 p=kb//2
      - - m.2 = maxpool kc s1 p=kc//2
  - cv2 = cba c""",
    "scdown": """scdown(c, k, s):
  - cv1 = cba c
  - cv2 = cb c k s=s g=c""",
    "adown": """adown(c):
  - avgpool 2 s1
  - concat:
      - - chunk 2 0
        - cv1 = cba c//2 3 s=2
      - - chunk 2 1
        - maxpool 3 s2 p1
        - cv2 = cba c//2""",
    "aconv": """aconv(c):
  - avgpool 2 s1
  - cv1 = cba c 3 s=2""",
    "elan1": """elan1(c, outer, inner):
  - cv1 = cba outer
  - b = chunk 2 1
  - cv2 = cba inner 3
  - cv3 = cba inner 3
  - concat(from cv1, from cv2, from cv3)
  - cv4 = cba c""",
    "gelan": """gelan(c, outer, inner, n):
  - cv1 = cba outer
  - b = chunk 2 1
  - cv2 = repcsp inner n | cba inner 3
  - cv3 = repcsp inner n | cba inner 3
  - concat(from cv1, from cv2, from cv3)
  - cv4 = cba c""",
    "sppelan": """sppelan(c, mid, k=5):
  - cv1 = cba mid
  - cv2 = maxpool k s1 p=k//2
  - cv3 = maxpool k s1 p=k//2
  - cv4 = maxpool k s1 p=k//2
  - concat(from cv1, from cv2, from cv3, id)
  - cv5 = cba c""",
    "repconv": """repconv(c):
  - add:
      - - conv1 = cb c 3
      - - conv2 = cb c 1
  - act = ACTIVATION""",
    "repbottleneck": """repbottleneck(c):
  - x = id
  - cv1 = repconv c
  - cv2 = cba c 3
  - add(from x, id)""",
    "repcsp": """repcsp(c, n, mid=c//2):
  - concat:
      - - cv1 = cba mid
        - repeat(n as i):
            - m.{i} = repbottleneck mid
      - - cv2 = cba mid
  - cv3 = cba c""",
    "heads": """heads(n, d=in.c//n, kd=d//2, h=in.h, w=in.w):
  - x = id
  - qkv = cb in.c+2*n*kd
  - r = reshape (n,2*kd+d,-1)
  - matmul:
      - from r | slice 0 kd dim=1 | permute (0,2,1)
      - from r | slice kd 2*kd dim=1
  - scale 0.17677669529663687
  - a = softmax -1 | permute (0,2,1)
  - v = from r | slice 2*kd dim=1
  - add:
      - - matmul(id, from a)
        - reshape (n*d,h,w)
      - - reshape (n*d,h,w)
        - pe = cb in.c 3 g=in.c
  - proj = cb n*d""",
    "psablock": """psablock(n):
  - x = id
  - add:
      - id
      - - attn = heads n
  - add:
      - id
      - - ffn = cba 2*in.c | cb in.c//2""",
    "c2psa": """c2psa(c, n, mid=c//2):
  - cv1 = cba 2*mid
  - concat:
      - chunk 2 0
      - - chunk 2 1
        - repeat(n as i):
            - m.{i} = psablock mid//64
  - cv2 = cba c""",
    "psa": """psa(c, mid=c//2):
  - cv1 = cba 2*mid
  - concat:
      - chunk 2 0
      - - chunk 2 1
        - add:
            - id
            - - attn = heads mid//64
        - add:
            - id
            - - ffn = cba 2*in.c | cb in.c//2
  - cv2 = cba c""",
    "cib": """cib(c, res, large):
  - x = id
  - cv1.0 = cba in.c 3 g=in.c
  - cv1.1 = cba 2*c
  - cv1.2 = if(large == 1, repvggdw, cba in.c 3 g=in.c)
  - cv1.3 = cba c
  - cv1.4 = cba c 3 g=c
  - if(res == 1, add(from x, id))""",
    "repvggdw": """repvggdw():
  - add:
      - - conv = cb in.c 7 g=in.c
      - - conv1 = cb in.c 3 g=in.c
  - act = silu""",
    "c2fcib": """c2fcib(c, n, res, large, mid=c//2):
  - cv1 = cba 2*mid
  - repeat(n as i):
      - concat:
          - id
          - - slice in.c-mid
            - m.{i} = cib mid res large
  - cv2 = cba c""",
    "areas": """areas(n, area, d=in.c//n, h=in.h, w=in.w):
  - qkv = cb 3*in.c
  - reshape (n,3*d,area,-1)
  - r = permute (2,0,1,3)
  - matmul:
      - from r | slice 0 d dim=2 | permute (0,1,3,2)
      - from r | slice d 2*d dim=2
  - scale 0.17677669529663687
  - a = softmax -1 | permute (0,1,3,2)
  - v = from r | slice 2*d dim=2
  - add:
      - - matmul(id, from a)
        - permute (1,2,0,3)
        - reshape (n*d,h,w)
      - - permute (1,2,0,3)
        - reshape (n*d,h,w)
        - pe = cb in.c 7 g=in.c
  - proj = cb n*d""",
    "ablock": """ablock(area, ratio, mid=floor(in.c*ratio), c=in.c):
  - add:
      - id
      - - attn = areas in.c//32 area
  - add:
      - id
      - - mlp = cba mid | cb c""",
    "a2c2f": """a2c2f(c, n, area, large, ratio, mid=c//2):
  - x = id
  - cv1 = cba mid
  - repeat(n as i):
      - concat:
          - id
          - - slice in.c-mid
            - m.{i} = repeat(2, ablock area ratio)
  - cv2 = cba c
  - if(large == 1, scaled_sum x)""",
    "scaled_sum": """scaled_sum(x, c=in.c):
  - y = id
  - gamma = learned c init=0.01
  - g = reshape (c,1,1)
  - add:
      - from x
      - mul(from g, from y)""",
    "r2c2f": """r2c2f(c, n, mid=c//2):
  - cv1 = cba mid
  - repeat(n as i):
      - concat:
          - id
          - - slice in.c-mid
            - m.{i} = c3k mid 1
  - cv2 = cba c""",
    "ghost": """ghost(c, k=1, s=1):
  - cv1 = cba c//2 k s=s
  - concat:
      - id
      - - cv2 = cba in.c 5 g=in.c""",
    "ghost_linear": """ghost_linear(c):
  - cv1 = cb c//2
  - concat:
      - id
      - - cv2 = cb in.c 5 g=in.c""",
    "ghostbottleneck": """ghostbottleneck(c):
  - add:
      - id
      - - conv.0 = ghost c//2
        - conv.2 = ghost_linear c""",
    "c3ghost": """c3ghost(c, n, mid=c//2):
  - concat:
      - - cv1 = cba mid
        - repeat(n as i):
            - m.{i} = ghostbottleneck mid
      - - cv2 = cba mid
  - cv3 = cba c""",
    "classify": """classify(classes):
  - conv = cba 1280
  - gap | flatten | dropout 0
  - linear = linear classes""",
    "branch": """branch(mid, c): cba mid 3 | cba mid 3 | conv c 1""",
    "branch_dw": """branch_dw(mid, c):
  - 0.0 = cba in.c 3 g=in.c
  - 0.1 = cba mid
  - 1.0 = cba mid 3 g=mid
  - 1.1 = cba mid
  - 2 = conv c 1""",
    "cblinear": """cblinear(c):
  - conv = conv c 1""",
    "proto": """proto(mid, c):
  - cv1 = cba mid 3
  - upsample = convt mid 2 s2
  - cv2 = cba mid 3
  - cv3 = cba c""",
}
"""Every block as it stands in a spec."""


def needed(text: str) -> list[str]:
    """The blocks that a text calls, and those that they call, in the order of the table."""
    found: set[str] = set()
    waiting = [text]
    while waiting:
        words = set(re.findall(r"\b[a-z]\w*\b", waiting.pop()))
        new = (words & BLOCKS.keys()) - found
        found |= new
        waiting += [BLOCKS[name].partition(":\n")[2] or BLOCKS[name].partition("):")[2] for name in new]
    return [name for name in BLOCKS if name in found]
