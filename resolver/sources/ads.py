"""The Astrophysics Data System: https://api.adsabs.harvard.edu/v1/search/query (ui.adsabs.harvard.edu/help/api).

Every question needs the token of a person's own account.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from refs import languages, text
from refs.identifiers import Identifier, normal
from refs.model import Reference, Value
from resolver import contributors, titles
from resolver.fields import clean, date, isbns, issns, number, pages

NAME = "ads"
HOST = "api.adsabs.harvard.edu"
ANONYMOUS = (
    "ADS answers only with the token of an account: make one at ui.adsabs.harvard.edu/user/settings/token, "
    "then refs config set ads-token TOKEN"
)
Record = Mapping[str, Any]
FIELDS = (
    "bibcode,title,author,editor,pub,pubdate,year,volume,issue,page,page_range,eid,doi,doctype,identifier,isbn,issn,"
    "publisher,abstract"
)
TYPES = {
    "article": "article-journal",
    "abstract": "paper-conference",
    "inproceedings": "paper-conference",
    "proceedings": "book",
    "book": "book",
    "inbook": "chapter",
    "phdthesis": "thesis",
    "mastersthesis": "thesis",
    "eprint": "article",
    "techreport": "report",
    "software": "software",
    "dataset": "dataset",
    "catalog": "dataset",
    "newsletter": "article-magazine",
}
GENRES = {"phdthesis": "PhD thesis", "mastersthesis": "Master’s thesis", "eprint": "Preprint"}


def url(identifier: Identifier) -> str:
    """Return the address of a search for one bibcode, DOI or arXiv number."""
    field = "identifier" if identifier.scheme == "arxiv" else identifier.scheme
    value = f"arXiv:{identifier.value}" if identifier.scheme == "arxiv" else identifier.value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    query = quote(f'{field}:"{escaped}"', safe="")
    return f"https://{HOST}/v1/search/query?q={query}&fl={FIELDS}&rows=1"


def document(answer: Record) -> Record | None:
    """Return the document of an answer, None when nothing was found."""
    response = answer.get("response")
    rows = response.get("docs") if isinstance(response, Mapping) else None
    found = rows[0] if isinstance(rows, list) and rows else None
    return found if isinstance(found, Mapping) else None


def parse(found: Record, *, abstracts: bool = False) -> Reference:
    """Return the reference of a document."""
    written = clean(found.get("doctype"))
    kind = TYPES.get(written, "document")
    title = titles.title(next(iter(_strings(found, "title")), ""))
    arxiv = next(
        (normal("arxiv", one) for one in _strings(found, "identifier") if one.lower().startswith("arxiv:")), ""
    )
    page = pages(found.get("page_range")) or pages(next(iter(_strings(found, "page")), "")) or clean(found.get("eid"))
    fields: dict[str, Value] = {
        "title": title,
        "language": languages.language(text.plain(title)),
        "author": tuple(one for name in _strings(found, "author") if (one := contributors.whole_name(clean(name)))),
        "editor": tuple(one for name in _strings(found, "editor") if (one := contributors.whole_name(clean(name)))),
        "container-title": titles.title(found.get("pub")) if kind not in ("book", "thesis", "article") else "",
        "volume": number(found.get("volume")),
        "issue": number(found.get("issue")),
        "page": "" if re.match(r"(?i)arxiv:", page) else page,
        "publisher": clean(found.get("publisher")) or (clean(found.get("pub")) if kind == "thesis" else ""),
        "genre": GENRES.get(written, ""),
        "ISBN": isbns(_strings(found, "isbn")),
        "ISSN": issns(_strings(found, "issn")),
        "DOI": normal("doi", next(iter(_strings(found, "doi")), "")),
    }
    if kind == "article":
        fields |= {"publisher": "arXiv", "number": f"arXiv:{arxiv}"} if arxiv else {}
    # A month or day that is not known is 00.
    parts = (clean(found.get("pubdate")) or clean(found.get("year"))).split("-")
    if issued := date({"date-parts": [[part.lstrip("0") for part in parts]]}):
        fields["issued"] = issued
    if abstracts:
        fields["abstract"] = text.rich(clean(found.get("abstract")))
    own = {"bibcode": clean(found.get("bibcode")), "arxiv": arxiv}
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        identifiers={scheme: value for scheme, value in own.items() if value},
    )


def _strings(record: Record, key: str) -> list[str]:
    value = record.get(key)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one.strip()]
