"""An evaluated .bib entry -> Reference, by the tables of `bibfields`.

A field's text is the model's; a field that says more than the text can (the user's own LaTeX, a part of a title, a
date's time) is kept in `extra` too, by its own name and as it was written, and the writer prefers it as long as it
still means what the field says.
"""

from __future__ import annotations

import re

from refs import languages
from refs.dates import parse_date
from refs.formats import bibfields as tables
from refs.formats.babel import TAG, to_bcp47
from refs.formats.bibdates import read_date, read_issued
from refs.formats.bibtex import Entry
from refs.formats.bibtitles import read_titles
from refs.formats.bibvalues import (
    ESCAPED,
    KEYED,
    REFINED,
    date_text,
    url_in,
    url_text,
)
from refs.formats.csljson import clean
from refs.formats.latex import decode, decode_plain, is_plain
from refs.identifiers import normal
from refs.model import (
    DATE_VARIABLES,
    MULTILINE_VARIABLES,
    NAME_VARIABLES,
    TEXT_VARIABLES,
    TYPES,
    Name,
    Reference,
    Source,
    Value,
    Variant,
)
from refs.names import parse_bibtex_name, split_names

MAX_NAMES = 50_000
NOBODY = Name()
PLAIN_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]*[A-Za-z0-9]")
UNHELD = re.compile(r"(?i)\b(?:middle|nametemplates|[a-z]+templatename)\s*=")  # what a name of the model cannot hold
COMMAND = re.compile(r"\\[A-Za-z]{3}|\$")  # more than an accent
ROLES = {
    "original": "original",
    "romanised": "romanised",
    "romanized": "romanised",
    "transliteration": "romanised",
    "transliterated": "romanised",
    "translation": "translated",
    "translated": "translated",
}
VARIANT = re.compile(rf"(.+?)_({'|'.join(ROLES)})(?:_([a-z0-9-]+))?")
IN_LANGUAGE = re.compile(r"(.+)_([a-z]{4,})")
CSL_NAMES = {name.lower(): name for name in TEXT_VARIABLES | NAME_VARIABLES | DATE_VARIABLES}


