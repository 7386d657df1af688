"""DBLP: https://dblp.org/rec/{key}.xml (dblp.org/faq/How+to+parse+dblp+xml.html).

Names carry a number where several people have one name, titles end with a full stop, and journals and proceedings are
abbreviated; where the record has a DOI, its registry spells them out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from refs import languages, text
from refs.dates import parse_date
from refs.identifiers import find_all, normal
from refs.model import Name, Reference, Value
from resolver import contributors, titles
from resolver.fields import clean, isbns, number, pages

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "dblp"
TYPES = {
    "article": "article-journal",
    "inproceedings": "paper-conference",
    "proceedings": "book",
    "book": "book",
    "incollection": "chapter",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "data": "dataset",
    "www": "webpage",
}
GENRES = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis"}


def url(key: str) -> str:
    """Return the address of one record."""
    return f"https://dblp.org/rec/{quote(key, safe='/')}.xml"


def record(root: Element) -> Element | None:
    """Return the record of an answer."""
    return next((one for one in root if one.tag in TYPES), None)


def identifiers(element: Element) -> dict[str, str]:
    """Return the identifiers among the addresses of the electronic edition: doi, arxiv, hdl..."""
    found: dict[str, str] = {}
    for link in element.iterfind("ee"):
        for one in find_all(clean(link.text)):
            found.setdefault(one.scheme, one.value)
    return found


def parse(element: Element, *, abstracts: bool = False) -> Reference:
    """Return the reference of a record."""
    title = titles.title(_markup(element.find("title")))
    ids = identifiers(element)
    preprint = element.get("publtype") == "informal" and "arxiv" in ids
    kind = "article" if preprint else TYPES.get(element.tag, "document")
    fields: dict[str, Value] = {
        "title": title,
        "language": languages.language(text.plain(title)),
        "author": _names(element, "author"),
        "editor": _names(element, "editor"),
        "container-title": titles.title(_markup(element.find("booktitle" if kind != "article-journal" else "journal"))),
        "collection-title": clean(element.findtext("series")),
        "volume": number(element.findtext("volume")),
        "issue": number(element.findtext("number")),
        "page": pages(element.findtext("pages")),
        "publisher": clean(element.findtext("publisher")) or clean(element.findtext("school")),
        "ISBN": isbns([one.text for one in element.iterfind("isbn")]),
        "genre": GENRES.get(element.tag, ""),
        "DOI": ids.get("doi", ""),
    }
    if kind == "book":
        fields |= {"collection-number": fields.pop("volume"), "container-title": ""}
    if preprint:
        fields |= {"genre": "Preprint", "publisher": "arXiv", "number": f"arXiv:{ids['arxiv']}", "volume": ""}
    month, year = clean(element.findtext("month")), clean(element.findtext("year"))
    issued = parse_date(f"{month} {year}".strip())
    issued = issued if issued.year else parse_date(year)
    if issued.year:
        fields["issued"] = issued
    if not ids.get("doi") and kind in ("webpage", "dataset", "thesis", "document"):
        fields["URL"] = clean(element.findtext("ee"))
    key = normal(NAME, element.get("key", ""))
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        identifiers=({NAME: element.get("key", "")} if key else {})
        | ({"arxiv": ids["arxiv"]} if "arxiv" in ids else {}),
    )


def _names(element: Element, role: str) -> tuple[Name, ...]:
    """Return the names without the number that tells people of one name apart: "Xiaopeng Zhang 0009"."""
    texts = (re.sub(r" \d{4}$", "", clean(one.text)) for one in element.iterfind(role))
    return tuple(name for one in texts if (name := contributors.whole_name(one)))


def _markup(element: Element | None) -> str:
    """Return what an element holds with its markup (i, sub, sup, tt), as one text."""
    from xml.etree.ElementTree import tostring

    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    return re.sub(r"^<[^>]*>|</[^>]*>[^>]*$", "", tostring(element, encoding="unicode"))
