"""Check a style against CSL 1.0.2 and common sense, with the place of every problem.

An error is what the schema does not allow or what cannot be printed; a warning is what it allows but nobody means:
macros that nothing calls, terms in the wrong form, names that are about to leave the language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from refs import model
from refs.csl import schema
from refs.csl.style import parse_xml, read_style
from refs.errors import ParseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from refs.csl.style import Element

MOST = 200  # Problems reported of one file.
PATTERNS = {
    schema.NUMBER: re.compile(r"-?\d{1,9}"),
    schema.NAME: re.compile(r"\S.*"),
    schema.LANGUAGE: re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*"),
    schema.ANY_URI: re.compile(r".*\S.*"),
}
DEPRECATED_VALUES = {("text-case", "sentence"): "lowers proper names too", ("variable", "event"): "is now event-title"}
PART_FORMS = {
    "day": frozenset({"numeric", "numeric-leading-zeros", "ordinal"}),
    "month": frozenset({"long", "short", "numeric", "numeric-leading-zeros"}),
    "year": frozenset({"long", "short"}),
}
WITH_TEXT = frozenset(
    {"term", "single", "multiple", "name", "email", "uri", "id", "issn", "eissn", "issnl", "published"}
)
WITH_TEXT |= {"rights", "summary", "title", "title-short", "updated", "category", "link"}
ONE_OF = {  # attributes of which an element has exactly one
    "text": ("variable", "macro", "term", "value"),
    "key": ("variable", "macro"),
    "category": ("citation-format", "field"),
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with a style, and where; lines and columns count from 1, 0 is unknown."""

    line: int
    column: int
    severity: str
    message: str


def check_style(data: bytes, name: str) -> list[Problem]:
    """Return the problems of a style or locale in the order of their places; the first 200 of them."""
    try:
        root = parse_xml(data, name)
    except ParseError as error:
        return [Problem(error.location.line, error.location.column, "error", error.reason)]
    if root.tag not in ("style", "locale"):
        return [_error(root, f"not a CSL style: the root element is <{root.tag[:40]}>")]
    found: list[Problem] = []
    for problem in _problems(root):
        found.append(problem)
        if len(found) == MOST:
            break
    if not any(problem.severity == "error" for problem in found):
        found += _unprintable(root, name)
    return sorted(set(found))


def _unprintable(root: Element, name: str) -> Iterator[Problem]:
    """Yield why a style that keeps to the schema cannot be printed with: macros that expand without bound."""
    if root.find("citation") is None:  # a locale, or a dependent style
        return
    try:
        read_style(root, name, None)
    except ParseError as error:
        yield Problem(error.location.line, error.location.column, "error", error.reason)


def _problems(root: Element) -> Iterator[Problem]:
    yield from _version(root)
    if root.tag == "style":
        yield from _outline(root)
        yield from _macros(root)
    for element, parents in _walk(root):
        yield from _element(element, parents)


