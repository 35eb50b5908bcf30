"""Which sizes fit: inputs at which every stride divides and every merge agrees, windows that turn one size into another."""
