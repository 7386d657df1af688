"""Sorting: the keys of `cs:sort`, and the order of items by them."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from refs.csl.context import CALLED, NOTHING, VALUE, Context, Scope
from refs.csl.output import Node, plain_text
from refs.csl.style import calls
from refs.model import DATE_VARIABLES, NAME_VARIABLES, NUMBER_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.dates import Date, Point
    from refs.csl.style import Element

DESCENDING = "descending"


class Key:
    """One `cs:key`: `value` returns the comparable key of a context; None sorts last."""

    __slots__ = ("by_number", "descending", "value")

    def __init__(self, value: Callable[[Context], Any], descending: bool, by_number: bool = False) -> None:
        self.value = value
        self.descending = descending
        self.by_number = by_number


def compile_keys(element: Element | None, scope: Scope) -> list[Key]:
    """Compile the keys of a `cs:sort` for an area."""
    if element is None:
        return []
    return [compile_key(key, scope) for key in element.find_all("key")]


def compile_key(key: Element, scope: Scope) -> Key:
    overrides = {name: value for name, value in key.attrs.items() if name.startswith("names-")}
    inner = Scope(scope.style, scope.locale, scope.area, sorting=True, key_overrides=overrides)
    descending = key.get("sort") == DESCENDING
    if "macro" in key.attrs:
        macro = key.get("macro")
        return Key(macro_key(macro, inner), descending, calls(scope.style.macros[macro], "citation-number"))
    name = key.get("variable")
    return Key(variable_key(name, inner), descending, name == "citation-number")


def collate(scope: Scope) -> Callable[[str], Any]:
    from refs.csl.ordering import collator

    sort_key = collator(scope.locale.tag)

    def key(text: str) -> Any:
        text = text.lstrip("[]'\"“‘’”")
        return sort_key(text) if text.strip() else None

    return key


def macro_key(name: str, scope: Scope) -> Callable[[Context], Any]:
    from refs.csl.compile import compile_macro, run_children

    collated = collate(scope)
    compiled: list[Any] = []

    def value(ctx: Context) -> Any:
        if not compiled:
            compiled.append(compile_macro(name, scope))
        outer = ctx.verdict
        ctx.verdict = 0
        kids = run_children(compiled[0], ctx)
        verdict, ctx.verdict = ctx.verdict, outer
        if not kids or verdict == CALLED:
            return None
        text = kids[0] if len(kids) == 1 and isinstance(kids[0], str) else plain_text(Node(kids))
        return collated(text)

    return value


def variable_key(name: str, scope: Scope) -> Callable[[Context], Any]:
    collated = collate(scope)
    if name == "citation-label":
        from refs.csl.trigraph import citation_label

        return lambda ctx: collated(citation_label(ctx.item))
    if name == "citation-number":
        return lambda ctx: ctx.number or None
    if name in DATE_VARIABLES:
        return lambda ctx: date_key(ctx.item.date(name))
    if name in NAME_VARIABLES:
        from refs.csl.namelists import sort_names
        from refs.csl.nameshape import name_options

        options = name_options(None, scope)

        def by_names(ctx: Context) -> Any:
            found = ctx.item.names(name)
            return collated(sort_names(ctx, [(name, found)], options)) if found else None

        return by_names
    if name in NUMBER_VARIABLES:

        def by_number(ctx: Context) -> Any:
            text = ctx.item.raw(name)
            return collated(number_sort_key(text)) if text else None

        return by_number

    def by_text(ctx: Context) -> Any:
        found = ctx.item.text(name)
        return collated(plain_text(found)) if found is not None else None

    return by_text


def number_sort_key(text: str) -> str:
    """Return the text that a number sorts by: digits padded with zeros."""
    import re

    from refs.csl.numbers import ungroup

    text = ungroup(text)
    match = re.match(r"\s*(-?)(\d+)", text)
    if match is None:
        return text
    return f"{int(match[2][:18]):020}" + text[match.end() :]


def point_digits(point: Point, names: set[str] | None = None) -> str:
    """Return a date as digits that sort by time; negative years before positive ones."""
    year = point.year if names is None or "year" in names else 0
    month = point.month if names is None or "month" in names else 0
    day = point.day if names is None or "day" in names else 0
    if year < 0:
        return f"0{10**9 + year:09}{month:02}{day:02}"
    return f"1{year:09}{month:02}{day:02}"


def date_key(date: Date | None, names: set[str] | None = None) -> str | None:
    if date is None or date.literal:
        return None
    if date.end is None:
        return point_digits(date.start, names)
    return point_digits(date.start, names) + "-" + point_digits(date.end, names)


def date_sort_key(ctx: Context, variable: str, names: set[str]) -> str | None:
    """Return the key of a date that a macro prints: the parts that it would show."""
    date = ctx.item.date(variable)
    if date is None:
        ctx.verdict |= CALLED
        return None
    ctx.verdict |= VALUE
    return date_key(date, names)


def sort_contexts(contexts: list[Context], keys: list[Key]) -> list[Context]:
    """Return contexts in the order of the keys; equal ones keep their order, empty values come last."""
    if not keys:
        return contexts
    order = list(contexts)
    for key in reversed(keys):
        values = {id(ctx): fresh_value(key, ctx) for ctx in order}
        with_value = [ctx for ctx in order if values[id(ctx)] is not None]
        empty = [ctx for ctx in order if values[id(ctx)] is None]
        try:
            with_value.sort(key=lambda ctx: values[id(ctx)], reverse=key.descending)
        except TypeError:
            with_value.sort(key=cmp_to_key(lambda a, b: compare(values[id(a)], values[id(b)])), reverse=key.descending)  # noqa: B023
        order = with_value + empty
    return order


def fresh_value(key: Key, ctx: Context) -> Any:
    """Return the key of a context, and leave the context as it was: keys do not see each other."""
    value = key.value(ctx)
    ctx.suppressed = NOTHING
    ctx.nameset = ctx.conditions = ctx.verdict = 0
    ctx.suffix_done = False
    return value


def compare(a: Any, b: Any) -> int:
    left, right = str(a), str(b)
    return (left > right) - (left < right)
