"""Library catalogues by SRU in MARC 21 (www.loc.gov/marc/bibliographic): K10plus and the Library of Congress.

Cataloguers punctuate between subfields ("Title :", "Place :", "Publisher,"), so the ends of values are trimmed. Field
880 holds what another field says in the work's own script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from refs import languages, text
from refs.dates import parse_date
from refs.model import Name, Reference, Value, Variant
from resolver import contributors, titles
from resolver.fields import clean, isbns, issns

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CATALOGUES = {
    "k10plus": "https://sru.k10plus.de/opac-de-627?version=1.1&operation=searchRetrieve&query=pica.isb%3D{}",
    "loc": "https://lx2.loc.gov/sru/lcdb?version=1.1&operation=searchRetrieve&query=bath.ISBN%3D{}",
}
ROLES = {"aut": "author", "cre": "author", "edt": "editor", "edc": "editor", "trl": "translator", "dir": "director"}
ROLE_WORDS = (
    (r"(?i)transl|übers|traduc|перев", "translator"),
    (r"(?i)\bed(?:s|itor|itors)?\b|hrsg|hg\.|herausg|éd|ред", "editor"),
    (r"(?i)author|verf|auteur|автор", "author"),
)
ENDS = " \t/:;,="


def url(catalogue: str, isbn: str) -> str:
    """Return the address of a search for one ISBN."""
    return CATALOGUES[catalogue].format(quote(isbn)) + "&maximumRecords=1&recordSchema=marcxml"


def record(root: Element) -> Element | None:
    """Return the first MARC record of an answer, whatever its namespace."""
    return next((one for one in root.iter() if _tag(one) == "record" and any(_tag(c) == "leader" for c in one)), None)


def parse(element: Element, *, isbn: str = "") -> Reference:
    """Return the reference of a MARC record."""
    kind = _type(element)
    found = _title(element)
    host = next(iter(_fields(element, "773")), None)
    fields: dict[str, Value] = {
        "title": found.title,
        "language": found.language,
        **_names(element),
        **_imprint(element),
        **_series(element),
        "edition": _edition(element),
        "ISBN": isbns([isbn]) or isbns(value.partition(" ")[0] for value in _values(element, "020", "a")),
        "ISSN": issns([*_values(element, "022", "a"), *([_value(host, "x")] if host is not None else [])]),
        "DOI": next(
            (v for f in _fields(element, "024") if _value(f, "2") == "doi" for v in [_value(f, "a").lower()]), ""
        ),
    }
    if host is not None:
        fields["container-title"] = _trimmed(_value(host, "t"))
    if kind == "thesis":
        thesis = next(iter(_fields(element, "502")))
        fields["genre"] = _trimmed(_value(thesis, "b"))
        fields["publisher"] = _trimmed(_value(thesis, "c")) or fields["publisher"]
    if count := re.search(r"(\d+)\s*(?:p|s|pages|seiten)\b", next(_values(element, "300", "a"), ""), re.IGNORECASE):
        fields["number-of-pages"] = count[1]
    return Reference(
        type=kind,
        fields={variable: value for variable, value in fields.items() if value},
        variants={"title": found.variants} if found.variants else {},
    )


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _fields(element: Element, tag: str) -> Iterator[Element]:
    for one in element.iter():
        if _tag(one) == "datafield" and one.get("tag") == tag:
            yield one


def _value(field: Element, code: str) -> str:
    """Return the first subfield of a code, without the marks around an article that is not sorted."""
    for one in field:
        if one.get("code") == code and one.text:
            return clean(re.sub("[\u0098\u009c]|<<|>>", "", one.text))
    return ""


def _values(element: Element, tag: str, code: str) -> Iterator[str]:
    return (value for field in _fields(element, tag) if (value := _value(field, code)))


def _trimmed(value: str) -> str:
    """Drop the punctuation before the next subfield; the full stop of an abbreviation stays."""
    value = re.sub(r"\s*\[(?:u\. ?a\.|et al\.?|etc\.?)\]", "", value).strip(ENDS)
    value = re.sub(r"^\[(.*)\]$", r"\1", value)
    return value[:-1] if re.search(r"[^\W\d_]{4}\.$", value) else value


def _type(element: Element) -> str:
    leader = next((one.text or "" for one in element if _tag(one) == "leader"), "")
    if next(_fields(element, "502"), None) is not None:
        return "thesis"
    if leader[7:8] in ("a", "b"):
        host = next(iter(_fields(element, "773")), None)
        return "article-journal" if host is not None and _value(host, "x") else "chapter"
    if leader[7:8] == "s":
        return "periodical"
    return {"e": "map", "g": "motion_picture", "j": "song", "c": "musical_score", "m": "software"}.get(
        leader[6:7], "book"
    )


def _title(element: Element) -> titles.Titles:
    declared = _language(element)
    main = next(iter(_fields(element, "245")), None)
    written = _full_title(main) if main is not None else ""
    own = [_full_title(field) for field in _fields(element, "880") if _value(field, "6").startswith("245")]
    tongue = declared
    if own and declared in languages.NOT_LATIN and languages.script(written) == "Latn":
        tongue = f"{declared}-Latn"
    variants = tuple(Variant(one, languages.language(text.plain(one), declared) or "und", "original") for one in own)
    return titles.Titles(titles.title(written), variants, language=tongue)


def _full_title(field: Element) -> str:
    """Return title, subtitle, and the number and name of a part."""
    parts = [_trimmed(_value(field, code)) for code in ("n", "p")]
    whole = titles.with_subtitles(_trimmed(_value(field, "a")), [s for s in [_trimmed(_value(field, "b"))] if s])
    return ". ".join(part for part in (whole, ", ".join(filter(None, parts))) if part)


def _language(element: Element) -> str:
    control = next((one.text or "" for one in element.iter() if one.get("tag") == "008"), "")
    spoken = next(_values(element, "041", "a"), "") or control[35:38]
    return languages.tag(spoken)


def _names(element: Element) -> dict[str, Value]:
    found: dict[str, list[Name]] = {}
    for tag in ("100", "110", "111", "700", "710", "711"):
        for field in _fields(element, tag):
            # A name with a title is another work that this one contains or continues.
            if not _value(field, "t") and (one := _name(field, tag)):
                role = _role(field)
                if role and one not in found.setdefault(role, []):
                    found[role].append(one)
    return {role: tuple(names) for role, names in found.items()}


def _name(field: Element, tag: str) -> Name | None:
    whole = _trimmed(_value(field, "a"))
    if tag in ("100", "700") and "," in whole:
        family, _, given = whole.partition(",")
        return contributors.name({"family": family, "given": given, "suffix": _trimmed(_value(field, "c"))})
    unit = _trimmed(_value(field, "b"))
    return contributors.name({"name": f"{whole}. {unit}" if unit else whole})


def _role(field: Element) -> str:
    """Return the CSL variable of a contributor: by the relator's code, else its word, else author."""
    code, word = _value(field, "4").rpartition("/")[2], _value(field, "e")
    if code:
        return ROLES.get(code, "")
    return next((role for pattern, role in ROLE_WORDS if re.search(pattern, word)), "" if word else "author")


def _imprint(element: Element) -> dict[str, Value]:
    rows = [*_fields(element, "260"), *(one for one in _fields(element, "264") if one.get("ind2") in ("1", " ", None))]
    if not rows:
        return {"publisher": ""}
    fields: dict[str, Value] = {
        "publisher-place": _trimmed(_value(rows[0], "a")),
        "publisher": _trimmed(_value(rows[0], "b")),
    }
    if year := re.search(r"[12]\d{3}", _value(rows[0], "c")):
        fields["issued"] = parse_date(year[0])
    return fields


def _series(element: Element) -> dict[str, Value]:
    row = next(iter([*_fields(element, "490"), *_fields(element, "830")]), None)
    if row is None:
        return {}
    return {"collection-title": _trimmed(_value(row, "a")), "collection-number": _trimmed(_value(row, "v"))}


def _edition(element: Element) -> str:
    """Return the number of an edition where it has one, else its words; the first goes without saying."""
    written = _trimmed(next(_values(element, "250", "a"), ""))
    number = re.match(r"(\d+)(?:st|nd|rd|th|\.|\b)", written)
    return (number[1] if number[1] != "1" else "") if number else written
