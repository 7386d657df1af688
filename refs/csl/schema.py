"""Hold what the RELAX NG schema of CSL 1.0.2 allows: elements, attributes, values, variables, terms.

Names and values are those of https://github.com/citation-style-language/schema, version 1.0.2.
"""

from __future__ import annotations

from refs.model import (
    DATE_VARIABLES,
    NAME_VARIABLES,
    NUMBER_VARIABLES,
    TEXT_VARIABLES,
    TYPES,
    VARIABLES,
)


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NUMBER_LOCATORS = words("issue page part section supplement version volume")
LOCATORS = NUMBER_LOCATORS | words(
    """
    act appendix article-locator book canon chapter column elocation equation figure folio line note opus
    paragraph rule scene sub-verbo table timestamp title-locator verse
    """
)
MONTHS = frozenset(f"month-{month:02}" for month in range(1, 13))
GENDERED_TERMS = (
    MONTHS
    | NUMBER_LOCATORS
    | words(
        """
        chapter-number citation-number collection-number edition first-reference-note-number number
        number-of-pages number-of-volumes page-first printing
        """
    )
)
ORDINALS = frozenset({"ordinal"} | {f"ordinal-{number:02}" for number in range(100)})
LONG_ORDINALS = frozenset(f"long-ordinal-{number:02}" for number in range(1, 11))
SEASONS = frozenset(f"season-{season:02}" for season in range(1, 5))
MARKS = words(
    """open-quote close-quote open-inner-quote close-inner-quote page-range-delimiter colon comma semicolon"""
)
OTHER_TERMS = words(
    """
    accessed ad advance-online-publication album and anonymous at audio-recording bc bce by ce circa cited et-al
    film forthcoming from henceforth ibid in internet interview letter loc-cit no-place no-publisher on online
    op-cit original-work-published personal-communication podcast podcast-episode preprint radio-broadcast
    radio-series radio-series-episode reference retrieved review-of scale special-issue special-section
    television-broadcast television-series television-series-episode video working-paper
    """
) | {
    "and others",
    "available at",
    "in press",
    "no date",
    "presented at",
}
TERMS = (
    GENDERED_TERMS
    | ORDINALS
    | LONG_ORDINALS
    | LOCATORS
    | TYPES
    | NAME_VARIABLES
    | {"editortranslator"}
    | MARKS
    | SEASONS
    | OTHER_TERMS
)
# Terms of the locale files that the schema of styles does not list, and an old spelling.
TOLERATED_TERMS = frozenset({"sub verbo", "page-range-delimiter", "verb", "symbol"})
TERM_FORMS = frozenset({"long", "verb", "short", "verb-short", "symbol"})

CITATION_FORMATS = frozenset({"author", "author-date", "label", "note", "numeric"})
FIELDS = words(
    """
    anthropology astronomy biology botany chemistry communications engineering generic-base geography geology
    history humanities law linguistics literature math medicine philosophy physics political_science psychology
    science social_science sociology theology zoology
    """
)

# What the value of an attribute may be: one of a set of words, or a kind that the check knows.
Kind = str | frozenset[str]
TEXT, NUMBER, NAME, LANGUAGE, ANY_URI, DATE_TIME = "text", "number", "name", "language", "URI", "date and time"
MACRO = "macro"
BOOLEAN: Kind = frozenset({"true", "false"})
LIST_KINDS = {  # attributes that hold several words
    "type": TYPES,
    "variable": VARIABLES,
    "is-numeric": VARIABLES,
    "is-uncertain-date": DATE_VARIABLES,
    "locator": LOCATORS,
    "position": frozenset({"first", "subsequent", "ibid", "ibid-with-locator", "near-note"}),
}

