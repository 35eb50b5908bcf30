"""Models that run, and do not when one number of them is another: each is made of that number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable


class Case(NamedTuple):
    """``make`` of a number; ``wrong``: the number with which it does not run; ``path`` and ``argument``: which number that is."""

    name: str
    make: Callable[[int], nn.Module]
    size: tuple[int, ...]
    wrong: int
    path: str
    argument: str
    why: str


class Join(nn.Module):
    """Two ways that meet."""

    def __init__(self, a: nn.Module, b: nn.Module, how: str = "cat", after: nn.Module | None = None) -> None:
        super().__init__()
        self.a, self.b, self.how, self.after = a, b, how, after

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b = self.a(x), self.b(x)
        x = torch.cat([a, b], 1) if self.how == "cat" else a + b
        return self.after(x) if self.after else x


class Flat(nn.Module):
    """Convolutions, a flatten in forward, a linear layer."""

    def __init__(self, features: int, how: str) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, stride=2)
        self.fc = nn.Linear(features, 10)
        self.how, self.features = how, features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.conv(x))
        if self.how == "view":
            x = x.view(x.size(0), -1)
        elif self.how == "reshape":
            x = x.reshape(x.shape[0], self.features)
        elif self.how == "mean":
            x = x.mean((2, 3))
        else:
            x = x.flatten(1)
        return self.fc(x)


def net(*layers: nn.Module) -> nn.Module:
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """Halves and doubles, and joins what it had before."""

    def __init__(self, depth: int, how: str = "cat") -> None:
        super().__init__()
        self.how = how
        self.down = nn.ModuleList(nn.Conv2d(4 if i else 3, 4, 3, stride=2, padding=1) for i in range(depth))
        self.up = nn.ModuleList(nn.ConvTranspose2d(4, 4, 2, stride=2) for _ in range(depth))
        self.mix = nn.ModuleList(nn.Conv2d(8 if how == "cat" else 4, 4, 1) for _ in range(depth - 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = []
        for layer in self.down:
            x = layer(x)
            kept.append(x)
        for i, layer in enumerate(self.up[:-1]):
            x = layer(x)
            other = kept[-2 - i]
            x = self.mix[i](torch.cat([x, other], 1) if self.how == "cat" else x + other)
        return self.up[-1](x)


class Attend(nn.Module):
    """Tokens of an image and attention."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 4, stride=4)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.patch(x).flatten(2).transpose(1, 2)
        return self.attention(x, x, x)[0]


