"""Where the figures of a layer come from: formulas with the layer's own numbers, step by step."""
