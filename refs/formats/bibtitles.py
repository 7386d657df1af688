"""Titles of a .bib entry: the title, those of what it stands in, their subtitles and additions, read and written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from refs import languages
from refs.formats import bibfields as tables
from refs.formats.bibvalues import is_translation, joined, url_in
from refs.formats.latex import decode
from refs.model import Value, Variant
from refs.text import NOCASE

if TYPE_CHECKING:
    from refs.formats.bibread import Work
    from refs.formats.bibwrite import EntryWriter

PARTS_OF = {main: (sub, addon) for main, sub, addon in (*tables.TITLES, ("note", "", "addendum"))}
PMID_NOTE = re.compile(r"\s*\{?PMID:?\}?:?\s*(\d{1,8})\.?\s*")


def read_titles(work: Work) -> None:
    """Read the titles of the work, of what it stands in and of the event, and the note, which has an addition too."""
    left = work.left
    if left.get("fjournal") and "journaltitle" in left and "shortjournal" not in left:
        # MathSciNet's: the full name beside the abbreviation
        left["shortjournal"], left["journaltitle"] = left["journaltitle"], left.pop("fjournal")
    texts = {
        main: _read_title(work, main, sub, addon)
        for main, sub, addon in tables.TITLES
        if main in left or (main == "title" and (sub in left or addon in left))
    }
    title, book, main = (texts.get(name, "") for name in ("title", "booktitle", "maintitle"))
    journal = texts.get("journaltitle", "")
    if book and work.kind == "book":
        # there for the children of the book, unless it is all there is
        if title:
            work.extra["booktitle"] = work.entry.fields["booktitle"]
        title, book = title or book, ""
    marked = _marked_container(work)
    if main and book:
        work.fields.update({"title": title, "volume-title": book, "container-title": main})
    elif main and work.kind == "book":
        work.fields.update({"title": main, "volume-title": title})
    else:
        periodical = journal if work.kind in tables.ISSUE_CSL else ""
        work.fields.update({"title": title, "container-title": marked or periodical or book or main or journal})
    if (issue := texts.get("issuetitle")) and work.kind == "periodical":
        work.fields.update({"title": issue, "container-title": title})
    elif issue:
        work.extra["issuetitle"] = work.entry.fields.get("issuetitle", "")
    if title and work.fields.get("title") == title and "subtitle" in work.extra and "shorttitle" not in left:
        work.fields["title-short"] = work.reader.text(work.entry.fields.get("title", ""), True)[0]
    if journal and work.fields.get("container-title", journal) != journal:
        work.extra["journaltitle"] = work.entry.fields["journaltitle"]
    if book and book not in (work.fields.get("container-title"), work.fields.get("volume-title")):
        work.extra["booktitle"] = work.entry.fields["booktitle"]
    if event := texts.get("eventtitle"):
        work.fields["event-title"] = event
    for variable in ("title", "title-short", "volume-title", "container-title"):
        if not work.fields.get(variable, True):
            del work.fields[variable]
    if (match := PMID_NOTE.fullmatch(left.get("note", ""))) and "pmid" not in left:
        left["pmid"] = match[1]
        del left["note"]
    if note := _read_title(work, "note", "", "addendum"):
        work.fields["note"] = note


def _marked_container(work: Work) -> str:
    """Return the title of what the work is in from the field that was written for it, or ""."""
    name = work.left.get(tables.CONTAINER_FIELD, "").strip()
    if name not in work.left or name not in (*tables.PUBLISHER_FIELDS, "series"):
        return ""
    del work.left[tables.CONTAINER_FIELD]
    value = work.left.pop(name)
    text, own = work.reader.text(value, False)
    if own:
        work.extra[name] = value
    return text


def _read_title(work: Work, main: str, sub: str, addon: str) -> str:
    """Return "title: subtitle. addition"; a translation beside the title is a variant instead."""
    left = work.left
    value = left.pop(main, "")
    text, own = work.reader.text(value, main in tables.TITLE_FIELDS, main in tables.MULTILINE_FIELDS)
    if own:
        work.extra[main] = value
    if sub in left:
        work.extra[sub] = left[sub]
        more = work.reader.text(left.pop(sub), True)[0]
        text = joined(text, more, ": ") if text and more else text or more
    if addon in left:
        work.extra[addon] = left[addon]
        more = work.reader.text(left.pop(addon), False)[0]
        if main == "title" and is_translation(text, more):
            bare = more.strip("[]")
            work.add_variant("title", Variant(bare, languages.language(bare) or "und"))
        elif more:
            text = joined(text, more, ". ") if text else more
    return text


def write_titles(entry: EntryWriter) -> None:
    """Write the titles and the note."""
    title, container, volume = (entry.take(name) for name in ("title", "container-title", "volume-title"))
    if entry.reference.type == "periodical" and title and container:
        _write_title(entry, "issuetitle", title)
        title, container = container, ""
    if container and entry.reference.type == "book" and title:
        entry.left["container-title"], container = container, ""
    if volume and container:
        _write_title(entry, "maintitle", container)
        _write_title(entry, "booktitle", volume)
    elif (
        entry.reference.type == "book" and title and (volume or ("maintitle" in entry.own and "title" not in entry.own))
    ):
        _write_title(entry, "maintitle", title)
        title = volume
    elif volume:
        entry.left["volume-title"] = volume
    if container and not volume:
        if name := _printed_container(entry, container):
            entry.put(name, container)
            if name != "journaltitle":
                entry.out[tables.CONTAINER_FIELD] = name
        else:
            _write_title(entry, _container(entry, container), container)
    _write_title(entry, "title", title)
    _write_title(entry, "eventtitle", entry.take("event-title"))
    _write_title(entry, "note", entry.take("note"))


def _printed_container(entry: EntryWriter, container: str) -> str:
    """Return the field in which a title is printed where those of books and journals are not, or ""."""
    taken = {"series": "collection-title", "publisher": "publisher"}
    if NOCASE in container or "maintitle" in entry.own:
        return ""
    for name in tables.CONTAINERS.get(entry.type, ()) and (entry.dialect.containers or tables.CONTAINERS[entry.type]):
        own = entry.own.get(name)
        free = taken.get(name) not in entry.reference.fields and not (name == "howpublished" and url_in(container))
        if free and (own is None or entry.means(name, own, container)):
            return name
    return ""


def _container(entry: EntryWriter, container: str) -> str:
    """Return the field for the title of what the work is in; one that holds something else is not free."""
    kind = entry.reference.type
    journal = entry.type in tables.ISSUE_TYPES or kind in tables.ISSUE_CSL
    if kind == "book" and "title" not in entry.reference.fields:
        journal = True
    fields = ["journaltitle", "booktitle"] if journal and NOCASE not in container else ["booktitle", "journaltitle"]
    if "maintitle" in entry.own:
        fields.insert(0, "maintitle")
    starts = {name: decode(entry.own.get(name, ""), name in tables.TITLE_FIELDS)[0] for name in fields}
    return next((name for name in fields if container.startswith(starts[name])), fields[0])


def _write_title(entry: EntryWriter, main: str, text: str) -> None:
    """Set a title, and apart from it the subtitle and addition that the user had written so."""
    if not text and main not in entry.own:
        return
    sub, addon = PARTS_OF[main]
    for part, separator in ((addon, ". "), (sub, ": ")):
        own = entry.own.get(part)
        if own is None:
            continue
        more = decode(own, part in tables.TITLE_FIELDS)[0]
        rest = _without(text, more, separator)
        if rest is not None:
            text = rest
            entry.out[part] = own
            if part == "subtitle" and entry.left.get("title-short") == text:
                del entry.left["title-short"]
        elif part != "titleaddon" or more.strip("[]") not in _translations(entry):
            del entry.own[part]
    if main in entry.own and not entry.means(main, entry.own[main], text):
        del entry.own[main]
    if main == "title" and not entry.biblatex and _keeps_case(entry, text):
        entry.out[main] = f"{{{entry.encode(text)}}}"
    else:
        entry.put(main, text)


def _translations(entry: EntryWriter) -> list[Value]:
    return [variant.value for variant in entry.reference.variants.get("title", ())]


def _keeps_case(entry: EntryWriter, title: str) -> bool:
    """Tell whether a classic style must not touch any capital: those of another language than English."""
    language = entry.reference.text("language")
    foreign = bool(language) and language.split("-")[0] not in ("en", "und", "mul")
    return foreign and title[1:] != title[1:].lower() and "title" not in entry.own


def _without(text: str, more: str, separator: str) -> str | None:
    """Return the text that `joined` made longer, or None when it did not make this one."""
    if not more:
        return text
    for end in (f"{separator}{more}", f" {more}"):
        rest = text.removesuffix(end)
        if rest != text and joined(rest, more, separator) == text:
            return rest
    return "" if text == more else None