NUMBERS = [
    # 28 - 2 = 26, halved 13: 32 * 13 * 13 = 5408
    Case("lenet", lambda n: net(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(n, 10)), (1, 28, 28), 1050, "4", "in_features", "5,408 = 32*13*13"),
    # (32 - 3)//2 + 1 = 15: 16 * 15 * 15 = 3600
    Case("view", lambda n: Flat(n, "view"), (3, 32, 32), 3136, "fc", "in_features", "3,600 = 16*15*15"),
    Case("flatten", lambda n: Flat(n, "flatten"), (3, 32, 32), 16, "fc", "in_features", "3,600 = 16*15*15"),
    Case("mean", lambda n: Flat(n, "mean"), (3, 32, 32), 32, "fc", "in_features", "takes 32"),
    Case("second linear", lambda n: net(nn.Flatten(), nn.Linear(48, 20), nn.ReLU(), nn.Linear(n, 5)), (3, 4, 4), 30, "3", "in_features", "what enters has 20"),
    Case("linear on the last axis", lambda n: net(nn.Linear(n, 7)), (5, 9), 5, "0", "in_features", "takes 5"),
    Case("slopes", lambda n: net(nn.Conv2d(3, 8, 3), nn.PReLU(n)), (3, 8, 8), 4, "1", "num_parameters", "has 4 slopes, what enters has 8 channels"),
    Case("channels", lambda n: net(nn.Conv2d(3, 8, 3), nn.Conv2d(n, 4, 3)), (3, 16, 16), 6, "1", "in_channels", "takes 6 channels, what enters has 8"),
    Case("grey image", lambda n: net(nn.Conv2d(n, 8, 3)), (1, 16, 16), 3, "0", "in_channels", "takes 3 channels, what enters has 1"),
    Case("1-D", lambda n: net(nn.Conv1d(2, 6, 3), nn.Conv1d(n, 4, 3)), (2, 30), 5, "1", "in_channels", "has 6"),
    Case("3-D", lambda n: net(nn.Conv3d(2, 6, 3), nn.Conv3d(n, 4, 3)), (2, 9, 9, 9), 5, "1", "in_channels", "has 6"),
    Case("transposed", lambda n: net(nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(n, 4, 2, 2)), (3, 12, 12), 16, "1", "in_channels", "takes 16 channels, what enters has 8"),
    Case("transposed 1-D", lambda n: net(nn.ConvTranspose1d(n, 4, 2, 2)), (3, 12), 4, "0", "in_channels", "has 3"),
    Case("padded by reflection", lambda n: net(nn.Conv2d(n, 4, 3, padding=1, padding_mode="reflect")), (3, 12, 12), 4, "0", "in_channels", "has 3"),
    Case("groups", lambda n: net(nn.Conv2d(3, 8, 3), nn.Conv2d(n, 8, 3, groups=4)), (3, 12, 12), 16, "1", "in_channels", "takes 16 channels, what enters has 8"),
    Case("norm", lambda n: net(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(n), nn.ReLU()), (3, 12, 12), 16, "1", "num_features", "takes 16 channels, what enters has 8"),
    Case("norm of vectors", lambda n: net(nn.Flatten(), nn.Linear(27, 12), nn.BatchNorm1d(n)), (3, 3, 3), 27, "2", "num_features", "has 12"),
    Case("group norm", lambda n: net(nn.Conv2d(3, 8, 3), nn.GroupNorm(4, n)), (3, 12, 12), 16, "1", "num_channels", "has 8"),
    Case("instance norm", lambda n: net(nn.Conv2d(3, 8, 3), nn.InstanceNorm2d(n, affine=True)), (3, 12, 12), 4, "1", "num_features", "has 8"),
    Case("layer norm", lambda n: net(nn.Linear(6, 12), nn.LayerNorm(n)), (5, 6), 6, "1", "normalized_shape", "the last axes of what enters are 12"),
    Case("behind a join", lambda n: Join(nn.Conv2d(3, 5, 1), nn.Conv2d(3, 7, 1), after=nn.Conv2d(n, 4, 1)), (3, 9, 9), 10, "after", "in_channels", "has 12"),
    Case("in a block", lambda n: net(net(nn.Conv2d(3, 4, 3), net(nn.ReLU(), nn.Conv2d(n, 4, 1)))), (3, 9, 9), 3, "0.1.1", "in_channels", "has 4"),
    Case("recurrent", lambda n: net(nn.LSTM(n, 8, batch_first=True)), (7, 12), 10, "0", "input_size", "takes 10 features per step, what enters has 12"),
    Case("attention", Attend, (3, 16, 16), 32, "attention", "embed_dim", "what enters has 24"),
]  # fmt: skip
"""Models that another number mends."""


class Sized(NamedTuple):
    """A model for which the size of the input is wrong, the module or function that fails, and words of the reason."""

    name: str
    make: Callable[[], nn.Module]
    size: tuple[int, ...]
    path: str
    why: str


