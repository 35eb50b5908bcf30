"""Layers of Keras in which values meet, arithmetic with numbers, and those that change the axes."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from cnncalc.convert.keras.base import PAIR, Base, number

if TYPE_CHECKING:
    from cnncalc.convert.keras.calls import Call

FUNCTIONS = {
    "math.add": "add", "__operators__.add": "add", "math.multiply": "multiply", "__operators__.mul": "multiply",
    "math.subtract": "subtract", "__operators__.sub": "subtract", "math.divide": "divide", "__operators__.truediv": "divide",
    "nn.relu": "relu", "nn.relu6": "relu6", "nn.silu": "silu", "nn.sigmoid": "sigmoid",
}  # fmt: skip
"""TensorFlow's functions that models of Keras 2 call, by their names in the file."""


class Merges(Base):
    """Methods by the names of layers."""

    def at_add(self, call: Call) -> int:
        """A sum."""
        return self.meeting("add", call)

    def at_multiply(self, call: Call) -> int:
        """A product."""
        return self.meeting("mul", call)

    def at_subtract(self, call: Call) -> int:
        """A difference."""
        return self.meeting("sub", call)

    def at_divide(self, call: Call) -> int:
        """A quotient."""
        return self.meeting("div", call)

    at_truedivide = at_divide

    def at_maximum(self, call: Call) -> int:
        """The largest."""
        return self.meeting("max", call)

    def at_minimum(self, call: Call) -> int:
        """The smallest."""
        return self.meeting("min", call)

    def at_average(self, call: Call) -> int:
        """The sum, divided by how many there are."""
        return self.alike(self.build.add(f"scale (1/{len(call.sources)})", self.meeting("add", call)), call.sources[0])

    def meeting(self, operator: str, call: Call) -> int:
        """Values that meet element by element, or a value and a number."""
        sources = call.sources
        if len(sources) == 1 and call.numbers:
            return self.with_number(operator, sources[0], call.numbers[0])
        whole = max(sources, key=self.axes)
        met = []
        for source in sources:
            turned = self.last(source) if whole in self.lasts else self.first(source)
            missing = self.axes(whole) - self.axes(turned)
            if missing:  # Keras puts the axes that are missing behind the batch
                own = self.build.shapes[turned]
                ones = (1,) * missing
                shape = (*ones, *own) if whole in self.lasts else (own[0], *ones, *own[1:])
                turned = self.build.add(f"reshape {'x'.join(map(str, shape))}", turned)
            met.append(turned)
        return self.alike(self.build.merge(operator, met), whole)

    def with_number(self, operator: str, source: int, value: float) -> int:
        """``x + 3``."""
        texts = {"add": "shift {}", "mul": "scale {}", "sub": "shift -{}", "div": "scale (1/{})"}
        if operator not in texts or (operator == "div" and value != int(value)) or not value:
            self.build.refuse(f"{operator} with a number")
        text = number(value)
        return self.alike(self.build.add(texts[operator].format(text).replace("--", ""), source), source)

    def at_tfoplambda(self, call: Call) -> int | list[int]:
        """A function of TensorFlow, of Keras 2."""
        function = str(call.values.get("function", ""))
        word = FUNCTIONS.get(function)
        if word is None:
            self.build.refuse(f"function {function}")
        method = getattr(self, f"at_{word}", None)
        if method is None:
            return self.alike(self.build.add(word, call.sources[0]), call.sources[0])
        made: int = method(call)
        return made

    at_slicingoplambda = at_tfoplambda

    def at_customscalelayer(self, call: Call) -> int:
        """Of keras.applications: Inception-ResNet's sum with a scaled branch."""
        branch = self.build.add(f"scale {number(call.values.get('scale', 1))}", call.sources[1])
        return self.build.merge("add", [call.sources[0], branch])

    def at_concatenate(self, call: Call) -> int:
        """Values one behind the other."""
        sources = call.sources
        rank, lasts = self.axes(sources[0]), sources[0] in self.lasts
        axis = int(call.values.get("axis", -1))
        keras = axis - 1 if axis > 0 else axis + rank
        if not 0 <= keras < rank:
            self.build.refuse(f"Concatenate along {axis}")
        ours = keras if lasts else (keras + 1) % rank
        met = [self.last(source) if lasts else self.first(source) for source in sources]
        return self.alike(self.build.merge("concat", met, axis=ours), sources[0])

    def at_dot(self, call: Call) -> int:
        """The product of two lists of features."""
        axes = call.values.get("axes")
        if any(self.axes(source) != 1 for source in call.sources) or axes not in (1, -1, [1, 1], [-1, -1]):
            self.build.refuse("Dot of anything but two lists of features")
        sources = [self.build.add("l2norm", s) for s in call.sources] if call.values.get("normalize") else call.sources
        return self.build.add("sum 0 keepdim", self.build.merge("mul", sources))

    def at_flatten(self, call: Call) -> int:
        """All numbers as one list."""
        source = call.sources[0]
        if self.rank(source) < 1:
            return source
        if source not in self.lasts:
            self.note("Keras flattens channels last: the order of features differs.")
        return self.build.add("flatten", source)

    def at_reshape(self, call: Call) -> int:
        """Other axes, in the order in which Keras has them."""
        source = call.sources[0]
        target = [int(axis) for axis in call.values.get("target_shape") or []]
        known = prod(axis for axis in target if axis != -1)
        shape = [prod(self.build.shapes[source]) // known if axis == -1 and known else axis for axis in target]
        if len(shape) < PAIR:
            return self.at_flatten(call)
        narrow = prod(shape[:-1]) == 1
        if narrow and len(shape) > PAIR and prod(self.build.shapes[source]) == max(self.build.shapes[source]):
            return self.build.add(f"reshape {'x'.join(map(str, (shape[-1], *shape[:-1])))}", source, name=call.name)
        made = self.build.add(f"reshape {'x'.join(map(str, shape))}", self.last(source), name=call.name)
        self.lasts.add(made)
        return made

    def at_permute(self, call: Call) -> int:
        """Axes in another order."""
        source = self.last(call.sources[0])
        order = [int(d) - 1 for d in call.values["dims"]]
        if order == sorted(order):
            return source
        made = self.build.add(f"permute ({','.join(map(str, order))})", source, name=call.name)
        self.lasts.add(made)
        return made

    def at_repeatvector(self, call: Call) -> int:
        """A list of features at every time."""
        count, own = int(call.values["n"]), self.build.shapes[call.sources[0]]
        made = self.build.chain(["unsqueeze 0", f"expand {count}x{own[0]}"], call.sources[0])
        self.lasts.add(made)
        return made
