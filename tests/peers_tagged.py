"""What other programs read in RIS, NBIB, EndNote and MODS files, from their own suites below REFS_SHARED/bib/tricky.

Each case is (name, format, input, expected), the expectation a list of {CSL variable: text}, a record each; names
stand in it as "Family Given, Family Given", without punctuation, dates as ISO 8601.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from refs import languages
from refs.dates import parse_date, to_edtf
from refs.formats import read
from refs.formats.babel import to_bcp47
from refs.model import Name, Reference
from refs.text import plain

Expected = dict[str, str]
Case = tuple[str, str, bytes, list[Expected]]

ZOTERO = (
    ("RIS", "ris"),
    ("MEDLINEnbib", "nbib"),
    ("Endnote XML", "endnotexml"),
    ("ReferBibIX", "enw"),
    ("MODS", "mods"),
)
ZOTERO_FIELDS = {
    "title caseName nameOfAct subject": "title",
    "shortTitle": "title-short",
    "publicationTitle bookTitle proceedingsTitle encyclopediaTitle dictionaryTitle blogTitle": "container-title",
    "websiteTitle code reporter": "container-title",
    "journalAbbreviation": "container-title-short",
    "series seriesTitle": "collection-title",
    "seriesNumber": "collection-number",
    "volume reporterVolume codeVolume": "volume",
    "issue": "issue",
    "pages firstPage codePages": "page",
    "edition": "edition",
    "place repositoryLocation": "publisher-place",
    "publisher university institution label company distributor studio repository": "publisher",
    "numPages": "number-of-pages",
    "numberOfVolumes": "number-of-volumes",
    "ISBN": "ISBN",
    "ISSN": "ISSN",
    "DOI": "DOI",
    "url": "URL",
    "language": "language",
    "archive": "archive",
    "archiveLocation": "archive_location",
    "libraryCatalog": "source",
    "callNumber": "call-number",
    "abstractNote": "abstract",
    "rights": "license",
    "versionNumber": "version",
    "reportNumber patentNumber billNumber docketNumber publicLawNumber documentNumber identifier": "number",
    "reportType thesisType manuscriptType mapType letterType websiteType genre": "genre",
    "artworkMedium videoRecordingFormat audioRecordingFormat": "medium",
    "artworkSize runningTime": "dimensions",
    "scale": "scale",
    "section": "section",
    "court issuingAuthority legislativeBody": "authority",
    "conferenceName": "event-title",
    "date issueDate dateDecided dateEnacted": "issued",
}  # fmt: skip
ZOTERO_VARIABLES = {field: variable for fields, variable in ZOTERO_FIELDS.items() for field in fields.split()}
ZOTERO_ROLES = {
    "artist": "author",
    "cartographer": "author",
    "castMember": "performer",
    "inventor": "author",
    "programmer": "author",
    "seriesEditor": "collection-editor",
    "sponsor": "author",
}
ZOTERO_TYPES = {
    "artwork": "graphic figure",
    "audioRecording": "song musical_score",
    "bill": "bill",
    "blogPost": "post-weblog",
    "book": "book classic collection",
    "bookSection": "chapter",
    "case": "legal_case",
    "computerProgram": "software",
    "conferencePaper": "paper-conference",
    "dataset": "dataset",
    "dictionaryEntry": "entry-dictionary",
    "document": "document",
    "email": "personal_communication",
    "encyclopediaArticle": "entry-encyclopedia",
    "film": "motion_picture",
    "hearing": "hearing",
    "journalArticle": "article-journal",
    "letter": "personal_communication",
    "magazineArticle": "article-magazine",
    "manuscript": "manuscript pamphlet",
    "map": "map",
    "newspaperArticle": "article-newspaper",
    "patent": "patent",
    "report": "report",
    "statute": "legislation",
    "thesis": "thesis",
    "videoRecording": "motion_picture",
    "webpage": "webpage",
}
CONVERTER_FIELDS = {
    "title": "title",
    "shorttitle": "title-short",
    "journaltitle": "container-title",
    "booktitle": "container-title",
    "shortjournal": "container-title-short",
    "volume": "volume",
    "volumes": "number-of-volumes",
    "issue": "issue",
    "pages": "page",
    "edition": "edition",
    "publisher": "publisher",
    "location": "publisher-place",
    "isbn": "SN",  # it goes by the type of the work, whatever the number is
    "issn": "SN",
    "doi": "DOI",
    "url": "URL",
    "langid": "language",
    "abstract": "abstract",
    "library": "call-number",
    "date": "issued",
    "urldate": "accessed",
    "author": "author",
    "editor": "editor",
    "translator": "translator",
}
CONVERTER_TYPES = {
    "collection": "book",
    "figure": "figure graphic",
    "inbook": "chapter",
    "inproceedings": "paper-conference",
    "inreference": "entry-encyclopedia entry-dictionary",
    "misc": "document",
    "online": "webpage",
    "post": "post-weblog",
    "unpublished": "manuscript",
    "audio": "song",
}


def cases(tricky: Path) -> list[Case]:
    """Return the cases of all suites."""
    return [*_zotero(tricky), *_converter(tricky), *_jabref(tricky)]


def _zotero(tricky: Path) -> Iterator[Case]:
    for suite, format in ZOTERO:
        tests = json.loads((tricky / "zotero-translators" / f"{suite}.testcases.json").read_text("utf-8"))
        for number, test in enumerate(tests):
            yield (
                f"zotero-{format}/{number}",
                format,
                test["input"].encode(),
                [_zotero_item(item) for item in test["items"]],
            )


def _zotero_item(item: dict[str, Any]) -> Expected:
    found = {"type": ZOTERO_TYPES[item["itemType"]]}
    for field, value in item.items():
        if (variable := ZOTERO_VARIABLES.get(field)) and isinstance(value, str) and not value.startswith("0000"):
            found[variable] = simple(variable, value)
    for creator in item["creators"]:
        role = ZOTERO_ROLES.get(creator["creatorType"], creator["creatorType"])
        found[role] = f"{found[role]}, " if role in found else ""
        found[role] += letters(f"{creator.get('lastName', '')} {creator.get('firstName', '')}")
    for scheme, number in re.findall(r"(PMID|PMCID): (\w+)", item.get("extra", "")):
        found[scheme] = number
    tags = [tag if isinstance(tag, str) else tag["tag"] for tag in item["tags"]]
    if tags:
        found["keyword"] = _words(" ".join(tags))
    return found


def _words(text: str) -> str:
    return " ".join(sorted(set(letters(text).split())))


def _converter(tricky: Path) -> Iterator[Case]:
    root = tricky / "biblatex-csl-converter" / "test" / "fixtures" / "import"
    files = (("ris/library.ris", "ris"), ("enw/endnote.enw", "enw"), ("endnote/library.xml", "endnotexml"))
    for path, format in files:
        source = (root / path).read_bytes()
        entries = json.loads((root / path).with_suffix(".json").read_text("utf-8"))["entries"]
        yield f"converter-{format}", format, source, [_converter_entry(entry) for entry in entries.values()]


def _converter_entry(entry: dict[str, Any]) -> Expected:
    kind = entry["bib_type"]
    found = {"type": CONVERTER_TYPES.get(kind, kind)}
    for field, value in entry["fields"].items():
        if variable := CONVERTER_FIELDS.get(field):
            if variable in ("author", "editor", "translator"):
                people = (_nodes(p.get("literal") or [*p.get("family", []), *p.get("given", [])]) for p in value)
                found[f"{variable} in any order"] = ", ".join(_sorted(person) for person in people)
            else:
                text = (
                    ", ".join("-".join(map(_nodes, ends)) for ends in value[0]) if field == "pages" else _nodes(value)
                )
                # langid "usenglish" is its "English"
                found[variable] = simple(variable, text.replace("usenglish", "english"))
    return found


def _sorted(name: str) -> str:
    """Return the words of a name in order: it takes the last word of an organisation for a family name."""
    return " ".join(sorted(letters(name).split()))


def _nodes(value: Any) -> str:
    """Return the text of biblatex-csl-converter's rich text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return _nodes(value.get("text", ""))
    return " ".join(_nodes(one) for one in value)


