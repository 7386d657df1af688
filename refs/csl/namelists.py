"""`cs:names`: lists of names with et-al, "and", labels and substitutes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from refs.csl.context import CALLED, VALUE, Context, Scope
from refs.csl.names import SPACED, NameOptions, NamePart, print_name, sort_name
from refs.csl.output import Node, Tree, plain_text
from refs.csl.textcase import apply_case, strip_periods

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.item import Item
    from refs.csl.particles import Name
    from refs.csl.style import Element

# Languages that keep a particle on the line of its name.
NARROW_PARTICLES = ("cs", "fr", "ru")
EDITORS = {"editor", "translator"}
GENERATED = "editor-translator"
# The term of the variable, which older locales and styles write as one word.
SPELLINGS = {"editortranslator": GENERATED, GENERATED: "editortranslator"}
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


class NameSet:
    """One list of names as a cite showed it, for disambiguation: what it can still add, and its key."""

    __slots__ = ("names", "options", "shown")

    def __init__(self, names: list[Name], options: NameOptions, shown: int) -> None:
        self.names = names
        self.options = options
        self.shown = shown


if TYPE_CHECKING:
    Label = Callable[[Context, str, bool], Tree | None]


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


def compile_names(element: Element, scope: Scope) -> Callable[[Context], Tree | None]:
    """Compile `cs:names` to a closure that prints its variables, or else what substitutes them.

    Inside a substitute, what is missing comes from the `cs:names` around it; in its macros only a bare element
    inherits. Formatting and affixes hold for the variables of an element and for bare elements that substitute them,
    not for substitutes that have their own.
    """
    parent, parent_element, macro = scope.names_around or (None, None, "")
    around = parent_element if parent_element is not None and macro == scope.macro and not element.children else None
    if parent is not None and macro != scope.macro and element.children:
        parent = parent_element = None
    variables = element.get("variable").split()
    shape = names_shape(element, scope, parent)
    delimiter = names_delimiter(element, scope)
    if not delimiter and parent_element is not None and "delimiter" not in element.attrs:
        delimiter = names_delimiter(parent_element, scope)
    style = scope.styling(element)
    style_around = scope.styling(around) if around is not None else None
    substitute = element.find("substitute")
    substitutes = compile_substitutes(substitute, scope, shape, element) if substitute is not None else ()
    merge_editors = "editor" in variables and "translator" in variables
    sorting = scope.sorting
    counting = shape.options.form == "count"

    def names(ctx: Context) -> Tree | None:
        item = ctx.item
        lists: list[tuple[str, list[Name]]] = []
        for variable in variables:
            generated = variable == GENERATED and variable not in item.data
            if variable in ctx.suppressed or (generated and not EDITORS.isdisjoint(ctx.suppressed)):
                continue
            found = item.names(variable)
            if found:
                if generated:
                    take_editors(ctx)
                lists.append((variable, found))
                if ctx.collected is not None:
                    ctx.collected.add(variable)
        if not lists and counting and sorting and not substitutes:
            ctx.verdict |= VALUE
            return "0"
        if not lists:
            ctx.verdict |= CALLED
            other = run_substitutes(substitutes, ctx) if substitutes else None
            return other if other is None or sorting else Node([other], tag="names")
        ctx.verdict |= VALUE
        if merge_editors:
            lists = merge_same(item, lists)
        if counting:
            return count_names(ctx, lists, shape.options)
        if sorting:
            return sort_names(ctx, lists, shape.options)
        printed = [tree for tree in (print_list(ctx, variable, found, shape) for variable, found in lists) if tree]
        if not printed:
            return None
        tree = style(printed, "names", delimiter)
        return tree if style_around is None else style_around([tree], "names")

    return names


def merge_same(item: Item, lists: list[tuple[str, list[Name]]]) -> list[tuple[str, list[Name]]]:
    """Print editors who also translated once, as "editortranslator" (specification: "Names")."""
    if not ({"editor", "translator"} <= dict(lists).keys() and item.editing_translators()):
        return lists
    named = [("editortranslator" if variable == "editor" else variable, found) for variable, found in lists]
    return [(variable, found) for variable, found in named if variable != "translator"]


def take_editors(ctx: Context) -> None:
    """Suppress editor and translator from now on: a generated `editor-translator` has named them."""
    if ctx.collected is not None:
        ctx.collected |= EDITORS
    if ctx.suppressed is not ctx.collected:
        ctx.suppressed = ctx.suppressed | EDITORS


def limits(ctx: Context, options: NameOptions) -> tuple[int, int]:
    """Return et-al-min and et-al-use-first, those for subsequent cites after the first."""
    if "subsequent" in ctx.position:
        return options.subsequent_min, options.subsequent_use_first
    return options.et_al_min, options.et_al_use_first


def shown_count(ctx: Context, found: list[Name], options: NameOptions, planned: int) -> int:
    """Return how many names print before et-al; all of them when there is no et-al."""
    total = len(found)
    most = total - 1 if has_others(found) else total
    least, first = limits(ctx, options)
    if not least or first < 0 or total < least or first >= total:
        return most
    return min(most, max(first, planned))


def has_others(found: list[Name]) -> bool:
    """Tell whether a list ends in BibTeX's "and others": names that its writer left out, for which et-al stands."""
    return len(found) > 1 and found[-1].literal == "others"


