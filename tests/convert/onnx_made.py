"""Small ONNX models, made by hand."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


def model(nodes, entering, leaving, weights=(), *, opset=18, kinds=None, stated=(), domains=()):
    """The bytes of a model.

    ``entering``, ``leaving`` and ``stated``: sizes by names; ``weights``: arrays by names; a number is the size of random ones.
    """
    inputs = [helper.make_tensor_value_info(n, (kinds or {}).get(n, FLOAT), s) for n, s in entering.items()]
    outputs = [helper.make_tensor_value_info(n, FLOAT, s) for n, s in leaving.items()]
    known = [helper.make_tensor_value_info(n, FLOAT, s) for n, s in dict(stated).items()]
    given = [
        numpy_helper.from_array(np.zeros(value, np.float32) if isinstance(value, tuple) else np.asarray(value), name)
        for name, value in dict(weights).items()
    ]
    graph = helper.make_graph(nodes, "made", inputs, outputs, given, value_info=known)
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9).SerializeToString()


def one(kind, shapes, weights=(), *, opset=18, outputs=("y",), **attributes):
    """A model of one operator on ``x`` and weights."""
    entering = {f"x{i}" if i else "x": shape for i, shape in enumerate(shapes)}
    node = helper.make_node(kind, [*entering, *dict(weights)], list(outputs), name="n", **attributes)
    return model([node], entering, {outputs[0]: None}, weights, opset=opset)
