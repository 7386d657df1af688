"""The conditions of `cs:if` and `cs:else-if`, compiled to tests of a context."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.context import Context, Scope
from refs.csl.item import ALIASES
from refs.csl.numbers import is_numeric, is_numeric_locator
from refs.model import DATE_VARIABLES, NAME_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.style import Element

    Test = Callable[[Context], bool]


MADE = frozenset(("locator", "citation-number", "year-suffix", "first-reference-note-number"))


def has_variable(ctx: Context, name: str) -> bool:
    """Tell whether a variable has a value, those that the processor makes included."""
    if name == "locator":
        return bool(ctx.locator)
    if name == "citation-number":
        return bool(ctx.number)
    if name == "year-suffix":
        return bool(ctx.pending_suffix)
    if name == "first-reference-note-number":
        return bool(ctx.first_note)
    return ctx.item.has(name)


def type_test(values: list[str]) -> Test:
    """Test for any of several types, whatever `match` says: no item has two, and styles rely on it."""
    kinds = frozenset(values)
    return lambda ctx: ctx.item.type in kinds


def variable_test(name: str) -> Test:
    if name in MADE or name in ALIASES or name in NAME_VARIABLES or name in DATE_VARIABLES or name == "page-first":
        return lambda ctx: has_variable(ctx, name)

    def test(ctx: Context) -> bool:
        value = ctx.item.data.get(name)
        if value is None or value == "":
            return False
        return type(value) is str or ctx.item.has(name)

    return test


def numeric_test(name: str) -> Test:
    def test(ctx: Context) -> bool:
        if name == "citation-number":
            return bool(ctx.number)
        if name == "locator":
            return bool(ctx.locator) and is_numeric_locator(ctx.locator)
        text = ctx.item.raw(name)
        return bool(text) and is_numeric(text)

    return test


def uncertain_test(name: str) -> Test:
    def test(ctx: Context) -> bool:
        date = ctx.item.date(name)
        return date is not None and date.circa

    return test


def locator_test(name: str) -> Test:
    wanted = "sub-verbo" if name == "sub verbo" else name
    return lambda ctx: bool(ctx.locator) and ctx.label == wanted


def position_test(name: str) -> Test:
    return lambda ctx: name in ctx.position


def disambiguate_test(value: str) -> Test:
    """Count the `disambiguate` conditions that a cite meets; the first ones up to its level test true."""
    wanted = value == "true"

    def test(ctx: Context) -> bool:
        ctx.conditions += 1
        return (ctx.conditions <= ctx.disambiguate) is wanted

    return test


MAKERS = {
    "variable": variable_test,
    "is-numeric": numeric_test,
    "is-uncertain-date": uncertain_test,
    "locator": locator_test,
    "position": position_test,
    "disambiguate": disambiguate_test,
}


def compile_condition(element: Element, scope: Scope) -> Test:
    """Compile the attributes of one `cs:if` to a single test."""
    match = element.get("match", "all")
    tests: list[Test] = []
    for name, value in element.attrs.items():
        if name == "type":
            tests.append(type_test(value.split()))
        elif name in MAKERS:
            tests += [MAKERS[name](part) for part in value.split()]
    return combine(tests, match)


def combine(tests: list[Test], match: str) -> Test:
    if not tests:
        return lambda ctx: match != "any"
    if match == "none":
        if len(tests) == 1:
            only = tests[0]
            return lambda ctx: not only(ctx)
        return lambda ctx: not any(test(ctx) for test in tests)
    if len(tests) == 1:
        return tests[0]
    if match == "any":

        def any_of(ctx: Context) -> bool:
            for test in tests:  # noqa: SIM110
                if test(ctx):
                    return True
            return False

        return any_of

    def all_of(ctx: Context) -> bool:
        for test in tests:  # noqa: SIM110
            if not test(ctx):
                return False
        return True

    return all_of
