"""Cites of one cluster: grouping by names, collapsing of years, suffixes and numbers, delimiters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refs.csl.output import Node, Tree, find_tag, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.compile import Area
    from refs.csl.context import Context


@dataclass(slots=True)
class Shown:
    """One cite of a cluster, printed: its tree, what surrounds it, and what it is compared by."""

    ctx: Context
    tree: Node
    prefix: Tree = ""
    suffix: Tree = ""
    names: str = ""
    delimiter: str | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing of the cite prints, as when an author is all that a style shows of it."""
        return not (self.tree.kids or self.prefix or self.suffix)

    @property
    def plain(self) -> bool:
        """Tell whether nothing of its own keeps the cite from being collapsed."""
        return not self.prefix and not self.suffix and not self.ctx.locator


def names_of(tree: Tree) -> str:
    """Return the text of the first names of a cite."""
    found = find_tag(tree, "names")
    return plain_text(found) if found is not None else ""


def without(tree: Tree, match: Callable[[Node], bool]) -> Tree | None:
    """Return a tree without the nodes that match; nodes that become empty go too."""
    if not isinstance(tree, Node):
        return tree
    if match(tree):
        return None
    kids = [kid for kid in (without(kid, match) for kid in tree.kids) if kid is not None and kid != ""]
    if len(kids) == len(tree.kids) and all(a is b for a, b in zip(kids, tree.kids, strict=True)):
        return tree
    if not kids:
        return None
    copy = Node(kids, tree.fmt, tree.prefix, tree.suffix, tree.delimiter, tree.tag, tree.quotes, tree.display)
    copy.source = tree.source
    return copy


def without_first_names(tree: Tree) -> Tree | None:
    first = find_tag(tree, "names")
    return without(tree, lambda node: node is first) if first is not None else tree


def without_repeats(cites: list[Shown]) -> list[Shown]:
    """Return the first of all cites that print alike: authors in running text are named once."""
    found: dict[str, Shown] = {}
    for cite in cites:
        found.setdefault(plain_text(cite.tree), cite)
    return list(found.values())


def group_cites(cites: list[Shown]) -> list[Shown]:
    """Bring cites of the same names together, at the place of the first of them."""
    groups: dict[object, list[Shown]] = {}
    for index, cite in enumerate(cites):
        groups.setdefault(cite.names or index, []).append(cite)
    return [cite for group in groups.values() for cite in group]


def join_cites(cites: list[Shown], area: Area) -> list[Tree]:
    """Return the pieces of a cluster in order, delimiters included."""
    collapse = area.option("collapse")
    grouping = collapse.startswith("year") or "cite-group-delimiter" in area.element.attrs
    if collapse == "citation-number":
        return join_numbers(cites, area)
    if not grouping:
        return join_plain(cites, area.delimiter)
    for cite in cites:
        cite.names = cite.names or names_of(cite.tree)
    return join_groups(group_cites(cites) if area.keys else cites, area, collapse)


def between(before: Shown, delimiter: str, cite: Shown) -> str:
    """Return the delimiter of two cites, unless what a person wrote around them is punctuation enough.

    A suffix that ends a sentence or in a comma needs but a space after it, as in citeproc-js.
    """
    if plain_text(cite.prefix).startswith((",", ".", ";", ":", "!", "?")):
        return ""
    return " " if delimiter and plain_text(before.suffix).endswith((".", ",")) else delimiter


def pieces_of(cite: Shown) -> list[Tree]:
    return [piece for piece in (cite.prefix, cite.tree, cite.suffix) if piece != ""]


def join_plain(cites: list[Shown], delimiter: str) -> list[Tree]:
    pieces: list[Tree] = []
    for index, cite in enumerate(cites):
        if index:
            pieces.append(between(cites[index - 1], delimiter, cite))
        pieces += pieces_of(cite)
    return pieces


def join_numbers(cites: list[Shown], area: Area) -> list[Tree]:
    """Join cites by number: runs of three or more become ranges."""
    pieces: list[Tree] = []
    delimiter = area.delimiter
    after = area.element.attrs.get("after-collapse-delimiter", delimiter)
    index = 0
    collapsed = False
    while index < len(cites):
        end = index
        while end + 1 < len(cites) and follows(cites[end], cites[end + 1]):
            end += 1
        if index:
            pieces.append(between(cites[index - 1], after if collapsed else delimiter, cites[index]))
        collapsed = end - index >= 2
        if collapsed:
            pieces += [*pieces_of(cites[index]), "–", *pieces_of(cites[end])]
            index = end + 1
        else:
            pieces += pieces_of(cites[index])
            index += 1
    return pieces


