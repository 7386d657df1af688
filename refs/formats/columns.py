"""Columns of bibliographic tables -> CSL variables, by the headers that common exporters write. Data only.

Headers are in lower case, letters and digits alone: those of Zotero, Scopus, Web of Science (both its two-letter tags
and its full names), PubMed, Google Scholar, Dimensions, IEEE Xplore, Publish or Perish, JabRef. A header before
another of the same variable wins.
"""

from __future__ import annotations

from refs.formats.zoterofields import CREATORS, FIELDS
from refs.model import VARIABLES

_HEADERS = """
type: itemtype documenttype dt publicationtype pt entrytype referencetype reftype
key: citekey citationkey bibtexkey referenceid identifier
author: authorfullnames authorsfullnames fullauthors af authors author au authorlist authornames creator creators
container-author: bookauthorfullnames bf bookauthors ba
editor: editors editor be bookeditors ed
title: title articletitle documenttitle ti worktitle papertitle
container-title: sourcetitle publicationtitle so journal journalbook journaltitle publication publicationname
container-title: secondarytitle booktitle anthologytitle containertitle source
container-title-short: abbreviatedsourcetitle journalisoabbreviation ji journalabbreviation j9
issued: date dateofpublication publicationdate published year publicationyear py pubyear
month: pd month
volume: volume vl vol
issue: issue is issuenumber no number
page: pages page pagination pp
page-start: pagestart startpage bp firstpage
page-end: pageend endpage ep lastpage
article-number: artno articlenumber ar
number-of-pages: pagecount numberofpages pg
DOI: doi di doilink
PMID: pmid pubmedid pm
PMCID: pmcid
ISSN: issn sn issns
ISSN-2: eissn ei
ISBN: isbn isbns bn
URL: url link articleurl doiurl
abstract: abstract ab
keyword: authorkeywords keywords keyword de manualtags tags
publisher: publisher pu publishername institution
publisher-place: place publishercity pi publisherplace address location city
language: language la languageoforiginaldocument lang
collection-title: series seriestitle bookseriestitle se
event-title: conferencename conferencetitle ct
event-place: conferencelocation cl
event-date: conferencedate cy
edition: edition
note: note notes annotation comments
genre: thesistype
extra: extra
id-scopus: eid
id-wos: utuniquewosid ut
id-arxiv: arxivid arxiv arxivnumber
"""
HEADERS = {
    header: variable
    for line in _HEADERS.strip().splitlines()
    for variable, _, headers in [line.partition(": ")]
    for header in headers.split()
}
COLUMNS = (
    {name: variable for name, variable in FIELDS.items() if name not in ("type", "code", "number", "repository")}
    | {name: variable for name, variable in CREATORS.items() if name not in ("performer", "producer")}
    | {"".join(c for c in name.lower() if c.isalnum()): name for name in VARIABLES if name != "event"}
    | HEADERS
)
# the exporters' words for types, in lower case with letters alone -> CSL type
TYPES = {
    "article": "article-journal",
    "articleinpress": "article-journal",
    "articlejournal": "article-journal",
    "journal": "article-journal",
    "j": "article-journal",
    "journalpaper": "article-journal",
    "ieeejournals": "article-journal",
    "review": "article-journal",
    "reviewarticle": "article-journal",
    "editorial": "article-journal",
    "editorialmaterial": "article-journal",
    "erratum": "article-journal",
    "correction": "article-journal",
    "shortsurvey": "article-journal",
    "datapaper": "article-journal",
    "note": "article-journal",
    "bookreview": "review-book",
    "conferencepaper": "paper-conference",
    "proceedingspaper": "paper-conference",
    "proceeding": "paper-conference",
    "inproceedings": "paper-conference",
    "ieeeconferences": "paper-conference",
    "c": "paper-conference",
    "conferencereview": "book",
    "b": "book",
    "s": "book",
    "monograph": "book",
    "editedbook": "book",
    "bookchapter": "chapter",
    "chapter": "chapter",
    "incollection": "chapter",
    "inbook": "chapter",
    "p": "patent",
    "preprint": "article",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "dissertation": "thesis",
    "techreport": "report",
    "misc": "document",
    "online": "webpage",
    "website": "webpage",
}
# the columns that tables of references are known by
TELLING = frozenset({"title", "DOI", "author", "PMID"})
# the order of the columns that are written
FIRST = """
type title author editor issued container-title container-title-short volume issue page number edition publisher
publisher-place collection-title collection-number event-title DOI URL ISBN ISSN PMID PMCID language accessed
""".split()
