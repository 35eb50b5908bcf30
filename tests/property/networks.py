"""Random networks in the one-line notation. Most can be built; those that cannot say why."""

from __future__ import annotations

from hypothesis import strategies as st

ACTIVATIONS = ("relu", "sigmoid", "tanh", "leaky", "silu", "relu6", "gelu", "elu", "hardswish")


def window(name: str, draw) -> str:
    kernel, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    padding = draw(st.integers(0, kernel // 2))
    parts = [name, str(kernel), f"s{stride}"]
    if padding:
        parts.append(f"p{padding}")
    if name.startswith("conv") and draw(st.booleans()):
        parts.append(f"d{draw(st.integers(1, 3))}")
    if not name.startswith("conv") and draw(st.booleans()):
        parts.append("ceil")
    return " ".join(parts)


@st.composite
def stage(draw, depth: int = 0) -> str:
    kind = draw(st.integers(0, 11 if depth < 2 else 8))
    channels = draw(st.integers(1, 6))
    if kind <= 2:
        return window(f"conv {channels}", draw)
    if kind == 3:
        return window(draw(st.sampled_from(("maxpool", "avgpool"))), draw)
    if kind == 4:
        return draw(st.sampled_from(ACTIVATIONS))
    if kind == 5:
        return draw(st.sampled_from(("bn", "gn 1", "dropout 0.3", "id", "lrn 3", "softmax")))
    if kind == 6:
        return f"convt {channels} {draw(st.integers(1, 4))} s{draw(st.integers(1, 3))}"
    if kind == 7:
        return f"upsample {draw(st.integers(1, 3))}"
    if kind == 8:
        return draw(
            st.sampled_from(
                (
                    "pad 1",
                    "pad 1:0",
                    "crop 1",
                    "depthwise 3",
                    "depthwise 3 p1",
                    "gap",
                    "shuffle 1",
                    "adaptiveavgpool 3",
                    "transpose 0 -1",
                    "slice 0 2",
                    "instancenorm",
                    "softmax -1",
                    "ln last",
                    "linear 5 last",
                )
            )
        )
    if kind == 9:
        return f"add(id, {draw(pipeline(depth + 1))})"
    if kind == 10:
        return f"concat({draw(pipeline(depth + 1))}, id)"
    return f"repeat({draw(st.integers(1, 3))}, {draw(pipeline(depth + 1))})"


@st.composite
def pipeline(draw, depth: int = 0) -> str:
    return " | ".join(draw(st.lists(stage(depth), min_size=1, max_size=4 if depth else 7)))


@st.composite
def networks(draw) -> str:
    rank = draw(st.sampled_from((1, 2, 2, 2, 3)))
    sizes = [draw(st.integers(5, 14 if rank < 3 else 7)) for _ in range(rank)]
    return f"{draw(st.integers(1, 4))}x{'x'.join(map(str, sizes))} | {draw(pipeline())}"
