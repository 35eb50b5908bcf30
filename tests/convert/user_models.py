"""Models as ordinary users write them: every habit that is common and in no zoo. Each with the sizes of its inputs."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrizations, spectral_norm

from tests.convert.user_sequences import (
    CRNN,
    TCN,
    Cross,
    Highway,
    LastState,
    Manual,
    MiniViT,
    Mixture,
    PointNet,
    Positional,
    Tagger,
    TextCNN,
    Video,
    WaveGate,
)


class Gated(nn.Module):
    """A residual branch behind a trained scalar that begins at zero (ReZero, SAGAN's gamma)."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))
        self.scale = nn.Parameter(torch.ones(()))
        self.conv = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        return (x + self.gamma * self.conv(x)) * self.scale


class SelfAttention2d(nn.Module):
    """SAGAN's attention over places, with bmm and view."""

    def __init__(self, channels: int = 16) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // 8, 1)
        self.key = nn.Conv2d(channels, channels // 8, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        b, c, h, w = x.size()
        q = self.query(x).view(b, -1, h * w).permute(0, 2, 1)
        k = self.key(x).view(b, -1, h * w)
        attention = torch.softmax(torch.bmm(q, k), dim=-1)
        v = self.value(x).view(b, -1, h * w)
        out = torch.bmm(v, attention.permute(0, 2, 1)).view(b, c, h, w)
        return self.gamma * out + x


class CBAM(nn.Module):
    """Channel attention by average and maximum, then attention over places."""

    def __init__(self, c: int = 32) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(c, c // 16), nn.ReLU(), nn.Linear(c // 16, c))
        self.conv = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x):
        avg = self.mlp(x.mean(dim=(2, 3)))
        peak = self.mlp(x.amax(dim=(2, 3)))
        x = x * torch.sigmoid(avg + peak)[:, :, None, None]
        both = torch.cat([x.mean(1, keepdim=True), torch.max(x, 1, keepdim=True)[0]], dim=1)
        return x * torch.sigmoid(self.conv(both))


class SE(nn.Module):
    def __init__(self, c: int, r: int = 16) -> None:
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(c, c // r, bias=False), nn.ReLU(inplace=True), nn.Linear(c // r, c, bias=False), nn.Sigmoid()
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)


class SENet(nn.Module):
    """A residual block with squeeze and excitation, applied in a loop."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, 1, 1)
        self.blocks = nn.ModuleList(
            [
                nn.ModuleDict({"conv": nn.Conv2d(32, 32, 3, padding=1), "bn": nn.BatchNorm2d(32), "se": SE(32)})
                for _ in range(3)
            ]
        )
        self.head = nn.Linear(32, 10)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = F.relu(x + block["se"](block["bn"](block["conv"](x))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class UNet(nn.Module):
    """A U-Net whose skips are padded to fit, as in the most copied implementation."""

    def __init__(self, c: int = 8) -> None:
        super().__init__()
        self.inc = self.double(3, c)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), self.double(c, 2 * c))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), self.double(2 * c, 4 * c))
        self.up1, self.conv1 = nn.ConvTranspose2d(4 * c, 2 * c, 2, 2), self.double(4 * c, 2 * c)
        self.up2, self.conv2 = nn.ConvTranspose2d(2 * c, c, 2, 2), self.double(2 * c, c)
        self.outc = nn.Conv2d(c, 2, 1)

    @staticmethod
    def double(a: int, b: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(a, b, 3, padding=1, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
            nn.Conv2d(b, b, 3, padding=1, bias=False),
            nn.BatchNorm2d(b),
            nn.ReLU(inplace=True),
        )

    @staticmethod
    def fit(x, skip):
        dy, dx = skip.size()[2] - x.size()[2], skip.size()[3] - x.size()[3]
        x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        return torch.cat([skip, x], dim=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        x = self.conv1(self.fit(self.up1(x3), x2))
        x = self.conv2(self.fit(self.up2(x), x1))
        return self.outc(x)


class VAE(nn.Module):
    """Encoder, mean and logarithm of the variance, decoder; no noise in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.enc = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten()
        )
        self.mu, self.logvar = nn.Linear(32 * 49, 8), nn.Linear(32 * 49, 8)
        self.fc = nn.Linear(8, 32 * 49)
        self.dec = nn.Sequential(
            nn.Unflatten(1, (32, 7, 7)),
            nn.ConvTranspose2d(32, 16, 4, 2, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(16, 1, 4, 2, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        h = self.enc(x)
        mu, logvar = self.mu(h), self.logvar(h)
        std = torch.exp(0.5 * logvar)
        z = mu + std * torch.randn_like(std) if self.training else mu
        return {"reconstruction": self.dec(self.fc(z)), "mu": mu, "logvar": logvar}


class Generator(nn.Module):
    """DCGAN's generator: noise of 100 channels."""

    def __init__(self, g: int = 16) -> None:
        super().__init__()
        layers = []
        sizes = [100, 8 * g, 4 * g, 2 * g]
        for i, (a, b) in enumerate(pairwise(sizes)):
            layers += [
                nn.ConvTranspose2d(a, b, 4, 1 if i == 0 else 2, 0 if i == 0 else 1, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(inplace=True),
            ]
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(2 * g, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, z):
        return self.main(z.view(z.size(0), -1, 1, 1))


class Critic(nn.Module):
    """A discriminator with spectral normalisation, the older way."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = spectral_norm(nn.Conv2d(3, 16, 4, 2, 1))
        self.c2 = spectral_norm(nn.Conv2d(16, 32, 4, 2, 1))
        self.fc = spectral_norm(nn.Linear(32 * 8 * 8, 1))

    def forward(self, x):
        x = F.leaky_relu(self.c1(x), 0.2)
        x = F.leaky_relu(self.c2(x), 0.2)
        return self.fc(x.view(-1, 32 * 8 * 8)).squeeze(1)


class NewCritic(nn.Module):
    """The same by parametrizations, as PyTorch advises now."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = parametrizations.spectral_norm(nn.Conv2d(3, 8, 3, padding=1))
        self.c2 = parametrizations.weight_norm(nn.Conv2d(8, 8, 3, padding=1))

    def forward(self, x):
        return self.c2(torch.relu(self.c1(x)))


class Siamese(nn.Module):
    """Two images through one network, their distance."""

    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.fc = nn.Sequential(nn.Linear(16 * 16, 32), nn.ReLU(), nn.Linear(32, 8))

    def once(self, x):
        return self.fc(self.cnn(x).reshape(x.size(0), -1))

    def forward(self, left, right):
        return torch.abs(self.once(left) - self.once(right))


class DuelingDQN(nn.Module):
    """Value and advantage, whose mean is taken off."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv2d(4, 16, 8, 4), nn.ReLU(), nn.Conv2d(16, 32, 4, 2), nn.ReLU())
        self.value = nn.Linear(32 * 81, 1)
        self.advantage = nn.Linear(32 * 81, 6)

    def forward(self, x):
        x = self.conv(x / 255.0)
        x = torch.flatten(x, start_dim=1)
        a = self.advantage(x)
        return self.value(x) + a - a.mean(dim=1, keepdim=True)


class ASPP(nn.Module):
    """DeepLab's pyramid with an image-level branch that is resized back."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [nn.Conv2d(16, 8, 1)] + [nn.Conv2d(16, 8, 3, padding=r, dilation=r) for r in (6, 12)]
        )
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 8, 1), nn.ReLU())
        self.project = nn.Conv2d(32, 8, 1)

    def forward(self, x):
        size = x.shape[-2:]
        outs = [F.relu(b(x)) for b in self.branches]
        outs.append(F.interpolate(self.pool(x), size=size, mode="bilinear", align_corners=False))
        return F.interpolate(self.project(torch.cat(outs, 1)), scale_factor=4, mode="bilinear", align_corners=True)


class MultiTask(nn.Module):
    """An image and a vector of numbers, two heads, a tuple of a tuple."""

    def __init__(self) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten())
        self.table = nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 8), nn.ReLU())
        self.box, self.kind = nn.Linear(16, 4), nn.Linear(16, 7)

    def forward(self, image, table):
        both = torch.hstack([self.image(image), self.table(table)])
        return (self.box(both).sigmoid(), (self.kind(both), both))


