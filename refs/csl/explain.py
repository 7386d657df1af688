"""Tell for each piece of a citation or entry which part of the style, field and term made it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from refs.csl.compile import compile_style
from refs.csl.output import Format, Mark, Node, Rich, Source, Tree
from refs.csl.positions import read_cite
from refs.csl.processor import Processor
from refs.csl.writers.segments import clean
from refs.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "source"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the output and where it comes from.

    `element` is that of the style in `line`, in `macro` if it stands in one; `variable` the field of the item and
    `term` the term of the locale that it prints. Delimiters and affixes belong to the element that has them.
    """

    text: str
    element: str
    line: int
    macro: str = ""
    variable: str = ""
    term: str = ""


def explain_bibliography(processor: Processor) -> list[tuple[str, list[Piece]]]:
    """Explain every entry, each with the id of its item, in printed order."""
    traced = _traced(processor)
    area = traced.compiled.bibliography or traced.compiled.citation
    return [(entry.id, _pieces(traced, entry.tree, area.layout.line, entry.id)) for entry in traced.entries()]


def explain_entry(processor: Processor, key: str) -> list[Piece]:
    """Explain the bibliography entry of an item; NotFoundError when there is none."""
    for item, pieces in explain_bibliography(processor):
        if item == key:
            return pieces
    raise NotFoundError(f"no entry {key!r} in the bibliography of {processor.style.title or processor.style.path}")


def explain_citation(processor: Processor, cites: Sequence[Mapping[str, Any]], *, mode: str = "") -> list[Piece]:
    """Explain a citation of some cites in a mode, as Processor.cite takes them."""
    traced = _traced(processor)
    key = str(cites[0].get("id", "")) if cites else ""
    line = traced.compiled.citation.layout.line
    found = _pieces(traced, traced.tree(cites, mode), line, key, nesting=processor.style.is_note)
    labels = " ".join(dict.fromkeys(cite.label for cite in map(read_cite, cites) if cite.locator))
    return [replace(piece, term=labels) if piece.term == "locator" else piece for piece in found]


def _traced(processor: Processor) -> Processor:
    """Return a processor of the same items whose output says where it comes from."""
    traced = Processor(processor.style, (), processor.locale, language=processor.language, in_order=processor.in_order)
    traced.compiled = compile_style(processor.style, processor.locale, tracing=True)
    traced.items = dict(processor.items)
    return traced


def _pieces(processor: Processor, tree: Tree, line: int, key: str, nesting: bool = False) -> list[Piece]:
    """Walk the runs of a tree whose nodes with a source are marked; neighbours of one source are one piece.

    What no element made is the layout's, in the given line.
    """
    sources: list[Source] = []
    _mark(tree, sources)
    found: list[tuple[str, Source]] = []
    stack = [Source("layout", line)]
    depth = 0
    for run in processor.runs(tree, nesting):
        text = ""
        if isinstance(run, str):
            text = clean(run)
        elif run.attribute == MARK:
            if run.opens:
                stack.append(sources[int(run.value)])
            else:
                stack.pop()
        elif run.attribute == "quotes":
            depth += 1 if run.opens else -1
            text = processor.compiled.quotes[2 * ((depth - run.opens) % 2) + (not run.opens)]
        if text and found and found[-1][1] is stack[-1]:
            found[-1] = (found[-1][0] + text, stack[-1])
        elif text:
            found.append((text, stack[-1]))
    fields = processor.items[key].data if key in processor.items else {}
    return [_piece(text, source, fields) for text, source in found]


def _mark(tree: Tree, sources: list[Source]) -> None:
    """Put marks with the numbers of their sources around the nodes that have one."""
    if isinstance(tree, (str, Rich)):
        return
    for kid in tree.kids:
        _mark(kid, sources)
    if isinstance(tree, Node) and tree.source is not None:
        number = str(len(sources))
        sources.append(tree.source)
        inner = tree.fmt or Format((), (), ())
        opening, closing = Mark(MARK, number, True), Mark(MARK, number, False)
        tree.fmt = Format(inner.pairs, (opening, *inner.opening), (*inner.closing, closing))


def _piece(text: str, source: Source, fields: Mapping[str, Any]) -> Piece:
    """Name the variables that the item has, and the term of a label."""
    named = source.variable.split()
    variable = " ".join(name for name in named if fields.get(name)) if len(named) > 1 else source.variable
    term = source.term or (source.variable if source.element == "label" else "")
    return Piece(text, source.element, source.line, source.macro, variable or source.variable, term)
