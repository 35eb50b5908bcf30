"""Which families of models there are, by their ``model_type``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.convert.hf.convnexts import convnext
from cnncalc.convert.hf.mobilenets import mobilenet_v1, mobilenet_v2
from cnncalc.convert.hf.resnets import regnet, resnet
from cnncalc.convert.hf.segformers import segformer
from cnncalc.convert.hf.swins import swin
from cnncalc.convert.hf.vits import dinov2, vit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.convert.hf.config import Config

FAMILIES: dict[str, Callable[[Config], str]] = {
    "resnet": resnet, "regnet": regnet, "convnext": convnext, "convnextv2": convnext, "vit": vit, "deit": vit, "dinov2": dinov2,
    "swin": swin, "segformer": segformer, "mobilenet_v1": mobilenet_v1, "mobilenet_v2": mobilenet_v2,
}  # fmt: skip
