"""Compile the rendering elements of a style to closures, one function an element.

A closure takes a `Context` and returns its output (None, a tree, or a list of trees to be spliced into the
parent), and adds its verdict to `Context.verdict`: no bit, CALLED, or VALUE.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from refs.csl.conditions import compile_condition
from refs.csl.context import CALLED, VALUE, Context, Scope
from refs.csl.dates import compile_date
from refs.csl.locale import Locale, merged_locale
from refs.csl.namelists import compile_names, run_substitutes
from refs.csl.numeric import compile_label, compile_number, format_field
from refs.csl.output import Node, Source, Tree, is_ideographic, map_leaves
from refs.csl.richtext import parse_rich
from refs.csl.style import Element, calls
from refs.csl.textcase import apply_case, strip_periods, strip_value_periods
from refs.model import NUMBER_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.style import Style

    Closure = Callable[[Context], Any]

# Their text is read for no markup, and keeps its periods: without them it would name something else.
IDENTIFIERS = frozenset(("URL", "DOI", "PMID", "PMCID", "ISBN", "ISSN"))


def compile_element(element: Element, scope: Scope) -> Closure:
    """Compile one rendering element; elements that print nothing give None."""
    maker = ELEMENTS.get(element.tag)
    if maker is None:
        return lambda ctx: None
    closure = maker(element, scope)
    return traced(closure, element, scope) if scope.tracing and element.tag in TRACED else closure


def traced(closure: Closure, element: Element, scope: Scope) -> Closure:
    """Note on the output of an element where it comes from."""
    attrs = element.attrs
    variable = attrs.get("variable", "")
    source = Source(element.tag, element.line, scope.macro, variable, attrs.get("term", ""))

    def run(ctx: Context) -> Any:
        out = closure(ctx)
        if out is None or isinstance(out, list):
            return out
        wrapper = Node([out], tag=out.tag if isinstance(out, Node) and out.tag == "names" else "")
        wrapper.source = source
        return wrapper

    return run


def compile_children(element: Element, scope: Scope) -> tuple[Closure, ...]:
    return tuple(compile_element(child, scope) for child in element.children if child.tag in ELEMENTS)


def run_children(children: tuple[Closure, ...], ctx: Context) -> list[Tree]:
    """Run children in order and return what they print."""
    kids: list[Tree] = []
    for child in children:
        out = child(ctx)
        if out is not None:
            if type(out) is list:
                kids.extend(out)
            else:
                kids.append(out)
    return kids


def compile_text(element: Element, scope: Scope) -> Closure:
    attrs = element.attrs
    if "variable" in attrs:
        return compile_variable(element, scope)
    if "macro" in attrs:
        return compile_macro_call(element, scope)
    if "term" in attrs:
        return compile_term(element, scope)
    return compile_value(element, scope)


def compile_term(element: Element, scope: Scope) -> Closure:
    """Compile `<text term="...">`: constant but for the verdict, which it does not touch.

    The tag lets a term be capitalized at the start of a note; one that the style sets in small letters has none.
    """
    name = element.get("term")
    text = scope.locale.term(
        "sub-verbo" if name == "sub verbo" else name, element.get("form", "long"), element.get("plural") == "true"
    )
    tag = "" if element.get("text-case") == "lowercase" else "term"
    return constant(Node([parse_rich(text, scope.marks)], tag=tag) if text else "", element, scope)


def compile_value(element: Element, scope: Scope) -> Closure:
    return constant(parse_rich(element.get("value"), scope.marks), element, scope)


def constant(tree: Tree, element: Element, scope: Scope) -> Closure:
    if not tree:
        return lambda ctx: None
    style = scope.styling(element)
    if element.get("strip-periods") == "true":
        tree = map_leaves(tree, strip_periods)
    out = style([change_text(tree, element, scope, True)])
    if element.get("text-case") == "title":
        plain = style([change_text(tree, element, scope, False)])
        return lambda ctx: plain if ctx.item.has_jurisdiction else out
    return lambda ctx: out


def change_text(tree: Tree, element: Element, scope: Scope, english: bool) -> Tree:
    """Apply strip-periods and text-case; title case is for English alone."""
    case = element.get("text-case")
    if case and (english or case != "title"):
        tree = apply_case(tree, case, scope.locale.tag)
    if element.get("strip-periods") == "true":
        tree = map_leaves(tree, strip_value_periods)
    return tree


def is_english(ctx: Context, scope: Scope) -> bool:
    """Tell whether an item counts as English for title case: by its language, or else the style's.

    Items with a jurisdiction keep the case of everything, as in citeproc-js.
    """
    item = ctx.item
    if item.is_english is None:
        if item.has_jurisdiction:
            item.is_english = False
            return False
        language = item.data.get("language")
        if isinstance(language, str) and language:
            item.is_english = language[:2].lower() == "en" and not language[2:3].isalpha()
        else:
            item.is_english = scope.english_by_default
    return item.is_english


def compile_variable(element: Element, scope: Scope) -> Closure:
    name = element.get("variable")
    special = SPECIAL_VARIABLES.get(name)
    if special is not None:
        return special(element, scope)
    if name in NUMBER_VARIABLES:
        return compile_number_text(element, scope, name)
    names = (name + "-short", name) if element.get("form") == "short" else (name,)
    return compile_plain_variable(element, scope, name, names)


def compile_plain_variable(element: Element, scope: Scope, name: str, names: tuple[str, ...]) -> Closure:
    style = scope.styling(element)
    case = element.get("text-case")
    changes = bool(case) or element.get("strip-periods") == "true"
    plain = name in IDENTIFIERS
    italic = element.get("font-style") == "italic"
    upright = scope.styling(element, upright=True)
    as_name = scope.text_as_name and scope.area == "bibliography" and not scope.sorting
    key = (name, id(element))

    def text(ctx: Context) -> Tree | None:
        item = ctx.item
        if name in ctx.suppressed:
            ctx.verdict |= CALLED
            return None
        value: Any = None
        if plain:
            raw = item.raw(name)
            value = Node([raw], tag="identifier") if raw else None
        else:
            for candidate in names:
                value = item.text(candidate)
                if value is not None:
                    break
        if value is None:
            ctx.verdict |= CALLED
            return None
        ctx.verdict |= VALUE
        if ctx.collected is not None:
            ctx.collected.add(name)
        if changes:
            changed = item.changed.get(key)
            if changed is None:
                changed = change_text(value, element, scope, case != "title" or is_english(ctx, scope))
                item.changed[key] = changed
            value = changed
        if as_name:
            value = Node([Node([value], tag="name")], tag="textlist")
        elif italic and is_ideographic(value):
            return upright([value])
        return style([value])

    return text


def compile_number_text(element: Element, scope: Scope, name: str) -> Closure:
    """Compile `<text variable>` of a number variable: ranges and lists are written in the locale's way.

    The number of a document is a name and no quantity: docket 70-18 is no range, so it prints as it is.
    """
    style = scope.styling(element)

    def text(ctx: Context) -> Tree | None:
        raw = ctx.locator if name == "locator" else ctx.item.raw(name)
        if not raw or name in ctx.suppressed:
            ctx.verdict |= CALLED
            return None
        ctx.verdict |= VALUE
        if ctx.collected is not None:
            ctx.collected.add(name)
        value: Tree = raw.replace("\\-", "-") if name == "number" else format_field(raw, name, scope)
        return style([change_text(value, element, scope, is_english(ctx, scope))])

    return text


def compile_citation_number(element: Element, scope: Scope) -> Closure:
    style = scope.styling(element)
    sorting = scope.sorting

    def text(ctx: Context) -> Tree | None:
        if not ctx.number:
            ctx.verdict |= CALLED
            return None
        ctx.verdict |= VALUE
        number = f"{ctx.number:09}" if sorting else str(ctx.number)
        return style([Node([number], tag="citation-number")])

    return text


def compile_year_suffix(element: Element, scope: Scope) -> Closure:
    style = scope.styling(element)

    def text(ctx: Context) -> Tree | None:
        if not ctx.pending_suffix or ctx.suffix_done:
            return None
        ctx.verdict |= VALUE
        ctx.suffix_done = True
        return style([Node([ctx.pending_suffix], tag="year-suffix")], "year-suffix-element")

    return text


def compile_first_note(element: Element, scope: Scope) -> Closure:
    style = scope.styling(element)

    def text(ctx: Context) -> Tree | None:
        if not ctx.first_note:
            ctx.verdict |= CALLED
            return None
        ctx.verdict |= VALUE
        return style([ctx.first_note])

    return text


def compile_citation_label(element: Element, scope: Scope) -> Closure:
    from refs.csl.trigraph import citation_label

    style = scope.styling(element)

    def text(ctx: Context) -> Tree | None:
        ctx.verdict |= VALUE
        label: list[Tree] = [change_text(citation_label(ctx.item), element, scope, True)]
        if ctx.pending_suffix and not ctx.suffix_done:
            ctx.suffix_done = True
            label.append(Node([ctx.pending_suffix], tag="year-suffix"))
        return style(label)

    return text


SPECIAL_VARIABLES: dict[str, Callable[[Element, Scope], Closure]] = {
    "citation-number": compile_citation_number,
    "year-suffix": compile_year_suffix,
    "first-reference-note-number": compile_first_note,
    "citation-label": compile_citation_label,
}


def compile_macro(name: str, scope: Scope) -> tuple[Closure, ...]:
    """Compile the children of a macro, once for each scope."""
    found: tuple[Closure, ...] | None = scope.macros.get(name)
    if found is None:
        found = scope.macros[name] = compile_children(scope.style.macros[name], scope.enter_macro(name))
    return found


def compile_macro_call(element: Element, scope: Scope) -> Closure:
    """Compile `<text macro>`; its text-case is not looked at, as in citeproc-js, whose output styles are made for."""
    name = element.get("macro")
    style = scope.styling(element)
    strips = element.get("strip-periods") == "true"
    compiled: list[tuple[Closure, ...]] = []

    def macro(ctx: Context) -> Tree | None:
        if not compiled:
            compiled.append(compile_macro(name, scope))
        outer = ctx.verdict
        ctx.verdict = 0
        kids = run_children(compiled[0], ctx)
        inner = ctx.verdict
        if not kids or inner == CALLED:
            ctx.verdict = outer | inner
            return None
        ctx.verdict = outer | VALUE
        if strips:
            kids = [map_leaves(Node(kids), strip_value_periods)]
        return style(kids)

    return macro


def compile_group(element: Element, scope: Scope) -> Closure:
    children = compile_children(element, replace(scope, substituting=False) if scope.substituting else scope)
    style = scope.styling(element)
    delimiter = element.get("delimiter")

    def group(ctx: Context) -> Tree | None:
        outer = ctx.verdict
        ctx.verdict = 0
        kids = run_children(children, ctx)
        inner = ctx.verdict
        if not kids or inner == CALLED:
            ctx.verdict = outer | inner
            return None
        ctx.verdict = outer | VALUE
        return style(kids, "", delimiter)

    return group


def compile_choose(element: Element, scope: Scope) -> Closure:
    """Compile `cs:choose`; a branch's output is spliced into the parent, whose delimiter applies.

    In a substitute a branch ends at its first child that prints, as the substitute itself does.
    """
    run: Callable[[tuple[Closure, ...], Context], Any] = run_substitutes if scope.substituting else run_children
    branches = []
    for child in element.children:
        if child.tag in ("if", "else-if"):
            branches.append((compile_condition(child, scope), compile_children(child, scope)))
        elif child.tag == "else":
            branches.append((lambda ctx: True, compile_children(child, scope)))

    def choose(ctx: Context) -> list[Tree] | Tree | None:
        for test, children in branches:
            if test(ctx):
                return run(children, ctx) or None
        return None

    return choose


ELEMENTS: dict[str, Callable[[Element, Scope], Closure]] = {
    "text": compile_text,
    "number": compile_number,
    "label": compile_label,
    "date": compile_date,
    "names": compile_names,
    "group": compile_group,
    "choose": compile_choose,
}
TRACED = frozenset(("text", "number", "label", "date", "names", "group"))


@dataclass(slots=True)
class Area:
    """A compiled `cs:citation` or `cs:bibliography`: its layout, delimiter, sort keys and options."""

    children: tuple[Closure, ...]
    layout: Element
    element: Element
    scope: Scope
    keys: list[Any] = field(default_factory=list)

    @property
    def delimiter(self) -> str:
        return self.layout.get("delimiter")

    def option(self, name: str) -> str:
        return self.element.get(name)


@dataclass(slots=True)
class Compiled:
    """A style compiled for a locale."""

    style: Style
    locale: Locale
    citation: Area
    bibliography: Area | None
    numbered: bool
    author: Closure

    @property
    def quotes(self) -> tuple[str, str, str, str]:
        return self.locale.quotes


def compile_area(style: Style, locale: Locale, name: str, tracing: bool) -> Area | None:
    from refs.csl.sort import compile_keys

    element = style.citation if name == "citation" else style.bibliography
    if element is None:
        return None
    layout = element.find("layout")
    assert layout is not None  # noqa: S101
    scope = Scope(style, locale, name, tracing=tracing, explicit_suffix=calls(style.root, "year-suffix"))
    area = Area(compile_children(layout, scope), layout, element, scope)
    area.keys = compile_keys(element.find("sort"), scope)
    return area


def compile_style(style: Style, tag: str, tracing: bool = False) -> Compiled:
    """Compile a style for a locale; the result is kept on the style."""
    key = f"{tag} {tracing}"
    found = style.compiled.get(key)
    if found is None:
        locale = merged_locale(tag, style)
        citation = compile_area(style, locale, "citation", tracing)
        assert citation is not None  # noqa: S101
        bibliography = compile_area(style, locale, "bibliography", tracing)
        found = Compiled(
            style, locale, citation, bibliography, calls(style.root, "citation-number"), compile_author(citation.scope)
        )
        style.compiled[key] = found
    return found  # type: ignore[return-value]


def compile_author(scope: Scope) -> Closure:
    """Compile the author of a citation in running text, for styles whose citations name none."""
    names = Element("names", {"variable": "author"}, 0, 0)
    names.children = [Element("name", {"form": "short", "and": "text"}, 0, 0), Element("substitute", {}, 0, 0)]
    names.children[1].children = [
        Element("names", {"variable": "editor"}, 0, 0),
        Element("names", {"variable": "translator"}, 0, 0),
        Element("text", {"variable": "title", "form": "short"}, 0, 0),
    ]
    return compile_names(names, scope)