AFFIXES: dict[str, Kind] = {"prefix": TEXT, "suffix": TEXT}
FONT: dict[str, Kind] = {
    "font-style": frozenset({"italic", "normal", "oblique"}),
    "font-variant": frozenset({"normal", "small-caps"}),
    "font-weight": frozenset({"normal", "bold", "light"}),
    "text-decoration": frozenset({"none", "underline"}),
    "vertical-align": frozenset({"baseline", "sup", "sub"}),
}
CASE: dict[str, Kind] = {
    "text-case": frozenset({"lowercase", "uppercase", "capitalize-first", "capitalize-all", "title", "sentence"})
}
DISPLAY: dict[str, Kind] = {"display": frozenset({"block", "left-margin", "right-inline", "indent"})}
DELIMITER: dict[str, Kind] = {"delimiter": TEXT}
STRIP: dict[str, Kind] = {"strip-periods": BOOLEAN}
PRECEDES: Kind = frozenset({"contextual", "always", "never", "after-inverted-name"})
NAME_OPTIONS: dict[str, Kind] = {
    "and": frozenset({"text", "symbol"}),
    "delimiter-precedes-et-al": PRECEDES,
    "delimiter-precedes-last": PRECEDES,
    "et-al-min": NUMBER,
    "et-al-use-first": NUMBER,
    "et-al-subsequent-min": NUMBER,
    "et-al-subsequent-use-first": NUMBER,
    "et-al-use-last": BOOLEAN,
    "initialize": BOOLEAN,
    "initialize-with": TEXT,
    "name-as-sort-order": frozenset({"first", "all"}),
    "sort-separator": TEXT,
}
NAME_FORM: Kind = frozenset({"long", "short", "count"})
INHERITABLE: dict[str, Kind] = NAME_OPTIONS | {"name-delimiter": TEXT, "name-form": NAME_FORM, "names-delimiter": TEXT}
MATCH: Kind = frozenset({"all", "any", "none"})
CONDITIONS: dict[str, Kind] = {"match": MATCH, "disambiguate": frozenset({"true"})} | dict.fromkeys(LIST_KINDS, TEXT)
INFO_TEXT: dict[str, Kind] = {"xml:lang": LANGUAGE}

RENDERING = frozenset({"names", "date", "label", "text", "number", "choose", "group"})

# The elements that each element may hold.
CHILDREN: dict[str, frozenset[str]] = {
    "style": frozenset({"info", "locale", "macro", "citation", "bibliography"}),
    "info": words(
        """
        author category contributor id issn eissn issnl link published rights summary title title-short
        translator updated
        """
    ),
    "author": frozenset({"name", "email", "uri"}),
    "contributor": frozenset({"name", "email", "uri"}),
    "translator": frozenset({"name", "email", "uri"}),
    "locale": frozenset({"info", "style-options", "date", "terms"}),
    "terms": frozenset({"term"}),
    "term": frozenset({"single", "multiple"}),
    "macro": RENDERING,
    "citation": frozenset({"sort", "layout"}),
    "bibliography": frozenset({"sort", "layout"}),
    "sort": frozenset({"key"}),
    "layout": RENDERING,
    "group": RENDERING,
    "names": frozenset({"name", "et-al", "label", "substitute", "institution"}),
    "name": frozenset({"name-part"}),
    "substitute": RENDERING,
    "date": frozenset({"date-part"}),
    "choose": frozenset({"if", "else-if", "else"}),
    "if": RENDERING,
    "else-if": RENDERING,
    "else": RENDERING,
}
# Elements that a parent can not do without.
REQUIRED_CHILDREN = {
    "style": ("info",),
    "info": ("title", "id", "updated"),
    "citation": ("layout",),
    "bibliography": ("layout",),
    "sort": ("key",),
    "choose": ("if",),
    "terms": ("term",),
}

