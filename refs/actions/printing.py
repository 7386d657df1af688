"""Print the citations of a Markdown document in a style."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from refs.actions.citing import locator_words
from refs.actions.suffixes import split_suffix
from refs.csl.writers import runs
from refs.csl.writers.segments import Segment
from refs.formats.inlines import to_rich
from refs.papers import manuscript
from refs.papers.clusters import Span
from refs.papers.footnotes import Call, free_labels, with_calls
from refs.papers.manuscript import Cited, Manuscript, Place, sign
from refs.papers.printed import Printed, Segments

if TYPE_CHECKING:
    from refs.csl import Processor
    from refs.csl.positions import Cluster

_UNKNOWN = re.compile(r"\[([^\[\]]+\?)\]")  # as the processor prints the id of a cite that it has no item for
_FINAL_STOP = re.compile(r"\.(?=[”’»\"']?$)")


def print_citations(paper: Manuscript, made: Processor, ids: Mapping[str, str]) -> Printed:
    """Return a manuscript with its citations printed; `ids` are those of the processor's items, by the keys cited."""
    places = manuscript.places(paper.text)
    made.update(list(_clusters(paper, places, made, ids)), format="json")
    printed = {int(number): _closed_up(_segments(text, made.items)) for number, text in made.printed()}
    places = [place for place in places if place.number]
    if made.style.is_note:
        for number, citation in enumerate(paper.citations, 1):
            if citation.inside:
                printed[number] = _without_stop(printed[number])
        for place in places:
            if place.note:
                in_text = paper.citations[place.number - 1].in_text
                printed[place.number] = _in_note(printed[place.number], paper.text, place, place.note, in_text)
        text = _with_notes(paper, places, printed, made)
    else:
        text = _with_superscripts(paper, places, printed)
    return Printed(text, printed, {number: one.source for number, one in enumerate(paper.citations, 1)})


