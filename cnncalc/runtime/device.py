"""Devices: which there are, what they are called, and the roofline that they reach."""

from __future__ import annotations

import platform
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from cnncalc.cache import keep, recall
from cnncalc.diagnostics import UsageError
from cnncalc.report.timing import Roof
from cnncalc.runtime.clock import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

DTYPES = {"float32": torch.float32, "float64": torch.float64, "float16": torch.float16, "bfloat16": torch.bfloat16}

_SIDES = (512, 1024, 2048)
_CUDA_SIDES = (2048, 4096, 8192)
_COPY_BYTES = 1 << 28
"""More than the last cache of any processor."""


def check(device: str) -> str:
    """The device as it is.

    Raises:
        UsageError: there is no such device here; says which there are.
    """
    name, _, number = device.partition(":")
    there = available()
    known = name in ("cpu", "cuda", "mps") and (not number or number.isdecimal())
    if known and any(device == other or (name == other.partition(":")[0] and not number) for other in there):
        return device
    raise UsageError(f"there is no device '{device}' here: torch {torch.__version__} sees {', '.join(there)}")


def available() -> list[str]:
    """The devices that torch sees."""
    found = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    return [*found, "mps"] if torch.backends.mps.is_available() else found


def environment(device: str, dtype: str) -> dict[str, Any]:
    """The conditions that every report names."""
    facts: dict[str, Any] = {
        "device": device,
        "device_name": _name(device),
        "dtype": dtype,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    if device.startswith("cuda"):
        facts["cuda"] = torch.version.cuda
        facts["tf32"] = uses_tf32(device, dtype)
    return facts


def uses_tf32(device: str, dtype: str) -> bool:
    """Whether convolutions or products of float32 run in TF32, as PyTorch lets convolutions do on CUDA unless told otherwise."""
    allowed = torch.backends.cudnn.allow_tf32 or torch.get_float32_matmul_precision() != "highest"
    return device.startswith("cuda") and dtype == "float32" and allowed


def _name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def roof(device: str, dtype: str, *, again: bool = False) -> Roof:
    """The roofline of a device: measured once, then kept in the user's cache.

    Its arithmetic is the fastest that any layer may use: where convolutions run in TF32 the product is measured in TF32,
    so that the least time stays one that no layer beats by its arithmetic.

    Args:
        device: a device that is there.
        dtype: of the numbers.
        again: measure even if the cache has it.
    """
    facts = environment(device, dtype)
    key = " ".join(str(facts[name]) for name in ("device_name", "dtype", "threads", "torch"))
    key += " tf32" if facts.get("tf32") else ""
    kept = recall("roofline.json")
    if _is_roof(kept.get(key)) and not again:
        return Roof(*kept[key])
    with _tensor_cores(facts.get("tf32", False)):
        found = Roof(_product(device, DTYPES[dtype]), _copy(device))
    keep("roofline.json", {**kept, key: list(found)})
    return found


@contextmanager
def _tensor_cores(allowed: bool) -> Iterator[None]:  # noqa: FBT001 (a fact about the device)
    """Matrix products of float32 in TF32, if that is wanted."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if allowed else before)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def _is_roof(value: Any) -> bool:
    return isinstance(value, list) and len(value) == len(Roof._fields) and all(isinstance(x, float) for x in value)


def _product(device: str, dtype: torch.dtype) -> float:
    """FLOPs per second of the best square matrix product."""
    best = 0.0
    for side in _CUDA_SIDES if device.startswith("cuda") else _SIDES:
        a = torch.rand(side, side, device=device).to(dtype)
        (sample,) = measure([lambda a=a: a @ a], device, seconds=0.2)  # type: ignore[misc]
        best = max(best, 2 * side**3 / min(sample.seconds))
    return best


def _copy(device: str) -> float:
    """Bytes per second of a copy, reading and writing."""
    source = torch.zeros(_COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    (sample,) = measure([lambda: target.copy_(source)], device, seconds=0.2)
    return 2 * _COPY_BYTES / min(sample.seconds)