class Conditional(nn.Module):
    """A class label through an embedding, multiplied on channels (FiLM)."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(10, 32)
        self.conv = nn.Conv2d(3, 16, 3, padding=1)

    def forward(self, image, label):
        gamma, beta = self.embed(label).chunk(2, dim=-1)
        return self.conv(image) * (1 + gamma[..., None, None]) + beta.unsqueeze(-1).unsqueeze(-1)


class Spatial(nn.Module):
    """A spatial softmax: expected places of features."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        grid = torch.linspace(-1, 1, 16)
        self.register_buffer("xs", grid.repeat(16).view(1, 1, 256))

    def forward(self, x):
        x = self.conv(x).view(-1, 8, 256).softmax(-1)
        return (x * self.xs).sum(-1)


class Shuffle(nn.Module):
    """Channel shuffle by view and transpose, depthwise convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.g1 = nn.Conv2d(16, 16, 1, groups=4)
        self.dw = nn.Conv2d(16, 16, 3, padding=1, groups=16)

    def forward(self, x):
        x = self.g1(x)
        n, c, h, w = x.shape
        x = x.view(n, 4, c // 4, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)
        return self.dw(x)


class Normed(nn.Module):
    """Instance standardisation by hand, cosine similarity to trained prototypes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.prototypes = nn.Parameter(torch.randn(5, 8))
        self.temperature = nn.Parameter(torch.tensor(10.0))

    def forward(self, x):
        x = self.conv(x)
        mean, std = x.mean((2, 3), keepdim=True), x.std((2, 3), keepdim=True)
        x = ((x - mean) / (std + 1e-5)).relu().mean((2, 3))
        x = F.normalize(x, dim=1)
        return F.linear(x, F.normalize(self.prototypes, dim=1)) * self.temperature


