"""The formulas of the field as templates, with the meaning of every symbol.

A template names its symbols in angle brackets; ``general`` leaves the letters, ``filled`` puts numbers in their place.
Sources: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), for sizes; Araujo, Norris and
Sim, Computing Receptive Fields of Convolutional Neural Networks (2019), for receptive fields.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cnncalc.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

SYMBOLS = {
    "i": "size of the input",
    "k": "size of the window",
    "s": "stride",
    "p": "padding on each side",
    "p_begin": "padding before",
    "p_end": "padding behind",
    "d": "dilation",
    "p_out": "rows added at the end of the output",
    "f": "factor",
    "N": "batch",
    "C_in": "channels of the input",
    "C_out": "channels of the output",
    "g": "groups",
    "K": "numbers in the window, all axes together",
    "P_in": "positions of the input",
    "P_out": "positions of the output",
    "F_in": "features of the input",
    "F_out": "features of the output",
    "R": "rows, or vectors, per sample",
    "M": "rows of the first matrix",
    "Z": "columns of the first matrix, rows of the second",
    "L": "columns of the second matrix",
    "T": "tokens",
    "S": "tokens that ask",
    "F": "features",
    "W": "numbers in its matrices of weights, each used once per token",
    "U": "numbers in the output of one sample",
    "E": "numbers in the input of one sample",
    "B": "bytes of one number",
    "c": "operations per number",
    "MACs": "multiply-accumulates",
    "other": "all other operations",
    "r": "receptive field of the input of the layer",
    "j": "distance of neighbouring inputs of the layer, in pixels",
    "b": "first pixel that the first input of the layer sees",
}


class Formula(NamedTuple):
    """A formula as plain text, and as LaTeX where it looks different."""

    text: str
    latex: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the formula, in order."""
        return tuple(dict.fromkeys(re.findall(r"<(\w+)>", self.text)))

    def general(self) -> str:
        """With letters, as text."""
        return fill(self.text, {symbol: symbol for symbol in self.symbols})

    def filled(self, values: Mapping[str, str]) -> str:
        """With numbers, as text."""
        return fill(self.text, values)

    def general_latex(self) -> str:
        """With letters, as LaTeX."""
        return fill(self._latex(), {symbol: latex_symbol(symbol) for symbol in self.symbols})

    def filled_latex(self, values: Mapping[str, str]) -> str:
        """With numbers, as LaTeX."""
        return fill(self._latex(), {name: value.replace("*", r" \cdot ") for name, value in values.items()})

    def _latex(self) -> str:
        return self.latex or self.text.replace(" * ", r" \cdot ").replace("*", r" \cdot ")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values in the place of the symbols."""
    return re.sub(r"<(\w+)>", lambda match: values[match[1]], template)


def latex_symbol(name: str) -> str:
    """``C_out`` as C with an upright index; words upright."""
    letter, _, index = name.partition("_")
    letter = letter if len(letter) == 1 else rf"\text{{{letter}}}"
    return rf"{letter}_{{\text{{{index}}}}}" if index else letter


_PADDING = {True: "2*<p>", False: "<p_begin> + <p_end>"}
_SPAN = {True: "<k>", False: "<d>*(<k> - 1) - 1"}


def window_size(*, even_padding: bool, plain: bool, ceil: bool) -> Formula:
    """The output size of a window: with equal padding on both sides or not, without dilation or with, floor or ceil."""
    top = f"<i> + {_PADDING[even_padding]} - {_SPAN[plain]}"
    rounding = "ceil" if ceil else "floor"
    latex_top = top.replace("*", r" \cdot ")
    return Formula(
        f"{rounding}(({top}) / <s>) + 1",
        rf"\left\l{rounding} \frac{{{latex_top}}}{{<s>}} \right\r{rounding} + 1",
    )


TRANSPOSED_SIZE = Formula("(<i> - 1)*<s> - <p_begin> + <d>*(<k> - 1) + 1 + <p_out>")
GROWN_SIZE = Formula("<i> + <p_begin> + <p_end>")
SCALED_SIZE = Formula("floor(<i> * <f>)", r"\left\lfloor <i> \cdot <f> \right\rfloor")

CONV_PARAMS = Formula("<C_out> * <C_in>/<g> * <K>", r"<C_out> \cdot \frac{<C_in>}{<g>} \cdot <K>")
CONV_PARAMS_BIAS = Formula(
    "<C_out> * <C_in>/<g> * <K> + <C_out>", r"<C_out> \cdot \frac{<C_in>}{<g>} \cdot <K> + <C_out>"
)
LINEAR_PARAMS = Formula("<F_out> * <F_in>")
LINEAR_PARAMS_BIAS = Formula("<F_out> * <F_in> + <F_out>")

CONV_MACS = Formula(
    "<N> * <P_out> * <C_out> * <C_in>/<g> * <K>", r"<N> \cdot <P_out> \cdot <C_out> \cdot \frac{<C_in>}{<g>} \cdot <K>"
)
TRANSPOSED_MACS = Formula(
    "<N> * <P_in> * <C_in> * <C_out>/<g> * <K>", r"<N> \cdot <P_in> \cdot <C_in> \cdot \frac{<C_out>}{<g>} \cdot <K>"
)
LINEAR_MACS = Formula("<N> * <R> * <F_in> * <F_out>")
MATMUL_MACS = Formula("<N> * <R> * <M> * <Z> * <L>")
ATTENTION_MACS = Formula("<N> * (4 * <T> * <F> * <F> + 2 * <T> * <T> * <F>)")
SDPA_MACS = Formula("<N> * 2 * <S> * <T> * <F>")
RECURRENT_MACS = Formula("<N> * <T> * <W>")
PER_OUTPUT = Formula("<N> * <c> * <U>")
PER_INPUT = Formula("<N> * <c> * <E>")

FLOPS = Formula("2 * <MACs> + <other>")
OUTPUT_BYTES = Formula("<N> * <U> * <B>")

FIELD_SIZE = Formula("<r> + (<k> - 1)*<d>*<j>")
FIELD_JUMP = Formula("<j> * <s>")
FIELD_START = Formula("<b> - <p_begin>*<j>")
