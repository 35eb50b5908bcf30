"""Means of windows in which only real pixels count, also where more of the border lies at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.convert.builder import Builder


def exact_mean(build: Builder, source: int, text: str, begin: Sequence[int], end: Sequence[int]) -> int:
    """The mean with zeros in the border, divided by that of a map of ones.

    Args:
        build: the network.
        source: the map.
        text: the pooling as a stage, without padding.
        begin: how much border stands before, per axis.
        end: and behind.
    """
    shape = (1, *build.shapes[source][1:])
    sides = ",".join(f"{a}:{b}" for a, b in zip(begin, end, strict=True))
    stages = [f"pad ({sides}{',' * (len(begin) == 1)})", text]
    ones = build.constant(f"buffer {'x'.join(map(str, shape))} values=1 transient", shape)
    return build.merge("div", [build.chain(stages, source), build.chain(stages, ones)])


def same_mean(
    build: Builder, source: int, text: str, kernel: Sequence[int], stride: Sequence[int], name: str | None = None
) -> int:
    """The mean of windows under padding ``same``, in which only real pixels count.

    Args:
        build: the network.
        source: the map.
        text: the pooling as a stage, with ``same``.
        kernel: the window, per axis.
        stride: per axis.
        name: of the layer.
    """
    sides = zip(build.shapes[source][1:], kernel, stride, strict=True)
    over = [max(0, (-(-n // s) - 1) * s + k - n) for n, k, s in sides]
    plain = text.replace(" same", "")
    if not any(over):
        return build.add(plain, source, name=name)
    if all(total % 2 == 0 for total in over):
        return build.add(f"{text} exclude", source, name=name)
    begin = [o // 2 for o in over]
    return exact_mean(build, source, plain, begin, [o - b for o, b in zip(over, begin, strict=True)])
