"""The networks of timm and torchvision by name: how to make one, its input, its family."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

_LIBRARY = torch.library.Library("torchvision", "DEF")
"""torchvision's wheel has no compiled operators beside the CPU build of torch: two signatures are enough to import it."""

for _name in ("nms", "qnms"):
    try:
        _LIBRARY.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        break  # they are there

_OF_BATCHES = re.compile("rcnn|ssd|retinanet|fcos|quantized|raft")
"""Networks that take lists of pictures or pairs of them, and those whose numbers are integers."""


class Published(NamedTuple):
    """A network: ``make`` gives it with random weights."""

    source: str
    name: str
    family: str
    shape: tuple[int, ...]
    make: Callable[[], nn.Module]


def names(source: str) -> list[tuple[str, str]]:
    """Family and name of every network of a library, families with few networks first."""
    if source == "timm":
        import timm

        found = [(_family(timm.models.model_entrypoint(name)), name) for name in timm.list_models()]
    else:
        from torchvision import models

        found = [(_family(models.get_model_builder(name)), name) for name in models.list_models()]
    sizes = {family: sum(other == family for other, _ in found) for family, _ in found}
    return sorted(found, key=lambda pair: (sizes[pair[0]], pair))


def _family(builder: Callable[..., nn.Module]) -> str:
    return builder.__module__.rpartition(".")[2]


def network(source: str, family: str, name: str) -> Published:
    """A network by its name.

    Raises:
        ValueError: it takes no picture.
    """
    if source == "timm":
        import timm

        config = timm.get_pretrained_cfg(name, allow_unregistered=True)
        shape = tuple(config.input_size) if config else (3, 224, 224)
        return Published(source, name, family, shape, lambda: timm.create_model(name, pretrained=False))
    from torchvision import models

    if _OF_BATCHES.search(name):
        raise ValueError("takes lists of pictures, or pairs, or computes with integers")
    video = re.search("3d|mc3|r2plus1d|mvit|s3d", name)
    side = 299 if name == "inception_v3" else 224
    options = {"weights_backbone": None} if re.match("fcn|deeplab|lraspp", name) else {}
    options |= {"init_weights": False, "aux_logits": False} if name in ("googlenet", "inception_v3") else {}
    shape = (3, 16, side, side) if video else (3, side, side)
    return Published(source, name, family, shape, lambda: models.get_model(name, weights=None, **options))