def shows_last(found: list[Name], shown: int, options: NameOptions) -> bool:
    """Tell whether a shortened list ends in its last name instead of et-al (`et-al-use-last`)."""
    return options.use_last and shown < len(found) - 1 and not has_others(found)


def count_names(ctx: Context, lists: list[tuple[str, list[Name]]], options: NameOptions) -> str:
    return str(sum(shown_count(ctx, found, options, 0) for _, found in lists))


def sort_names(ctx: Context, lists: list[tuple[str, list[Name]]], options: NameOptions) -> str:
    """Return the text that lists of names sort by: no label, no et-al, family names first."""
    pieces = []
    level = options.base_level
    for _, found in lists:
        shown = shown_count(ctx, found, options, 0)
        chosen = found[:shown]
        if shows_last(found, shown, options):
            chosen = [*chosen, found[-1]]
        pieces.append(" ".join(sort_name(name, options, level) for name in chosen))
    return " ".join(pieces)


def print_list(ctx: Context, variable: str, found: list[Name], shape: NamesShape) -> Tree:
    """Return one list of names with its label."""
    index = ctx.nameset
    ctx.nameset = index + 1
    options = shape.options
    planned = 0
    levels: tuple[int, ...] = ()
    plan = ctx.plan
    if plan is not None:
        if index < len(plan.shown) and not shape.fixed:
            planned = plan.shown[index]
        if index < len(plan.levels):
            levels = plan.levels[index]
        if plan.register is not None:
            levels = plan.register.levels(found, options)
    shown = shown_count(ctx, found, options, planned)
    if not shown:
        return ""
    names: Tree
    if ctx.capture is not None:
        names = f"\u0001{index}\u0001"
        ctx.capture.append(NameSet(found, options, shown))
    else:
        names = join_names(found, shown, shape, levels)
    if shape.label is None:
        return names
    label = shape.label(ctx, variable, len(found) > 1)
    if label is None:
        return names
    return Node([label, names] if shape.label_first else [names, label])


def join_names(found: list[Name], shown: int, shape: NamesShape, levels: tuple[int, ...]) -> Node:
    """Return names joined by delimiters, "and", and et-al."""
    options = shape.options
    total = len(found)
    truncated = shown < total
    if truncated and not shape.et_al and not options.use_last:
        truncated = False
    base = options.base_level
    order = options.sort_order
    kids: list[Tree] = []
    last = shown - 1
    for index in range(shown):
        if index:
            if index == last and not truncated and options.and_:
                body_last = bool(found[index].literal)
                kids.append(last_joint(shape, total, index, order, body_last))
            else:
                kids.append(options.delimiter)
        level = planned_level(levels, index, options)
        inverted = order == "all" or (order == "first" and index == 0)
        tree = print_name(found[index], options, inverted, level)
        shown_name = Node([tree], tag="name")
        shown_name.identity = found[index].identity()
        kids.append(shown_name)
    if not truncated or not shown:
        return Node(kids, tag="namelist")
    kids += et_al_tail(found, shown, shape, base)
    suffix = "" if shows_last(found, shown, options) else options.suffix
    return Node(kids, options.fmt, "", suffix, tag="namelist")


