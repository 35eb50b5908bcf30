"""What a rule is: metadata beside a function, one file per rule.

A rule's file has a docstring (its documentation: a summary line, then the sections What, Why, Condition, Fix, Source), a
``RULE``, examples ``BAD`` and ``GOOD``, and one function:

- ``check(node, cx)`` for rules about single layers, called for every node whose op is in ``RULE.ops``;
- ``check(cx)`` for rules about the network, where ``ops`` is empty;
- none for rules that give a name to what the expansion says (``matches``) and for those of the linter itself (``meta``).

A check yields findings without code, name and severity. It neither prints nor reads settings.
"""

from __future__ import annotations

from typing import Literal

from cnncalc.lint.finding import Severity
from cnncalc.record import NamedTuple

Confidence = Literal["proven", "likely", "opinion"]
"""``proven`` follows from arithmetic; ``likely`` from published experiments; ``opinion`` is taste."""

RECOMMENDED: tuple[str, ...] = ("recommended", "strict", "pedantic", "teaching")
STRICT: tuple[str, ...] = ("strict", "pedantic")
PEDANTIC: tuple[str, ...] = ("pedantic",)
TEACHING: tuple[str, ...] = ("teaching",)
PRESETS: tuple[str, ...] = RECOMMENDED
"""recommended is on unless said otherwise; strict, pedantic and teaching have more."""


class Rule(NamedTuple):
    """Metadata of a rule.

    ``presets``: where it is on; ``ops``: the layers that it looks at; ``needs``: what the spec or the settings must declare
    before it can say anything; ``fix``: safe, unsafe or none; ``proof``: how its effect is shown on a built module;
    ``everywhere``: a line that makes several layers has the defect only if all of them have; ``matches``: pattern of the
    problem that it names; ``meta``: about the linter's own comments and files.
    """

    code: str
    name: str
    severity: Severity = "warning"
    confidence: Confidence = "proven"
    presets: tuple[str, ...] = RECOMMENDED
    ops: tuple[str, ...] = ()
    needs: str = ""
    fix: Literal["", "safe", "unsafe"] = ""
    proof: str = ""
    everywhere: bool = False
    matches: str = ""
    meta: bool = False
    aliases: tuple[str, ...] = ()


# Sets of layers that rules speak of.
CONVS = ("conv", "depthwise", "sepconv")
POOLS = ("maxpool", "avgpool", "minpool", "lppool")
WINDOWS = (*CONVS, "local", "tiled", *POOLS)
WEIGHTED = (*CONVS, "convtranspose", "local", "tiled", "linear")
ACTIVATIONS = (
    "relu", "relu6", "leakyrelu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign", "sigmoid", "tanh",
    "hardtanh", "hardsigmoid", "hardswish", "logsigmoid", "prelu", "threshold",
)  # fmt: skip
BATCH_NORMS = ("batchnorm", "instancenorm")
NORMS = (*BATCH_NORMS, "groupnorm", "layernorm", "lrn", "rmsnorm")
DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alphadropout")
MERGES = ("add", "sub", "mul", "concat", "maximum", "minimum", "matmul")
VIEWS = ("flatten", "reshape", "squeeze", "permute", "transpose", "identity")
