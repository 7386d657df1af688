"""Types and fields of the Citation File Format 1.2.0 against CSL 1.0.2, one table for each direction. Data only."""

from __future__ import annotations

# the type of a reference -> CSL type; the first of a CSL type is the one that is written
CSL_TYPES = {
    "article": "article-journal",
    "art": "graphic",
    "music": "song",
    "audiovisual": "motion_picture",
    "audio": "song",
    "bill": "bill",
    "blog": "post-weblog",
    "book": "book",
    "catalogue": "book",
    "conference": "event",
    "conference-paper": "paper-conference",
    "data": "dataset",
    "database": "dataset",
    "dictionary": "entry-dictionary",
    "edited-work": "book",
    "encyclopedia": "entry-encyclopedia",
    "video": "motion_picture",
    "film-broadcast": "motion_picture",
    "generic": "document",
    "government-document": "report",
    "grant": "document",
    "hearing": "hearing",
    "historical-work": "classic",
    "legal-case": "legal_case",
    "legal-rule": "regulation",
    "magazine-article": "article-magazine",
    "manual": "book",
    "map": "map",
    "multimedia": "motion_picture",
    "newspaper-article": "article-newspaper",
    "pamphlet": "pamphlet",
    "patent": "patent",
    "personal-communication": "personal_communication",
    "proceedings": "book",
    "report": "report",
    "serial": "periodical",
    "slides": "speech",
    "software": "software",
    "software-code": "software",
    "software-container": "software",
    "software-executable": "software",
    "software-virtual-machine": "software",
    "sound-recording": "song",
    "standard": "standard",
    "statute": "legislation",
    "thesis": "thesis",
    "unpublished": "manuscript",
    "website": "webpage",
    "dataset": "dataset",  # the file's own type; its references are "data"
}
# CSL types without a type of their own
CFF_TYPES = {
    "article": "article",
    "review": "article",
    "review-book": "article",
    "chapter": "book",
    "entry": "encyclopedia",
    "webpage": "website",
    "post": "website",
    "musical_score": "music",
    "broadcast": "film-broadcast",
    "treaty": "legal-rule",
    "figure": "art",
    "performance": "generic",
} | {kind: name for name, kind in reversed(CSL_TYPES.items())}
TEXTS = {
    "title": "title",
    "abbreviation": "title-short",
    "abstract": "abstract",
    "collection-title": "collection-title",
    "database": "source",
    "doi": "DOI",
    "edition": "edition",
    "isbn": "ISBN",
    "issn": "ISSN",
    "issue": "issue",
    "journal": "container-title",
    "license": "license",
    "medium": "medium",
    "notes": "note",
    "number": "number",
    "number-volumes": "number-of-volumes",
    "pages": "number-of-pages",
    "pmcid": "PMCID",
    "section": "section",
    "thesis-type": "genre",
    "url": "URL",
    "version": "version",
    "volume": "volume",
    "volume-title": "volume-title",
}
NAMES = {
    "authors": "author",
    "editors": "editor",
    "editors-series": "collection-editor",
    "recipients": "recipient",
    "translators": "translator",
}
DATES = {
    "date-published": "issued",
    "date-released": "issued",
    "date-accessed": "accessed",
    "year-original": "original-date",
}
STATES = {
    "abstract": "abstract",
    "advance-online": "advance online publication",
    "in-preparation": "in preparation",
    "in-press": "in press",
    "preprint": "preprint",
    "submitted": "submitted",
}
# what the file says of the software itself, in the order in which it is written
ROOT = (
    "type", "title", "version", "authors", "abstract", "date-released", "doi", "identifiers", "keywords", "license",
    "license-url", "url", "repository", "repository-artifact", "repository-code", "commit", "contact",
)  # fmt: skip
ADDRESS = r"(?:https?|s?ftp)://.+|www\..+"  # an address without its scheme is better than none
# what the schema demands of a text; another one is left out, since the file would not be valid
PATTERNS = {
    "doi": r"10\.[0-9]{4,9}(?:\.[0-9]+)?/[A-Za-z0-9:/_;.()\[\]\\-]+",
    "isbn": "[0-9 -]{10,17}X?",
    "issn": "[0-9]{4}-[0-9]{3}[0-9Xx]",
    "license": r"[A-Za-z][A-Za-z0-9.+]*(?:-[A-Za-z0-9.+]+)*",
    "license-url": ADDRESS,
    "pmcid": "PMC[0-9]{7}",
    "status": "abstract|advance-online|in-preparation|in-press|preprint|submitted",
    "repository": ADDRESS,
    "repository-artifact": ADDRESS,
    "repository-code": ADDRESS,
    "url": ADDRESS,
}
# what a reference may hold beside the fields that are variables of CSL: written back from `extra`
OTHER = (
    "collection-doi", "collection-type", "commit", "conference", "contact", "copyright", "data-type",
    "database-provider", "date-downloaded", "date-released", "department", "end", "entry", "filename", "format",
    "identifiers", "institution", "issue-date", "issue-title", "keywords", "languages", "license", "license-url",
    "loc-end", "loc-start", "location", "nihmsid", "patent-states", "publisher", "repository", "repository-artifact",
    "repository-code", "scope", "senders", "start", "status", "term",
)  # fmt: skip
IN_JOURNAL = frozenset({"article", "magazine-article", "newspaper-article"})
IN_SERIES = frozenset({"book", "periodical", "report", "software"})  # of these, a collection is the series
ENTITIES = frozenset({"conference", "database-provider", "institution", "location", "publisher"})
LISTS = frozenset({"contact", "identifiers", "keywords", "languages", "patent-states", "senders"})
