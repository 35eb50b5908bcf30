"""The layers: one class each, which states its sizes, parameters, cost, what it keeps and reads, and its call of PyTorch."""
