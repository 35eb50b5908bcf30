"""What only a GPU can show; skipped where there is none."""

import json

import pytest
import torch

import cnncalc
from cnncalc.runtime import device
from cnncalc.runtime.allocator import peak_bytes
from cnncalc.runtime.timing import Conditions, benchmark

cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def test_tf32_is_a_matter_of_cuda_and_float32():
    assert device.uses_tf32("cuda:0", "float32") == (
        torch.backends.cudnn.allow_tf32 or torch.get_float32_matmul_precision() != "highest"
    )
    assert not device.uses_tf32("cuda", "bfloat16")
    assert not device.uses_tf32("cpu", "float32")


def test_the_roofline_leaves_the_precision_of_products_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = torch.get_float32_matmul_precision()
    monkeypatch.setattr(device, "_product", lambda *_: 1.0)
    monkeypatch.setattr(device, "_copy", lambda *_: 1.0)
    device.roof("cpu", "float32", again=True)
    assert torch.get_float32_matmul_precision() == before


@cuda
@pytest.mark.parametrize("mode", ["eager", "channels_last", "fused"])
def test_a_network_is_timed_on_the_device(mode):
    network = cnncalc.load("resnet18")
    found = benchmark([network], Conditions(device="cuda", batches=(1, 4), modes=(mode,), seconds=0.02))
    assert [timing.batch for timing in found.timings] == [1, 4]
    assert all(timing.measured is not None and timing.measured.median > 0 for timing in found.timings)
    assert json.loads(json.dumps(found.environment))["device"] == "cuda"


@cuda
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_no_layer_beats_the_arithmetic_of_the_roofline(dtype):
    (timing,) = benchmark(
        [cnncalc.load("vgg16")], Conditions(device="cuda", batches=(32,), dtype=dtype, seconds=0.1)
    ).timings
    assert timing.share is not None
    assert timing.share < 1


@cuda
def test_training_is_timed_on_the_device():
    (timing,) = benchmark(
        [cnncalc.load("resnet18")], Conditions(device="cuda:0", batches=(4,), train=True, seconds=0.02)
    ).timings
    assert timing.measured is not None


@cuda
@pytest.mark.parametrize("name", ["lenet5", "mobilenet_v2", "m5"])
def test_the_inference_peak_is_what_the_allocator_counts(name):
    from cnncalc.runtime.steps import Steps

    network = cnncalc.load(name)
    steps = Steps(network.graph, cnncalc.build(network).cuda().eval())
    inputs = [torch.rand(8, *node.shape, device="cuda") for node in network.graph.inputs]

    def work():
        with torch.inference_mode():
            steps.run(list(inputs))

    work()
    assert peak_bytes(work, "cuda") == cnncalc.analyze(network, batch=8).totals.inference_peak_bytes
