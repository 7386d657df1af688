"""Reference -> .bib entries, in BibTeX's or BibLaTeX's dialect, by the tables of `bibfields`.

The bytes depend on the references alone: fields in a fixed order, one a line. All text is escaped. What stands in
`extra` is written as it is only when it came from a .bib file or from the user, and only when its braces balance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from refs import languages
from refs.dates import parse_date, to_edtf
from refs.errors import UsageError
from refs.formats import bibfields as tables
from refs.formats import key_problem
from refs.formats.babel import to_babel, to_bcp47
from refs.formats.bibread import VARIANT_FIELDS
from refs.formats.bibvalues import countries, date_text, joined, series, url_in, url_text, with_month
from refs.formats.latex import decode, decode_plain, is_plain
from refs.formats.latexout import characters, encode, in_ascii
from refs.formats.programs import Dialect
from refs.model import Date, Reference, Source, Value
from refs.names import format_names, parse_names
from refs.text import NOCASE

RANK = {name: rank for rank, name in enumerate(tables.ORDER)}
FIELD_NAME = re.compile(r"[^\s=,{}()\"#%\\]+")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
GENRE_KEYS = {genre: key for key, genre in reversed(tables.GENRES.items())}
STATE_KEYS = {state: key for key, state in tables.STATES.items()}
EDITOR_ROLES = {variable: role for role, variable in reversed(tables.EDITOR_TYPES.items())}
CLASSIC_NAMES = {
    "journaltitle": "journal",
    "location": "address",
    "annotation": "annote",
    "eprinttype": "archiveprefix",
    "eprintclass": "primaryclass",
}
FIELD_OF = {variable: name for name, variable in reversed(tables.VARIABLES.items())} | {
    variable: name for name, variable in tables.DATES.items()
}
NAME_FIELD_OF = {variable: name for name, variable in tables.NAMES.items()}
MEANT_OTHERWISE = frozenset(
    {*tables.ORDER, *tables.VARIABLES, *tables.NAMES, *tables.DATES, *tables.ALIASES, "entrytype"}
)
DOCTORAL = re.compile(r"(?i)ph\.?\s?d|doctor|dissert|habilit|докт|канд")
MASTERS = re.compile(r"(?i)master|m\.?sc|magist|diplom|bachelor|m\.?\s?a\.?\b|магист")


def write_entries(references: Sequence[Reference], dialect: Dialect) -> str:
    """Return the entries in the order given; UsageError for a key that BibTeX cannot hold."""
    for reference in references:
        if problem := key_problem(reference.key):
            raise UsageError(f"{reference.key!r}: {problem}")
    keys = frozenset(reference.key for reference in references)
    return "\n".join(_Entry(reference, dialect).text(keys) for reference in references)


DATE_FIELDS = frozenset({*tables.DATES, "date", "year", "month", "day"})
KEYS = {"series": series, "location": countries}
PARTS_OF = {main: (sub, addon) for main, sub, addon in (*tables.TITLES, ("note", "", "addendum"))}


class _Entry:
    """One reference on its way to an entry: `left` are the variables still to be written, `out` the fields."""

    def __init__(self, reference: Reference, dialect: Dialect) -> None:
        self.reference = reference
        self.dialect = dialect
        self.biblatex = dialect.biblatex
        self.left = dict(reference.fields)
        self.out: dict[str, str] = {}
        self.own = {name: value for name, value in reference.extra.items() if self._writes(name)}
        self.type = self._type()

    def _writes(self, name: str) -> bool:
        """Tell whether a field of `extra` is the user's own and nothing that the program chokes on."""
        known = self.dialect.words or name not in DATE_FIELDS
        return known and _is_local(self.reference.sources.get(name))

    def text(self, keys: frozenset[str]) -> str:
        """Return the entry; what refers to another entry is written only when that one is in the file."""
        self._titles()
        self._names()
        self._issued()
        self._numbers()
        self._publisher()
        self._genre()
        self._identifiers()
        self._language()
        for variable in list(self.left):
            self._variable(variable)
        self._variants()
        for name, value in self.own.items():
            dangling = name in ("crossref", "xref") and value not in keys
            if name not in self.out and FIELD_NAME.fullmatch(name) and not dangling:
                self.out[name] = self._as_it_was(value) if _balanced(value) else self._encode(value)
        for name, value in self.reference.extra.items():  # what a registry says in a field of the standard is text
            if name in RANK and name not in self.out and not _is_local(self.reference.sources.get(name)):
                self.out[name] = _verbatim(value) if name in tables.VERBATIM else self._encode(value)
        return self._formatted()

    def _formatted(self) -> str:
        named: dict[str, str] = {}
        for name, value in self.out.items():
            if value:
                named.setdefault(self._name(name), value)
        ordered = sorted(named, key=lambda name: (RANK.get(name, len(RANK)), name))
        lines = [f"  {name} = {self._delimited(name, named[name])},\n" for name in ordered]
        return f"@{self.type}{{{self.reference.key},\n{''.join(lines)}}}\n"

    def _delimited(self, name: str, value: str) -> str:
        """Return a value in braces; a month's abbreviation stands by itself."""
        bare = name == "month" and value in MONTHS and "month" not in self.own
        return value if bare else f"{{{value}}}"

    def _name(self, name: str) -> str:
        """Return a field's name in the dialect."""
        if self.biblatex:
            return name
        if name == "institution" and self.type in ("phdthesis", "mastersthesis"):
            return "school"
        return CLASSIC_NAMES.get(name, name)

    def _encode(self, text: str, title: bool = False) -> str:
        dialect = self.dialect
        return encode(text, title, dialect.ascii_only, dialect.markup, dialect.lowers)

    def _as_it_was(self, own: str) -> str:
        """Return the user's own LaTeX, its accents as commands where seven bits are asked for."""
        return in_ascii(own) if self.dialect.ascii_only else own

    def _type(self) -> str:
        kind = self.reference.type
        own = self.own.pop("entrytype", "")
        fits = tables.CSL_TYPES.get(own, "document") == kind or "entrysubtype" in self.own
        known = own in (tables.BIBLATEX_TYPES if self.biblatex else tables.CLASSIC_TYPES)
        foreign = self.dialect.any_type and (own not in tables.BIBLATEX_TYPES) and re.fullmatch(r"[\w-]+", own)
        chosen = own if own and fits and (known or foreign) else tables.BIB_TYPES[kind][self.biblatex]
        genre = self.reference.text("genre")
        if chosen == "phdthesis" and MASTERS.search(genre) and not DOCTORAL.search(genre):
            chosen = "mastersthesis"
        subtype = "csl-type" if "entrysubtype" in self.own else "entrysubtype"
        if kind in tables.SUBTYPE_OF and chosen == "article" and subtype == "entrysubtype":
            self.out[subtype] = tables.SUBTYPE_OF[kind]
        elif not _reads_as(chosen, kind, self.reference):
            self.out[subtype] = kind
        return chosen

    def _put(self, name: str, text: str) -> None:
        """Set a field, the user's own LaTeX for it when that still means the text."""
        own = self.own.get(name)
        if own is not None and self._means(name, own, text):
            self.out[name] = self._as_it_was(own)
        elif text:
            self.out[name] = self._encode(text, name in tables.TITLE_FIELDS)

    def _means(self, name: str, own: str, text: str) -> bool:
        """Tell whether the user's own LaTeX can be written for a field's text."""
        if not _balanced(own) or not (self.dialect.markup or is_plain(own)):
            return False
        meant = decode(own, name in tables.TITLE_FIELDS)[0]
        return text in (meant, KEYS[name](meant) if name in KEYS else meant)

    def _take(self, variable: str) -> str:
        value = self.left.pop(variable, "")
        return value if isinstance(value, str) else ""

    def _titles(self) -> None:
        title, container, volume = (self._take(name) for name in ("title", "container-title", "volume-title"))
        if self.reference.type == "periodical" and title and container:
            self._title("issuetitle", title)
            title, container = container, ""
        if container and self.reference.type == "book" and title:
            self.left["container-title"], container = container, ""
        if volume and container:
            self._title("maintitle", container)
            self._title("booktitle", volume)
        elif (
            self.reference.type == "book"
            and title
            and (volume or ("maintitle" in self.own and "title" not in self.own))
        ):
            self._title("maintitle", title)
            title = volume
        elif volume:
            self.left["volume-title"] = volume
        if container and not volume:
            self._title(self._container(container), container)
        self._title("title", title)
        self._title("eventtitle", self._take("event-title"))
        self._title("note", self._take("note"))

    def _container(self, container: str) -> str:
        """Return the field for the title of what the work is in; one that holds something else is not free."""
        kind = self.reference.type
        journal = self.type in tables.ISSUE_TYPES or kind in tables.ISSUE_CSL
        if kind == "book" and "title" not in self.reference.fields:
            journal = True
        fields = ["journaltitle", "booktitle"] if journal and NOCASE not in container else ["booktitle", "journaltitle"]
        if "maintitle" in self.own:
            fields.insert(0, "maintitle")
        starts = {name: decode(self.own.get(name, ""), name in tables.TITLE_FIELDS)[0] for name in fields}
        return next((name for name in fields if container.startswith(starts[name])), fields[0])

    def _title(self, main: str, text: str) -> None:
        """Set a title, and apart from it the subtitle and addition that the user had written so."""
        if not text and main not in self.own:
            return
        sub, addon = PARTS_OF[main]
        for part, separator in ((addon, ". "), (sub, ": ")):
            own = self.own.get(part)
            if own is None:
                continue
            more = decode(own, part in tables.TITLE_FIELDS)[0]
            rest = _without(text, more, separator)
            if rest is not None:
                text = rest
                self.out[part] = own
                if part == "subtitle" and self.left.get("title-short") == text:
                    del self.left["title-short"]
            elif part != "titleaddon" or more.strip("[]") not in self._translations():
                del self.own[part]
        if main in self.own and not self._means(main, self.own[main], text):
            del self.own[main]
        if main == "title" and not self.biblatex and self._keeps_case(text):
            self.out[main] = f"{{{self._encode(text)}}}"
        else:
            self._put(main, text)

    def _translations(self) -> list[Value]:
        return [variant.value for variant in self.reference.variants.get("title", ())]

    def _keeps_case(self, title: str) -> bool:
        """Tell whether a classic style must not touch any capital: those of another language than English."""
        language = self.reference.text("language")
        foreign = bool(language) and language.split("-")[0] not in ("en", "und", "mul")
        return foreign and title[1:] != title[1:].lower() and "title" not in self.own

    def _names(self) -> None:
        typed: list[tuple[str, str]] = []
        for variable in list(self.left):
            value = self.left[variable]
            if not isinstance(value, tuple):
                continue
            text = format_names(value, self._encode_name, self.biblatex)
            if variable in NAME_FIELD_OF and not (self.biblatex and variable in EDITOR_ROLES):
                own = self.own.get(NAME_FIELD_OF[variable], "")
                kept = bool(own) and _balanced(own) and parse_names(own, decode_plain) == value
                self.out[NAME_FIELD_OF[variable]] = self._as_it_was(own) if kept and self.dialect.markup else text
            elif variable in EDITOR_ROLES:
                typed.append((EDITOR_ROLES[variable], text))
            else:
                self.out[_csl_name(variable)] = text
            del self.left[variable]
        free = [name for name in ("editor", "editora", "editorb", "editorc") if name not in self.out]
        for role, text in typed:
            free = [name for name in free if name not in self.own and f"{name}type" not in self.own]
            name = free.pop(0) if free else ""
            self.out[name or _csl_name(tables.EDITOR_TYPES[role])] = text
            if name:
                self.out[f"{name}type"] = role

    def _encode_name(self, text: str) -> str:
        return characters(text, self.dialect.ascii_only)

    def _date(self, name: str, date: Date) -> None:
        own = self.own.get(name)
        readable = self._readable(date)
        if own is not None and _balanced(own) and parse_date(date_text(own)) == date == readable:
            self.out[name] = own
        elif date.literal:
            csl_name = _csl_name(tables.DATES.get(name, name))
            self.out[name if self.dialect.words else csl_name] = self._encode(date.literal)
        else:
            self.out[name] = to_edtf(readable)

    def _readable(self, date: Date) -> Date:
        """Return as much of a date as the program reads."""
        if date.season and not self.dialect.seasons:
            return replace(date, season=None)
        if not self.dialect.open_dates and () in date.parts:
            return replace(date, parts=tuple(part for part in date.parts if part))
        if not self.dialect.open_dates and date.circa and len(date.parts) == 2:
            return replace(date, circa=False)  # or it would be written as 199X
        return date

    def _issued(self) -> None:
        date = self.left.pop("issued", None)
        if not isinstance(date, Date):
            return
        if "month" in self.own and with_month(Date(((2000,),)), decode_plain(self.own["month"]), ""):
            del self.own["month"]  # it would be read with the year, which is another one by now
        plain = len(date.parts) == 1 and not (date.season or date.circa or date.literal) and (date.year or 0) > 99
        own = self.own.get("year", "")
        own = own if "date" not in self.own and _balanced(own) and str(date.year) in decode(own)[0] else ""
        if self.biblatex and date.parts and not (plain and own):
            if own:
                del self.own["year"]
            self._date("date", date)
            return
        if not date.parts or date.literal:
            self._put("year" if self.dialect.words else "issued", date.literal)
            return
        self.out["year"] = own or str(date.year)
        if not plain:
            self._date("date", date)
            return
        part = date.parts[0]
        if own and parse_date(decode_plain(own).strip("() ")) == date and len(part) > 1:
            return
        if len(part) > 1:
            self.out["month"] = MONTHS[part[1] - 1]
        if len(part) > 2:
            self.out["day"] = str(part[2])

    def _numbers(self) -> None:
        pages = self._take("page")
        if "eid" in self.own and decode(self.own["eid"])[0] in (pages, self.reference.text("number")):
            self.out["eid"] = self.own["eid"]
            if decode(self.own["eid"])[0] != pages:
                self._pages(pages)
                self.left.pop("number", None)
        elif pages:
            self._pages(pages)
        edition = self._take("edition")
        if not self.biblatex and edition.isdecimal() and 1 <= int(edition) <= len(tables.EDITIONS):
            edition = tables.EDITIONS[int(edition) - 1]
        self._put("edition", edition)
        number_is = self._number_is()
        if number_is in self.left:
            self._put("number", self._take(number_is))
        if "issue" in self.left:
            self._put("issue", self._take("issue"))

    def _pages(self, pages: str) -> None:
        own = self.own.get("pages")
        if own and _balanced(own):
            self.out["pages"] = own
        elif pages:
            ranges = pages if "–" in pages else re.sub("-+", "–", pages)
            self.out["pages"] = self._encode(ranges).replace("–", "--").replace("{\\textendash}", "--")

    def _number_is(self) -> str:
        """Return the variable that `number` is read as for this entry."""
        kind = self.reference.type
        if self.type in tables.ISSUE_TYPES or kind in tables.ISSUE_CSL:
            return "issue"
        if self.type in tables.NUMBER_TYPES and kind not in tables.BOOK_CSL - {"book", "pamphlet"}:
            return "number"
        return "collection-number" if kind in tables.BOOK_CSL else "number"

    def _publisher(self) -> None:
        publisher = self._take("publisher")
        name = tables.PUBLISHERS.get(self.reference.type, ("publisher", "publisher"))[self.biblatex]
        if self.type == "manual":
            name = "organization"
        if publisher:
            self._put(self._publisher_field(name, publisher), publisher)
        if self.reference.type == "patent":
            self._put("location", self._take("jurisdiction"))
            self._put("csl-publisher-place", self._take("publisher-place"))

    def _publisher_field(self, name: str, publisher: str) -> str:
        """Return the field, or the one that is read before all that the user has filled with something else."""
        first = "institution" if self.reference.type in ("thesis", "report") else "publisher"
        order = [first, *(field for field in tables.PUBLISHER_FIELDS if field != first)]
        own = self.own.get(name)
        if (name == "howpublished" and url_in(publisher)) or (
            own is not None and not self._means(name, own, publisher)
        ):
            return first
        before = order[: order.index(name)]
        return first if any(field in self.own for field in before) else name

    def _genre(self) -> None:
        genre, status = self._take("genre"), self._take("status")
        default = tables.THESES.get(self.type, "")
        if not genre and default:
            self.out["type"] = "Thesis"
        elif genre in GENRE_KEYS and (self.biblatex or genre == default):
            self.out["type"] = "" if genre == default else GENRE_KEYS[genre]
        else:
            self._put("type", genre)
        if status in STATE_KEYS and self.biblatex:
            self.out["pubstate"] = STATE_KEYS[status]
        else:
            self._put("pubstate", status)

    def _identifiers(self) -> None:
        if doi := self._take("DOI"):
            self.out["csl-doi" if " " in doi else "doi"] = _verbatim(doi)  # the reader takes no blank in `doi`
        if url := self._take("URL"):
            own = self.own.get("url", "")
            self.out["url"] = own if own and _balanced(own) and url_text(own) == url else _verbatim(url)
        schemes = sorted(self.reference.identifiers, key=lambda scheme: (scheme != "arxiv", scheme))
        for scheme in schemes:
            value = _verbatim(self.reference.identifiers[scheme])
            if "eprint" not in self.out and "eprint" not in self.own and scheme not in tables.EPRINTS:
                self.out["eprint"] = value
                self.out["eprinttype"] = "arXiv" if scheme == "arxiv" and not self.biblatex else _verbatim(scheme)
            else:
                self.out[f"id-{scheme}"] = value

    def _language(self) -> None:
        tag = self._take("language")
        if not tag:
            return
        name = "langid" if self.biblatex else "language"
        babel, meant = to_babel(tag), to_bcp47(tag) or to_bcp47(languages.tag(tag))
        if babel and to_bcp47(babel) == tag:
            self.out[name] = babel
        elif self.biblatex and (base := to_babel(meant.split("-")[0])):
            # babel hyphenates by the language; no standard style prints the tag
            self.out.update({"langid": base, "csl-language": self._encode(tag)})
        elif meant == tag:
            self.out["language"] = _verbatim(tag)
        else:
            self.out["csl-language"] = self._encode(tag)

    def _variable(self, variable: str) -> None:
        """Write what is left: under its field, or under CSL's own name where BibLaTeX has none."""
        value = self.left.pop(variable)
        name = FIELD_OF.get(variable, "")
        if isinstance(value, Date):
            self._date(name or _csl_name(variable), value)
        elif isinstance(value, str):
            own = self.own.get(name)
            free = bool(name) and name not in self.out and (own is None or self._means(name, own, value))
            if name in KEYS and own is None and KEYS[name](value) != value:
                free = False  # it would be taken for one of BibLaTeX's keys
            if name == "volumes" and not (self.dialect.words or value.isdecimal()):
                free = False
            other = f"csl-{variable.lower()}" if name else _csl_name(variable)
            self._put(name if free else other, value)

    def _variants(self) -> None:
        for variable, variants in self.reference.variants.items():
            for variant in variants:
                base = VARIABLE_BASES.get(variable, variable)
                name = f"{base}_{variant.role}_{variant.language or 'und'}".lower()
                if isinstance(variant.value, str):
                    text = self._encode(variant.value, base in tables.TITLE_FIELDS)
                elif isinstance(variant.value, Date):
                    text = to_edtf(variant.value)
                else:
                    text = format_names(variant.value, self._encode_name, self.biblatex)
                if FIELD_NAME.fullmatch(name):
                    self.out.setdefault(name, text)