class Lazy(nn.Module):
    """Layers whose sizes are found when they first run."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.LazyConv2d(8, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4))

    def forward(self, x):
        return self.body(x)


class Squares(nn.Module):
    """Bilinear pooling: outer products of features, signed square root."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, padding=1)
        self.fc = nn.Linear(144, 4)

    def forward(self, x):
        x = self.conv(x)
        n, c = x.shape[:2]
        x = x.flatten(2)
        x = torch.einsum("bip,bjp->bij", x, x) / x.shape[2]
        x = x.reshape(n, c * c)
        x = torch.sign(x) * torch.sqrt(torch.abs(x) + 1e-10)
        return self.fc(F.normalize(x))


class Inplace(nn.Module):
    """Inplace arithmetic, add_ and mul_, a residual by +=."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        x = self.a(x)
        y = self.b(x).relu_()
        y += x
        y.mul_(0.5)
        return y.clamp_(-1, 1)


class Crop(nn.Module):
    """The first U-Net's centre crop of a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.ConvTranspose2d(4, 4, 2, 2)

    def forward(self, x):
        skip = self.a(x)
        y = self.c(self.b(F.max_pool2d(skip, 2)))
        d = (skip.shape[2] - y.shape[2]) // 2
        return torch.cat((skip[:, :, d : d + y.shape[2], d : d + y.shape[3]], y), 1)


MODELS = {
    "text_cnn": (TextCNN, ["40 int"]), "tagger": (Tagger, ["12 int"]), "last_state": (LastState, ["20x6"]), "gated": (Gated, ["8x9x9"]),
    "self_attention": (SelfAttention2d, ["16x8x8"]), "cbam": (CBAM, ["32x10x10"]), "senet": (SENet, ["3x16x16"]), "unet": (UNet, ["3x37x45"]),
    "vae": (VAE, ["1x28x28"]), "generator": (Generator, ["100"]), "critic": (Critic, ["3x32x32"]), "new_critic": (NewCritic, ["3x8x8"]),
    "tcn": (TCN, ["8x50"]), "positional": (Positional, ["20 int"]), "mini_vit": (MiniViT, ["3x32x32"]), "siamese": (Siamese, ["1x28x28", "1x28x28"]),
    "point_net": (PointNet, ["3x100"]), "dqn": (DuelingDQN, ["4x84x84"]), "manual": (Manual, ["20"]), "aspp": (ASPP, ["16x17x17"]),
    "crnn": (CRNN, ["1x16x64"]), "multi_task": (MultiTask, ["3x32x32", "5"]), "highway": (Highway, ["24"]), "wave": (WaveGate, ["8x40"]),
    "conditional": (Conditional, ["3x8x8", "scalar int"]), "spatial": (Spatial, ["3x16x16"]), "video": (Video, ["6x3x32x32"]),
    "mixture": (Mixture, ["12"]), "shuffle": (Shuffle, ["16x8x8"]), "normed": (Normed, ["3x12x12"]), "cross": (Cross, ["5x32", "9x32"]),
    "lazy": (Lazy, ["3x9x9"]), "squares": (Squares, ["3x8x8"]), "inplace": (Inplace, ["3x8x8"]), "crop": (Crop, ["1x32x32"]),
}  # fmt: skip
