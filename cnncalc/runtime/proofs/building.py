"""Proofs that a network cannot be built or run."""

from __future__ import annotations

import torch

from cnncalc.codegen import calls
from cnncalc.codegen.layout import flat
from cnncalc.diagnostics import CnncalcError
from cnncalc.network import expand
from cnncalc.network.loaded import Network
from cnncalc.runtime.module import import_source
from cnncalc.runtime.proofs.case import Case, Shown, images, module_of, values_of


def refused(case: Case) -> Shown:
    """Nothing can be built."""
    problems = case.network.graph.problems
    return bool(problems), problems[0].message if problems else "is built"


def raises(case: Case) -> Shown:
    """The layer that is said to be broken is given to torch all the same, which raises."""
    graph = case.network.graph
    node = next((node for node in graph.nodes if node.problem is not None), None)
    if node is None:
        module_of(case).eval()(*images(case))
        return False, "torch runs it"
    inputs = [torch.rand(1, *(graph.nodes[i].shape or ())) for i in node.inputs]
    try:
        made = node.layer.torch(*(graph.shapes_into(node) or ()))
        names = [f"x{i}" for i in range(len(inputs))]
        arguments = ", ".join(names)
        call = (
            calls.expression(made, names)
            if made.kind == "expression"
            else f"{flat(calls.constructor(made))}({arguments})"
        )
        head = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
        import_source(f"{head}\ndef run({arguments}):\n    return {call}\n", f"proof{abs(hash(call))}").run(*inputs)
    except (RuntimeError, ValueError, TypeError) as error:
        return True, f"torch: {str(error).splitlines()[0]}"
    except CnncalcError as error:
        return True, f"refused: {error}"
    return False, "torch runs it"


def raises_training(case: Case) -> Shown:
    """One step of training with the declared batch."""
    try:
        module_of(case, train=True)(*images(case, case.network.spec.task["batch"]))
    except ValueError as error:
        return True, f"torch: {error}"
    return False, "torch trains it"


def raises_at_size(case: Case) -> Shown:
    """The network at every declared size."""
    spec = case.network.spec
    for size in spec.task["sizes"]:
        shapes = {name: (shape[0], *(size,) * (len(shape) - 1)) for name, shape in spec.inputs.items()}
        problems = expand(spec, inputs=shapes).problems
        if problems:
            return True, f"at {size}: {problems[0].message}"
    return False, "is built at every size"


def other_size(case: Case) -> Shown:
    """The size of the output, against the arrow or the image."""
    spec = case.network.spec
    graph = expand(spec, inputs=spec.inputs)
    node = graph.nodes[graph.outputs[0]]
    values, _ = values_of(case._replace(network=Network(spec, graph)))
    found = tuple(values[node.index].shape[1:])
    statements = [s.expect.sizes for s in case.network.spec.layers if s.expect is not None]
    wanted = statements[0] if statements else (found[0], *(graph.inputs[0].shape or ())[1:])
    return found != wanted, f"torch gives {'x'.join(map(str, found))}, wanted is {'x'.join(map(str, wanted))}"
