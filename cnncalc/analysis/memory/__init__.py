"""Bytes as PyTorch's eager mode uses them: where values lie and how long, the peaks of inference and training, autocast."""
