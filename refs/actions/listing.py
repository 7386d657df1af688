"""Write references by a template, for `refs list --format`."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Formatter

from refs.errors import UsageError
from refs.folding import tags
from refs.model import VARIABLES, Reference
from refs.stored import creators_line

OWN: dict[str, Callable[[Reference], str]] = {
    "key": lambda reference: reference.key,
    "type": lambda reference: reference.type,
    "author": creators_line,
    "year": lambda reference: str(reference.year or ""),
    "tags": lambda reference: ", ".join(tags(reference)),
}
"""What a template names besides CSL's variables and the schemes of identifiers; `author` is what a list shows."""
ESCAPES = {r"\t": "\t", r"\n": "\n", r"\\": "\\"}


def template(text: str) -> Callable[[Reference], str]:
    """Return the function that fills a template in: "{key}\\t{author} {year}: {title}"; {{ and }} are braces.

    Names stand alone between the braces: nothing in them is evaluated. Raise UsageError for any other.
    """
    try:
        pieces = list(Formatter().parse(text))
    except ValueError:
        raise UsageError(f"--format: a brace stands alone in {text!r}; double one that is meant as such") from None
    parts = [(_unescaped(literal), _field(name, spec, how)) for literal, name, spec, how in pieces]

    def fill(reference: Reference) -> str:
        from refs.console import visible

        return "".join(literal + visible(field(reference)) for literal, field in parts)

    return fill


def _unescaped(literal: str) -> str:
    return re.sub(r"\\[tn\\]", lambda match: ESCAPES[match[0]], literal)


def _field(name: str | None, spec: str | None, conversion: str | None) -> Callable[[Reference], str]:
    if name is None:
        return lambda reference: ""
    if spec or conversion or not re.fullmatch("[A-Za-z][A-Za-z_-]*", name):
        raise UsageError(f"--format: {{{name}}} must be the name of a field and nothing else")
    if name in OWN:
        return OWN[name]
    from refs.query import EXTRA

    known = {variable.lower(): variable for variable in VARIABLES} | {scheme: scheme for scheme in EXTRA}
    variable = known.get(name.lower())
    if variable is None:
        from refs.citekeys import nearest

        near = nearest(name, [*OWN, *VARIABLES])
        raise UsageError(f"--format: no field is called {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    return lambda reference: _value(reference, variable)


def _value(reference: Reference, variable: str) -> str:
    from refs.fieldwise import readable

    if variable in reference.fields:
        return readable(reference.fields[variable])
    return reference.identifiers.get(variable) or reference.extra.get(variable, "")
