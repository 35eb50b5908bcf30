"""Models of sequences, tables and points as ordinary users write them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import weight_norm


class TextCNN(nn.Module):
    """Kim's sentence classifier: embedding, three widths of convolution, maxima over time."""

    def __init__(self, words: int = 1000, width: int = 50) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)
        self.convs = nn.ModuleList(nn.Conv1d(width, 100, k) for k in (3, 4, 5))
        self.fc = nn.Linear(300, 2)

    def forward(self, x):
        x = self.embedding(x).permute(0, 2, 1)
        x = [F.relu(conv(x)).max(dim=2)[0] for conv in self.convs]
        return self.fc(torch.cat(x, 1))


class Tagger(nn.Module):
    """An LSTM over words, a label per word."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(500, 32, padding_idx=0)
        self.lstm = nn.LSTM(32, 64, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(128, 9)

    def forward(self, x):
        x = self.embedding(x)
        x, _ = self.lstm(x)
        return self.fc(x)


class LastState(nn.Module):
    """A GRU whose last output is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(6, 32, num_layers=2, batch_first=True)
        self.fc = nn.Linear(32, 3)

    def forward(self, x):
        out, _hidden = self.gru(x)
        return self.fc(out[:, -1, :])


class TCN(nn.Module):
    """Dilated causal convolutions in one dimension, weight normalisation, a chopped end."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(weight_norm(nn.Conv1d(8, 8, 3, padding=2 * 2**i, dilation=2**i)) for i in range(3))
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        for i, conv in enumerate(self.layers):
            out = conv(x)[:, :, : -2 * 2**i].contiguous()
            x = F.relu(x + self.drop(F.relu(out)))
        return x


class Positional(nn.Module):
    """The tutorial's transformer encoder over tokens, sinus positions in a buffer."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        position = torch.arange(64).unsqueeze(1)
        div = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        pe = torch.zeros(1, 64, width)
        pe[0, :, 0::2] = torch.sin(position * div)
        pe[0, :, 1::2] = torch.cos(position * div)
        self.register_buffer("pe", pe)
        self.embed = nn.Embedding(200, width)
        layer = nn.TransformerEncoderLayer(width, 4, 64, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.out = nn.Linear(width, 5)
        self.width = width

    def forward(self, x):
        x = self.embed(x) * math.sqrt(self.width)
        x = x + self.pe[:, : x.size(1)]
        return self.out(self.encoder(x).mean(dim=1))


class PointNet(nn.Module):
    """Points by shared layers, a transform that the network computes, a maximum."""

    def __init__(self) -> None:
        super().__init__()
        self.t = nn.Sequential(nn.Conv1d(3, 16, 1), nn.ReLU())
        self.fc = nn.Linear(16, 9)
        self.conv = nn.Conv1d(3, 64, 1)
        self.bn = nn.BatchNorm1d(64)
        self.head = nn.Linear(64, 4)

    def forward(self, x):
        t = torch.max(self.t(x), 2)[0]
        t = self.fc(t).view(-1, 3, 3) + torch.eye(3).view(1, 3, 3)
        x = torch.bmm(x.transpose(2, 1), t).transpose(2, 1)
        x = F.relu(self.bn(self.conv(x)))
        return F.log_softmax(self.head(torch.max(x, 2, keepdim=True)[0].view(-1, 64)), dim=1)


class Manual(nn.Module):
    """Weights as parameters of one's own, mm and addmm."""

    def __init__(self) -> None:
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(20, 30) * 0.1)
        self.b1 = nn.Parameter(torch.zeros(30))
        self.w2 = nn.Parameter(torch.randn(30, 5) * 0.1)
        self.b2 = nn.Parameter(torch.zeros(5))

    def forward(self, x):
        h = torch.relu(torch.mm(x, self.w1) + self.b1)
        return torch.addmm(self.b2, h, self.w2)


class CRNN(nn.Module):
    """Text recognition: columns of a map as steps of a sequence, time first."""

    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d((8, 2), (8, 2)),
        )
        self.rnn = nn.LSTM(32, 24, bidirectional=True)
        self.fc = nn.Linear(48, 11)

    def forward(self, x):
        x = self.cnn(x).squeeze(2).permute(2, 0, 1)
        x, _ = self.rnn(x)
        return self.fc(x).log_softmax(2)


class Highway(nn.Module):
    """Gates: t*h + (1-t)*x, several times."""

    def __init__(self, n: int = 3, d: int = 24) -> None:
        super().__init__()
        self.h = nn.ModuleList([nn.Linear(d, d) for _ in range(n)])
        self.t = nn.ModuleList([nn.Linear(d, d) for _ in range(n)])

    def forward(self, x):
        for h, t in zip(self.h, self.t, strict=True):
            gate = torch.sigmoid(t(x))
            x = gate * F.relu(h(x)) + (1 - gate) * x
        return x


class WaveGate(nn.Module):
    """WaveNet's gated activation, residual and skip outputs summed by Python's sum."""

    def __init__(self) -> None:
        super().__init__()
        self.dil = nn.ModuleList([nn.Conv1d(8, 16, 2, dilation=2**i) for i in range(3)])
        self.res = nn.ModuleList([nn.Conv1d(8, 8, 1) for _ in range(3)])

    def forward(self, x):
        skips = []
        for dil, res in zip(self.dil, self.res, strict=True):
            a, b = dil(F.pad(x, (dil.dilation[0], 0))).chunk(2, dim=1)
            y = res(torch.tanh(a) * torch.sigmoid(b))
            skips.append(y)
            x = x + y
        return torch.relu(sum(skips))


class Video(nn.Module):
    """Frames folded into the batch, a CNN, an LSTM over time."""

    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.fc = nn.Linear(16, 5)

    def forward(self, clip):
        b, t, c, h, w = clip.shape
        x = self.cnn(clip.view(b * t, c, h, w)).view(b, t, -1)
        _, (h_n, _) = self.lstm(x)
        return self.fc(h_n[-1])


class Mixture(nn.Module):
    """Experts weighted by a gate, stacked."""

    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList([nn.Linear(12, 6) for _ in range(3)])
        self.gate = nn.Linear(12, 3)

    def forward(self, x):
        w = F.softmax(self.gate(x), dim=1)
        out = torch.stack([e(x) for e in self.experts], dim=1)
        return torch.sum(w.unsqueeze(2) * out, dim=1)


class Cross(nn.Module):
    """Queries of one sequence over another, nn.MultiheadAttention with three arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(32, 4, batch_first=True)
        self.norm = nn.LayerNorm(32)

    def forward(self, q, kv):
        out, _weights = self.attn(q, kv, kv)
        return self.norm(q + out)


class MiniViT(nn.Module):
    """A vision transformer from a blog: class token by expand, fused heads by reshape and permute."""

    def __init__(self, d: int = 48, heads: int = 4) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, d, 8, 8)
        self.cls = nn.Parameter(torch.zeros(1, 1, d))
        self.pos = nn.Parameter(torch.zeros(1, 17, d))
        self.norm1, self.norm2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))
        self.head, self.heads = nn.Linear(d, 10), heads

    def attend(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        attn = (q @ k.transpose(-2, -1)) * (c // self.heads) ** -0.5
        return self.proj((attn.softmax(dim=-1) @ v).transpose(1, 2).reshape(b, n, c))

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1) + self.pos
        x = x + self.attend(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return self.head(x[:, 0])
