"""What one `cs:names` prints with, settled when it is compiled: the options of its names, its et-al and its label."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from refs.csl.context import Context, Scope
from refs.csl.names import SPACED, NameOptions, NamePart
from refs.csl.output import Node, Tree, make_format
from refs.csl.textcase import apply_case, strip_periods

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.style import Element

    Label = Callable[[Context, str, bool], Tree | None]

GENERATED = "editor-translator"
# The term of the variable, which older locales and styles write as one word.
SPELLINGS = {"editortranslator": GENERATED, GENERATED: "editortranslator"}
# Languages that keep a particle on the line of its name.
NARROW_PARTICLES = ("cs", "fr", "ru")
INHERITED = {
    "and": "and",
    "delimiter": "name-delimiter",
    "delimiter-precedes-last": "delimiter-precedes-last",
    "delimiter-precedes-et-al": "delimiter-precedes-et-al",
    "et-al-min": "et-al-min",
    "et-al-use-first": "et-al-use-first",
    "et-al-subsequent-min": "et-al-subsequent-min",
    "et-al-subsequent-use-first": "et-al-subsequent-use-first",
    "et-al-use-last": "et-al-use-last",
    "initialize": "initialize",
    "initialize-with": "initialize-with",
    "name-as-sort-order": "name-as-sort-order",
    "sort-separator": "sort-separator",
    "form": "name-form",
}


class NamesShape:
    """What one `cs:names` prints with: name options, the et-al term, the label and where it stands.

    In a bibliography `fixed` lists, which end in their last name, keep their length whatever disambiguation asks for.
    """

    __slots__ = ("and_text", "et_al", "et_al_element", "fixed", "label", "label_first", "name", "options")

    def __init__(self) -> None:
        self.name: Element | None = None
        self.options = NameOptions()
        self.et_al: Tree = ""
        self.et_al_element: Element | None = None
        self.and_text = ""
        self.label: Label | None = None
        self.label_first = False
        self.fixed = False


def attribute_lookup(element: Element | None, scope: Scope) -> Callable[[str], str | None]:
    """Return a function that finds a name attribute on `cs:name`, or the area, or the style."""
    attrs = element.attrs if element is not None else {}
    area = scope.style.citation if scope.area == "citation" else scope.style.bibliography
    area_attrs = area.attrs if area is not None else {}
    root = scope.style.root.attrs

    def find(name: str) -> str | None:
        value = attrs.get(name)
        if value is None:
            inherited = INHERITED[name]
            value = area_attrs.get(inherited)
            if value is None:
                value = root.get(inherited)
        return value

    return find


def number(text: str | None, default: int = 0) -> int:
    return int(text) if text and text.strip().isdecimal() and len(text) < 9 else default


def name_options(element: Element | None, scope: Scope) -> NameOptions:
    """Resolve the options of a `cs:name`, inherited ones included."""
    find = attribute_lookup(element, scope)
    root = scope.style.root.attrs
    overrides = scope.key_overrides
    least = number(overrides.get("names-min") or find("et-al-min"))
    first = number(overrides.get("names-use-first") or find("et-al-use-first"), -1)
    last = overrides.get("names-use-last") or find("et-al-use-last")
    subsequent_min = number(find("et-al-subsequent-min"), least)
    subsequent_first = number(find("et-al-subsequent-use-first"), first)
    delimiter = find("delimiter")
    separator = find("sort-separator")
    attrs = element.attrs if element is not None else {}
    options = NameOptions(
        form=find("form") or "long",
        and_=find("and") or "",
        delimiter=", " if delimiter is None else delimiter,
        precedes_last=find("delimiter-precedes-last") or "contextual",
        precedes_body="contextual"
        if "delimiter-precedes-last" in attrs
        else find("delimiter-precedes-last") or "contextual",
        precedes_et_al=find("delimiter-precedes-et-al") or "contextual",
        et_al_min=least,
        et_al_use_first=first,
        subsequent_min=least if overrides.get("names-min") else subsequent_min,
        subsequent_use_first=first if overrides.get("names-use-first") else subsequent_first,
        use_last=last == "true",
        initialize=find("initialize") != "false",
        initialize_with=find("initialize-with"),
        hyphens=root.get("initialize-with-hyphen") != "false",
        particle_space="\u00a0" if scope.locale.tag[:2] in NARROW_PARTICLES else " ",
        marks=scope.marks,
        sort_order=find("name-as-sort-order") or "",
        sort_separator=", " if separator is None else separator,
        demote=root.get("demote-non-dropping-particle", "display-and-sort"),
        prefix=attrs.get("prefix", ""),
        suffix=attrs.get("suffix", ""),
        fmt=scope.format_of(element) if element is not None else None,
    )
    if element is None:
        return options
    parts = {part.get("name"): name_part(part, scope) for part in element.find_all("name-part")}
    return replace(options, family=parts.get("family", NamePart()), given=parts.get("given", NamePart()))


def name_part(element: Element, scope: Scope) -> NamePart:
    return NamePart(scope.format_of(element), element.get("text-case"), element.get("prefix"), element.get("suffix"))


def names_shape(element: Element, scope: Scope, parent: NamesShape | None) -> NamesShape:
    """Resolve the children of a `cs:names`; what is missing inside a substitute comes from its parent."""
    shape = NamesShape()
    name, et_al, label = element.find("name"), element.find("et-al"), element.find("label")
    bare = name is None and label is None and et_al is None
    if parent is not None and name is None:
        shape.name, shape.options = parent.name, parent.options
    else:
        shape.name, shape.options = name, name_options(name, scope)
    shape.options = without_format_of(element, shape.options, scope)
    shape.fixed = scope.area == "bibliography" and shape.options.use_last
    shape.and_text = and_term(shape.options, scope)
    shape.et_al_element = et_al if et_al is not None or parent is None else parent.et_al_element
    shape.et_al = et_al_term(shape.et_al_element, scope)
    if label is not None:
        tags = [child.tag for child in element.children]
        shape.label = compile_name_label(label, scope)
        shape.label_first = name is not None and tags.index("label") < tags.index("name")
    elif parent is not None and bare:
        shape.label, shape.label_first = parent.label, parent.label_first
    return shape


def without_format_of(element: Element, options: NameOptions, scope: Scope) -> NameOptions:
    """Return options whose formatting is what `cs:name` adds to that of its `cs:names`."""
    inner, outer = options.fmt, scope.format_of(element)
    if inner is None or outer is None:
        return options
    return replace(options, fmt=make_format([pair for pair in inner.pairs if pair not in outer.pairs]))


def and_term(options: NameOptions, scope: Scope) -> str:
    """Return the joint before the last name without the delimiter: "and ", "& ", with spaces by script."""
    if options.and_ == "text":
        return scope.locale.term("and") or ""
    if options.and_ == "symbol":
        known = ("and", "symbol") in scope.locale.terms
        return (scope.locale.term("and", "symbol") if known else "") or "&"
    return ""


def et_al_term(element: Element | None, scope: Scope) -> Tree:
    name = element.get("term", "et-al") if element is not None else "et-al"
    text = scope.locale.term(name)
    if text is None:
        text = "et al." if name == "et-al" else name
    if element is None or not text:
        return text
    fmt = scope.format_of(element, upright=not SPACED.search(text))
    tree: Tree = apply_case(text, element.get("text-case")) if element.get("text-case") else text
    prefix, suffix = element.get("prefix"), element.get("suffix")
    return Node([tree], fmt, prefix, suffix) if fmt or prefix or suffix else tree


def compile_name_label(element: Element, scope: Scope) -> Label:
    """Compile the label of `cs:names`: the term of the variable, in the number of its names."""
    form = element.get("form", "long")
    plural = element.get("plural", "contextual")
    case = element.get("text-case")
    strip = element.get("strip-periods") == "true"
    style = scope.styling(element)
    terms: dict[tuple[str, bool, str], Tree | None] = {}

    def make(variable: str, many: bool, case: str) -> Tree | None:
        text = scope.locale.term(variable, form, many)
        if text is None and variable in SPELLINGS:
            text = scope.locale.term(SPELLINGS[variable], form, many)
        if not text:
            return None
        if strip:
            text = strip_periods(text)
        return style([apply_case(text, case) if case else text], "label")

    def label(ctx: Context, variable: str, several: bool) -> Tree | None:
        many = several if plural == "contextual" else plural == "always"
        key = (variable, many, case if case != "title" or not ctx.item.has_jurisdiction else "")
        if key not in terms:
            terms[key] = make(*key)
        return terms[key]

    return label


def names_delimiter(element: Element, scope: Scope) -> str:
    """Return what joins the lists of different variables; it may be inherited."""
    area = scope.style.citation if scope.area == "citation" else scope.style.bibliography
    for holder, name in ((element, "delimiter"), (area, "names-delimiter"), (scope.style.root, "names-delimiter")):
        if holder is not None and name in holder.attrs:
            return holder.attrs[name]
    return ""
