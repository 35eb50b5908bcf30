"""One file of HTML from a template: nothing in it is loaded from elsewhere, and nothing runs that is not ours."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from cnncalc.draw.style import sheet
from cnncalc.page.files import FOLDER, text_of

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def page(template: str, **values: Any) -> str:
    """The page of a template; every value is escaped, unless a filter of ours made it."""
    made = _environment().get_template(template).render(**values)
    return made.replace(_POLICY, _policy(made), 1)


def fragment(network: Any) -> str:
    """The article of one network, for a page that has an editor."""
    return _fragment().render(network=network)


def warm() -> None:
    """Read the templates of ``fragment``, so that the first answer need not."""
    _fragment()
    _environment().get_template("article.html")


@cache
def _fragment() -> Template:
    return _environment().from_string('{% from "article.html" import article %}{{ article(network, 0, false) }}')


def data(value: Any) -> Markup:
    """Data for a script element: nothing in it can end the element, and no character needs an encoding."""
    text = json.dumps(value, separators=(",", ":"))
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 (escaped above)


def own(name: str) -> Markup:
    """A style or script of ours, as it is."""
    return Markup(text_of(name))  # noqa: S704 (a file of the program, no text of a user)


def drawn(svg: str) -> Markup:
    """A picture of ours, as it is: what a spec says is escaped in it already."""
    return Markup(svg)  # noqa: S704 (made and escaped by draw/svg.py)


def colours() -> Markup:
    """The style sheet of all pictures."""
    return Markup(sheet())  # noqa: S704 (a text of the program)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["own"] = own
    made.globals["colours"] = colours
    made.filters["data"] = data
    made.filters["drawn"] = drawn
    return made


_POLICY = "POLICY-OF-THIS-PAGE"
"""Where the template wants its policy."""


def _policy(made: str) -> str:
    """A policy that allows the styles and the script of the page, by their hashes, and no request."""
    styles = dict.fromkeys(_hash(found) for found in _STYLE.findall(made))
    return (
        f"default-src 'none'; style-src {' '.join(styles)}; script-src {_hash(text_of('network.js') + text_of('report.js'))}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
