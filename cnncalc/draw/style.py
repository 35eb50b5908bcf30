"""The colours of all pictures, light and dark, as one style sheet: classes only, so that a page can allow it by its hash.

The steps of blue and the orange beside them are told apart with any colour vision and in grey: they differ in lightness, and no
picture says anything by colour alone.
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
"""By the reader's setting, or always the same."""

_BASE = (
    ".cnn{font:10px system-ui,'Segoe UI','Noto Sans','DejaVu Sans',sans-serif;font-variant-numeric:tabular-nums}"
    ".cnn .m{text-anchor:middle}.cnn .e{text-anchor:end}.cnn .h{font-size:12px;font-weight:600}.cnn .b{font-weight:600}"
    ".cnn .t{font-size:8.5px}.cnn .s{font-size:9px}.cnn .no{fill:none}"
    ".cnn .dash{stroke-dasharray:3 2}.cnn .dot{stroke-dasharray:1 2}.cnn .thick{stroke-width:2}.cnn .faint{opacity:.45}"
)

_COLOURS = {
    ".ground{fill:%s}": ("#ffffff", "#0d1117"),
    "text{fill:%s}": ("#1b1f24", "#e6edf3"),
    ".soft{fill:%s}": ("#4d5661", "#a9b3bd"),
    ".axis{stroke:%s;fill:none}": ("#8b949e", "#6e7681"),
    ".grid{stroke:%s;fill:none}": ("#d8dee4", "#2a3038"),
    ".arrow{stroke:%s;fill:none}": ("#57606a", "#9da7b1"),
    ".head{fill:%s}": ("#57606a", "#9da7b1"),
    ".skip{stroke:%s;fill:none;stroke-width:1.4}": ("#8250df", "#bc8cff"),
    ".skiphead{fill:%s}": ("#8250df", "#bc8cff"),
    ".box{fill:%s}": ("#eef2f6", "#1c232b"),
    ".edge{stroke:%s}": ("#8b949e", "#6e7681"),
    ".c0{fill:%s}": ("#ffffff", "#0d1117"),
    ".c1{fill:%s}": ("#dcebfa", "#12304f"),
    ".c2{fill:%s}": ("#bbd8f5", "#18446f"),
    ".c3{fill:%s}": ("#93c0ec", "#1e5890"),
    ".c4{fill:%s}": ("#66a4e0", "#2a70b4"),
    ".c5{fill:%s}": ("#3c84cc", "#3f8ad6"),
    ".pad{fill:%s}": ("#ebe4d6", "#3a3427"),
    ".lost{fill:%s}": ("#f08c4a", "#b3541e"),
    ".unread{fill:%s}": ("#f7cfb0", "#6b3c1d"),
    ".cell{stroke:%s;stroke-width:.5}": ("#8b949e", "#545d68"),
    ".win{stroke:%s;fill:none;stroke-width:1.6}": ("#a40e26", "#ff9790"),
    ".peak{fill:%s}": ("#a40e26", "#ff7b72"),
    ".field{stroke:%s;fill:none;stroke-width:1.4}": ("#0550ae", "#79b8ff"),
    ".seen{fill:%s;fill-opacity:.35}": ("#3c84cc", "#3f8ad6"),
    ".object{stroke:%s;fill:none;stroke-width:1.2}": ("#116329", "#7ee787"),
    ".bell{fill:%s;fill-opacity:.065}": ("#c2410c", "#ffb077"),
    ".k0{fill:%s}": ("#3c84cc", "#58a6ff"),
    ".k1{fill:%s}": ("#d1731f", "#e39a4f"),
    ".k2{fill:%s}": ("#3a8a55", "#56b877"),
    ".k3{fill:%s}": ("#8a63c9", "#b18cf0"),
    ".l0{stroke:%s;fill:none;stroke-width:1.5}": ("#1f6bb8", "#58a6ff"),
    ".l1{stroke:%s;fill:none;stroke-width:1.5}": ("#b45309", "#e39a4f"),
    ".l2{stroke:%s;fill:none;stroke-width:1.5}": ("#1a7f45", "#56b877"),
    ".l3{stroke:%s;fill:none;stroke-width:1.5}": ("#6f42c1", "#b18cf0"),
    ".side{fill:%s}": ("#9dc3e8", "#235a8f"),
    ".top{fill:%s}": ("#c9e0f6", "#2c6ca8"),
    ".front{fill:%s}": ("#e4f0fb", "#173a5e"),
}
"""Rules with a colour, in order: light and dark."""


def _rules(which: int) -> str:
    return "".join(f".cnn {rule % colours[which]}" for rule, colours in _COLOURS.items())


def sheet(theme: Theme = "auto") -> str:
    """The style sheet; ``auto`` follows the reader's setting."""
    if theme != "auto":
        return _BASE + _rules(int(theme == "dark"))
    return f"{_BASE}{_rules(0)}@media(prefers-color-scheme:dark){{{_rules(1)}}}"
