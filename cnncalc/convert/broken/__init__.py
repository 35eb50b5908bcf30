"""PyTorch models that do not run: which call failed, why, and what would mend it.

``explain(module, inputs)`` runs a model again, notes every call up to the one that fails and gives a ``Failure``;
``spec_of`` converts a model, or says why it does not run; ``watch`` follows the run, ``why`` knows the calls, ``sizes`` tries other sizes of the input.
"""

from cnncalc.convert.broken.facts import Remedy
from cnncalc.convert.broken.failure import Explained, Failure, explain
from cnncalc.convert.broken.running import spec_of
from cnncalc.convert.broken.words import told

__all__ = ["Explained", "Failure", "Remedy", "explain", "spec_of", "told"]
