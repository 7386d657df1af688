"""`cs:names`: lists of names with et-al, "and", labels and substitutes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from refs.csl.context import CALLED, VALUE, Context, Scope
from refs.csl.names import SPACED, NameOptions, print_name, sort_name
from refs.csl.nameshape import GENERATED, NamesShape, names_delimiter, names_shape
from refs.csl.output import Node, Tree, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.item import Item
    from refs.csl.particles import Name
    from refs.csl.style import Element

EDITORS = {"editor", "translator"}


class NameSet:
    """One list of names as a cite showed it, for disambiguation: what it can still add, and its key."""

    __slots__ = ("names", "options", "shown")

    def __init__(self, names: list[Name], options: NameOptions, shown: int) -> None:
        self.names = names
        self.options = options
        self.shown = shown


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