def _jabref(tricky: Path) -> Iterator[Case]:
    root = tricky / "jabref/jablib/src/test/resources/org/jabref/logic/importer/fileformat"
    formats = {"Ris": "ris", "MODS": "mods", "Endnote": "endnotexml", "Nbib": "nbib", "Medline": "nbib"}
    for path in sorted(root.glob("*")):
        format = next((name for start, name in formats.items() if path.name.startswith(start)), "")
        expected = path.with_suffix(".bib")
        if format and path.suffix in (".ris", ".xml", ".nbib", ".txt") and expected.exists():
            if path.name.startswith("Medline") and path.suffix == ".xml":
                continue
            records = [_of_bib(reference) for reference in read(expected.read_bytes(), expected.name).references]
            yield f"jabref-{format}/{path.stem}", format, path.read_bytes(), records


def _of_bib(reference: Reference) -> Expected:
    kept = "title container-title volume issue page DOI ISSN ISBN publisher author editor issued".split()
    return {"type": reference.type, **{v: t for v in kept if (t := of_reference(reference, v))}}


def of_reference(reference: Reference, variable: str) -> str:
    """Return what a reference holds, in the same form."""
    if variable == "type":
        return reference.type
    if variable.endswith(" in any order"):
        names = reference.names(variable.removesuffix(" in any order"))
        return ", ".join(_sorted(_name(name)) for name in names)
    if variable == "SN":
        return simple("ISBN", f"{reference.text('ISBN')} {reference.text('ISSN')}")
    value = reference.fields.get(variable, "")
    if variable == "keyword":
        return _words(str(value))
    if variable == "language" and not value:
        return simple(variable, reference.extra.get("ris:LA", ""))
    if isinstance(value, tuple):
        return ", ".join(_name(name) for name in value)
    return simple(variable, value if isinstance(value, str) else to_edtf(value))


def _name(name: Name) -> str:
    parts = (name.literal, name.non_dropping_particle, name.family, name.given, name.dropping_particle, name.suffix)
    return letters(" ".join(part for part in parts if part))


def letters(text: str) -> str:
    """Return the letters and figures of a text, one blank between words."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text)))


def simple(variable: str, text: str) -> str:
    """Return a value without what is a matter of house style: markup, periods at the end, dashes, hyphens in ISSNs."""
    if variable in ("issued", "accessed"):
        return to_edtf(parse_date(text))
    if variable == "language":
        return languages.tag(text) or to_bcp47(text) or text
    if variable in ("ISSN", "ISBN", "SN"):
        return " ".join(re.sub(r"[^\dXx ]", "", text).split())
    if variable == "DOI":
        return text.lower()
    text = unicodedata.normalize("NFC", plain(text))
    return re.sub(r"[-–—]+", "-", " ".join(text.split())).rstrip(". ")


def differences(reference: Reference, expected: Expected) -> list[str]:
    """Return the variables in which a reference is not what is expected."""
    return sorted(v for v, text in expected.items() if not _agrees(v, text, of_reference(reference, v)))


def _agrees(variable: str, expected: str, found: str) -> bool:
    if variable == "type":
        return found in expected.split()
    if variable == "issued" and found.startswith(expected):
        return True  # the peer leaves the month or day to another field, or drops it
    return expected == found
