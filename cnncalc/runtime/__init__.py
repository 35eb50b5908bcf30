"""What needs torch: building the emitted source, holding its figures against the analysis, timing it."""

from __future__ import annotations
