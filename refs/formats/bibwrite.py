"""Reference -> .bib entries, in BibTeX's or BibLaTeX's dialect, by the tables of `bibfields`.

The bytes depend on the references alone: fields in a fixed order, one a line. All text is escaped. What stands in
`extra` is written as it is only when it came from a .bib file or from the user, and only when its braces balance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from refs import languages
from refs.dates import to_edtf
from refs.errors import UsageError
from refs.formats import bibfields as tables
from refs.formats import is_latex, is_local, key_problem
from refs.formats.babel import to_babel, to_bcp47
from refs.formats.bibdates import MONTHS, write_date, write_issued
from refs.formats.bibread import UNHELD, VARIANT_FIELDS
from refs.formats.bibtitles import write_titles
from refs.formats.bibvalues import balanced, countries, csl_name, series, url_in, url_text
from refs.formats.latex import decode, decode_plain, is_plain
from refs.formats.latexout import LINE_END, characters, encode, in_ascii
from refs.formats.programs import Dialect
from refs.model import Date, Reference
from refs.names import format_names, parse_names

RANK = {name: rank for rank, name in enumerate(tables.ORDER)}
FIELD_NAME = re.compile(r"[^\s=,{}()\"#%\\]+")
GENRE_KEYS = {genre: key for key, genre in reversed(tables.GENRES.items())}
STATE_KEYS = {state: key for key, state in tables.STATES.items()}
EDITOR_ROLES = {variable: role for role, variable in reversed(tables.EDITOR_TYPES.items())}
FIELD_OF = {variable: name for name, variable in reversed(tables.VARIABLES.items())} | {
    variable: name for name, variable in tables.DATES.items()
}
NAME_FIELD_OF = {variable: name for name, variable in tables.NAMES.items()}
DOCTORAL = re.compile(r"(?i)ph\.?\s?d|doctor|dissert|habilit|докт|канд")
MASTERS = re.compile(r"(?i)master|m\.?sc|magist|diplom|bachelor|m\.?\s?a\.?\b|магист")


def write_entries(references: Sequence[Reference], dialect: Dialect) -> str:
    """Return the entries in the order given; UsageError for a key that BibTeX cannot hold."""
    format = "biblatex" if dialect.biblatex else "bibtex"
    for reference in references:
        if problem := key_problem(reference.key, format):
            raise UsageError(f"{reference.key!r}: {problem}")
    keys = frozenset(reference.key for reference in references)
    return "\n".join(EntryWriter(reference, dialect).text(keys) for reference in references)


DATE_FIELDS = frozenset({*tables.DATES, "date", "year", "month", "day"})
KEYS = {"series": series, "location": countries}


class EntryWriter:
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
        source = self.reference.sources.get(name)
        return known and (is_latex(source) or (name not in RANK and is_local(source)))

    def text(self, keys: frozenset[str]) -> str:
        """Return the entry; what refers to another entry is written only when that one is in the file."""
        write_titles(self)
        self._names()
        write_issued(self)
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
                self.out[name] = self._as_it_was(value) if balanced(value) else self.encode(value)
        for name, value in self.reference.extra.items():  # in a field of the standard all that is not LaTeX is text
            if name in RANK and name not in self.out and not is_latex(self.reference.sources.get(name)):
                self.out[name] = _verbatim(value) if name in tables.VERBATIM else self.encode(value)
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
        return tables.CLASSIC_NAMES.get(name, name)

    def encode(self, text: str, title: bool = False) -> str:
        """Return a text as the dialect's LaTeX."""
        dialect = self.dialect
        if "\n" in text and not dialect.markup:
            text = LINE_END.sub(" ", text)
        latex = encode(text, title, dialect.ascii_only, dialect.markup, dialect.lowers)
        return latex if dialect.paragraphs else latex.replace("\n\n", "\\newline\\newline\n")

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

    def put(self, name: str, text: str) -> None:
        """Set a field, the user's own LaTeX for it when that still means the text."""
        own = self.own.get(name)
        if own is not None and self.means(name, own, text):
            self.out[name] = self._as_it_was(own)
        elif text:
            self.out[name] = self.encode(text, name in tables.TITLE_FIELDS)

    def means(self, name: str, own: str, text: str) -> bool:
        """Tell whether the user's own LaTeX can be written for a field's text."""
        if not balanced(own) or not (self.dialect.markup or is_plain(own)):
            return False
        meant = decode(own, name in tables.TITLE_FIELDS, name in tables.MULTILINE_FIELDS)[0]
        return text in (meant, KEYS[name](meant) if name in KEYS else meant)

    def take(self, variable: str) -> str:
        """Return a variable's text, which is left no more."""
        value = self.left.pop(variable, "")
        return value if isinstance(value, str) else ""

    def _names(self) -> None:
        typed: list[tuple[str, str]] = []
        for variable in list(self.left):
            value = self.left[variable]
            if not isinstance(value, tuple):
                continue
            text = format_names(value, self.encode_name, self.biblatex)
            if variable in NAME_FIELD_OF and not (self.biblatex and variable in EDITOR_ROLES):
                own = self.own.get(NAME_FIELD_OF[variable], "")
                kept = bool(own) and balanced(own) and parse_names(own, decode_plain) == value
                kept = kept and (self.biblatex or not UNHELD.search(own))
                self.out[NAME_FIELD_OF[variable]] = self._as_it_was(own) if kept and self.dialect.markup else text
            elif variable in EDITOR_ROLES:
                typed.append((EDITOR_ROLES[variable], text))
            else:
                self.out[csl_name(variable)] = text
            del self.left[variable]
        free = [name for name in ("editor", "editora", "editorb", "editorc") if name not in self.out]
        for role, text in typed:
            free = [name for name in free if name not in self.own and f"{name}type" not in self.own]
            name = free.pop(0) if free else ""
            self.out[name or csl_name(tables.EDITOR_TYPES[role])] = text
            if name:
                self.out[f"{name}type"] = role

    def encode_name(self, text: str) -> str:
        latex = characters(text, self.dialect.ascii_only)
        # natbib's labels "[Name(Year)]" end at the one and begin their year at the other
        return _with_initials(latex) if self.biblatex else re.sub(r"[\](]", r"{\g<0>}", latex)

    def _numbers(self) -> None:
        pages = self.take("page")
        if "eid" in self.own and decode(self.own["eid"])[0] in (pages, self.reference.text("number")):
            self.out["eid"] = self.own["eid"]
            if decode(self.own["eid"])[0] != pages:
                self._pages(pages)
                self.left.pop("number", None)
        elif pages:
            self._pages(pages)
        edition = self.take("edition")
        if not self.biblatex and edition.isdecimal() and 1 <= int(edition) <= len(tables.EDITIONS):
            edition = tables.EDITIONS[int(edition) - 1]
        self.put("edition", edition)
        number_is = self._number_is()
        if number_is in self.left:
            self.put("number", self.take(number_is))
        if "issue" in self.left:
            self.put("issue", self.take("issue"))

    def _pages(self, pages: str) -> None:
        own = self.own.get("pages")
        if own and balanced(own):
            self.out["pages"] = own
        elif pages:
            ranges = pages if "–" in pages else re.sub("-+", "–", pages)
            self.out["pages"] = self.encode(ranges).replace("–", "--").replace("{\\textendash}", "--")

    def _number_is(self) -> str:
        """Return the variable that `number` is read as for this entry."""
        kind = self.reference.type
        if self.type in tables.ISSUE_TYPES or kind in tables.ISSUE_CSL:
            return "issue"
        if self.type in tables.NUMBER_TYPES and kind not in tables.BOOK_CSL - {"book", "pamphlet"}:
            return "number"
        return "collection-number" if kind in tables.BOOK_CSL else "number"

    def _publisher(self) -> None:
        publisher = self.take("publisher")
        name = tables.PUBLISHERS.get(self.reference.type, ("publisher", "publisher"))[self.biblatex]
        if self.type == "manual":
            name = "organization"
        if name in self.out:  # the title of what the work is in
            name = "organization" if name == "howpublished" else "publisher"
        name = self.dialect.publisher or name
        if publisher:
            self.put(self._publisher_field(name, publisher), publisher)
        if self.reference.type == "patent":
            self.put("location", self.take("jurisdiction"))
            self.put("csl-publisher-place", self.take("publisher-place"))

    def _publisher_field(self, name: str, publisher: str) -> str:
        """Return the field, or the one that is read before all that the user has filled with something else."""
        first = "institution" if self.reference.type in ("thesis", "report") else "publisher"
        order = [first, *(field for field in tables.PUBLISHER_FIELDS if field != first)]
        own = self.own.get(name)
        if (name == "howpublished" and url_in(publisher)) or (own is not None and not self.means(name, own, publisher)):
            return first
        before = order[: order.index(name)]
        return first if any(field in self.own for field in before) else name

    def _genre(self) -> None:
        genre, status = self.take("genre"), self.take("status")
        default = tables.THESES.get(self.type, "")
        if not genre and default:
            self.out["type"] = "Thesis"
        elif genre in GENRE_KEYS and (self.biblatex or genre == default):
            self.out["type"] = "" if genre == default else GENRE_KEYS[genre]
        else:
            self.put("type", genre)
        if status in STATE_KEYS and self.biblatex:
            self.out["pubstate"] = STATE_KEYS[status]
        else:
            self.put("pubstate", status)

    def _identifiers(self) -> None:
        if doi := self.take("DOI"):
            # the reader takes no blank in `doi`
            self.out.update({"csl-doi": self.encode(doi)} if " " in doi else {"doi": _verbatim(doi)})
        if url := self.take("URL"):
            own = self.own.get("url", "")
            self.out["url"] = own if own and balanced(own) and url_text(own) == url else _verbatim(url)
        schemes = sorted(self.reference.identifiers, key=lambda scheme: (scheme != "arxiv", scheme))
        for scheme in schemes:
            value = _verbatim(self.reference.identifiers[scheme])
            if "eprint" not in self.out and "eprint" not in self.own and scheme not in tables.EPRINTS:
                self.out["eprint"] = value
                self.out["eprinttype"] = "arXiv" if scheme == "arxiv" and not self.biblatex else _verbatim(scheme)
            else:
                self.out[f"id-{scheme}"] = value

    def _language(self) -> None:
        tag = self.take("language")
        if not tag:
            return
        name = "langid" if self.biblatex else "language"
        babel, meant = to_babel(tag), to_bcp47(tag) or to_bcp47(languages.tag(tag))
        if babel and to_bcp47(babel) == tag:
            self.out[name] = babel
        elif self.biblatex and (base := to_babel(meant.split("-")[0])):
            # babel hyphenates by the language; no standard style prints the tag
            self.out.update({"langid": base, "csl-language": self.encode(tag)})
        elif meant == tag:
            self.out["language"] = _verbatim(tag)
        else:
            self.out["csl-language"] = self.encode(tag)

    def _variable(self, variable: str) -> None:
        """Write what is left: under its field, or under CSL's own name where BibLaTeX has none."""
        value = self.left.pop(variable)
        name = FIELD_OF.get(variable, "")
        if isinstance(value, Date):
            write_date(self, name or csl_name(variable), value)
        elif isinstance(value, str):
            own = self.own.get(name)
            free = bool(name) and name not in self.out and (own is None or self.means(name, own, value))
            if name in KEYS and own is None and KEYS[name](value) != value:
                free = False  # it would be taken for one of BibLaTeX's keys
            if name == "volumes" and not (self.dialect.words or value.isdecimal()):
                free = False
            other = f"csl-{variable.lower()}" if name else csl_name(variable)
            self.put(name if free else other, value)

    def _variants(self) -> None:
        for variable, variants in self.reference.variants.items():
            for variant in variants:
                base = VARIABLE_BASES.get(variable, variable)
                name = f"{base}_{variant.role}_{variant.language or 'und'}".lower()
                if isinstance(variant.value, str):
                    text = self.encode(variant.value, base in tables.TITLE_FIELDS)
                elif isinstance(variant.value, Date):
                    text = to_edtf(variant.value)
                else:
                    text = format_names(variant.value, self.encode_name, self.biblatex)
                if FIELD_NAME.fullmatch(name):
                    self.out.setdefault(name, text)


VARIABLE_BASES = {variable: name for name, variable in reversed(VARIANT_FIELDS.items())} | {
    "container-title": "container-title",
    "publisher": "publisher",
}


def _reads_as(bib_type: str, kind: str, reference: Reference) -> bool:
    read = tables.CSL_TYPES.get(bib_type, "document")
    if bib_type == "unpublished" and {"event-title", "event-date", "event-place"} & reference.fields.keys():
        read = "speech"
    return read == kind


def _with_initials(latex: str) -> str:
    """Return a part of a name so that biber cuts no brace off with its initials.

    Biber divides words at each dash unless it stands in braces, makes "`{}" of the command, and has a sign with an
    accent's look go with what follows it.
    """
    latex = latex.replace("\\textasciigrave{}", "\\`{}")
    return re.sub("[-‐-―−]", r"{\g<0>}", latex.replace("-{}", "-")) if "-{}-" in latex else latex


def _verbatim(value: str) -> str:
    r"""Return an address or number as BibTeX takes it: as it is, what would break the entry percent-encoded.

    So is the circumflex, which TeX reads as any character in `^^5c` where a style sets addresses as plain text.
    """
    return re.sub(r"[{}\\^]", lambda match: f"%{ord(match[0]):02X}", value)
