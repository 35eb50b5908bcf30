"""Recurrent modules of PyTorch: what is read is the same network, to the bit, whatever is taken of it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnncalc import load
from cnncalc.convert.pytorch import from_torch
from cnncalc.convert.tree import ConvertError
from cnncalc.runtime.module import build
from cnncalc.runtime.same import differences


class Net(nn.Module):
    """A recurrent module, and a way to take something of what it returns."""

    def __init__(self, body, take, size, before=None):
        super().__init__()
        self.body, self.take, self.before, self.head = body, take, before, nn.Linear(size, 3)

    def forward(self, x):
        return self.head(self.take(self.body(self.before(x) if self.before else x)))


def both(states):
    return torch.cat((states[-2], states[-1]), 1)


CASES = {
    "sequence": Net(nn.LSTM(6, 5, batch_first=True), lambda r: r[0], 5),
    "last time": Net(nn.GRU(6, 5, 2, batch_first=True), lambda r: r[0][:, -1], 5),
    "last state": Net(nn.LSTM(6, 5, batch_first=True), lambda r: r[1][0][-1], 5),
    "only state": Net(nn.RNN(6, 5, nonlinearity="relu", bias=False, batch_first=True), lambda r: r[1].squeeze(0), 5),
    "both directions": Net(nn.GRU(6, 5, 2, batch_first=True, bidirectional=True), lambda r: both(r[1]), 10),
    "projected": Net(nn.LSTM(6, 5, proj_size=4, batch_first=True, bidirectional=True), lambda r: both(r[1][0]), 8),
    "dropout": Net(nn.LSTM(6, 5, 2, dropout=0.3, batch_first=True), lambda r: r[0].mean(1), 5),
    "times first": Net(nn.LSTM(6, 5), lambda r: r[0].transpose(0, 1), 5, before=lambda x: x.transpose(0, 1)),
}


@pytest.mark.filterwarnings("ignore:LSTM with projections")  # torch's own
@pytest.mark.parametrize("name", CASES)
def test_the_same_network(name):
    model, x = CASES[name].eval(), torch.rand(2, 9, 6, generator=torch.Generator().manual_seed(3))
    made = build(load(from_torch(model, [x])))
    assert differences(model, made, [x]) == []


def test_zeros_as_first_states_are_the_default():
    class Tutorial(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.fc = nn.LSTM(6, 5, 2, batch_first=True), nn.Linear(5, 3)

        def forward(self, x):
            h, c = torch.zeros(2, x.size(0), 5), torch.zeros(2, x.size(0), 5)
            out, _ = self.lstm(x, (h, c))
            return self.fc(out[:, -1, :])

    model, x = Tutorial().eval(), torch.rand(2, 9, 6)
    text = from_torch(model, [x])
    assert "lstm 5 2" in text
    assert differences(model, build(load(text)), [x]) == []


def test_what_is_emitted_is_read_back():
    module = build(load("9x6; body = gru 5 bidirectional last | linear 2")).eval()
    x = torch.rand(2, 9, 6)
    text = from_torch(module, [x])
    assert "gru 5 bidirectional last" in text
    assert differences(module, build(load(text)), [x]) == []


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (
            Net(nn.LSTM(6, 5), lambda r: r[0], 5),
            "LSTM that takes the second axis for the batch, which it is not; batch_first=True is meant",
        ),
        (
            Net(nn.GRU(6, 5, batch_first=True), lambda r: r[0], 5, before=lambda x: x.transpose(0, 1)),
            "GRU that takes the first axis for the batch, which it is not; batch_first=True is meant",
        ),
        (
            Net(nn.GRU(6, 5, 2, batch_first=True), lambda r: r[1][0], 5),
            "states of a recurrent module other than those of its last layer, one by one: h_n[-1]",
        ),
    ],
)
def test_refused(model, message):
    with pytest.raises(ConvertError, match=message.replace("[", r"\[").replace("(", r"\(")):
        from_torch(model, [torch.rand(2, 9, 6)])


def test_first_states_that_are_not_zeros():
    class Started(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(6, 5, batch_first=True)

        def forward(self, x):
            return self.gru(x, torch.ones(1, x.size(0), 5))[0]

    with pytest.raises(ConvertError, match="GRU that begins with states other than zeros"):
        from_torch(Started(), [torch.rand(2, 9, 6)])