# The attributes of each element.
ATTRIBUTES: dict[str, dict[str, Kind]] = {
    "style": INHERITABLE
    | {
        "class": frozenset({"in-text", "note"}),
        "default-locale": LANGUAGE,
        "version": TEXT,
        "demote-non-dropping-particle": frozenset({"never", "sort-only", "display-and-sort"}),
        "initialize-with-hyphen": BOOLEAN,
        "page-range-format": frozenset(
            {"expanded", "minimal", "minimal-two", "chicago", "chicago-15", "chicago-16"},
        ),
    },
    "info": {},
    "author": {},
    "contributor": {},
    "translator": {},
    "email": {},
    "uri": {},
    "category": {"citation-format": CITATION_FORMATS, "field": FIELDS},
    "id": {},
    "issn": {},
    "eissn": {},
    "issnl": {},
    "link": INFO_TEXT
    | {"href": ANY_URI, "rel": frozenset({"self", "template", "documentation", "independent-parent"})},
    "published": {},
    "rights": INFO_TEXT | {"license": ANY_URI},
    "summary": INFO_TEXT,
    "title": INFO_TEXT,
    "title-short": INFO_TEXT,
    "updated": {},
    "locale": {"xml:lang": LANGUAGE, "version": TEXT},
    "style-options": {"limit-day-ordinals-to-day-1": BOOLEAN, "punctuation-in-quote": BOOLEAN},
    "terms": {},
    "term": {
        "name": NAME,
        "form": TERM_FORMS,
        "gender": frozenset({"masculine", "feminine"}),
        "gender-form": frozenset({"masculine", "feminine"}),
        "match": frozenset({"last-digit", "last-two-digits", "whole-number"}),
    },
    "single": {},
    "multiple": {},
    "macro": {"name": NAME},
    "citation": INHERITABLE
    | {
        "cite-group-delimiter": TEXT,
        "collapse": frozenset({"citation-number", "year", "year-suffix", "year-suffix-ranged"}),
        "year-suffix-delimiter": TEXT,
        "after-collapse-delimiter": TEXT,
        "disambiguate-add-names": BOOLEAN,
        "disambiguate-add-givenname": BOOLEAN,
        "disambiguate-add-year-suffix": BOOLEAN,
        "givenname-disambiguation-rule": frozenset(
            {"all-names", "all-names-with-initials", "primary-name", "primary-name-with-initials", "by-cite"},
        ),
        "near-note-distance": NUMBER,
    },
    "bibliography": INHERITABLE
    | {
        "hanging-indent": BOOLEAN,
        "entry-spacing": NUMBER,
        "line-spacing": NUMBER,
        "second-field-align": frozenset({"flush", "margin"}),
        "subsequent-author-substitute": TEXT,
        "subsequent-author-substitute-rule": frozenset(
            {"complete-all", "complete-each", "partial-each", "partial-first"},
        ),
    },
    "sort": {},
    "key": {
        "variable": VARIABLES,
        "macro": MACRO,
        "names-min": NUMBER,
        "names-use-first": NUMBER,
        "names-use-last": BOOLEAN,
        "sort": frozenset({"ascending", "descending"}),
    },
    "layout": AFFIXES | DELIMITER | FONT,
    "group": AFFIXES | DELIMITER | DISPLAY | FONT,
    "text": AFFIXES
    | DISPLAY
    | FONT
    | CASE
    | STRIP
    | {
        "quotes": BOOLEAN,
        "macro": MACRO,
        "term": TERMS,
        "form": TERM_FORMS,
        "plural": BOOLEAN,
        "value": TEXT,
        "variable": TEXT_VARIABLES,
    },
    "number": AFFIXES
    | DISPLAY
    | FONT
    | CASE
    | {"variable": NUMBER_VARIABLES, "form": frozenset({"numeric", "ordinal", "long-ordinal", "roman"})},
    "label": AFFIXES
    | FONT
    | CASE
    | STRIP
    | {
        "variable": NUMBER_VARIABLES,
        "form": TERM_FORMS,
        "plural": frozenset({"always", "never", "contextual"}),
    },
    "date": AFFIXES
    | DELIMITER
    | DISPLAY
    | FONT
    | CASE
    | {
        "variable": DATE_VARIABLES,
        "form": frozenset({"text", "numeric"}),
        "date-parts": frozenset({"year-month-day", "year-month", "year"}),
    },
    "date-part": AFFIXES
    | FONT
    | CASE
    | STRIP
    | {
        "name": frozenset({"day", "month", "year"}),
        "form": frozenset({"numeric", "numeric-leading-zeros", "ordinal", "long", "short"}),
        "range-delimiter": TEXT,
    },
    "names": AFFIXES | DELIMITER | DISPLAY | FONT | {"variable": TEXT},
    "name": NAME_OPTIONS | AFFIXES | DELIMITER | FONT | {"form": NAME_FORM},
    "name-part": AFFIXES | FONT | CASE | {"name": frozenset({"family", "given"})},
    "et-al": FONT | {"term": frozenset({"et-al", "and others"})},
    "institution": AFFIXES | DELIMITER | FONT | {"and": NAME_OPTIONS["and"]},
    "substitute": {},
    "choose": {},
    "if": CONDITIONS,
    "else-if": CONDITIONS,
    "else": {},
}
REQUIRED_ATTRIBUTES = {
    "style": ("version",),
    "macro": ("name",),
    "term": ("name",),
    "link": ("href", "rel"),
    "number": ("variable",),
    "date-part": ("name",),
    "name-part": ("name",),
}
