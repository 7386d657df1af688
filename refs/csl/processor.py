"""The citation processor: a style, its items, and the passes that make citations and a bibliography."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from refs.csl.bibliography import Entry, arrange_entry, substitute_authors
from refs.csl.collapse import Shown, join_cites, names_of, without_first_names, without_repeats
from refs.csl.compile import Area, Compiled, compile_style, run_children
from refs.csl.context import Context, Plan
from refs.csl.disambiguate import add_suffixes, disambiguate, suffix_letters
from refs.csl.item import Item
from refs.csl.output import Node, Run, Tree, capitalize_lead, find_tag, linearize
from refs.csl.positions import SUBSEQUENT, Cite, Cluster, Place, number_repeated, place_clusters, read_cite, read_mode
from refs.csl.repository import has_locale
from refs.csl.richtext import Marks, parse_rich
from refs.csl.sort import sort_contexts
from refs.csl.writers import Layout, margin_width, write, write_bibliography, write_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from refs.csl.style import Style

# The formats whose left margins are as wide as the widest of them.
MEASURED = ("text", "terminal", "latex")
NO_FORM = "[CSL STYLE ERROR: reference with no printed form.]"
DEFAULT_NEAR_NOTE = 5


class Processor:
    """Prints citations and a bibliography of items in a style.

    `items` are CSL-JSON records in the order in which they are cited; `locale` overrides the style's own;
    `language` chooses among the variants of fields that an item may carry (`multi`); `links` links DOIs and URLs;
    `in_order` leaves items and cites in the order in which they come, whatever the style's sort keys say.
    """

    def __init__(
        self,
        style: Style,
        items: Iterable[Mapping[str, Any]] = (),
        locale: str | None = None,
        *,
        language: str = "",
        links: bool = False,
        in_order: bool = False,
    ) -> None:
        self.style = style
        self.locale = locale or style.default_locale
        self.language = language
        self.links = links
        self.in_order = in_order
        self.compiled: Compiled = compile_style(style, self.locale)
        self.items: dict[str, Item] = {}
        self.clusters: list[Cluster] = []
        self.recomputed: set[str] = set()
        self.missing: dict[str, None] = {}
        self._printed: dict[tuple[str, int], tuple[Any, str, list[Place]]] = {}
        self._order: list[str] | None = None
        self._numbers: dict[str, int] = {}
        self._plans: dict[str, Plan] = {}
        self._odd: list[str] = []
        if not has_locale(self.locale):
            self._odd.append(f"{self.locale}: no such locale; terms and dates are those of en-US and of the style")
        for data in items:
            item = self._read(data)
            if item is not None and item.id in self.items:
                self._odd.append(f"{item.id}: several items have this id; the last one is printed")
            self._keep(item)

    def _read(self, data: Any) -> Item | None:
        if isinstance(data, Mapping):
            return Item(data, self.language, self.compiled.quotes)
        self._odd.append(f"an item was expected, not {type(data).__name__}")
        return None

    def _keep(self, item: Item | None) -> None:
        if item is not None:
            self.items[item.id] = item
            self._order = None

    def add_item(self, data: Mapping[str, Any]) -> None:
        """Add a record, or replace the one of the same id."""
        self._keep(self._read(data))

    def remove_item(self, key: str) -> None:
        """Forget a record; unknown ids are ignored."""
        if self.items.pop(key, None) is not None:
            self._order = None

    def forget_order(self) -> None:
        """Sort, number and disambiguate anew at the next call."""
        self._order = None

    def order(self) -> list[str]:
        """Return the ids of the items in the order of the bibliography."""
        return list(self._prepare())

    @property
    def problems(self) -> list[str]:
        """List what was odd in the locale and in the items that were printed: "id: field: what is wrong"."""
        missing = [f"{key}: no such item" for key in self.missing if key not in self.items]
        repeated = [f"{cluster.id}: several citations have this id" for cluster in self.clusters if cluster.repeat == 1]
        return self._odd + repeated + [problem for item in self.items.values() for problem in item.problems] + missing

    # Passes over the whole set

    def _prepare(self) -> list[str]:
        """Sort, number and disambiguate the items; return their ids in the order of the bibliography."""
        if self._order is not None:
            return self._order
        area = self.compiled.bibliography or self.compiled.citation
        sorts = self.compiled.bibliography is not None and not self.in_order
        contexts = [Context(item) for item in self.items.values()]
        for number, ctx in enumerate(contexts, 1):
            ctx.number = number
        if sorts:
            contexts = sort_contexts(contexts, area.keys)
        self._numbers = number_items(contexts, area)
        plans, clashes = disambiguate(
            [ctx.item for ctx in contexts], self.compiled, self._cite_kids, self._prepare_context
        )
        self._order = [ctx.item.id for ctx in contexts]
        self._plans = add_suffixes(plans, clashes, self._order)
        return self._order

    def _prepare_context(self, ctx: Context) -> None:
        ctx.number = self._numbers.get(ctx.item.id, 0)
        ctx.position = SUBSEQUENT | {"near-note"}

    def _cite_kids(self, ctx: Context) -> list[Tree]:
        return run_children(self.compiled.citation.children, ctx)

    def _suffix(self, plan: Plan | None) -> str:
        return suffix_letters(plan.suffix) if plan is not None and plan.suffix else ""

    # Citations

    def cite(self, cites: Sequence[Mapping[str, Any]], format: str = "html", *, mode: str = "") -> str:
        """Return one citation; every cite counts as a first one unless it says its `position`.

        Raise UsageError for cites that are no mappings, and for an unknown mode.
        """
        return self._write(self.tree(cites, mode), format)

    def tree(self, cites: Sequence[Mapping[str, Any]], mode: str = "") -> Node:
        """Return the tree of one citation, as `cite` writes it."""
        self._prepare()
        cluster = Cluster("", [read_cite(cite) for cite in cites], 0, read_mode(mode))
        self._sort_cites(cluster)
        cluster.places = [Place(place_alone(cite), cite.first_note) for cite in cluster.cites]
        return self._cluster_tree(cluster, self.compiled)

    def update(self, clusters: Sequence[Mapping[str, Any]], format: str = "html") -> list[tuple[int, str, str]]:
        """Replace the clusters of the document; return those that print anew: index, id, text.

        A cluster is a mapping with `id`, `cites`, and optionally `note` (its number), `mode` and `infix`.
        Items that no cluster cites stay in the bibliography after the cited ones. Clusters of the same id are told
        apart by their order, and are a problem.
        """
        self.clusters = [read_cluster(cluster, index) for index, cluster in enumerate(clusters)]
        number_repeated(self.clusters)
        self._reorder()
        self._prepare()
        for cluster in self.clusters:
            self._sort_cites(cluster)
        distance = self.compiled.citation.option("near-note-distance")
        place_clusters(self.clusters, int(distance) if distance.isdecimal() else DEFAULT_NEAR_NOTE)
        changed = []
        self.recomputed = set()
        printed: dict[tuple[str, int], tuple[Any, str, list[Place]]] = {}
        for index, cluster in enumerate(self.clusters):
            state = self._state(cluster, format)
            known = self._printed.get(cluster.key)
            if known is not None and known[0] == state and not moved(known[2], cluster.places):
                printed[cluster.key] = (known[0], known[1], cluster.places)
                continue
            self.recomputed.add(cluster.id)
            text = self._write(self._cluster_tree(cluster, self.compiled), format)
            printed[cluster.key] = (state, text, cluster.places)
            if known is None or known[1] != text:
                changed.append((index, cluster.id, text))
        self._printed = printed
        return changed

    def printed(self) -> list[tuple[str, str]]:
        """Return the id and text of every cluster of the document, in order."""
        return [(cluster.id, self._printed[cluster.key][1]) for cluster in self.clusters]

    def _reorder(self) -> None:
        """Put the items in the order in which the clusters cite them; uncited ones follow."""
        order = dict.fromkeys(cite.id for cluster in self.clusters for cite in cluster.cites if cite.id in self.items)
        order.update(dict.fromkeys(self.items))
        if list(order) != list(self.items):
            self.items = {key: self.items[key] for key in order}
            self._order = None

    def _state(self, cluster: Cluster, format: str) -> Any:
        """Return all that the text of a cluster depends on."""
        numbered = self.compiled.numbered
        plans = tuple((self._plans.get(cite.id), numbered and self._numbers.get(cite.id)) for cite in cluster.cites)
        items = tuple(id(self.items.get(cite.id)) for cite in cluster.cites)
        return (tuple(cluster.cites), tuple(cluster.places), cluster.mode, plans, items, format)

    def _sort_cites(self, cluster: Cluster) -> None:
        """Sort the cites of a cluster before they are placed; keys see neither positions nor year suffixes.

        A cite with words around it ("see ...; but also ...") stays where its author put it, as pandoc has it.
        """
        if not self.compiled.citation.keys or self.in_order or cluster.mode == "composite":
            return
        stretches = groupby(cluster.cites, lambda cite: bool(cite.prefix or cite.suffix))
        cluster.cites = [
            cite for worded, stretch in stretches for cite in (stretch if worded else self._sorted_cites(list(stretch)))
        ]

    def _sorted_cites(self, cites: list[Cite]) -> list[Cite]:
        if len(cites) < 2:
            return cites
        contexts = [Context(self._item(cite)) for cite in cites]
        by_context = {id(ctx): cite for ctx, cite in zip(contexts, cites, strict=True)}
        for ctx, cite in zip(contexts, cites, strict=True):
            ctx.number = self._numbers.get(cite.id, 0)
        return [by_context[id(ctx)] for ctx in sort_contexts(contexts, self.compiled.citation.keys)]

    def _item(self, cite: Cite) -> Item:
        """Return the item of a cite; for an unknown id an empty one, which is a problem."""
        item = self.items.get(cite.id)
        if item is None:
            item = Item({"id": cite.id})
            self.missing[cite.id] = None
        return item

    def _context(self, cite: Cite, place: Place) -> Context:
        ctx = Context(self._item(cite))
        ctx.position = place.positions
        ctx.locator = cite.locator
        ctx.label = cite.label
        ctx.number = self._numbers.get(cite.id, 0)
        ctx.first_note = place.first_note or cite.first_note
        plan = self._plans.get(cite.id)
        if plan is not None:
            ctx.plan = plan
            ctx.disambiguate = plan.disambiguate
            ctx.pending_suffix = self._suffix(plan)
            ctx.suffix_done = False
        return ctx

    def _cluster_tree(self, cluster: Cluster, compiled: Compiled) -> Node:
        """Return the tree of a cluster: its cites grouped, collapsed and joined, in the order that they have."""
        area = compiled.citation
        pairs = [(self._context(cite, place), cite) for cite, place in zip(cluster.cites, cluster.places, strict=True)]
        if cluster.mode == "composite":
            return self._composite(pairs, area, cluster)
        shown = [self._show(ctx, cite, area, cluster.mode, not index) for index, (ctx, cite) in enumerate(pairs)]
        shown = [cite for cite in shown if not cite.is_empty]
        if cluster.mode == "author-only" or all(cite.author_only for _, cite in pairs):
            return Node(join_cites(without_repeats(shown), area))
        pieces = join_cites(shown, area)
        return layout_node(pieces, area) if pieces else Node([])

    def _composite(self, pairs: list[tuple[Context, Cite]], area: Area, cluster: Cluster) -> Node:
        """Return an in-text citation: the author of the first cite, then the cluster without it."""
        if not pairs:
            return Node([])
        ctx, cite = pairs[0]
        author = self._show(self._again(ctx), cite, area, "author-only").tree
        if cite.id not in self.items:
            pairs = pairs[1:]
        rest = [self._show(c, one, area, "suppress-author" if one is cite else "") for c, one in pairs]
        rest = [one for one in rest if not one.is_empty]
        if not rest:
            return Node([author])
        body = layout_node(join_cites(rest, area), area)
        infix = cluster.infix
        between = " " if not infix else (infix if infix[0] in ",;.:'" or infix[0].isspace() else " " + infix)
        if not between.endswith(" "):
            between += " "
        return Node([author, between, body])

    def _again(self, ctx: Context) -> Context:
        copy = Context(ctx.item)
        for name in ("position", "locator", "label", "number", "first_note", "plan", "disambiguate", "pending_suffix"):
            setattr(copy, name, getattr(ctx, name))
        return copy

    def _show(self, ctx: Context, cite: Cite, area: Area, mode: str, leads: bool = True) -> Shown:
        """Print one cite of a cluster."""
        if cite.id not in self.items:
            return Shown(ctx, Node([f"[{cite.id}?]"]))
        kids = run_children(area.children, ctx)
        tree = Node(kids)
        if area.scope.style.is_note and begins_sentence(cite.prefix, leads):
            tree = capitalize_lead(tree)
        if mode == "author-only" or cite.author_only:
            names = find_tag(tree, "names") or self.compiled.author(self._again(ctx))
            return Shown(ctx, Node([names or NO_FORM]))
        group = ""
        if mode == "suppress-author" or cite.suppress_author:
            group = names_of(tree)
            rest = without_first_names(tree)
            tree = rest if isinstance(rest, Node) else Node([rest] if rest else [])
        elif not kids:
            ctx.item.problem("type", "the style prints nothing of this item")
            tree = Node([NO_FORM] if leads else [])  # beside another cite citeproc-js prints nothing for it
        return Shown(
            ctx,
            tree,
            spaced_prefix(cite.prefix, self.compiled.quotes),
            spaced_suffix(cite.suffix, self.compiled.quotes),
            group,
        )

    # Bibliography

    @property
    def has_bibliography(self) -> bool:
        """Tell whether the style makes a bibliography; some styles of notes do not."""
        return self.compiled.bibliography is not None

    def bibliography(self, format: str = "html") -> list[tuple[str, str]]:
        """Return each entry with its id, in printed order; html entries stand in their csl-entry div."""
        return self._written(format)[0]

    def write_bibliography(self, format: str = "html") -> str:
        """Return the whole bibliography as one text: a `div` of html, a document of rtf, lines of text."""
        entries, layout = self._written(format)
        return write_bibliography([text for _, text in entries], format, layout)

    def _written(self, format: str) -> tuple[list[tuple[str, str]], Layout]:
        entries: Iterable[tuple[str, list[Run]]] = ((entry.id, self.runs(entry.tree)) for entry in self.entries())
        quotes = self.compiled.quotes
        layout = self._layout([])
        if format in MEASURED:
            entries = list(entries)
            layout = self._layout([runs for _, runs in entries])
        return [(key, write_entry(runs, format, quotes, layout, self.links)) for key, runs in entries], layout

    def _layout(self, entries: Sequence[Sequence[Run]]) -> Layout:
        area = self.compiled.bibliography
        if area is None:
            return Layout()
        align = area.option("second-field-align")
        return Layout(
            hanging_indent=area.option("hanging-indent") == "true",
            second_field_align=align,
            line_spacing=_count(area.option("line-spacing")),
            entry_spacing=_count(area.option("entry-spacing")),
            margin=margin_width(entries, self.compiled.quotes) if align else 0,
        )

    def entries(self) -> Iterator[Entry]:
        """Yield the trees of the bibliography, in printed order; items that print nothing have no entry."""
        area = self.compiled.bibliography
        if area is None:
            return iter(())
        entries = self._arranged(area)
        substitutes = "subsequent-author-substitute" in area.element.attrs
        return substitute_authors(entries, area) if substitutes else entries

    def _arranged(self, area: Area) -> Iterator[Entry]:
        for key in self._prepare():
            ctx = Context(self.items[key])
            ctx.number = self._numbers[key]
            plan = self._plans.get(key)
            ctx.plan = plan
            ctx.pending_suffix = self._suffix(plan)
            ctx.disambiguate = plan.disambiguate if plan else 0
            ctx.suffix_done = False
            tree = arrange_entry(ctx, area)
            if tree is not None:
                yield Entry(key, tree)

    def runs(self, tree: Tree, nesting: bool = False) -> list[Run]:
        """Return the runs of a tree for a writer."""
        return linearize(tree, self.compiled.locale.punctuation_in_quote, nesting)

    def _write(self, tree: Tree, format: str) -> str:
        return write(self.runs(tree, self.style.is_note), format, self.compiled.quotes, self.links)


def _count(value: str) -> int:
    return int(value) if value.isdecimal() else 1


def number_items(contexts: list[Context], area: Area) -> dict[str, int]:
    """Number items in printed order; from the last one up if they are sorted by falling citation number."""
    if any(key.by_number and key.descending for key in area.keys):
        contexts = contexts[::-1]
    return {ctx.item.id: number for number, ctx in enumerate(contexts, 1)}


def moved(before: list[Place], after: list[Place]) -> bool:
    """Tell whether a first cite that others refer back to stands in another note than before."""
    pairs = zip(before, after, strict=False)
    return any(a.cited_again and b.cited_again and a.cited_again != b.cited_again for a, b in pairs)


def layout_node(pieces: list[Tree], area: Area) -> Node:
    """Dress a cluster in the formatting and affixes of its layout, which are formatted too; no space ends it."""
    layout = area.layout
    kids: list[Tree] = []
    prefix, suffix = layout.get("prefix"), layout.get("suffix").rstrip(" ")
    if prefix:
        kids.append(prefix)
    kids += pieces
    if suffix:
        kids.append(suffix)
    return Node(kids, area.scope.format_of(layout))


def place_alone(cite: Cite) -> frozenset[str]:
    from refs.csl.positions import position_of

    return position_of(cite, None, set())


def begins_sentence(prefix: str, leads: bool) -> bool:
    """Tell whether a cite begins a sentence: the first of a note, or one whose prefix ends a sentence."""
    if not prefix.strip():
        return leads
    return prefix.rstrip(" \u00a0\"'”’)")[-1:] in (".", "!", "?")


def spaced_prefix(prefix: str, marks: Marks) -> Tree:
    """Return the prefix of a cite; a space follows it unless it ends in one or in an opening mark."""
    if not prefix:
        return ""
    if prefix[-1].isalnum() or prefix[-1] in ".,;:>!?)]’”":
        prefix += " "
    return parse_rich(prefix, marks)


def spaced_suffix(suffix: str, marks: Marks) -> Tree:
    """Return the suffix of a cite; a space precedes it when it begins with a word."""
    if not suffix:
        return ""
    if suffix[0].isalnum() or suffix[0] in "(<[“‘":
        suffix = " " + suffix
    return parse_rich(suffix, marks)


def read_cluster(value: Mapping[str, Any], index: int) -> Cluster:
    cites = value.get("cites") or ()
    note = value.get("note")
    return Cluster(
        id=str(value.get("id", index)),
        cites=[read_cite(cite) for cite in cites],
        note=note if isinstance(note, int) else 0,
        mode=read_mode(value.get("mode")),
        infix=str(value.get("infix") or ""),
    )