def _walk(root: Element) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield the known elements with the names of those around them, in the order of the file."""
    stack: list[tuple[Element, tuple[str, ...]]] = [(root, ())]
    while stack:
        element, parents = stack.pop()
        yield element, parents
        inner = (*parents, element.tag)
        stack.extend((child, inner) for child in reversed(element.children) if child.tag in _allowed(element))


def _allowed(element: Element) -> frozenset[str]:
    return schema.CHILDREN.get(element.tag, frozenset())


def _error(element: Element, message: str) -> Problem:
    return Problem(element.line, element.column, "error", message)


def _warning(element: Element, message: str) -> Problem:
    return Problem(element.line, element.column, "warning", message)


def _version(root: Element) -> Iterator[Problem]:
    version = root.get("version")
    if not version or version == "1.0":
        return
    match = re.fullmatch(r"(\d{1,4})\.(\d{1,4})(\..*)?", version)
    newer = match is not None and (int(match[1]), int(match[2])) > (1, 0)
    reason = "is newer than the 1.0 that is known here" if newer else 'is not "1.0"'
    yield _error(root, f"version {version[:40]!r} {reason}")


def _outline(root: Element) -> Iterator[Problem]:
    """Check what makes a style independent or dependent, and its info."""
    info = root.find("info")
    parents = [link for link in (info.find_all("link") if info else []) if link.get("rel") == "independent-parent"]
    citation = root.find("citation")
    if citation is None and not parents:
        yield _error(root, "no <citation>, and no link to an independent parent")
    elif citation is not None and parents:
        yield _error(parents[0], "a style with a <citation> has no independent parent")
    if citation is not None and "class" not in root.attrs:
        yield _error(root, "<style> has no class: in-text or note")
    for area in ("info", "citation", "bibliography"):
        for again in root.find_all(area)[1:]:
            yield _error(again, f"a second <{area}>")
    seen: set[str] = set()
    for locale in root.find_all("locale"):
        language = locale.get("xml:lang")
        if language in seen:
            yield _warning(locale, f"a second <locale> for {language or 'every language'}")
        seen.add(language)
    formats = [c for c in (info.find_all("category") if info else []) if "citation-format" in c.attrs]
    if info is not None and not formats:
        yield _warning(info, "no <category citation-format>: searches by format will not find the style")


def _element(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    """Check one element: its attributes, its children, its text, and what holds for it alone."""
    yield from _attributes(element)
    yield from _children(element, parents)
    if element.tag not in WITH_TEXT and element.text.strip():
        yield _error(element, f"text in <{element.tag}>: {element.text.strip()[:40]!r}")
    rule = RULES.get(element.tag)
    if rule is not None:
        yield from rule(element, parents)


def _attributes(element: Element) -> Iterator[Problem]:
    known = schema.ATTRIBUTES.get(element.tag, {})
    for name, value in element.attrs.items():
        if name not in known:
            yield _error(element, f"unknown attribute {name[:40]!r} of <{element.tag}>" + _nearest(name, known))
            continue
        yield from _value(element, name, value, known[name])
        reason = DEPRECATED_VALUES.get((name, value))
        if reason:
            yield _warning(element, f'{name}="{value}" is deprecated: it {reason}')
    for name in schema.REQUIRED_ATTRIBUTES.get(element.tag, ()):
        if name not in element.attrs:
            yield _error(element, f"<{element.tag}> needs the attribute {name}")
    choices = ONE_OF.get(element.tag)
    if choices and sum(name in element.attrs for name in choices) != 1:
        yield _error(element, f"<{element.tag}> needs exactly one of {', '.join(choices)}")


def _value(element: Element, name: str, value: str, kind: schema.Kind) -> Iterator[Problem]:
    if name in schema.LIST_KINDS and element.tag in ("if", "else-if", "names"):
        allowed = model.NAME_VARIABLES if element.tag == "names" else schema.LIST_KINDS[name]
        values = value.split()
        if not values:
            yield _error(element, f'{name}="" names nothing')
        for word in values:
            if word not in allowed:
                yield _error(element, f"unknown {name} {word[:40]!r}" + _nearest(word, allowed))
    elif isinstance(kind, frozenset):
        if value not in kind and not (name == "term" and value in schema.TOLERATED_TERMS):
            yield _error(element, f"unknown {name} {value[:40]!r} of <{element.tag}>" + _nearest(value, kind))
    elif kind in PATTERNS and not PATTERNS[kind].fullmatch(value.strip()):
        yield _error(element, f"{name}={value[:40]!r} is no {kind}")


def _nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint at the most similar name, or the few that there are."""
    from difflib import get_close_matches

    names = sorted(known)
    if len(names) > 500:  # comparing with thousands of macros would take seconds
        return ""
    close = get_close_matches(word[:40], names, 1)
    if close:
        return f"; nearest: {close[0]}"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= 6 else ""


