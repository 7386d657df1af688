"""The values that every other module passes around: Reference, Name, Date and Variant, in CSL-JSON's terms.

A field is named by its CSL 1.0.2 variable. Text fields hold one line of text in which only CSL's own markup means
anything: `<i> <b> <sup> <sub>`, `<span style="font-variant:small-caps;">` and `<span class="nocase">`; numbers are
kept as text ("12", "S3", "e1004"). Those in MULTILINE_VARIABLES hold lines, each ended by "\n" but the last, and
between two paragraphs one that is empty; no line has blanks at its ends. The tables of names below are those of the
schema `csl-variables.rnc`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

NAME_VARIABLES = frozenset(
    """
    author chair collection-editor compiler composer container-author contributor curator director editor
    editor-translator editorial-director executive-producer guest host illustrator interviewer narrator
    organizer original-author performer producer recipient reviewed-author script-writer series-creator
    translator
    """.split()
)
ROLES = tuple(dict.fromkeys(("author", "editor", "editor-translator", "translator", *sorted(NAME_VARIABLES))))
"""The name variables in the order in which a work is filed under one of them."""
DATE_VARIABLES = frozenset(
    """
    accessed available-date event-date issued original-date submitted
    """.split()
)
NUMBER_VARIABLES = frozenset(
    """
    chapter-number citation-number collection-number edition first-reference-note-number issue locator number
    number-of-pages number-of-volumes page page-first part-number printing-number section supplement-number
    version volume
    """.split()
)
TITLE_VARIABLES = frozenset(
    """
    collection-title container-title original-title part-title reviewed-title title volume-title title-short
    container-title-short
    """.split()
)
STRING_VARIABLES = frozenset(
    """
    abstract annote archive archive_collection archive_location archive-place authority call-number citation-key
    citation-label dimensions division DOI event event-title event-place genre ISBN ISSN jurisdiction keyword
    language license medium note original-publisher original-publisher-place PMCID PMID publisher
    publisher-place references reviewed-genre scale source status URL year-suffix
    """.split()
)
TEXT_VARIABLES = NUMBER_VARIABLES | TITLE_VARIABLES | STRING_VARIABLES
MULTILINE_VARIABLES = frozenset({"abstract", "annote", "note"})
VARIABLES = TEXT_VARIABLES | NAME_VARIABLES | DATE_VARIABLES

TYPES = frozenset(
    """
    article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection
    dataset document entry entry-dictionary entry-encyclopedia event figure graphic hearing interview legal_case
    legislation manuscript map motion_picture musical_score pamphlet paper-conference patent performance
    periodical personal_communication post post-weblog regulation report review review-book software song speech
    standard thesis treaty webpage
    """.split()
)


@dataclass(frozen=True, slots=True)
class Name:
    """One person or organisation; an organisation, or a name nobody could split, is `literal` alone."""

    family: str = ""
    given: str = ""
    non_dropping_particle: str = ""
    dropping_particle: str = ""
    suffix: str = ""
    comma_suffix: bool = False
    static_ordering: bool = False
    literal: str = ""

    def __str__(self) -> str:
        """Return the name in reading order: "Ludwig van Beethoven"."""
        parts = (self.given, self.dropping_particle, self.non_dropping_particle, self.family, self.suffix)
        return self.literal or " ".join(part for part in parts if part)

    @property
    def sorted_form(self) -> str:
        """Return the family name with its particle, or the literal: what a list shows and sorts by."""
        return (
            self.literal or " ".join(part for part in (self.non_dropping_particle, self.family) if part) or self.given
        )


@dataclass(frozen=True, slots=True)
class Date:
    """A day, month, year or range of them.

    `parts` holds one or two tuples (year[, month[, day]]); months and days count from 1, a year before 1 CE is
    negative (-44 is 44 BCE), and an empty tuple is an open end of a range. `season` is 1 (spring) to 4 (winter).
    What cannot be said so stands in `literal`.
    """

    parts: tuple[tuple[int, ...], ...] = ()
    season: int | None = None
    circa: bool = False
    literal: str = ""

    @property
    def year(self) -> int | None:
        """Return the first year that is known."""
        return next((part[0] for part in self.parts if part), None)

    def __str__(self) -> str:
        """Return ISO 8601 with a slash for a range, or the literal."""
        if self.literal:
            return self.literal
        return "/".join("-".join(f"{n:02d}" if i else f"{n:04d}" for i, n in enumerate(part)) for part in self.parts)


Value = str | tuple[Name, ...] | Date


@dataclass(frozen=True, slots=True)
class Variant:
    """A field in another language or script.

    `language` is a BCP 47 tag, with a script where it is not the language's usual one ("ru-Latn"); `role` is
    "original", "romanised" or "translated".
    """

    value: Value
    language: str
    role: str = "translated"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field came from: the service or file ("crossref", "user", "refs.bib:12") and the ISO date."""

    name: str
    date: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """One work as it is cited. A value: a change is `dataclasses.replace`.

    `fields` maps CSL variables to their values; `identifiers` holds the schemes that no CSL variable names ("arxiv",
    "openalex", ...); `extra` keeps verbatim whatever no variable fits, by the name it had in its format.
    """

    type: str = "document"
    fields: Mapping[str, Value] = field(default_factory=dict)
    key: str = ""
    variants: Mapping[str, tuple[Variant, ...]] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)

    def text(self, variable: str) -> str:
        """Return a text field, or "" when it is absent."""
        value = self.fields.get(variable, "")
        return value if isinstance(value, str) else ""

    def names(self, variable: str) -> tuple[Name, ...]:
        """Return a name field, or () when it is absent."""
        value = self.fields.get(variable, ())
        return value if isinstance(value, tuple) else ()

    def date(self, variable: str) -> Date | None:
        """Return a date field, or None when it is absent."""
        value = self.fields.get(variable)
        return value if isinstance(value, Date) else None

    @property
    def year(self) -> int | None:
        """Return the year of publication."""
        issued = self.date("issued")
        return issued.year if issued else None

    @property
    def creators(self) -> tuple[Name, ...]:
        """Return who the work is filed under: its authors, else its editors, else any other role it has."""
        return next((names for role in ROLES if (names := self.names(role))), ())

    def work_identifiers(self) -> Iterator[tuple[str, str]]:
        """Yield (scheme, value) for the identifiers of the work itself, schemes in lower case.

        The ISBN of a chapter names the book around it and an ISSN names the journal, so neither is one.
        """
        for scheme in ("DOI", "PMID", "PMCID"):
            if value := self.text(scheme):
                yield scheme.lower(), value
        if (isbn := self.text("ISBN")) and self.type in WHOLE_BOOKS:
            yield from (("isbn", one) for one in isbn.split())
        yield from self.identifiers.items()


WHOLE_BOOKS = frozenset({"book", "collection", "classic", "pamphlet", "musical_score", "map"})
