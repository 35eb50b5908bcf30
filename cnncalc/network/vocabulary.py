"""What the word of a call means: a layer with its arguments, made once for a stage that says the same wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from cnncalc.diagnostics import ShapeError
from cnncalc.layers import registry
from cnncalc.network.binding import bind, construct
from cnncalc.network.dependence import Dependence, dependence, names_values
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
        self._dependences: dict[int, Dependence | None] = {}
        """By stage; None where the call names values of the network, which are others at every place."""
        self._said: dict[tuple[Any, ...], tuple[Layer, Binding]] = {}
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
        if not call.arguments:
            return self._bare.get(call.name) or self._bare.setdefault(call.name, self.read(call, scope))
        says = None if stage is None else self.dependence(call, stage)
        if says is None:
            return self.read(call, scope)
        key = (id(stage), *says.values(scope))
        return self._said.get(key) or self._said.setdefault(key, self.read(call, scope))

    def dependence(self, call: Call, stage: Stage) -> Dependence | None:
        """What the call of a stage depends on; None where that is more than numbers."""
        if id(stage) not in self._dependences:
            kind = registry.lookup(call.name)
            plain = kind is not None and not names_values(kind, call)
            self._dependences[id(stage)] = dependence(call) if plain else None
        return self._dependences[id(stage)]

    def read(self, call: Call, scope: Scope) -> tuple[Layer, Binding]:
        """The layer of a call that was not read before.

        Raises:
            ExpressionError: there is no such layer, or an argument is wrong.
        """
        kind = registry.lookup(call.name)
        if kind is None:
            raise self.unknown(call)
        return self.made(kind, call, self.completed(kind, call, bind(kind, call, scope)))

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