def _clusters(
    paper: Manuscript, places: Sequence[Place], made: Processor, ids: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield what the processor is to print in the order of reading; what stands inside of a citation follows it."""
    words = locator_words(made.compiled.locale)
    inner: dict[int, list[int]] = {}
    for number, citation in enumerate(paper.citations, 1):
        if citation.inside:
            inner.setdefault(citation.inside, []).append(number)
    seen: set[str] = set()
    note, last = 0, None
    for place in places:
        note += place.note is None or place.note is not last
        last = place.note
        for number in (place.number, *inner.get(place.number, ())) if place.number else ():
            citation = paper.citations[number - 1]
            cites = [_cite(one, words, ids) for one in citation.cites]
            if citation.in_text:
                cites[0]["suffix"] = _after_year(cites[0])
            first = cites[0]["id"]
            if made.style.is_note and citation.in_text and first in seen:
                cites[0]["position"] = "subsequent"  # an author in a sentence is named, and no "ibid."
            seen.update(cite["id"] for cite in cites)
            if made.style.is_note and not (place.note or citation.inside):
                cites[0]["suppress-author"] |= citation.in_text
                cites[0]["prefix"] = cites[0]["prefix"][:1].upper() + cites[0]["prefix"][1:]
            mode = "composite" if citation.in_text and not made.style.is_note else ""
            yield {"id": str(number), "cites": cites, "mode": mode, "note": note if made.style.is_note else 0}


def _cite(cited: Cited, words: Mapping[str, str], ids: Mapping[str, str]) -> dict[str, Any]:
    locator, suffix = split_suffix(cited.suffix, words)
    cite: dict[str, Any] = {
        "id": ids.get(cited.key, cited.key),
        "prefix": _affix(cited.prefix).lstrip(),
        "suffix": _affix(suffix).rstrip(),
        "suppress-author": cited.suppress_author,
    }
    return cite | ({"locator": locator.value.replace("--", "–"), "label": locator.label} if locator else {})


def _after_year(cite: Mapping[str, Any]) -> str:
    """Return the suffix of a cite in the text with a comma before words: `@doe [in part]` is Doe (2005, in part)."""
    suffix: str = cite["suffix"]
    return f", {suffix}" if re.match(r"[\w<]", suffix) and "locator" not in cite else suffix


def _affix(markdown: str) -> str:
    return to_rich(markdown.replace("\n", " "))


def _segments(written: str, known: Collection[str]) -> Segments:
    """Return the segments of a citation; an id that nobody knows is bold, as pandoc prints it."""
    segments = [segment for block in runs.read(written) for segment in block.segments]
    text = "".join(segment.text for segment in segments)
    found: list[Segment] = []
    position = 0
    for match in _UNKNOWN.finditer(text):
        if match[1].removesuffix("?") not in known:
            found += (*_cut(segments, position, match.start()), Segment(match[1], ("bold",)))
            position = match.end()
    return (*found, *_cut(segments, position, len(text)))


def _cut(segments: Sequence[Segment], start: int, end: int) -> Iterator[Segment]:
    """Yield what stands between two places of the text of segments."""
    offset = 0
    for segment in segments:
        text = segment.text[max(start - offset, 0) : max(end - offset, 0)]
        offset += len(segment.text)
        if text:
            yield replace(segment, text=text)


def _closed_up(segments: Segments) -> Segments:
    """Return segments without the space before a raised number: Doe¹ rather than Doe ¹."""
    return tuple(
        replace(segment, text=segment.text.removesuffix(" "))
        if "superscript" in after.formats and "superscript" not in segment.formats
        else segment
        for segment, after in zip(segments, (*segments[1:], Segment("")), strict=True)
    )


def _in_note(segments: Segments, text: str, place: Place, note: Span, in_text: bool) -> Segments:
    """Return a citation as it stands in the author's footnote: in parentheses unless the footnote begins with it."""
    begins = re.fullmatch(r"(?:\[\^[^\]]*\]:|\^\[)\s*", text[note.start : place.start]) is not None
    if begins and text[place.end : place.end + 1] not in tuple(".,;:!?"):
        return segments
    stopped = _without_stop(segments)
    return stopped if begins or in_text else (Segment("("), *stopped, Segment(")"))


def _without_stop(segments: Segments) -> Segments:
    *before, last = segments or (Segment(""),)
    return (*before, replace(last, text=_FINAL_STOP.sub("", last.text)))


def _with_superscripts(paper: Manuscript, places: Sequence[Place], printed: Mapping[int, Segments]) -> str:
    """Return the text with raised numbers right behind the words."""
    raised = {
        place.number: Call(sign(place.number))
        for place in places
        if all("superscript" in segment.formats for segment in printed[place.number])
    }
    after = paper.is_set("notes-after-punctuation")
    return with_calls(paper.text, raised, after_punctuation=after, into_quotes=False) if raised else paper.text


def _with_notes(paper: Manuscript, places: Sequence[Place], printed: dict[int, Segments], made: Processor) -> str:
    """Return the text with a footnote for each citation that is in none."""
    labels = free_labels(paper.text)
    calls: dict[int, Call] = {}
    clusters = {cluster.id: cluster for cluster in made.clusters}
    notes = []
    for place in places:
        if place.note:
            continue
        label = next(labels)
        notes.append(f"\n\n[^{label}]: {sign(place.number)}")
        author = ""
        if paper.citations[place.number - 1].in_text:
            number = len(paper.citations) + place.number
            author, printed[number] = sign(number), _author(made, clusters[str(place.number)])
        calls[place.number] = Call(f"[^{label}]", author)
    text = with_calls(
        paper.text,
        calls,
        after_punctuation=paper.is_set("notes-after-punctuation", default=True),
        into_quotes=made.compiled.locale.punctuation_in_quote,
    )
    return "".join([text.rstrip("\n"), *notes, "\n"])


def _author(made: Processor, cluster: Cluster) -> Segments:
    """Return the author of the first cite of a cluster, as the cite's position wants the name."""
    position = "first" if "first" in cluster.places[0].positions else "subsequent"
    cite = {"id": cluster.cites[0].id, "position": position}
    return _segments(made.cite([cite], format="json", mode="author-only"), made.items)
