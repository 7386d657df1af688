"""Entries of the bibliography: the layout, the second field, and repeated authors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refs.csl.compile import run_children
from refs.csl.output import Node, Tree, capitalize_lead, find_tag, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from refs.csl.compile import Area
    from refs.csl.context import Context


@dataclass(slots=True)
class Entry:
    """One entry of the bibliography."""

    id: str
    tree: Node


def arrange_entry(ctx: Context, area: Area) -> Node | None:
    """Print one entry with the affixes of its layout, its first field set off if the style asks; None if empty."""
    layout = area.layout
    align = area.option("second-field-align")
    kids = run_children(area.children, ctx)
    if not kids:
        return None
    prefix, suffix = layout.get("prefix"), layout.get("suffix")
    if align:
        first = Node([prefix, kids[0]] if prefix else kids[:1], display="left-margin")
        if len(kids) == 1:
            return Node([first], area.scope.format_of(layout))
        rest: list[Tree] = [capitalize_lead(Node(kids[1:]))]
        if suffix:
            rest.append(suffix)
        kids = [first, Node(rest, display="right-inline")]
        return Node(kids, area.scope.format_of(layout))
    body: list[Tree] = [capitalize_lead(Node(kids))]
    if prefix:
        body.insert(0, prefix)
    if suffix:
        place_suffix(kids, body, Node([suffix], tag="layout-suffix"))
    return Node(body, area.scope.format_of(layout))


def place_suffix(kids: list[Tree], body: list[Tree], suffix: Tree) -> None:
    """Add the suffix of the layout; it goes inside the last block of an entry made of blocks."""
    last = kids[-1]
    if isinstance(last, Node) and last.display:
        last = Node([*last.kids], last.fmt, last.prefix, "", last.delimiter, last.tag, last.quotes)
        old = kids[-1]
        assert isinstance(old, Node)  # noqa: S101
        pieces: list[Tree] = [last]
        if old.suffix:
            pieces.append(old.suffix)
        pieces.append(suffix)
        kids[-1] = Node(pieces, display=old.display)
        body[-1] = Node(kids)
    else:
        body.append(suffix)


def substitute_authors(entries: Iterable[Entry], area: Area) -> Iterator[Entry]:
    """Yield entries with names replaced that repeat those of the entry before (`subsequent-author-substitute`)."""
    attrs = area.element.attrs
    mark = attrs["subsequent-author-substitute"]
    rule = attrs.get("subsequent-author-substitute-rule", "complete-all")
    before: list[object] = []
    for entry in entries:
        names = find_tag(entry.tree, "names")
        texts = name_texts(names) if names is not None else []
        if names is not None and before and texts:
            replace_names(names, texts, before, mark, rule)
        before = texts
        yield entry


def name_texts(names: Node) -> list[object]:
    """Return what the names of a `cs:names` are compared by: their parts, or a text that stands for a name."""
    texts: list[object] = []
    for each in name_lists(names):
        for kid in each.kids:
            if isinstance(kid, Node) and kid.tag == "name":
                texts.append(kid.identity or plain_text(kid))
    return texts


def name_lists(tree: Tree) -> list[Node]:
    """Return the lists of names in a tree; of texts that stand for names the first alone."""
    if not isinstance(tree, Node):
        return []
    if tree.tag in ("namelist", "textlist"):
        return [tree]
    lists = [found for kid in tree.kids for found in name_lists(kid)]
    return lists[:1] if lists and lists[0].tag == "textlist" else lists


def replace_names(names: Node, texts: list[object], before: list[object], mark: str, rule: str) -> None:
    """Put the mark in place of names that match those before, as the rule says."""
    lists = name_lists(names)
    same = texts == before
    if rule == "complete-all":
        if same:
            replace_all(names, lists, mark)
        return
    count = 0
    while count < min(len(texts), len(before)) and texts[count] == before[count]:
        count += 1
    if rule == "complete-each" and not same:
        return
    if rule == "partial-first":
        count = min(count, 1)
    position = 0
    for each in lists:
        kids: list[Tree] = []
        for kid in each.kids:
            if isinstance(kid, Node) and kid.tag == "name":
                kids.append(Node([mark], tag="name") if position < count else kid)
                position += 1
            else:
                kids.append(kid)
        each.kids = kids


def replace_all(names: Node, lists: list[Node], mark: str) -> None:
    lists[0].kids = [mark]
    lists[0].suffix = ""
    if len(lists) > 1:
        names.kids = names.kids[:1]
