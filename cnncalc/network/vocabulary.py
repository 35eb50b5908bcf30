"""What the word of a call means: a layer with its arguments, made once for a stage that says the same wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import registry
from cnncalc.network.binding import bind, constant, construct
from cnncalc.spec.expression import ExpressionError
from cnncalc.spec.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnncalc.layers.base import Layer
    from cnncalc.network.binding import Binding
    from cnncalc.network.nodes import Nodes
    from cnncalc.network.scope import Scope
    from cnncalc.spec.syntax import Block, Call, Stage

SUGGESTIONS = 50
"""Problems that come with the nearest known name; of more, nobody reads them."""


@final
class Vocabulary:
    """The layers that calls stand for; equal ones are one object."""

    def __init__(self, blocks: Mapping[str, Block], nodes: Nodes) -> None:
        """No call read yet."""
        self.blocks = blocks
        self.nodes = nodes
        self.completions = 0
        """How often a layer took something from the layer of a value that its call names."""
        self._constant: dict[int, tuple[Layer, Binding]] = {}
        self._bare: dict[str, tuple[Layer, Binding]] = {}
        self._layers: dict[Any, Layer] = {}

    def layer(self, call: Call, scope: Scope, stage: Stage | None) -> tuple[Layer, Binding]:
        """The layer of a call, and the places of its arguments.

        Args:
            call: what is called, with its arguments.
            scope: what names mean there.
            stage: the stage of the spec that the call is; None where a parameter says what is called.

        Raises:
            ExpressionError: there is no such layer, or an argument is wrong.
        """
        known = self._bare.get(call.name) if not call.arguments else self._constant.get(id(stage))
        if known is not None:
            return known
        kind = registry.lookup(call.name)
        if kind is None:
            raise self.unknown(call)
        made = self.made(kind, call, self.completed(kind, call, bind(kind, call, scope)))
        if not call.arguments:
            self._bare[call.name] = made
        elif stage is not None and constant(call):
            self._constant[id(stage)] = made
        return made

    def completed(self, kind: type[Layer], call: Call, binding: Binding) -> Binding:
        """The arguments, with those that follow from the layer of a value that the call names (``unpool p1``)."""
        complete = getattr(kind, "bind", None)
        if complete is None or not binding.references:
            return binding
        self.completions += 1
        named = self.nodes.nodes[binding.references[0]]
        shapes = [self.nodes.nodes[i].shape for i in named.inputs]
        try:
            return binding._replace(fields=complete(binding.fields, named.layer, shapes[0] if shapes else None))
        except ShapeError as error:
            raise ExpressionError(error.message, call.span, error.hint) from None

    def made(self, kind: type[Layer], call: Call, binding: Binding) -> tuple[Layer, Binding]:
        """The layer with these arguments."""
        key = (kind, tuple(sorted(binding.fields.items())))
        layer = self._layers.get(key)
        if layer is None:
            layer = self._layers[key] = construct(kind, call.name, binding, call.span)
        return layer, binding

    def unknown(self, call: Call) -> ExpressionError:
        """No layer has this name: the nearest one, or what a call of another library is here."""
        from unicodedata import normalize

        from cnncalc.spec.foreign_names import proposal

        few = len(self.nodes.problems.found) < SUGGESTIONS
        near = nearest(call.name, [*registry.names(), *self.blocks]) if few else ""
        found = "" if near else proposal(normalize("NFKC", call.name), frozenset(registry.names()))
        return ExpressionError(f"unknown layer '{call.name}'{near}", call.name_span, f"write {found}" if found else "")
