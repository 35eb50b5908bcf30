"""ONNX models, read by the onnx library, whose shape inference folds the arithmetic of sizes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.convert.builder import Builder, pads, size, sizes
from cnncalc.convert.tree import ConvertError, Unsupported
from cnncalc.diagnostics import MissingExtraError
from cnncalc.spec.printer import print_float, print_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.layers.base import Shape

SIMPLE = {
    "Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign", "HardSwish": "hardswish",
    "Mish": "mish", "GlobalAveragePool": "gap", "GlobalMaxPool": "gmp", "Selu": "selu",
}  # fmt: skip
ARITHMETIC = (
    "Shape",
    "Gather",
    "Constant",
    "ConstantOfShape",
    "Unsqueeze",
    "Concat",
    "Cast",
    "Range",
    "Size",
    "Slice",
    "Floor",
)
MERGES = {"Add": "add", "Sum": "add", "Mul": "mul", "Sub": "sub", "Max": "max", "Min": "min"}


def convert(data: bytes, name: str, shapes: Sequence[Shape]) -> str:
    """The spec of an ONNX model.

    Args:
        data: the file.
        name: a title, if the graph has none.
        shapes: sizes of the inputs without the batch, where the file leaves them open or others are wanted.

    Raises:
        MissingExtraError: onnx is not installed.
        ConvertError: it is no ONNX, or has what cannot be said; lists it with the names of nodes.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("convert onnx needs onnx: pip install onnx") from None
    try:
        model = onnx.load_model_from_string(data)
        onnx.checker.check_model(model)
    except Exception as error:  # noqa: BLE001 (the library has no error of its own for what is no model)
        raise ConvertError([Unsupported(f"not an ONNX model: {str(error).splitlines()[0]}", "")], name) from None
    return _Reader(onnx, model, name, shapes).text()