def follows(first: Shown, second: Shown) -> bool:
    if not (first.plain and second.plain) or second.ctx.number != first.ctx.number + 1:
        return False
    return find_tag(first.tree, "citation-number") is not None and find_tag(second.tree, "citation-number") is not None


def join_groups(cites: list[Shown], area: Area, collapse: str) -> list[Tree]:
    """Join cites of the same names; with `collapse` the names print once."""
    attrs = area.element.attrs
    delimiter = area.delimiter
    within = attrs.get("cite-group-delimiter", delimiter if area.scope.style.is_note or not collapse else ", ")
    after = attrs.get("after-collapse-delimiter", delimiter)
    suffixes = collapse in ("year-suffix", "year-suffix-ranged") and attrs.get("disambiguate-add-year-suffix") == "true"
    pieces: list[Tree] = []
    index = previous = 0
    while index < len(cites):
        end = index
        while end + 1 < len(cites) and cites[end + 1].names == cites[index].names:
            end += 1
        group = cites[index : end + 1]
        if index:
            collapsed = previous > 1 or collapse != "year-suffix" or cites[index - 1].ctx.locator
            pieces.append(between(cites[index - 1], after if collapsed else delimiter, group[0]))
        pieces += join_group(group, within, area, collapse, suffixes)
        previous = len(group)
        index = end + 1
    return pieces


def join_group(group: list[Shown], within: str, area: Area, collapse: str, suffixes: bool) -> list[Tree]:
    """Join cites of the same names; those that show nothing but these names, already printed, are left out."""
    pieces: list[Tree] = []
    index = 0
    while index < len(group):
        cite = stripped(group[index]) if index and collapse else group[index]
        if cite.is_empty:
            index += 1
            continue
        if pieces:
            pieces.append(between(group[index - 1], after_locator(group[index - 1], within, area), cite))
        end = index
        if suffixes:
            while end + 1 < len(group) and same_year(group[end], group[end + 1]):
                end += 1
        pieces += pieces_of(cite)
        if end > index:
            pieces += suffix_run(group[index : end + 1], area)
        index = end + 1
    return pieces


def after_locator(before: Shown, within: str, area: Area) -> str:
    """Return what follows a cite within its group: a cite with a locator ends what is collapsed."""
    if before.ctx.locator:
        return area.element.attrs.get("after-collapse-delimiter", within)
    return within


def stripped(cite: Shown) -> Shown:
    tree = without_first_names(cite.tree)
    kept = tree if isinstance(tree, Node) else Node([tree] if tree else [])
    return Shown(cite.ctx, kept, cite.prefix, cite.suffix, cite.names)


def is_suffix(node: Node) -> bool:
    return node.tag in ("year-suffix", "year-suffix-element")


def same_year(first: Shown, second: Shown) -> bool:
    """Tell whether two cites differ in their year suffix alone."""
    if not (first.plain and second.plain):
        return False
    if find_tag(first.tree, "year-suffix") is None or find_tag(second.tree, "year-suffix") is None:
        return False
    one, other = without(first.tree, is_suffix), without(second.tree, is_suffix)
    return plain_text(one or "") == plain_text(other or "")


def suffix_run(group: list[Shown], area: Area) -> list[Tree]:
    """Return the suffixes after the first of a run: ", b, c" or "–c"."""
    attrs = area.element.attrs
    delimiter = attrs.get("year-suffix-delimiter", attrs.get("cite-group-delimiter", area.delimiter))
    ranged = area.option("collapse") == "year-suffix-ranged"
    pieces: list[Tree] = []
    index = 0
    numbers = [cite.ctx.plan.suffix if cite.ctx.plan else 0 for cite in group]
    while index < len(group):
        end = index
        while ranged and end + 1 < len(group) and numbers[end + 1] == numbers[end] + 1:
            end += 1
        if end - index < 2:
            end = index
        if index:
            pieces += [delimiter, *suffix_of(group[index])]
        if end > index:
            pieces += ["–", *suffix_of(group[end])]
        index = end + 1
    return pieces


def suffix_of(cite: Shown) -> list[Tree]:
    found = find_tag(cite.tree, "year-suffix-element") or find_tag(cite.tree, "year-suffix")
    return [found] if found is not None else []
