"""Small classes that emitted source brings along: one per file, with the imports that it needs. They import torch."""
