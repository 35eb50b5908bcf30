"""Kinds of Caffe's layers, and which of them a network has when it is not trained."""

from __future__ import annotations

from cnncalc.convert.prototext import Message

DATA = ("Data", "ImageData", "HDF5Data", "MemoryData", "DummyData", "WindowData", "AnnotatedData")
IGNORED = ("Accuracy", "Silence", "HDF5Output")
LOSSES = (
    "SoftmaxWithLoss",
    "SoftmaxLoss",
    "EuclideanLoss",
    "SigmoidCrossEntropyLoss",
    "HingeLoss",
    "MultinomialLogisticLoss",
    "InfogainLoss",
)
ENDS = {
    "MultiBoxLoss": "The loss over boxes is no part of the network: what is predicted of boxes and classes leaves it.",
    "DetectionOutput": "The choice among boxes is no part of the network: what is predicted of boxes and classes leaves it.",
}
"""What reads the predictions of boxes and of classes, and is left out."""

SIMPLE = {
    "ReLU6": "relu6",
    "Sigmoid": "sigmoid",
    "TanH": "tanh",
    "AbsVal": "abs",
    "BNLL": "softplus",
    "Swish": "silu",
    "Flatten": "flatten",
}


def in_test(layer: Message) -> bool:
    """Whether a layer is part of the network when it is not trained."""
    phases = [
        str(rule.get("phase"))
        for rule in layer.all("include")
        if isinstance(rule, Message) and rule.get("phase") is not None
    ]
    excluded = [str(rule.get("phase")) for rule in layer.all("exclude") if isinstance(rule, Message)]
    return (not phases or any(p in ("TEST", "1") for p in phases)) and not any(p in ("TEST", "1") for p in excluded)


def kind_of(layer: Message) -> str:
    """The type: ``CONVOLUTION`` of old files is ``Convolution``."""
    kind = str(layer.get("type", ""))
    old = {
        "RELU": "ReLU",
        "PRELU": "PReLU",
        "ELU": "ELU",
        "LRN": "LRN",
        "TANH": "TanH",
        "ABSVAL": "AbsVal",
        "BNLL": "BNLL",
        "HDF5_DATA": "HDF5Data",
    }
    if (kind.isupper() and len(kind) > 3) or kind in old:  # noqa: PLR2004 (an old name; LRN and ELU are both)
        return old.get(kind, "".join(part.capitalize() for part in kind.split("_")))
    return kind
