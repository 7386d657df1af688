"""`cs:number`, `cs:label`, and number variables printed by `cs:text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from refs.csl.context import CALLED, VALUE, Context, Scope
from refs.csl.numbers import is_plural, long_ordinal, ordinal, page_range, parse_number, roman, space_commas, ungroup
from refs.csl.output import Tree
from refs.csl.textcase import apply_case, strip_periods

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.style import Element

EN_DASH = "–"


def field_text(ctx: Context, name: str) -> str:
    if name == "locator":
        return ctx.locator
    if name == "citation-number":
        return str(ctx.number) if ctx.number else ""
    if name == "first-reference-note-number":
        return ctx.first_note
    return ctx.item.raw(name)


def compile_number(element: Element, scope: Scope) -> Callable[[Context], Tree | None]:
    """Compile `cs:number`: numeric content in its form, other content as it is."""
    name = element.get("variable")
    form = element.get("form", "numeric")
    style = scope.styling(element)
    case = element.get("text-case")
    sorting = scope.sorting

    def print_number(ctx: Context) -> Tree | None:
        text = field_text(ctx, name)
        if not text or name in ctx.suppressed:
            ctx.verdict |= CALLED
            return None
        ctx.verdict |= VALUE
        if ctx.collected is not None:
            ctx.collected.add(name)
        if sorting:
            from refs.csl.sort import number_sort_key

            return number_sort_key(text)
        out = format_field(text, name, scope, form)
        return style([apply_case(out, case) if case else out])

    return print_number


def format_field(text: str, name: str, scope: Scope, form: str = "numeric") -> str:
    """Write the text of a number field: ranges with an en dash, lists with spaces, forms for plain numbers."""
    if text.isdecimal():
        return text if form == "numeric" else format_token(text, name, scope, form)
    if "\\-" in text:
        return text.replace("\\-", "-")
    text = text.strip()
    if name in ("page", "locator"):
        return format_pages(text, scope)
    number = parse_number(text)
    if not number.numeric:
        return text
    return "".join(
        joint(number.tokens, index, scope) if index % 2 else format_token(token, name, scope, form)
        for index, token in enumerate(number.tokens)
    )


def joint(tokens: tuple[str, ...], index: int, scope: Scope) -> str:
    """Return what joins two numbers: a range delimiter, a comma, or the locale's ampersand.

    More than two numbers joined by hyphens ("12-34-56") are no range.
    """
    mark = tokens[index]
    if mark in "-–":
        hyphens = [each for each in tokens[max(index - 2, 1) : index + 3 : 2] if each in "-–"]
        if len(hyphens) > 1 or not (tokens[index - 1].isdecimal() and tokens[index + 1].isdecimal()):
            return mark
        return scope.locale.term("page-range-delimiter") or EN_DASH
    return ", " if mark == "," else f" {ampersand(scope)} " if mark == "&" else mark


def ampersand(scope: Scope) -> str:
    found = scope.locale.terms.get(("and", "symbol"))
    return found[0] if found and found[0] else "&"


def format_token(token: str, name: str, scope: Scope, form: str) -> str:
    if not token.isdecimal() or form == "numeric" or len(token) > 9:
        return token
    value = int(token)
    gender = scope.locale.genders.get(name, "")
    if form == "ordinal":
        return ordinal(value, scope.locale, gender)
    if form == "long-ordinal":
        return long_ordinal(value, scope.locale, gender)
    if form == "roman":
        return roman(value)
    return token


def format_pages(text: str, scope: Scope) -> str:
    """Write page ranges as `page-range-format` asks; without it hyphens become dashes."""
    import re

    form = scope.style.root.get("page-range-format")
    delimiter = scope.locale.term("page-range-delimiter") or EN_DASH
    text = re.sub(r"\s*&\s*", f" {ampersand(scope)} ", text)
    text = space_commas(text)
    if form:
        form = "chicago-15" if form == "chicago" else form
    return page_range(text, form, delimiter)


def compile_label(element: Element, scope: Scope) -> Callable[[Context], Tree | None]:
    """Compile `cs:label`: the term of the variable, in the number of its content.

    The specification wants no label without its variable. citeproc-js leaves that to the group around them, and
    styles rely on it ("3 vol" is the label of `volume` beside `number-of-volumes`); so it is done here, but for
    locators and pages.
    """
    name = element.get("variable")
    form = element.get("form", "long")
    plural = element.get("plural", "contextual")
    case = element.get("text-case")
    strip = element.get("strip-periods") == "true"
    style = scope.styling(element)
    cache: dict[tuple[str, bool, str], Tree | None] = {}

    def make(term: str, many: bool, case: str) -> Tree | None:
        text = scope.locale.term(term, form, many)
        if not text:
            return None
        if strip:
            text = strip_periods(text)
        return style([apply_case(text, case) if case else text])

    def label(ctx: Context) -> Tree | None:
        text = field_text(ctx, name)
        if not text and name in ("locator", "page"):
            return None
        term = ctx.label or "page" if name == "locator" else name
        many = needs_plural(text, name) if plural == "contextual" else plural == "always"
        key = (term, many, case if case != "title" or not ctx.item.has_jurisdiction else "")
        if key not in cache:
            cache[key] = make(*key)
        return cache[key]

    return label


def needs_plural(text: str, name: str) -> bool:
    """Tell whether the label of a number is plural: several numbers, or a count above one."""
    if name in ("number-of-pages", "number-of-volumes"):
        count = ungroup(text).strip()
        return count.lstrip("0") not in ("", "1") if count.isdecimal() else is_plural(text)
    if text.isdecimal():
        return False
    return is_plural(text) if name in ("locator", "page") else parse_number(text).plural
