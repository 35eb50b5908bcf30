"""One text after the other, as somebody writes it: of an edit only what it changes is worked out again.

``session`` decides, ``lines`` finds what was changed, ``window`` reads it, ``known`` is what is kept of the text before, ``steps`` has
its memory over time, and ``splice`` puts old and new together. What they do not understand is analysed anew.
"""

from __future__ import annotations

from cnncalc.session.session import Session

__all__ = ["Session"]
