"""Products of values along named axes: Einstein's sum."""

from __future__ import annotations

from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Annotated, final

from pydantic import Field

from cnncalc.diagnostics import ShapeError
from cnncalc.layers.arguments import expression
from cnncalc.layers.base import GLOBAL, Cost, Example, Layer, Reach, Run, Same, Saved, Shape, TorchCall, Whole
from cnncalc.layers.broadcast import listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH = "."
"""Stands for the letter of the batch."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@final
class Einsum(Layer):
    """Multiplies one or two values along axes with names and adds up over the names that the result lacks.

    ``einsum(q, k, axes=hqd_hkd_hqk)``: a letter for every axis of every value, and of the result last; the batch has no
    letter. Two values: names of the second only or of the first only that the result lacks are added up first; then a MAC
    for every combination of the names that are left, or a multiplication if none of them disappears. One value: an
    addition for every number less those of the result. Of each factor is kept what the other's gradient needs, in the order
    in which the product takes it: a copy where the axes do not lie so. Source: ``torch.einsum``.
    """

    op = "einsum"
    arity = None
    stretches = True
    EXAMPLES = (
        Example({"axes": "hqd_hkd_hqk"}, ((3, 5, 6), (3, 7, 6)), "einsum(id, id, axes=hqd_hkd_hqk)"),
        Example({"axes": "qhd_khd_hqk"}, ((5, 3, 6), (7, 3, 6)), ""),
        Example({"axes": "chw_dc_dhw"}, ((3, 4, 5), (6, 3)), ""),
        Example({"axes": "i_j_ij"}, ((5,), (6,)), "einsum(id, id, axes=i_j_ij)"),
        Example({"axes": "ij_k_i"}, ((3, 4), (5,)), ""),
        Example({"axes": "cij_ij"}, ((3, 4, 5),), ""),
        Example({"axes": "ij_ji"}, ((3, 4),), ""),
    )

    axes: Annotated[str, Field(pattern=r"[a-z]*(_[a-z]*)+$")]

    def labels(self, inputs: tuple[Shape, ...]) -> tuple[list[str], str, dict[str, int]]:
        """The letters of every value, those of the result, and the size of each.

        Raises:
            ShapeError: there are not one or two values, or the letters do not fit them.
        """
        *entering, result = self.axes.split("_")
        if not 0 < len(inputs) < 3:  # noqa: PLR2004 (a product has two factors)
            message = f"einsum needs 1 or 2 inputs; found {len(inputs)}"
            raise ShapeError(message, hint="nest them: einsum(einsum(a, b, ...), c, ...)", assume=inputs[0])
        if [len(letters) for letters in entering] != [len(shape) for shape in inputs]:
            message = f"einsum {self.axes}: {listed(inputs)} need other letters"
            hint = "one letter per axis without the batch, values joined by _, the result last: hqd_hkd_hqk"
            raise ShapeError(message, argument="axes", hint=hint, assume=inputs[0])
        sizes: dict[str, int] = {}
        for letter, size in zip("".join(entering), (n for shape in inputs for n in shape), strict=True):
            if sizes.setdefault(letter, size) != size:
                message = f"einsum {self.axes}: axis {letter} is {sizes[letter]} and {size}"
                raise ShapeError(message, argument="axes", hint="axes of one letter are of one size", assume=inputs[0])
        for letters in (*entering, result):
            if len(set(letters)) < len(letters) or not set(letters) <= set(sizes):
                message = f"einsum {self.axes}: {letters} repeats a letter, or has one that no value has"
                hint = "every letter stands once in a value, and those of the result in some value"
                raise ShapeError(message, argument="axes", hint=hint, assume=inputs[0])
        return entering, result, sizes

    def infer(self, *inputs: Shape) -> Shape:
        """The sizes of the result's letters.

        Raises:
            ShapeError: there are not one or two values, or the letters do not fit them.
        """
        _, result, sizes = self.labels(inputs)
        return tuple(sizes[letter] for letter in result)

    def _summed(self, inputs: tuple[Shape, ...]) -> tuple[list[str], str, dict[str, int]]:
        """The same once what only one factor has, and the result lacks, is added up; axes of 1 disappear without a sum."""
        entering, result, sizes = self.labels(inputs)
        shared = {x for x in entering[0] if sizes[x] > 1 and x in entering[-1]} if len(entering) > 1 else set()
        return ["".join(x for x in letters if x in result or x in shared) for letters in entering], result, sizes

    def cost(self, *inputs: Shape) -> Cost:
        """Additions of what is added up first, then MACs, or multiplications where nothing disappears."""
        entering, result, sizes = self._summed(inputs)
        numbers = [prod(sizes[x] for x in letters) for letters in entering]
        added = {"add": sum(prod(shape) - n for shape, n in zip(inputs, numbers, strict=True))}
        if len(entering) == 1:
            return added
        both = set("".join(entering))
        every = prod(sizes[x] for x in both)
        return {"mul" if both == set(result) else "mac": every} | added

    def is_product(self, *inputs: Shape) -> bool:
        """Whether names disappear that both factors have, so that it is a product of matrices."""
        return "mac" in self.cost(*inputs)

    def meeting(self, *inputs: Shape) -> dict[str, int]:
        """The names that a product multiplies its MACs over, and their sizes; names of 1 and those added up before it lack."""
        entering, result, sizes = self._summed(inputs)
        return {x: sizes[x] for x in dict.fromkeys("".join(entering) + result)}

    def reach(self, *inputs: Shape) -> Reach:
        """Everything of what disappears."""
        if self.is_view(*inputs):
            (entering,), result, _ = self.labels(inputs)
            return Reach(order=tuple(map(entering.index, result)))
        return GLOBAL

    def reach_of(self, place: int, *inputs: Shape) -> Reach:
        """Where all axes keep their place, but perhaps the first, they are read at their place; else everything."""
        entering, result, _ = self.labels(inputs)
        letters = entering[place]
        if len(letters) != len(result) or letters[1:] != result[1:] or result[:1] in letters[1:]:
            return GLOBAL
        return Reach((Same(),) * (len(letters) - 1), first=Same() if letters[:1] == result[:1] else Whole())

    def saved(self, run: Run, *inputs: Shape) -> Saved:
        """The factors whose partner needs a gradient: themselves, or a copy in the order of the product."""
        if len(inputs) == 1:
            return Saved()
        entering, result, sizes = self._with_batch(run.batch, run.once or (False, False), inputs)
        multiplies = not self.is_product(*inputs)
        kept, extra = [], 0
        for place, letters in enumerate(entering):
            if not run.needs[1 - place]:
                continue
            whole = prod(sizes[x] for x in letters if x != BATCH) == prod(inputs[place])
            if whole and (multiplies or in_order(letters, entering[1 - place], result, sizes)):
                kept.append(place)
            else:
                extra += prod(sizes[x] for x in letters) * run.itemsize
        return Saved(tuple(kept), extra=extra)

    def _with_batch(
        self, batch: int, once: Sequence[bool], inputs: tuple[Shape, ...]
    ) -> tuple[list[str], str, dict[str, int]]:
        """Letters and sizes as they meet, the batch among them where a factor has it."""
        entering, result, sizes = self._summed(inputs)
        with_batch = [letters if alone else BATCH + letters for letters, alone in zip(entering, once, strict=True)]
        return with_batch, BATCH + result, {**sizes, BATCH: batch}

    def lies(self, batch: int, once: Sequence[bool], *inputs: Shape) -> list[int]:
        """The axes of the result, the batch as axis 0, as they follow one another in memory: what a product leaves behind.

        Axes of both factors come first, then those of the first alone, then those of the second alone.
        """
        if len(inputs) == 1:
            return list(range(len(self.infer(*inputs)) + 1))
        entering, result, sizes = self._with_batch(batch, once, inputs)
        first, second = ({x for x in letters if sizes[x] > 1} for letters in entering)
        group = [1 if x in first - second else 2 if x in second - first else 0 for x in result]
        return sorted(range(len(result)), key=group.__getitem__)

    def is_view(self, *inputs: Shape) -> bool:
        """One value whose axes change places."""
        return len(inputs) == 1 and prod(inputs[0]) == prod(self.infer(*inputs))

    def is_composite(self, *inputs: Shape) -> bool:
        """Of two factors: they are brought into the order of a product first."""
        return len(inputs) > 1

    def torch(self, *inputs: Shape) -> TorchCall:
        """``torch.einsum`` with a letter for the batch."""
        entering, result, _ = self.labels(inputs)
        batch = next(x for x in reversed(_LETTERS) if x not in self.axes)
        text = ",".join(batch + letters for letters in entering)
        values = ", ".join(f"{{{i}}}" for i in range(len(inputs)))
        return expression(f'torch.einsum("{text}->{batch}{result}", {values})')


def in_order(letters: str, other: str, result: str, sizes: Mapping[str, int]) -> bool:
    """Whether a factor is a stack of matrices as it lies: (shared axes, own axes, axes that disappear), or the last two swapped.

    Args:
        letters: of the factor, the batch included.
        other: those of the other factor.
        result: those of the result.
        sizes: by letter; axes of 1 lie anywhere.
    """
    groups = {x: 2 if x not in result else 0 if x in other else 1 for x in letters}
    order = [x for x in result if x in letters] + sorted(x for x in letters if x not in result)
    lying = [[*group] for _, group in groupby((x for x in letters if sizes[x] > 1), groups.__getitem__)]
    parts = [[x for x in order if groups[x] == number and sizes[x] > 1] for number in range(3)]
    shared, *rest = ([part] if part else [] for part in parts)
    flat = [part for found in rest for part in found]
    return lying in (shared + flat, shared + flat[::-1])
