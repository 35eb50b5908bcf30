"""One thread for each of the processes that the tests run in, before anything imports torch; what torchvision needs to be imported."""

import os

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def operators():
    """torchvision's wheel has no compiled operators beside the CPU build of torch: their signatures are enough to import it."""
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library