def planned_level(levels: tuple[int, ...], index: int, options: NameOptions) -> int:
    """Return the level of a given name; a full one that disambiguation asks for prints as it is written (3)."""
    planned = levels[index] if index < len(levels) else 0
    if planned == 2:
        return 3
    return 2 if planned and not options.initialize else max(options.base_level, planned)


def last_joint(shape: NamesShape, total: int, index: int, order: str, body_last: bool) -> str:
    """Return what stands between the last two names; before a body the rule may be its own.

    An "and" in a script without spaces, or a mark in its place, follows the names without a space, and without a
    delimiter but for two names whose delimiter is "always" there.
    """
    options = shape.options
    rule = options.precedes_body if body_last else options.precedes_last
    inverted = order == "all" or (order == "first" and index == 1)
    delimited = rule == "always" or (rule == "contextual" and total > 2) or (rule == "after-inverted-name" and inverted)
    term = shape.and_text
    spaced = not term or term[0] == "&" or SPACED.match(term) is not None
    after = " " if (spaced or term[-1] == "ו") and not term[-1:].isspace() else ""
    if not spaced and (rule != "always" or total > 2):
        return term + after
    if delimited:
        between = (
            options.delimiter if options.delimiter.endswith((" ", "\u00a0")) or not after else options.delimiter + " "
        )
        return between + term + after
    return (" " if spaced else "") + term + after


def et_al_tail(found: list[Name], shown: int, shape: NamesShape, base: int) -> list[Tree]:
    """Return what follows the names of a truncated list."""
    options = shape.options
    if shows_last(found, shown, options):
        inverted = options.sort_order == "all"
        last = print_name(found[-1], options, inverted, base)
        return [options.delimiter.rstrip() + " … ", Node([last], tag="name")]
    rule = options.precedes_et_al
    inverted = options.sort_order == "all" or (options.sort_order == "first" and shown == 1)
    delimited = rule == "always" or (rule == "contextual" and shown > 1) or (rule == "after-inverted-name" and inverted)
    text = plain_text(shape.et_al)
    space = "" if text and not SPACED.match(text) and text[0].isalpha() else " "
    return [options.delimiter if delimited else space, Node([shape.et_al], tag="et-al")]


def compile_substitutes(element: Element, scope: Scope, shape: NamesShape, parent: Element) -> tuple[Any, ...]:
    """Compile the children of `cs:substitute`.

    A text among them counts as a name for what repeats from entry to entry, until a `cs:names` with children of
    its own has been tried, as in citeproc-js.
    """
    from refs.csl.compile import compile_element

    compiled = []
    text_as_name = True
    for child in element.children:
        around = (shape, parent, scope.macro)
        inner = replace(scope, names_around=around, macros={}, text_as_name=text_as_name, substituting=True)
        compiled.append(compile_element(child, inner))
        text_as_name = text_as_name and not (child.tag == "names" and child.children)
    return tuple(compiled)


def run_substitutes(substitutes: tuple[Any, ...], ctx: Context) -> Tree | None:
    """Return the first substitute that prints; the variables in it are suppressed from then on."""
    outer, suppressed = ctx.collected, ctx.suppressed
    for substitute in substitutes:
        ctx.collected = ctx.suppressed = collected = set(suppressed)
        found = substitute(ctx)
        ctx.collected = outer
        if type(found) is list:
            found = Node(found) if found else None
        if found is not None:
            if outer is not None:
                outer |= collected
            return found  # type: ignore[no-any-return]
        ctx.suppressed = suppressed
    return None
