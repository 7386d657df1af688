"""arXiv's API: https://export.arxiv.org/api/query?id_list=... (info.arxiv.org/help/api/user-manual.html)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from refs import identifiers
from refs.dates import parse_date
from refs.model import Name, Reference, Value
from refs.names import parse_name
from resolver import contributors, titles
from resolver.fields import clean

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAME = "arxiv"
ATOM = "{http://www.w3.org/2005/Atom}"
OWN = "{http://arxiv.org/schemas/atom}"
GROUP = r"(?i)\b(?:collaboration|consortium|team|group|project|working group|experiment|observatory)\b"


def url(number: str) -> str:
    """Return the address of one paper's entry."""
    return list_url([number])


def list_url(numbers: Sequence[str]) -> str:
    """Return the address of several papers' entries, which come in any order."""
    listed = ",".join(quote(number, safe="/") for number in numbers)
    return f"https://export.arxiv.org/api/query?id_list={listed}&max_results={len(numbers)}"


def doi(number: str) -> str:
    """Return the DOI that arXiv registers for a paper, whatever its version."""
    return f"10.48550/arxiv.{unversioned(number)}"


def unversioned(number: str) -> str:
    """Return a number without its version."""
    return re.sub(r"v\d+$", "", number)


def entry(feed: Element, number: str) -> Element | None:
    """Return the entry of a paper: errors and papers that nobody asked for are entries too."""
    for one in feed.iter(f"{ATOM}entry"):
        found = identifiers.normal("arxiv", clean(one.findtext(f"{ATOM}id")))
        if unversioned(found) == unversioned(number) and clean(one.findtext(f"{ATOM}title")):
            return one
    return None


def parse(element: Element, *, version: str = "", abstracts: bool = False) -> Reference:
    """Return the reference of an entry; `version` ("v2") is given when a person asked for that one.

    The date is that of the first version, or of the version asked for.
    """
    number = unversioned(identifiers.normal("arxiv", clean(element.findtext(f"{ATOM}id"))))
    found = titles.compose([element.findtext(f"{ATOM}title")])
    written = element.findtext(f"{ATOM}{'updated' if version else 'published'}")
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        "author": tuple(_names(element)),
        "issued": parse_date(clean(written).partition("T")[0]),
        "genre": "Preprint",
        "publisher": "arXiv",
        "number": f"arXiv:{number}{version}",
        "version": version.removeprefix("v"),
        "DOI": doi(number),
    }
    if abstracts:
        fields["abstract"] = titles.title(element.findtext(f"{ATOM}summary"))
    return Reference(
        type="article",
        fields={variable: value for variable, value in fields.items() if value},
        identifiers={"arxiv": number},
        extra=_extra(element),
    )


def notices(element: Element) -> list[str]:
    """Return what a person should know of a paper before citing it, a line each."""
    lines = []
    if published := clean(element.findtext(f"{OWN}doi")):
        lines.append(f"published as {published.lower()}")
    if re.search(r"(?i)\bwithdrawn\b", clean(element.findtext(f"{OWN}comment"))):
        lines.append("its comment says that it was withdrawn")
    return lines


def _names(element: Element) -> Iterable[Name]:
    for one in element.iter(f"{ATOM}author"):
        text = clean(one.findtext(f"{ATOM}name"))
        if re.search(GROUP, text):
            yield Name(literal=re.sub(r"(?i)^for (?:the )?|^the (?=\w+ collaboration$)|:$", "", text))
        elif text and text not in (":", "and"):
            found = parse_name(text)
            yield (
                contributors.name({"family": str(found.sorted_form), "given": found.given, "suffix": found.suffix})
                or found
            )


def _extra(element: Element) -> dict[str, str]:
    category = element.find(f"{OWN}primary_category")
    extra = {
        "journal_ref": clean(element.findtext(f"{OWN}journal_ref")),
        "comment": clean(element.findtext(f"{OWN}comment")),
        "eprintclass": clean(category.get("term")) if category is not None else "",
        "published-doi": clean(element.findtext(f"{OWN}doi")).lower(),
    }
    return {key: value for key, value in extra.items() if value}