SIZES = [
    # 33 -> 17 -> 9, doubled 18 against 17
    Sized("u-net", lambda: UNet(2), (3, 33, 33), "", "cat of 4x18x18 and 4x17x17: axis 2 has 18 and 17"),
    Sized("sums", lambda: UNet(3, "add"), (3, 50, 50), "", "add of 4x14x14 and 4x13x13"),
    Sized("window", lambda: net(nn.Conv2d(3, 4, 3), nn.MaxPool2d(4), nn.Conv2d(4, 4, 5)), (3, 16, 16), "2", "a window over 5 places, what enters has 3"),
    Sized("dilated", lambda: net(nn.Conv2d(3, 4, 3, dilation=9)), (3, 12, 12), "0", "a window over 19 places, what enters has 12"),
    Sized("pool", lambda: net(nn.Conv1d(3, 4, 3, stride=4), nn.AvgPool1d(9)), (3, 30), "1", "a window over 9 places, what enters has 7"),
    Sized("halved too often", lambda: net(*(nn.MaxPool2d(2) for _ in range(5))), (3, 28, 28), "4", "a window over 2 places, what enters has 1"),
    Sized("wide reflection", lambda: net(nn.ReflectionPad2d(9)), (3, 8, 8), "0", "the padding is wider"),
    Sized("two ways", lambda: Join(nn.MaxPool2d(2), nn.Conv2d(3, 3, 3, stride=2, padding=1)), (3, 15, 15), "", "axis 2 has 7 and 8"),
]  # fmt: skip
"""Models that another size of the input mends."""


class Told(NamedTuple):
    """A model that needs a thought: where it fails, words of the reason and of the remedy."""

    name: str
    make: Callable[[], nn.Module]
    size: tuple[int, ...]
    path: str
    why: str
    remedy: str


class Twice(nn.Module):
    """One convolution, applied to what it gives."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(self.conv(x))


class Call(nn.Module):
    """What a function makes of its input."""

    def __init__(self, what: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.what = what

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.what(x)


THOUGHTS = [
    Told("twice", Twice, (3, 9, 9), "conv", "takes 3 channels, what enters has 8", "'conv' has run before"),
    Told("tokens", lambda: net(nn.Embedding(9, 4)), (7,), "0", "takes whole numbers", ""),
    Told("no flatten", lambda: net(nn.Conv2d(3, 4, 3), nn.Linear(4 * 6 * 6, 5)), (3, 8, 8), "1", "takes 144, which is all of", "torch.flatten(x, 1)"),
    Told("lost batch", lambda: net(Call(lambda x: x.view(-1, 24)), nn.Linear(48, 5)), (3, 4, 4), "1", "whose first axis is no batch", "48 per sample"),
    Told("view", lambda: net(Call(lambda x: x.view(x.size(0), 50))), (3, 4, 4), "0", "48 = 3*4*4 per sample", "48 in place of"),
    Told("not in order", lambda: net(Call(lambda x: x.transpose(1, 2).view(x.size(0), 48))), (3, 4, 4), "0", "does not lie in order", "reshape"),
    Told("other channels added", lambda: Join(nn.Conv2d(3, 4, 1), nn.Conv2d(3, 8, 1), "add"), (3, 9, 9), "", "axis 1 has 4 and 8", "1x1 convolution from 4 to 8"),
    Told("vectors into a convolution", lambda: net(nn.Flatten(), nn.Conv2d(3, 4, 3)), (3, 9, 9), "1", "2 spatial axes, what enters is 2x243", "behind a flatten"),
    Told("no channels", lambda: net(nn.Conv2d(1, 4, 3)), (9, 9), "0", "2 spatial axes, what enters is 2x9x9", "unsqueeze"),
    Told("norm of another rank", lambda: net(nn.Conv1d(3, 4, 3), nn.BatchNorm2d(4)), (3, 9), "1", "2 spatial axes, what enters is 2x4x7", "unsqueeze"),
    Told("groups do not divide", lambda: net(nn.Conv2d(3, 6, 1), nn.Conv2d(8, 8, 1, groups=4)), (3, 9, 9), "1", "takes 8 channels, what enters has 6", "no multiple of groups=4"),
    Told("groups of a norm", lambda: net(nn.Conv2d(3, 6, 1), nn.GroupNorm(4, 8)), (3, 9, 9), "1", "takes 8 channels, what enters has 6", "no multiple of num_groups=4"),
    Told("matrices", lambda: net(Call(lambda x: x.flatten(2) @ x.flatten(2))), (3, 4, 5), "0", "a row has 20, a column 3", "transposed"),
    Told("ranks joined", lambda: net(Call(lambda x: torch.cat([x, x.mean((2, 3))], 1))), (3, 4, 5), "0", "have not as many axes", ""),
]  # fmt: skip
"""Models whose remedy is not one number."""