def _children(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    allowed = _allowed(element)
    for child in element.children:
        if child.tag not in allowed:
            yield _error(child, f"<{child.tag[:40]}> is not allowed in <{element.tag}>" + _nearest(child.tag, allowed))
    if element.tag == "info" and "locale" in parents:
        return
    for tag in schema.REQUIRED_CHILDREN.get(element.tag, ()):
        if element.find(tag) is None:
            yield _error(element, f"<{element.tag}> needs a <{tag}>")
    if allowed == schema.RENDERING and not element.children and element.tag not in ("if", "else-if"):
        yield _warning(element, f"<{element.tag}> is empty")


def _date(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    localized = "form" in element.attrs
    parts = element.find_all("date-part")
    if "locale" in parents:
        if not localized or not parts:
            yield _error(element, "a <date> of a locale needs a form and its date-parts")
    elif "variable" not in element.attrs:
        yield _error(element, "<date> needs the attribute variable")
    elif not localized and not parts:
        yield _error(element, "<date> without a form needs date-parts")
    names = [part.get("name") for part in parts]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield _warning(element, f"more than one date-part {name!r}")


def _date_part(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    forms = PART_FORMS.get(element.get("name"))
    if forms and "form" in element.attrs and element.attrs["form"] not in forms:
        yield _error(
            element, f"form {element.attrs['form'][:40]!r} of a {element.attrs['name']}; known: {_list(forms)}"
        )


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _text(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    form = element.get("form")
    if "variable" in element.attrs and form not in ("", "long", "short"):
        yield _error(element, f"form {form!r} of a variable; known: long, short")
    if "term" not in element.attrs and "plural" in element.attrs:
        yield _error(element, "plural without a term")
    if ("macro" in element.attrs or "value" in element.attrs) and form:
        yield _error(element, "form without a term or variable")


def _label(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    inside = bool(parents) and parents[-1] == "names"
    if inside and "variable" in element.attrs:
        yield _error(element, "a <label> in <names> takes its variable from there")
    if not inside and "variable" not in element.attrs:
        yield _error(element, "<label> needs the attribute variable")
    if not inside and element.get("form") in ("verb", "verb-short"):
        yield _error(element, f"form {element.get('form')!r} is for labels in <names>")


def _names(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    if "variable" not in element.attrs:
        yield _error(element, "<names> needs the attribute variable")
    for tag in ("name", "et-al", "label", "substitute", "institution"):
        for again in element.find_all(tag)[1:]:
            yield _error(again, f"a second <{tag}> in <names>")
    substitute = element.find("substitute")
    if substitute is not None and element.children[-1] is not substitute:
        yield _error(substitute, "<substitute> must come last in <names>")


def _choose(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    for index, child in enumerate(element.children):
        if (child.tag == "if") != (index == 0):
            yield _error(child, "<choose> begins with its only <if>")
        elif child.tag == "else" and child is not element.children[-1]:
            yield _error(child, "<else> must come last in <choose>")


def _condition(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    if not (element.attrs.keys() & (schema.CONDITIONS.keys() - {"match"})):
        yield _error(element, f"<{element.tag}> needs a condition")
    if "bibliography" in parents and "position" in element.attrs:
        yield _warning(element, "position is always false in a bibliography")


def _term(element: Element, parents: tuple[str, ...]) -> Iterator[Problem]:
    name = element.get("name")
    if name and name not in schema.TERMS and name not in schema.TOLERATED_TERMS:
        yield _warning(element, f"unknown term {name[:40]!r}" + _nearest(name, schema.TERMS))
    if element.children and element.text.strip():
        yield _error(element, "<term> has either text or <single> and <multiple>")
    if element.children and not (element.find("single") and element.find("multiple")):
        yield _error(element, "<term> needs both <single> and <multiple>")
    if "gender" in element.attrs and name not in schema.GENDERED_TERMS:
        yield _warning(element, f"the gender of {name[:40]!r} is never asked for")


RULES = {
    "date": _date,
    "date-part": _date_part,
    "text": _text,
    "label": _label,
    "names": _names,
    "choose": _choose,
    "if": _condition,
    "else-if": _condition,
    "term": _term,
}


def _macros(root: Element) -> Iterator[Problem]:
    """Check that macros are defined once, called at all, and do not call themselves."""
    macros: dict[str, Element] = {}
    for macro in root.find_all("macro"):
        name = macro.get("name")
        if name in macros:
            yield _error(macro, f"a second macro {name[:60]!r}; the first is in line {macros[name].line}")
        macros.setdefault(name, macro)
    calls = {name: _calls(macro) for name, macro in macros.items()}
    roots = [call for area in (*root.find_all("citation"), *root.find_all("bibliography")) for call in _calls(area)]
    for call in chain(roots, *calls.values()):
        name = call.get("macro")
        if name not in macros:
            yield _error(call, f"unknown macro {name[:60]!r}" + _nearest(name, macros))
    yield from _cycles(macros, calls)
    used = _reached(roots, calls)
    for name, macro in macros.items():
        if name not in used:
            yield _warning(macro, f"macro {name[:60]!r} is never used")


def _calls(element: Element) -> list[Element]:
    found, stack = [], [element]
    while stack:
        inner = stack.pop()
        if "macro" in inner.attrs and inner.tag in ("text", "key"):
            found.append(inner)
        stack.extend(inner.children)
    return found


def _cycles(macros: dict[str, Element], calls: dict[str, list[Element]]) -> Iterator[Problem]:
    """Report each macro from which a chain of calls comes back to one that is still open."""
    done: set[str] = set()
    for start in macros:
        path: dict[str, Iterator[Element]] = {}
        if start not in done:
            path[start] = iter(calls[start])
        while path:
            name = next(reversed(path))
            call = next(path[name], None)
            if call is None:
                done.add(name)
                del path[name]
                continue
            called = call.get("macro")
            if called in path:
                order = list(path)
                cycle = " -> ".join([*order[order.index(called) :], called])
                yield _error(call, f"macros call each other in a cycle: {cycle[:200]}")
            elif called in macros and called not in done:
                path[called] = iter(calls[called])


def _reached(roots: list[Element], calls: dict[str, list[Element]]) -> set[str]:
    """Return the names of the macros that some calls lead to."""
    reached: set[str] = set()
    stack = list(roots)
    while stack:
        name = stack.pop().get("macro")
        if name in calls and name not in reached:
            reached.add(name)
            stack += calls[name]
    return reached
