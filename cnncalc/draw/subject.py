"""What a picture is asked of: networks with their numbers, a layer, what was measured, and the options of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnncalc.diagnostics import UsageError
from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnncalc.analysis.result import Analysis, Row


class Options(NamedTuple):
    """What can be chosen; every picture uses its own part.

    ``animate``: step through the windows. ``at``: the place of an output. ``image``: a file below the field. ``object``: the size of
    something in the input. ``depth``: how far blocks unfold (None: as far as the picture stays small). ``style``: of ``network``,
    graph or volumes. ``cells``: places of an axis that are drawn. ``against``: the figures of ``pareto``.
    """

    animate: bool = False
    at: tuple[int, ...] | None = None
    image: str | None = None
    object: tuple[int, ...] | None = None
    depth: int | None = None
    style: str = "graph"
    cells: int | None = None
    against: tuple[str, str] = ("macs", "params")


class Subject(NamedTuple):
    """What is drawn. ``analyses``: one, or for a comparison several; ``layer``: as the caller calls it; ``measured``: a timing."""

    what: str
    analyses: tuple[Analysis, ...] = ()
    layer: str = ""
    options: Options = Options()
    measured: Mapping[str, Any] | None = None

    @property
    def analysis(self) -> Analysis:
        """The only network.

        Raises:
            UsageError: there are none or several.
        """
        if len(self.analyses) != 1:
            raise UsageError(f"draw {self.what} takes one spec, not {len(self.analyses)}")
        return self.analyses[0]

    def row(self, fits: Callable[[Row], bool] = lambda row: True) -> Row:
        """The layer; where a module is named the last layer in it of which the picture can be drawn.

        Args:
            fits: whether the picture can be drawn of a layer.

        Raises:
            UsageError: none is named; there is no such layer, or several.
        """
        from cnncalc.analysis.find import find_row

        if not self.layer:
            having = [row.node.path for row in self.analysis.rows if fits(row)]
            hint = f", such as {having[0]}" if having else ""
            raise UsageError(f"which layer? cnncalc draw SPEC {self.what} LAYER{hint}")
        found = find_row(self.analysis, self.layer)
        if found.node.path.startswith(f"{self.layer}.") and not fits(found):
            inside = [row for row in self.analysis.rows if row.node.path.startswith(f"{self.layer}.") and fits(row)]
            return inside[-1] if inside else found
        return found