class EntryReader:
    """Reads the entries of one file, each name and each plain value once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._names: tuple[dict[str, Name | None], dict[str, Name | None]] = ({}, {})
        self._texts: dict[str, tuple[str, bool]] = {}

    def refuses(self, entry: Entry) -> str:
        """Return why an entry cannot be read: a limit on what it may hold."""
        for value in entry.fields.values():
            if len(value) > MAX_NAMES * 5 and value.lower().count(" and ") > MAX_NAMES:
                return f"more than {MAX_NAMES} names"
        return ""

    def reference(self, entry: Entry) -> Reference:
        """Return the reference, with the place of the entry as the source of all it holds."""
        work = Work(self, entry)
        work.read()
        return Reference(
            work.kind,
            work.fields,
            clean(entry.key),
            {variable: tuple(variants) for variable, variants in work.variants.items()},
            work.identifiers,
            work.extra,
            dict.fromkeys([*work.fields, *work.extra], Source(f"{self._file}:{entry.line}")),
        )

    def names(self, value: str, use_prefix: bool) -> tuple[Name, ...]:
        """Return the names of a list."""
        found: list[Name] = []
        known = self._names[use_prefix]
        value = " ".join(value.split())
        simple = value.isprintable() and is_plain(value)
        for one in split_names(value):
            name = known.get(one, NOBODY)
            if name is NOBODY:
                name = parse_bibtex_name(one, str.strip if simple else decode_plain, use_prefix)
                name = known[one] = name if name != NOBODY else None
            if name:
                found.append(name)
        return tuple(found)

    def text(self, value: str, title: bool, lines: bool = False) -> tuple[str, bool]:
        """Return the decoded text, and whether only the value says all of it."""
        if title or lines:
            return decode(value, title, lines)
        found = self._texts.get(value)
        if found is None:
            found = decode(value)
            if len(value) < 200:
                self._texts[value] = found
        return found


class Work:
    """One entry on its way to a reference: what is read is taken out of `left`."""

    def __init__(self, reader: EntryReader, entry: Entry) -> None:
        self.reader = reader
        self.entry = entry
        self.left = {name: value for name, value in entry.fields.items() if value and not value.isspace()}
        self.fields: dict[str, Value] = {}
        self.extra: dict[str, str] = {}
        self.identifiers: dict[str, str] = {}
        self.variants: dict[str, list[Variant]] = {}
        self.kind = self._kind()

    def _kind(self) -> str:
        kind = tables.CSL_TYPES.get(self.entry.type, "document")
        if (own := self.left.get("csl-type", "")) in TYPES:
            del self.left["csl-type"]
            kind = own  # the user's own entrysubtype stands beside it
        subtype = self.left.get("entrysubtype", "").strip().lower()
        if subtype in tables.SUBTYPES and kind == "article-journal":
            kind = tables.SUBTYPES[subtype]
            del self.left["entrysubtype"]
        elif subtype in TYPES:
            kind = subtype
            del self.left["entrysubtype"]
        elif self.entry.type == "unpublished" and self.left.keys() & {"eventtitle", "eventdate", "venue"}:
            kind = "speech"
        if self.entry.type not in tables.BIB_TYPES[kind] and self.entry.type not in tables.THESES:
            self.extra["entrytype"] = self.entry.type
        return kind

    def read(self) -> None:
        """Read what depends on several fields or on the type, then each field that is left by itself."""
        left = self.left
        self._read_names()
        read_titles(self)
        read_issued(self)
        for name, variable in tables.DATES.items():
            if name in left:
                read_date(self, variable, name)
        self._read_publisher()
        self._read_numbers()
        self._read_genre()
        self._read_identifiers()
        if "langid" in left or "language" in left:
            self._read_language()
        for name in [name for name in left if name in tables.VARIABLES]:
            self.set_text(tables.VARIABLES[name], name)
        for name in list(left):
            self._read_other(name)

    def set_text(self, variable: str, name: str) -> None:
        """Set a variable from a field's text; a variable that is taken leaves the field in `extra`."""
        value = self.left.pop(name)
        title = name in tables.TITLE_FIELDS
        if name in tables.VERBATIM:
            text, own = " ".join(value.split()), False
        else:
            text, own = self.reader.text(value, title, variable in MULTILINE_VARIABLES)
        if variable in self.fields or not text:
            if value.strip():
                self.extra[name] = value
            return
        if (refine := REFINED.get(variable)) and not name.startswith("csl-"):
            refined = refine(text)
            own = own or (refined != text and variable in KEYED)
            text = refined
        self.fields[variable] = text
        if own:
            self.extra[name] = value

    def _read_names(self) -> None:
        left = self.left
        use_prefix = "useprefix=false" not in left.get("options", "").replace(" ", "").lower()
        for field, variable in tables.NAMES.items():
            if field in left:
                role = left.get("editortype", "").strip().lower() if field == "editor" else ""
                if role in tables.EDITOR_TYPES:
                    variable = tables.EDITOR_TYPES[role]
                    del left["editortype"]
                self._set_names(variable, field, use_prefix)
        for letter in "abc":
            role = left.get(f"editor{letter}type", "").strip().lower()
            if f"editor{letter}" in left and role in tables.EDITOR_TYPES:
                self._set_names(tables.EDITOR_TYPES[role], f"editor{letter}", use_prefix)
                left.pop(f"editor{letter}type")

    def _set_names(self, variable: str, field: str, use_prefix: bool = True) -> None:
        value = self.left.pop(field)
        names = self.reader.names(value, use_prefix)
        if names and variable not in self.fields:
            self.fields[variable] = names
            if (COMMAND.search(value) and decode(value.replace("~", " "))[1]) or (
                "=" in value and UNHELD.search(value)
            ):
                self.extra[field] = value
        elif value.strip():
            self.extra[field] = value

    def add_variant(self, variable: str, variant: Variant) -> None:
        known = self.variants.setdefault(variable, [])
        if not any(one.value == variant.value and one.role == variant.role for one in known):
            known.append(variant)

    def _read_publisher(self) -> None:
        left = self.left
        present = [name for name in tables.PUBLISHER_FIELDS if name in left]
        if "howpublished" in present and (url := url_in(left["howpublished"])):
            present.remove("howpublished")
            value = left.pop("howpublished")
            if "url" not in left:
                left["url"] = url
            elif url != left["url"]:
                self.extra["howpublished"] = value
        if self.kind in ("thesis", "report") and "institution" in present:
            present.remove("institution")
            present.insert(0, "institution")
        if present:
            self.set_text("publisher", present[0])
        for name in present[1:]:
            self.extra[name] = left.pop(name)
        if "address" in left and "location" in left and "venue" not in left:
            # ACM's: the publisher's address, and where the conference was held
            left["venue"], left["location"] = left["location"], left.pop("address")
        if "location" in left and self.kind == "patent":
            self.set_text("jurisdiction", "location")

    def _read_numbers(self) -> None:
        left = self.left
        if "number" in left:
            if self.entry.type in tables.ISSUE_TYPES or self.kind in tables.ISSUE_CSL:
                variable = "issue"
            elif self.entry.type in tables.NUMBER_TYPES and self.kind not in tables.BOOK_CSL - {"book", "pamphlet"}:
                variable = "number"
            else:
                variable = "collection-number" if self.kind in tables.BOOK_CSL else "number"
            self.set_text(variable, "number")
        if "issue" in left:
            self.set_text("issue", "issue")
        if "eid" in left:
            value = left["eid"]
            self.set_text("number" if "pages" in left else "page", "eid")
            self.extra["eid"] = value

    def _read_genre(self) -> None:
        value = self.left.get("type", "")
        key = value.strip().lower()
        if key == "thesis" and self.kind == "thesis":
            del self.left["type"]
        elif key in tables.GENRES:
            self.fields["genre"] = tables.GENRES[key]
            del self.left["type"]
        elif not value and self.entry.type in tables.THESES:
            self.fields["genre"] = tables.THESES[self.entry.type]
        state = self.left.get("pubstate", "").strip().lower()
        if state in tables.STATES:
            self.fields["status"] = tables.STATES[state]
            del self.left["pubstate"]

    def _read_identifiers(self) -> None:
        left = self.left
        if "eprint" in left:
            self._read_eprint()
        if "doi" in left:
            value = left.pop("doi").strip()
            doi = value.lower() if PLAIN_DOI.fullmatch(value) else normal("doi", value)
            if re.match(r"10\.\d+/[^\s\\]+$", doi):
                self.fields["DOI"] = doi
            else:
                self.extra["doi"] = value
        if "url" in left:
            value = left.pop("url")
            if url := url_text(value):
                self.fields["URL"] = url
                if re.search(r"[\\{}]", ESCAPED.sub("", url_in(value) or value)):
                    self.extra["url"] = value

    def _read_eprint(self) -> None:
        value = self.left["eprint"].strip()
        scheme = self.left.get("eprinttype", "").strip().lower()
        arxiv = normal("arxiv", value) if scheme in ("", "arxiv") else ""
        if scheme == "arxiv" or (not scheme and re.fullmatch(r"\d{4}\.\d{4,5}(v\d+)?|[a-z.-]+/\d{7}(v\d+)?", arxiv)):
            self.identifiers["arxiv"] = arxiv
        elif scheme in tables.EPRINTS and tables.EPRINTS[scheme] not in self.fields and value:
            self.fields[tables.EPRINTS[scheme]] = value
        elif scheme and value:
            self.identifiers[scheme] = value
        else:
            return
        del self.left["eprint"]
        self.left.pop("eprinttype", None)

    def _read_language(self) -> None:
        """Take the language from `langid`, else from `language`; what says more than that stays."""
        if "csl-language" in self.left:
            self.set_text("language", "csl-language")
            if to_bcp47(self.left.get("langid", "")):
                del self.left["langid"]  # the language of this tag, written for babel
        for name in ("langid", "language"):
            tag = to_bcp47(self.left.get(name, ""))
            if tag and self.fields.setdefault("language", tag) == tag:
                del self.left[name]

    def _read_other(self, name: str) -> None:
        """Read a field no table has: a variant, an identifier, a variable by CSL's own name, or keep it."""
        value = self.left[name]
        if "_" in name and (found := self._variant(name, value)):
            self.add_variant(*found)
        elif name == "usere" and value.strip():
            text = self.reader.text(value, False)[0]
            self.add_variant("title", Variant(text, languages.language(text) or "und"))
            self.extra[name] = value
        elif name.startswith("id-") and value.strip():
            self.identifiers[name[3:]] = value.strip()
        elif (variable := CSL_NAMES.get(name.removeprefix("csl-"))) and variable not in self.fields:
            self._set_by_csl_name(variable, name)
        elif value.strip():
            self.extra[name] = value

    def _set_by_csl_name(self, variable: str, name: str) -> None:
        if variable in NAME_VARIABLES:
            self._set_names(variable, name)
        elif variable in DATE_VARIABLES:
            read_date(self, variable, name)
        else:
            self.set_text(variable, name)

    def _variant(self, name: str, value: str) -> tuple[str, Variant] | None:
        """Read `title_romanised_ru-latn`, `TITLE_translation_ja-jp`, `title_english`."""
        if match := VARIANT.fullmatch(name):
            field, role, language = match[1], ROLES[match[2]], match[3] or "und"
            language = to_bcp47(language) or (language if re.fullmatch(TAG, language) else "und")
        elif (match := IN_LANGUAGE.fullmatch(name)) and (language := to_bcp47(match[2])):
            field, role = match[1], "translated"
        else:
            return None
        variable = VARIANT_FIELDS.get(field) or CSL_NAMES.get(field, "")
        if not variable or not value.strip():
            return None
        if variable in NAME_VARIABLES:
            return variable, Variant(self.reader.names(value, True), language, role)
        if variable in DATE_VARIABLES:
            return variable, Variant(parse_date(date_text(value)), language, role)
        text = self.reader.text(value, field in tables.TITLE_FIELDS, variable in MULTILINE_VARIABLES)[0]
        return variable, Variant(text, language, role)


VARIANT_FIELDS = {
    **tables.VARIABLES,
    **tables.NAMES,
    "title": "title",
    "booktitle": "container-title",
    "journaltitle": "container-title",
    "journal": "container-title",
    "publisher": "publisher",
    "institution": "publisher",
    "address": "publisher-place",
    "eventtitle": "event-title",
    "note": "note",
}
