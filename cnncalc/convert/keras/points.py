"""Layers of Keras that keep the size: activations, normalisations, factors, dropout; and the dense layer."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.convert.keras.base import Base, bias, number, values_of
from cnncalc.convert.keras.maps import maps
from cnncalc.spec.printer import print_number

if TYPE_CHECKING:
    from cnncalc.convert.keras.calls import Call


class Points(Base):
    """Methods by the names of layers."""

    def on_dense(self, values: dict[str, Any], source: int) -> list[str]:
        """A product with the features; on a map with the channels of every position."""
        words = " ".join([str(values["units"]), *bias(values)])
        if self.rank(source) == 0:
            return [f"linear {words}"]
        if source in self.lasts:
            return [" ".join(["linear", str(values["units"]), "last", *bias(values)])]
        self.note("Dense on a map works on the channels of every position: here a convolution with a window of 1.")
        return [" ".join(["conv", str(values["units"]), "1", *bias(values)])]

    def on_layerscale(self, values: dict[str, Any], source: int) -> list[str]:
        """A learned factor per channel."""
        channels = ["channels"] if self.rank(source) == 1 and source not in self.lasts else []
        return [" ".join(["layerscale", number(values.get("init_values", 1e-6)), *channels])]

    def on_activation(self, values: dict[str, Any], source: int) -> list[str]:
        """By its word."""
        return self.activation(values, source) if values.get("activation") != "linear" else ["identity"]

    def on_relu(self, values: dict[str, Any], source: int) -> list[str]:
        """With limits if it has some."""
        del source
        slope, most, least = (
            float(values.get("negative_slope") or 0),
            values.get("max_value"),
            float(values.get("threshold") or 0),
        )
        if most == 6 and not slope and not least:  # noqa: PLR2004 (relu6)
            return ["relu6"]
        if slope and (most is not None or least):
            self.build.refuse("ReLU with limits and a slope")
        if least:
            return [f"threshold {number(least)} 0", f"clamp max={number(most)}" if most is not None else ""]
        if most is not None:
            return [f"clamp 0 {number(most)}"]
        return [f"leaky {number(slope)}" if slope else "relu"]

    def on_leakyrelu(self, values: dict[str, Any], source: int) -> list[str]:
        """With its slope."""
        del source
        return [f"leaky {number(values.get('negative_slope', values.get('alpha', 0.3)))}"]

    def at_prelu(self, call: Call) -> int:
        """A slope per channel, or one per pixel that is learned as a map."""
        source = self.first(call.sources[0])
        shared = call.values.get("shared_axes") or []
        if len(shared) >= self.rank(source):
            return self.build.add("prelu channelwise", source, name=call.name)
        if shared:
            self.build.refuse("PReLU that shares its slopes along some axes")
        shape = self.build.shapes[source]
        slope = self.build.constant(f"learned {'x'.join(map(str, shape))} init=0", shape, name=call.name)
        negative = self.build.merge("mul", [self.build.add("clamp max=0", source), slope])
        return self.build.merge("add", [self.build.add("relu", source), negative])

    def on_elu(self, values: dict[str, Any], source: int) -> list[str]:
        """With its factor."""
        del source
        return [f"elu {number(values.get('alpha', 1))}"]

    def on_softmax(self, values: dict[str, Any], source: int) -> list[str]:
        """Along the channels, or another axis."""
        rank, axis = self.rank(source), values.get("axis", -1)
        axis = int(axis[0] if isinstance(axis, list) else axis)
        keras = axis - 1 if axis > 0 else axis + rank + 1
        ours = keras if source in self.lasts else (keras + 1) % (rank + 1)
        return [f"softmax dim={ours}" if ours else "softmax"]

    def on_dropout(self, values: dict[str, Any], source: int) -> list[str]:
        """Of single numbers."""
        del source
        return [f"dropout {number(values.get('rate', 0.5))}"]

    @maps
    def on_spatialdropout2d(self, values: dict[str, Any], source: int) -> list[str]:
        """Of whole channels."""
        return [f"dropout{self.rank(source)}d {number(values.get('rate', 0.5))}"]

    on_spatialdropout1d = on_spatialdropout3d = on_spatialdropout2d

    def on_alphadropout(self, values: dict[str, Any], source: int) -> list[str]:
        """Keeps mean and variance."""
        del source
        return [f"alphadropout {number(values.get('rate', 0.5))}"]

    def on_gaussiandropout(self, values: dict[str, Any], source: int) -> list[str]:
        """Does nothing to what is not trained, as dropout."""
        self.note("GaussianDropout multiplies with noise; here it is a dropout.")
        return self.on_dropout(values, source)

    def on_stochasticdepth(self, values: dict[str, Any], source: int) -> list[str]:
        """Drops whole samples."""
        del source
        return [f"stochasticdepth {number(values.get('drop_path_rate', values.get('rate', 0.5)))}"]

    def at_batchnormalization(self, call: Call) -> int:
        """With scale and shift, or one of them, which is a learned value of its own."""
        values, source = call.values, self.first(call.sources[0])
        axis = values.get("axis")
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        if axis not in (None, -1, self.rank(source) + 1):
            self.build.refuse(f"BatchNormalization along {values.get('axis')}")
        scale, center = values.get("scale", True) is not False, values.get("center", True) is not False
        momentum = 1 - Fraction(repr(float(values.get("momentum", 0.99))))
        words = ["bn", f"eps={number(values.get('epsilon', 0.001))}"]
        words += [f"momentum={print_number(momentum)}"] if momentum != Fraction(1, 10) else []
        words += [] if scale and center else ["noaffine"]
        weights = call.name if call.shared else None
        made = self.build.add(" ".join(words), source, name=call.name, weights=weights)
        return made if scale and center else self.factors(made, call, scale=scale, center=center)

    def factors(self, made: int, call: Call, *, scale: bool, center: bool) -> int:
        """A learned scale, a learned shift, or both or none of them, behind a normalisation without its own."""
        if call.shared and (scale or center):
            self.build.refuse(f"{call.kind} without scale or center that is applied several times")
        if scale:
            made = self.alike(self.build.merge("mul", [made, self.per_channel(made, "learned {} init=1")]), made)
        if center:
            made = self.alike(self.build.merge("add", [made, self.per_channel(made, "learned {} init=0")]), made)
        return made

    def at_layernormalization(self, call: Call) -> int:
        """Over the last axis, of a map its channels."""
        values, source = call.values, call.sources[0]
        axis = values.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        if axis not in (-1, self.rank(source) + 1):
            self.build.refuse(f"LayerNormalization along {axis}")
        over = "channels" if self.rank(source) and source not in self.lasts else "last" if self.rank(source) > 1 else ""
        scale, center = values.get("scale", True) is not False, values.get("center", True) is not False
        words = ["layernorm", over, f"eps={number(values.get('epsilon', 0.001))}"]
        words += [] if scale and center else ["nobias"] if scale and over != "channels" else ["noaffine"]
        weights = call.name if call.shared else None
        made = self.alike(
            self.build.add(" ".join(w for w in words if w), source, name=call.name, weights=weights), source
        )
        return self.factors(made, call, scale=scale, center=center) if words[-1] == "noaffine" else made

    def at_groupnormalization(self, call: Call) -> int:
        """Groups of channels; -1 means a group for every channel."""
        values, source = call.values, self.first(call.sources[0])
        groups = int(values.get("groups", 32))
        groups = self.build.shapes[source][0] if groups == -1 else groups
        scale, center = values.get("scale", True) is not False, values.get("center", True) is not False
        words = [
            "groupnorm",
            str(groups),
            f"eps={number(values.get('epsilon', 0.001))}",
            *([] if scale and center else ["noaffine"]),
        ]
        made = self.build.add(" ".join(words), source, name=call.name)
        return made if scale and center else self.factors(made, call, scale=scale, center=center)

    def at_normalization(self, call: Call) -> int:
        """``(x - mean) / sqrt(variance)`` with numbers per channel that the data has given, and that are not trained."""
        values, source = call.values, call.sources[0]
        mean, variance = values.get("mean"), values.get("variance")
        deviation = [max(float(v), 1e-14) ** 0.5 for v in _flat(variance)] if variance is not None else 1
        shift = self.per_channel(source, f"buffer {{}} values={values_of(_flat(mean) if mean is not None else 0)}")
        made = self.alike(self.build.merge("sub", [source, shift]), source)
        divisor = self.per_channel(source, f"buffer {{}} values={values_of(deviation)}")
        return self.alike(self.build.merge("div", [made, divisor]), source)

    def at_rescaling(self, call: Call) -> int:
        """A factor and a shift, each one number or one per channel."""
        made = call.sources[0]
        for operator, one, value, usual in (
            ("mul", "scale", call.values.get("scale", 1), 1), ("add", "shift", call.values.get("offset", 0), 0),
        ):  # fmt: skip
            numbers = _flat(value)
            if len(set(numbers)) > 1:
                constant = self.per_channel(made, f"buffer {{}} values={values_of(numbers)}")
                made = self.alike(self.build.merge(operator, [made, constant]), made)
            elif numbers[0] != usual:
                text = number(numbers[0])
                made = self.alike(self.build.add(f"{one} {f'({text})' if '/' in text else text}", made), made)
        return made

    def on_unitnormalization(self, values: dict[str, Any], source: int) -> list[str]:
        """Unit length along the channels."""
        if values.get("axis", -1) not in (-1, [-1], self.rank(source) + 1):
            self.build.refuse(f"UnitNormalization along {values.get('axis')}")
        return [f"l2norm dim={self.rank(source)}" if source in self.lasts else "l2norm"]


def _flat(value: Any) -> list[float]:
    """Numbers in lists within lists."""
    if isinstance(value, list):
        return [number for item in value for number in _flat(item)]
    return [float(value)]