class _Reader:
    def __init__(self, onnx: Any, model: Any, name: str, shapes: Sequence[Shape]) -> None:
        self.onnx = onnx
        self.graph = model.graph
        self.build = Builder(self.graph.name or name, "ONNX")
        self.constants = {tensor.name: tensor for tensor in self.graph.initializer}
        self.values: dict[str, int] = {}
        self.batch = BATCH
        wanted = [i for i in self.graph.input if i.name not in self.constants]
        for place, item in enumerate(wanted):
            dims = [d.dim_value for d in item.type.tensor_type.shape.dim]
            shape = tuple(shapes[place]) if place < len(shapes) else tuple(dims[1:])
            if not shape or 0 in shape:
                self.build.blame(f"the size of input '{item.name}' is open; give one, --input 3x224x224")
                shape = shape or (1,)
            self.batch = dims[0] or BATCH
            for number, extent in enumerate((self.batch, *shape)):
                item.type.tensor_type.shape.dim[number].dim_value = extent
            self.values[item.name] = self.build.input(
                item.name if len(wanted) > 1 else "input", tuple(max(1, s) for s in shape)
            )
        self.known = self.inferred(model) if not self.build.found else {}

    def inferred(self, model: Any) -> dict[str, Shape]:
        """Sizes of all values, by onnx itself, with this batch."""
        try:
            done = self.onnx.shape_inference.infer_shapes(model, data_prop=True)
        except Exception as error:  # noqa: BLE001 (whatever the library says)
            self.build.blame(f"shape inference: {error}")
            return {}
        items = [*done.graph.value_info, *done.graph.output, *done.graph.input]
        return {item.name: tuple(d.dim_value for d in item.type.tensor_type.shape.dim) for item in items}

    def text(self) -> str:
        for node in self.graph.node:
            self.build.place = f"node '{node.name or node.output[0]}'"
            self.node(node)
            if self.build.found:
                break
        outputs = [self.values[item.name] for item in self.graph.output if item.name in self.values]
        return self.build.text(outputs)

    def node(self, node: Any) -> None:
        flowing = [name for name in node.input if name in self.values]
        if node.op_type == "Constant":
            self.constants[node.output[0]] = node.attribute[0].t
            return
        if not flowing or (node.op_type in ("Shape", "Size")):
            return
        values = {attribute.name: self.onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        if node.op_type in SIMPLE:
            self.put(node, self.build.add(SIMPLE[node.op_type], self.values[flowing[0]]))
        elif node.op_type in ("Identity", "Cast"):
            self.values[node.output[0]] = self.values[flowing[0]]
        else:
            method = getattr(self, f"on_{node.op_type.lower()}", None)
            if method is None:
                self.build.refuse(f"operator {node.op_type}")
                return
            made = method(node, values, [self.values[name] for name in flowing])
            for name, value in zip(node.output, made if isinstance(made, list) else [made], strict=False):
                self.values[name] = value

    def put(self, node: Any, value: int) -> None:
        self.values[node.output[0]] = value

    # ------------------------------------------------------------------------------------------ constants

    def array(self, name: str) -> Any:
        """A constant as an array of numpy; None if it is none."""
        tensor = self.constants.get(name)
        return None if tensor is None else self.onnx.numpy_helper.to_array(tensor)

    def leaving(self, node: Any) -> Shape:
        """The size that a node gives, by onnx, without the batch."""
        shape = self.known.get(node.output[0], ())
        if not shape or 0 in shape or shape[0] != self.batch:
            self.build.refuse(f"the size of '{node.output[0]}' cannot be told")
            return (1,)
        return shape[1:]

    def label(self, node: Any, place: int = 1) -> str:
        """A name for weights: that of the tensor without its last word, else the node's."""
        weight = node.input[place] if len(node.input) > place else ""
        base = weight.rpartition(".")[0] if "." in weight else node.name
        return base.replace(".", "_").strip("/") if base else ""

    # ------------------------------------------------------------------------------------------ windows

    def window(self, node: Any, values: dict[str, Any], source: int, kernel: list[int]) -> list[str]:
        """Stride, padding, dilation; explicit padding goes before auto_pad."""
        del node
        rank = len(kernel)
        stride, dilation = list(values.get("strides", [1] * rank)), list(values.get("dilations", [1] * rank))
        begin, end = self.padding(values, source, kernel, stride, dilation)
        return [*pads(begin, end), *sizes("d", dilation)]

    def padding(
        self, values: dict[str, Any], source: int, kernel: list[int], stride: list[int], dilation: list[int]
    ) -> tuple[list[int], list[int]]:
        rank = len(kernel)
        given = list(values.get("pads", [0] * (2 * rank)))
        auto = values.get("auto_pad", b"NOTSET").decode()
        if auto in ("NOTSET", "VALID"):
            return given[:rank], given[rank:]
        begin, end = [], []
        for n, k, s, d in zip(self.build.shapes[source][1:], kernel, stride, dilation, strict=True):
            total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
            small, large = total // 2, total - total // 2
            begin.append(small if auto == "SAME_UPPER" else large)
            end.append(large if auto == "SAME_UPPER" else small)
        return begin, end

    def on_conv(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        weight = self.constants.get(node.input[1])
        if weight is None:
            self.build.refuse("Conv with weights that are computed")
            return sources[0]
        kernel = list(weight.dims[2:])
        words = [
            "conv",
            str(weight.dims[0]),
            size(kernel),
            *sizes("s", list(values.get("strides", [1]))),
            *self.window(node, values, sources[0], kernel),
        ]
        words += [f"g={values['group']}"] if values.get("group", 1) != 1 else []
        words += ["nobias"] if len(node.input) < 3 else []  # noqa: PLR2004 (the bias is the third)
        return self.build.add(" ".join(words), sources[0], name=self.label(node))

    def on_convtranspose(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        weight = self.constants.get(node.input[1])
        if weight is None or values.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID") or "output_shape" in values:
            self.build.refuse("ConvTranspose with auto_pad, output_shape or weights that are computed")
            return sources[0]
        kernel = list(weight.dims[2:])
        rank = len(kernel)
        groups = values.get("group", 1)
        given = list(values.get("pads", [0] * (2 * rank)))
        words = ["convt", str(weight.dims[1] * groups), size(kernel), *sizes("s", list(values.get("strides", [1])))]
        words += [
            *pads(given[:rank], given[rank:]),
            *sizes("op", list(values.get("output_padding", [0])), 0),
            *sizes("d", list(values.get("dilations", [1]))),
        ]
        words += [f"g={groups}"] if groups != 1 else []
        words += ["nobias"] if len(node.input) < 3 else []  # noqa: PLR2004 (the bias is the third)
        return self.build.add(" ".join(words), sources[0], name=self.label(node))

    def pool(self, op: str, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        kernel = list(values["kernel_shape"])
        stride = list(values.get("strides", [1] * len(kernel)))
        begin, end = self.padding(values, sources[0], kernel, stride, list(values.get("dilations", [1] * len(kernel))))
        words = [op, size(kernel), *(sizes("s", stride, -1) if stride != kernel else [])]
        if op == "avgpool" and begin != end:
            return self.build.add(
                " ".join(words), self.build.add(f"pad {pads(begin, end)[0].removeprefix('p=')}", sources[0])
            )
        words += [*pads(begin, end), *sizes("d", list(values.get("dilations", [1])))]
        words += ["ceil"] if values.get("ceil_mode") else []
        words += ["exclude"] if op == "avgpool" and any(begin) and not values.get("count_include_pad") else []
        if len(node.output) > 1 and node.output[1]:
            self.build.refuse("MaxPool that gives its indices")
        return self.build.add(" ".join(words), sources[0])

    def on_maxpool(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        return self.pool("maxpool", node, values, sources)

    def on_averagepool(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        return self.pool("avgpool", node, values, sources)

    # ------------------------------------------------------------------------------------------ products

    def on_gemm(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        weight = self.constants.get(node.input[1])
        if weight is None or values.get("transA") or values.get("alpha", 1.0) != 1.0 or values.get("beta", 1.0) != 1.0:
            self.build.refuse("Gemm with factors or computed weights")
            return sources[0]
        out = weight.dims[0] if values.get("transB") else weight.dims[1]
        words = ["linear", str(out), *(["nobias"] if len(node.input) < 3 else [])]  # noqa: PLR2004 (the bias is the third)
        return self.build.add(" ".join(words), sources[0], name=self.label(node))

    def on_matmul(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        weight = self.constants.get(node.input[1])
        if weight is None:
            return (
                self.build.merge("matmul", sources)
                if len(sources) > 1 and self.same_tail(sources, node)
                else sources[0]
            )
        last = " last" if len(self.build.shapes[sources[0]]) > 1 else ""
        return self.build.add(f"linear {weight.dims[1]}{last} nobias", sources[0], name=self.label(node))

    def same_tail(self, sources: list[int], node: Any) -> bool:
        del sources
        self.build.refuse(f"MatMul of two values in '{node.name}'")
        return False

    def on_batchnormalization(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        eps = Fraction(f"{values.get('epsilon', 1e-5):.6g}")
        words = ["bn", *([f"eps={print_number(eps)}"] if eps != Fraction(1, 100_000) else [])]
        return self.build.add(" ".join(words), sources[0], name=self.label(node))

    def on_instancenormalization(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        return self.build.add("instancenorm affine", sources[0], name=self.label(node))

    def on_lrn(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        words = [
            str(values["size"]),
            *(_number(values.get(key, usual)) for key, usual in (("alpha", 0.0001), ("beta", 0.75), ("bias", 1.0))),
        ]
        return self.build.add(f"lrn {' '.join(words)}", sources[0])

    # ------------------------------------------------------------------------------------------ point-wise

    def merge(self, operator: str, node: Any, sources: list[int]) -> int:
        """Values, or a value and a constant of one number."""
        if len(sources) == len(node.input):
            ranks = {len(self.build.shapes[s]) for s in sources}
            if len(ranks) > 1:
                self.build.refuse(f"{node.op_type} of values with different numbers of axes")
                return sources[0]
            return self.build.merge(operator, sources)
        array = next((a for name in node.input if (a := self.array(name)) is not None), None)
        if array is None or array.size != 1:
            if operator == "add" and array is not None and self.bias(node, sources[0], array):
                return sources[0]
            self.build.refuse(
                f"{node.op_type} with a constant of {'?' if array is None else 'x'.join(map(str, array.shape))}"
            )
            return sources[0]
        value = float(array.reshape(-1)[0])
        if operator == "sub" and node.input[0] in self.constants:
            return self.build.chain(["scale -1", f"shift {_number(value)}"], sources[0])
        text = {"add": "shift {}", "sub": "shift {}", "mul": "scale {}"}.get(operator)
        if text is None:
            self.build.refuse(f"{node.op_type} with a constant")
            return sources[0]
        return self.build.add(text.format(_number(-value if operator == "sub" else value)), sources[0])

    def bias(self, node: Any, source: int, array: Any) -> bool:
        """A bias behind a matrix product without one becomes the product's own."""
        del node
        made = next((op for op in reversed(self.build.root.items) if getattr(op, "output", None) == source), None)
        text = getattr(made, "text", "")
        if made is None or not text.startswith("linear ") or not text.endswith(" nobias") or array.ndim != 1:
            return False
        made.text = text.removesuffix(" nobias")  # type: ignore[union-attr]
        return True

    def on_add(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        return self.merge(MERGES[node.op_type], node, sources)

    on_sum = on_mul = on_sub = on_max = on_min = on_add

    def on_div(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        array = self.array(node.input[1])
        if array is None or array.size != 1:
            self.build.refuse("Div by anything but a number")
            return sources[0]
        return self.build.add(f"scale {_number(1 / float(array.reshape(-1)[0]))}", sources[0])

    def on_leakyrelu(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        return self.build.add(f"leaky {_number(values.get('alpha', 0.01))}", sources[0])

    def on_elu(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        return self.build.add(f"elu {_number(values.get('alpha', 1.0))}", sources[0])

    def on_gelu(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        return self.build.add("gelu tanh" if values.get("approximate", b"none") == b"tanh" else "gelu", sources[0])

    def on_hardsigmoid(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        if abs(values.get("alpha", 0.2) - 1 / 6) > 1e-6:  # noqa: PLR2004 (what torch calls so)
            self.build.refuse(f"HardSigmoid with alpha {values.get('alpha', 0.2)}")
        return self.build.add("hardsigmoid", sources[0])

    def on_prelu(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        array = self.array(node.input[1])
        return self.build.add(
            "prelu" if array is not None and array.size == 1 else "prelu channelwise", sources[0], name=self.label(node)
        )

    def on_clip(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        limits = [values.get("min"), values.get("max")]
        for place in (1, 2):
            if len(node.input) > place and node.input[place]:
                array = self.array(node.input[place])
                limits[place - 1] = None if array is None else float(array.reshape(-1)[0])
        if limits == [0.0, 6.0]:
            return self.build.add("relu6", sources[0])
        if None in limits:
            self.build.refuse("Clip with one limit")
            return sources[0]
        return self.build.add(
            f"hardtanh {' '.join(_number(limit) for limit in limits if limit is not None)}", sources[0]
        )

    def axis(self, values: dict[str, Any], source: int, usual: int) -> int:
        """An axis without the batch."""
        axis = int(values.get("axis", usual))
        ours = axis - 1 if axis > 0 else axis + len(self.build.shapes[source])
        if not 0 <= ours < len(self.build.shapes[source]):
            self.build.refuse("an operation along the batch")
            return 0
        return ours

    def on_softmax(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        axis = self.axis(values, sources[0], -1)
        op = "softmax" if node.op_type == "Softmax" else "logsoftmax"
        return self.build.add(op + (f" dim={axis}" if axis else ""), sources[0])

    on_logsoftmax = on_softmax

    def on_dropout(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        array = self.array(node.input[1]) if len(node.input) > 1 and node.input[1] else None
        ratio = values.get("ratio", 0.5) if array is None else float(array.reshape(-1)[0])
        return self.build.add(f"dropout {_number(ratio)}", sources[0])

    # ------------------------------------------------------------------------------------------ sizes

    def on_concat(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        if len(sources) < len(node.input):
            self.build.refuse("Concat with a constant")
            return sources[0]
        return self.build.merge("concat", sources, axis=self.axis(values, sources[0], 1))

    def on_flatten(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        if values.get("axis", 1) != 1:
            self.build.refuse("Flatten of the batch")
        return self.build.flat(sources[0])

    def on_reshape(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del values
        shape = self.leaving(node)
        if shape == self.build.shapes[sources[0]]:
            return sources[0]
        return self.build.add("flatten" if len(shape) == 1 else f"reshape {'x'.join(map(str, shape))}", sources[0])

    on_squeeze = on_unsqueeze = on_reshape

    def on_transpose(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        order = list(values["perm"])
        if order[0] != 0:
            self.build.refuse("Transpose of the batch")
            return sources[0]
        return self.build.add(f"permute ({','.join(str(d - 1) for d in order[1:])})", sources[0])

    def on_pad(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        array = self.array(node.input[1]) if len(node.input) > 1 else None
        amounts = list(values.get("pads", [])) if array is None else [int(a) for a in array]
        mode = values.get("mode", b"constant").decode()
        rank = len(self.build.shapes[sources[0]]) + 1
        if len(amounts) != 2 * rank or any(amounts[i] or amounts[rank + i] for i in (0, 1)):
            self.build.refuse("Pad of batch or channels")
            return sources[0]
        words = pads(amounts[2:rank], amounts[rank + 2 :])
        if not words:
            return sources[0]
        shown = {"constant": "", "reflect": " reflect", "edge": " replicate", "wrap": " circular"}[mode]
        return self.build.add(f"pad {words[0].removeprefix('p=')}{shown}", sources[0])

    def on_resize(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        shape, out = self.build.shapes[sources[0]], self.leaving(node)
        mode = values.get("mode", b"nearest").decode()
        coordinates = values.get("coordinate_transformation_mode", b"half_pixel").decode()
        whole = [b // a for a, b in zip(shape[1:], out[1:], strict=True)]
        exact = all(a * f == b for a, b, f in zip(shape[1:], out[1:], whole, strict=True))
        if mode == "cubic" or (mode == "nearest" and not exact):
            self.build.refuse(f"Resize {mode} {coordinates}")
        word = {"nearest": "", "linear": {1: " linear", 2: " bilinear", 3: " trilinear"}[len(shape) - 1]}.get(mode, "")
        amount = size(whole) if exact else f"size={size(list(out[1:]))}"
        align = " align_corners=true" if coordinates == "align_corners" and word else ""
        return self.build.add(f"upsample {amount}{word}{align}", sources[0])

    on_upsample = on_resize

    def on_reducemean(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        array = self.array(node.input[1]) if len(node.input) > 1 else None
        rank = len(self.build.shapes[sources[0]])
        axes = sorted(
            a - 1 if a > 0 else a + rank for a in (values.get("axes", []) if array is None else array.tolist())
        )
        keep = values.get("keepdims", 1)
        if axes == list(range(1, rank)):
            return self.build.add("gap" if keep else "mean", sources[0])
        self.build.refuse(f"ReduceMean over {axes}")
        return sources[0]

    def on_split(self, node: Any, values: dict[str, Any], sources: list[int]) -> list[int]:
        axis = self.axis(values, sources[0], 0)
        made, start = [], 0
        for name in node.output:
            length = self.known.get(name, (0,) * 9)[axis + 1]
            made.append(
                self.build.add(f"slice {start} {start + length}" + (f" dim={axis}" if axis else ""), sources[0])
            )
            start += length
        return made

    def on_slice(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        arrays = [self.array(name) for name in node.input[1:]]
        if any(a is None for a in arrays) or values:
            self.build.refuse("Slice by computed numbers")
            return sources[0]
        starts, ends, axes = (list(map(int, a)) for a in arrays[:3])
        shape = self.build.shapes[sources[0]]
        if len(arrays) > 3 and any(int(s) != 1 for s in arrays[3]):  # noqa: PLR2004 (the steps are the fourth)
            self.build.refuse("Slice with steps")
        texts = []
        for start, end, axis in zip(starts, ends, axes, strict=True):
            ours = axis - 1 if axis > 0 else axis + len(shape)
            low, high, _ = slice(start, end).indices(shape[ours])
            texts.append(f"slice {low} {high}" + (f" dim={ours}" if ours else ""))
        return self.build.chain(texts, sources[0])

    def on_depthtospace(self, node: Any, values: dict[str, Any], sources: list[int]) -> int:
        del node
        if values.get("mode", b"DCR") != b"CRD":
            self.build.refuse("DepthToSpace in the order DCR")
        return self.build.add(f"pixelshuffle {values['blocksize']}", sources[0])


BATCH = 7
"""A batch that no other size is likely to be mistaken for."""


def _number(value: Any) -> str:
    text = print_float(float(f"{float(value):.9g}"))
    return f"({text})" if "/" in text else text
