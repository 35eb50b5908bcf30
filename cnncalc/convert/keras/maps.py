"""Layers of Keras that work on maps: windows, padding, resizing. They take their channels first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from cnncalc.convert.averages import same_mean
from cnncalc.convert.keras.base import Base, bias, per_axis, sides, size, sizes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnncalc.convert.keras.calls import Call

Method = TypeVar("Method", bound="Callable[..., Any]")


def maps(method: Method) -> Method:
    """Mark a method whose value has its channels first."""
    method.maps = True  # type: ignore[attr-defined]
    return method


class Maps(Base):
    """Methods by the names of layers, each giving the stages of one."""

    @maps
    def on_conv2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Convolution."""
        rank = self.rank(source)
        words = [
            "conv",
            str(values["filters"]),
            size(per_axis(values["kernel_size"], rank)),
            *self.window(values, rank),
        ]
        words += [f"g={values['groups']}"] if values.get("groups", 1) != 1 else []
        return [" ".join([*words, *bias(values)])]

    on_conv1d = on_conv3d = on_conv2d

    @maps
    def on_depthwiseconv2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Convolution of every channel by itself."""
        rank = self.rank(source)
        words = ["depthwise", size(per_axis(values["kernel_size"], rank)), *self.window(values, rank)]
        words += [f"multiplier={values['depth_multiplier']}"] if values.get("depth_multiplier", 1) != 1 else []
        return [" ".join([*words, *bias(values)])]

    on_depthwiseconv1d = on_depthwiseconv2d

    @maps
    def on_separableconv2d(self, values: dict[str, Any], source: int) -> list[str]:
        """A depthwise window, then a convolution over the channels, which has the bias."""
        (depthwise,) = self.on_depthwiseconv2d({**values, "use_bias": False}, source)
        return [depthwise, " ".join(["conv", str(values["filters"]), "1", *bias(values)])]

    on_separableconv1d = on_separableconv2d

    @maps
    def on_conv2dtranspose(self, values: dict[str, Any], source: int) -> list[str]:
        """``same`` gives the size times the stride: what is over is cropped, the larger half at the end."""
        rank = self.rank(source)
        kernel, stride = per_axis(values["kernel_size"], rank), per_axis(values.get("strides", 1), rank)
        words = " ".join(["convt", str(values["filters"]), size(kernel), *sizes("s", stride), *bias(values)])
        short = [max(0, s - k) for k, s in zip(kernel, stride, strict=True)]
        over = [max(0, k - s) for k, s in zip(kernel, stride, strict=True)]
        if values.get("padding", "valid") == "same" and any(over):
            return [words, f"crop ({','.join(f'{o // 2}:{o - o // 2}' for o in over)})"]
        return [words, f"pad ({','.join(f'0:{s}' for s in short)})" if any(short) else ""]

    on_conv1dtranspose = on_conv3dtranspose = on_conv2dtranspose

    @maps
    def on_maxpooling2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Largest number of every window."""
        return [self.pool("maxpool", values, source)]

    on_maxpooling1d = on_maxpooling3d = on_maxpooling2d

    def pool(self, op: str, values: dict[str, Any], source: int) -> str:
        """A pooling as a stage."""
        rank = self.rank(source)
        return " ".join([op, size(per_axis(values["pool_size"], rank)), *self.window(values, rank, pool=True)])

    def at_averagepooling2d(self, call: Call) -> int:
        """Mean of every window, in which only real pixels count.

        Where more of the border lies at the end, the mean with zeros is divided by that of a map of ones.
        """
        source = self.first(call.sources[0])
        text = self.pool("avgpool", call.values, source)
        if " same" not in text:
            return self.build.add(text, source, name=call.name)
        rank = self.rank(source)
        kernel = per_axis(call.values["pool_size"], rank)
        stride = per_axis(call.values.get("strides") or call.values["pool_size"], rank)
        return same_mean(self.build, source, text, kernel, stride, call.name)

    at_averagepooling1d = at_averagepooling3d = at_averagepooling2d

    def at_globalaveragepooling2d(self, call: Call) -> int:
        """Mean of every channel."""
        return self.whole(call, "gap", "mean")

    at_globalaveragepooling1d = at_globalaveragepooling3d = at_globalaveragepooling2d

    def at_globalmaxpooling2d(self, call: Call) -> int:
        """Largest number of every channel."""
        return self.whole(call, "gmp", "amax")

    at_globalmaxpooling1d = at_globalmaxpooling3d = at_globalmaxpooling2d

    def whole(self, call: Call, pool: str, reduce: str) -> int:
        """A pooling over all places; ``reduce`` is that of a value whose channels stand last."""
        source, keep = call.sources[0], bool(call.values.get("keepdims"))
        if source in self.lasts and not keep:
            axes = ",".join(map(str, range(self.rank(source))))
            return self.build.add(f"{reduce} {axes if self.rank(source) == 1 else f'({axes})'}", source, name=call.name)
        return self.build.chain([pool] if keep else [pool, "flatten"], self.first(source), name=call.name)

    @maps
    def on_zeropadding2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Zeros around the map."""
        return [sides("pad", values["padding"], self.rank(source))]

    on_zeropadding1d = on_zeropadding3d = on_zeropadding2d

    @maps
    def on_cropping2d(self, values: dict[str, Any], source: int) -> list[str]:
        """The map without its sides."""
        return [sides("crop", values["cropping"], self.rank(source))]

    on_cropping1d = on_cropping3d = on_cropping2d

    @maps
    def on_upsampling2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Interpolation by a whole factor."""
        mode = str(values.get("interpolation", "nearest"))
        if mode not in ("nearest", "bilinear"):
            self.build.refuse(f"UpSampling2D {mode}")
        word = " bilinear" if mode == "bilinear" else ""
        return [f"upsample {size(per_axis(values.get('size', 2), self.rank(source)))}{word}"]

    on_upsampling1d = on_upsampling3d = on_upsampling2d

    @maps
    def on_resizing(self, values: dict[str, Any], source: int) -> list[str]:
        """Interpolation to a size."""
        mode = str(values.get("interpolation", "bilinear"))
        if (
            mode not in ("nearest", "bilinear")
            or values.get("crop_to_aspect_ratio")
            or values.get("pad_to_aspect_ratio")
        ):
            self.build.refuse(
                f"Resizing {mode} that keeps proportions" if mode in ("nearest", "bilinear") else f"Resizing {mode}"
            )
        if self.build.shapes[source][1:] == (values["height"], values["width"]):
            return ["identity"]
        return [f"upsample size={values['height']}x{values['width']}{' bilinear' if mode == 'bilinear' else ''}"]
