"""Layers that Caffe itself has not, but forks of it that detect objects, segment images or shuffle channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.spec.printer import print_float

if TYPE_CHECKING:
    from cnncalc.convert.builder import Builder
    from cnncalc.convert.prototext import Message


class Others:
    """Methods by the names of layers."""

    def __init__(self, build: Builder) -> None:
        """The network under construction."""
        self.build = build

    def on_interp(self, layer: Message, sources: list[int]) -> int:
        """Interpolation between the outermost pixels. Source: InterpLayer of the fork of DeepLab."""
        values = layer.message("interp_param")
        border = int(values.get("pad_beg", 0)) + int(values.get("pad_end", 0))
        if border > 0:
            self.build.refuse("Interp with padding")
        shape = self.build.reach(sources[0])
        if border < 0:
            text = f"crop {-int(values.get('pad_beg', 0))}:{-int(values.get('pad_end', 0))}"
            sources = [self.build.add(text, sources[0]), *sources[1:]]
            shape = self.build.reach(sources[0])
        shrink, zoom = int(values.get("shrink_factor", 1)), int(values.get("zoom_factor", 1))
        size = [(n - 1) // shrink + 1 for n in shape[1:]]
        size = [n + (n - 1) * (zoom - 1) for n in size]
        if values.get("height"):
            size = [int(values.get("height")), int(values.get("width"))]
        if len(sources) > 1:
            size = list(self.build.reach(sources[1])[1:])
        if tuple(size) == shape[1:]:
            return sources[0]
        return self.build.add(f"upsample size={size[0]}x{size[1]} bilinear align_corners=true", sources[0])

    def on_normalize(self, layer: Message, sources: list[int]) -> int:
        """Unit length along the channels, and a learned factor for each or for all. Source: SSD's fork."""
        values = layer.message("norm_param")
        if values.get("across_spatial", True):
            self.build.refuse("Normalize across the whole map")
        shape = self.build.reach(sources[0])
        size = (1 if values.get("channel_shared", True) else shape[0], *(1,) * (len(shape) - 1))
        initial = number(values.message("scale_filler").get("value", 1))
        text = f"learned {'x'.join(map(str, size))} init={initial}"
        factor = self.build.constant(text, size, name=str(layer.get("name", "")))
        return self.build.merge("mul", [self.build.add("l2norm", sources[0]), factor])

    def on_permute(self, layer: Message, sources: list[int]) -> int:
        """Axes in another order; the batch stays first."""
        order = [int(axis) for axis in layer.message("permute_param").all("order")]
        order += [axis for axis in range(len(self.build.reach(sources[0])) + 1) if axis not in order]
        if order[0] != 0:
            self.build.refuse("Permute of the batch")
        return self.build.add(f"permute ({','.join(str(axis - 1) for axis in order[1:])})", sources[0])

    def on_priorbox(self, layer: Message, sources: list[int]) -> int:
        """Boxes at every place, and their variances: constants of the image's size, whose numbers are left out."""
        values = layer.message("prior_box_param")
        ratios = {1.0}
        for ratio in map(float, values.all("aspect_ratio")):
            ratios.update((ratio, 1 / ratio) if values.get("flip", True) and ratio else (ratio,))
        count = len(ratios) * len(values.all("min_size")) + len(values.all("max_size"))
        _, height, width = self.build.reach(sources[0])
        shape = (2, height * width * count * 4)
        note = "The numbers of the boxes that are given are left out."
        if note not in self.build.notes:
            self.build.notes.append(note)
        return self.build.constant(f"buffer {shape[0]}x{shape[1]} transient", shape, name=str(layer.get("name", "")))

    def on_roipooling(self, layer: Message, sources: list[int]) -> int:
        """What lies in a region, at a fixed size: opaque, for one region."""
        values = layer.message("roi_pooling_param")
        size = (int(values.get("pooled_h", 0)), int(values.get("pooled_w", 0)))
        return self.region(layer, sources, (self.build.reach(sources[0])[0], *size))

    def on_roialign(self, layer: Message, sources: list[int]) -> int:
        """As above."""
        values = layer.message("roi_align_param")
        size = (int(values.get("pooled_h", 0)), int(values.get("pooled_w", 0)))
        return self.region(layer, sources, (self.build.reach(sources[0])[0], *size))

    def on_psroipooling(self, layer: Message, sources: list[int]) -> int:
        """Parts of a region, each from channels of its own."""
        values = layer.message("psroi_pooling_param")
        side = int(values.get("group_size", 0))
        return self.region(layer, sources, (int(values.get("output_dim", 0)), side, side))

    def region(self, layer: Message, sources: list[int], shape: tuple[int, ...]) -> int:
        """A layer that reads a map at a region; all behind it is for one region."""
        note = "What is pooled of a region, and all that follows, is for one region."
        if note not in self.build.notes:
            self.build.notes.append(note)
        return self.build.opaque(sources, shape, name=str(layer.get("name", "")))

    def on_axpy(self, layer: Message, sources: list[int]) -> int:
        """``a * x + y``, of squeeze and excitation."""
        del layer
        return self.build.merge("add", [self.build.merge("mul", [sources[0], sources[1]]), sources[2]])

    def on_shufflechannel(self, layer: Message, sources: list[int]) -> int:
        """The channels of groups, mixed."""
        return self.build.add(f"shuffle {layer.message('shuffle_channel_param').get('group', 1)}", sources[0])

    def on_argmax(self, layer: Message, sources: list[int]) -> int:
        """The place of the largest number."""
        values = layer.message("argmax_param")
        if values.get("top_k", 1) != 1 or values.get("out_max_val", False):
            self.build.refuse("ArgMax of several numbers, or that gives them")
        return self.build.add("argmax 0 keepdim", sources[0])

    def on_mvn(self, layer: Message, sources: list[int]) -> int:
        """Mean 0 and variance 1 per channel."""
        values = layer.message("mvn_param")
        if values.get("across_channels", False) or not values.get("normalize_variance", True):
            self.build.refuse("MVN across channels, or of the mean only")
        return self.build.add("instancenorm eps=0.000000001", sources[0])


def number(value: Any) -> str:
    """A number in the notation."""
    return print_float(float(value))
