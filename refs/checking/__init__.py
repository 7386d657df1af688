"""Check references: against what registries say, and against the rules of the field.

`comparing` and `people` set a reference beside a registry's record, and `judging` gives the verdict. `rules`, `latex`,
`titles`, `serials` and `retractions` ask no registry. `reports` prints.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RULES", "Finding", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule finds, and its `group`, which `--only` may name too; `contradicted` fails a check by itself."""

    group: str
    help: str
    contradicted: bool = False


RULES: dict[str, Rule] = {
    "title-differs": Rule("registry", "the registry's title is another", contradicted=True),
    "author-differs": Rule(
        "registry",
        "an author is not the registry's, is left out, or stands first where another does",
        contradicted=True,
    ),
    "year-differs": Rule("registry", "the year is none of those the registry knows", contradicted=True),
    "container-differs": Rule(
        "registry", "the journal is another, or its abbreviation does not fit", contradicted=True
    ),
    "issn-differs": Rule(
        "registry", "the ISSN is another journal's, as a registry or your table says", contradicted=True
    ),
    "volume-differs": Rule("registry", "the volume is another", contradicted=True),
    "issue-differs": Rule("registry", "the issue is another", contradicted=True),
    "page-differs": Rule("registry", "the first page is another", contradicted=True),
    "other-work": Rule("registry", "the DOI is another work's: neither title nor authors agree", contradicted=True),
    "not-registered": Rule(
        "registry", "the DOI, arXiv number or PMID is dead: its registry does not know it", contradicted=True
    ),
    "superseded": Rule("registry", "the DOI was replaced by another"),
    "retracted": Rule("retractions", "the work was retracted, in part or wholly, or withdrawn"),
    "concern": Rule("retractions", "the publisher has expressed concern about the work"),
    "corrected": Rule("corrections", "the work was corrected"),
    "published": Rule("preprints", "the preprint has been published, as a registry or another entry says"),
    "missing-identifier": Rule("identifiers", "a registry knows an identifier that the reference lacks"),
    "doi-syntax": Rule("syntax", "the DOI is none, or holds more than a DOI"),
    "doi-form": Rule("syntax", "the DOI is written as a URL, with a label or with LaTeX's backslashes"),
    "identifier-syntax": Rule("syntax", "the arXiv number, PMID or PMCID is none"),
    "isbn-check": Rule("syntax", "the check digit of the ISBN is wrong"),
    "issn-check": Rule("syntax", "the check digit of the ISSN is wrong"),
    "date-syntax": Rule("syntax", "the date cannot be read, or lies in the future"),
    "page-form": Rule("syntax", "the pages are incomplete, or end before they begin"),
    "url-syntax": Rule("syntax", "the URL is no address"),
    "missing-field": Rule("fields", "a field that every style prints for the type is missing"),
    "name-form": Rule("fields", "a name holds what is no name: et al., a semicolon, only capitals"),
    "title-case": Rule("titles", "the title is in capitals throughout; another form is offered"),
    "title-braces": Rule("titles", "braces do not pair, or hold the whole title, whose case no style can set then"),
    "title-unprotected": Rule("titles", "BibTeX's styles would make capitals of the title small"),
    "journal-abbreviation": Rule("journals", "the journal's abbreviation is not that of the table or of ISO 4"),
    "duplicate": Rule("duplicates", "another entry is the same work, by an identifier or by title, authors and year"),
    "duplicate-key": Rule("duplicates", "another entry has the same key"),
    "undefined-key": Rule("keys", "the document cites a key that nothing defines"),
    "unused-key": Rule("unused", "nothing cites the entry"),
    "latex-unsafe": Rule("latex", "a LaTeX command in a field reads files, runs programs or defines commands"),
    "latex-broken": Rule("latex", "LaTeX would not compile the field"),
    "unreadable": Rule("syntax", "the entry cannot be read"),
    "locked": Rule("lock", "a rebuild would print something else than the lock of the document says"),
}
"""Every rule by its name, in the order in which they are explained."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: of which reference and field, where, what is written, what who says instead."""

    rule: str
    key: str
    message: str
    field: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    written: str = ""
    found: str = ""
    source: str = ""

    @property
    def contradicted(self) -> bool:
        """Tell whether a registry contradicts the reference."""
        return RULES[self.rule].contradicted