VARIABLE_BASES = {variable: name for name, variable in reversed(VARIANT_FIELDS.items())} | {
    "container-title": "container-title",
    "publisher": "publisher",
}


def _is_local(source: Source | None) -> bool:
    """Tell whether a field is the user's own: typed in, or read at a line of a file."""
    return source is not None and (source.name == "user" or bool(re.fullmatch(r".*:\d+", source.name)))


def _reads_as(bib_type: str, kind: str, reference: Reference) -> bool:
    read = tables.CSL_TYPES.get(bib_type, "document")
    if bib_type == "unpublished" and {"event-title", "event-date", "event-place"} & reference.fields.keys():
        read = "speech"
    return read == kind


def _csl_name(variable: str) -> str:
    name = variable.lower()
    return f"csl-{name}" if name in MEANT_OTHERWISE or name in CLASSIC_NAMES.values() else name


def _without(text: str, more: str, separator: str) -> str | None:
    """Return the text that `joined` made longer, or None when it did not make this one."""
    if not more:
        return text
    for end in (f"{separator}{more}", f" {more}"):
        rest = text.removesuffix(end)
        if rest != text and joined(rest, more, separator) == text:
            return rest
    return "" if text == more else None


def _balanced(value: str) -> bool:
    """Tell whether a value can stand between braces: BibTeX counts every brace."""
    depth = 0
    for char in re.findall(r"[{}]", value):
        depth += 1 if char == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def _verbatim(value: str) -> str:
    """Return an address or number as BibTeX takes it: as it is, what would break the entry percent-encoded."""
    return re.sub(r"[{}\\]", lambda match: f"%{ord(match[0]):02X}", value)
