"""A network as an ONNX file, through torch.onnx, checked by the onnx package."""

from __future__ import annotations

import io
import warnings
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from typing import TYPE_CHECKING

import torch

from cnncalc.diagnostics import MissingExtraError, UsageError
from cnncalc.runtime.module import build

if TYPE_CHECKING:
    from cnncalc.network.loaded import Network

PACKAGES = ("onnx", "onnxscript")


def export(network: Network, *, seed: int = 0, batch: int = 1) -> bytes:
    """The bytes of an ONNX model of the network in evaluation, weights included.

    The onnx package checks the model and infers every size; the outputs must have the sizes of the analysis.

    Raises:
        MissingExtraError: onnx or onnxscript is not installed.
        UsageError: torch.onnx cannot say a layer, or the checker refuses the model.
    """
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingExtraError(f"--emit onnx needs {' and '.join(missing)}: pip install {' '.join(missing)}")
    import onnx

    module = build(network, seed=seed).eval()
    inputs = tuple(torch.zeros(batch, *(node.shape or ())) for node in network.graph.inputs)
    names = [node.path for node in network.graph.inputs]
    outputs = [
        f"output{number}" if len(network.graph.outputs) > 1 else "output"
        for number in range(len(network.graph.outputs))
    ]
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module, inputs, input_names=names, output_names=outputs, dynamo=True, verbose=False, optimize=True
            )
            model = program.model_proto  # type: ignore[union-attr]
        onnx.checker.check_model(model)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    except Exception as error:  # torch.onnx and onnx raise many kinds
        reason = str(error).strip().split("\n", maxsplit=1)[0]
        raise UsageError(f"{network.graph.name} cannot be written as ONNX: {reason}") from error
    found = [tuple(d.dim_value for d in value.type.tensor_type.shape.dim) for value in inferred.graph.output]
    wanted = [(batch, *(network.graph.nodes[i].shape or ())) for i in network.graph.outputs]
    if found != wanted:
        raise UsageError(f"{network.graph.name}: ONNX infers the output sizes {found}, expected {wanted}")
    return bytes(inferred.SerializeToString())
