"""What other programs read in .bib files, from their own suites below REFS_SHARED/bib/tricky.

Each case is (name, format, input, expected), the expectation a list of {CSL variable: text}, a record each, paired by
its "key" where it has one. Names stand in it as "von Family, Given, Jr; ...", dates as EDTF, titles without case: two
of the programs change the case of English titles, which is the work of a citation style.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from refs.dates import parse_date, to_edtf
from refs.formats import read
from refs.formats.csljson import from_json
from refs.formats.zotero import with_extra
from refs.model import Date, Name, Reference
from tests.peers_tagged import (
    CONVERTER_FIELDS,
    CONVERTER_TYPES,
    ZOTERO_ROLES,
    ZOTERO_TYPES,
    ZOTERO_VARIABLES,
    Case,
    Expected,
    simple,
)

MARKS = {"strong": "b", "em": "i", "sub": "sub", "sup": "sup", "smallcaps": "sc"}
CONVERTER = {
    **CONVERTER_TYPES,
    "article": "article-journal",
    "book": "book",
    "mvbook": "book",
    "incollection": "chapter",
    "report": "report",
    "thesis": "thesis",
    "patent": "patent",
    "manual": "book",
}
CONVERTER_VARIABLES = {
    **CONVERTER_FIELDS,
    "subtitle": "",
    "isbn": "ISBN",
    "issn": "ISSN",
    "issuetitle": "",
    "series": "collection-title",
    "eventtitle": "event-title",
    "eventdate": "event-date",
    "origdate": "original-date",
    "pagetotal": "number-of-pages",
    "chapter": "chapter-number",
    "version": "version",
    "institution": "publisher",
    "organization": "publisher",
    "bookauthor": "container-author",
    "keywords": "keyword",
}
SIGNS = str.maketrans('“”„‘’`"µ⋅〈〉∕', "'''''''μ·⟨⟩/", "\u200b")  # signs of which either is as good
LOWERED = (("[₀-₎ₐ-ₜ]+", "sub"), ("[⁰ⁱ-ⁿ²³¹]+", "sup"))
TITLES = ("title", "title-short", "container-title", "container-title-short", "collection-title", "volume-title")
TYPES = {**ZOTERO_TYPES, "preprint": "article", "presentation": "speech", "standard": "standard"}


def cases(tricky: Path) -> list[Case]:
    """Return the cases of all suites."""
    return [*_pandoc(tricky), *_citation_js(tricky), *_converter(tricky), *_better_bibtex(tricky), *_zotero(tricky)]


def _pandoc(tricky: Path) -> Iterator[Case]:
    for path in sorted((tricky / "pandoc" / "test" / "command").glob("*.md")):
        source, answer = path.read_text("utf-8").split("\n", 2)[2].split("\n^D\n")
        items = read(answer[: answer.rindex("---") + 4].encode(), "answer.yaml").references
        yield f"pandoc/{slug(path.stem)}", "biblatex", source.encode(), [of_reference(item) for item in items]


def _citation_js(tricky: Path) -> Iterator[Case]:
    root = tricky / "citation-js/packages/plugin-bibtex/test"
    for name, (given, expected, *_) in json.loads((root / "input.json").read_text("utf-8"))["@biblatex/text"].items():
        path = root / "input" / f"{name.removeprefix('with ')}.bib"
        if given or path.exists():
            source = given.encode() if given else path.read_bytes()
            yield f"citation-js/{slug(name)}", "bibtex", source, [of_reference(from_json(item)) for item in expected]
    expected = json.loads((root / "mapping/bibtex-csl.json").read_text("utf-8"))
    source = (root / "mapping/bibtex-input.bib").read_bytes()
    yield "citation-js/mapping", "bibtex", source, [of_reference(from_json(item)) for item in expected]


def _converter(tricky: Path) -> Iterator[Case]:
    """Yield the files that it reads, and those that it writes, which say again what it had read."""
    root = tricky / "biblatex-csl-converter/test/fixtures"
    for suite, folder in (("converter", "import/bib"), ("converter-written", "export")):
        for path in sorted((root / folder).glob("*.bib")):
            if path.with_suffix(".json").exists():
                entries = json.loads(path.with_suffix(".json").read_text("utf-8"))["entries"].values()
                yield f"{suite}/{slug(path.stem)}", "biblatex", path.read_bytes(), [_entry(one) for one in entries]


def _entry(entry: Mapping[str, Any]) -> Expected:
    kind = entry["bib_type"]
    found = {"key": entry["entry_key"], "type": CONVERTER.get(kind, kind)}
    for field, value in entry["fields"].items():
        if variable := CONVERTER_VARIABLES.get(field):
            if isinstance(value, list) and value and isinstance(value[0], dict) and "type" not in value[0]:
                found[variable] = "; ".join(_converter_name(name) for name in value)
            elif field == "keywords":
                found[variable] = words(", ".join(value))
            elif field == "pages":
                found[variable] = ", ".join("-".join(nodes(end) for end in ends) for ends in value)
            else:
                found[variable] = normal(variable, nodes(value))
    return found


def _converter_name(name: Mapping[str, Any]) -> str:
    parts = {part: nodes(value) for part, value in name.items() if isinstance(value, list)}
    return person(
        Name(
            parts.get("family", ""),
            parts.get("given", ""),
            parts.get("prefix", ""),
            suffix=parts.get("suffix", ""),
            literal=parts.get("literal", ""),
        )
    )


def nodes(value: Any) -> str:
    """Return the rich text of biblatex-csl-converter, with CSL's marks."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(nodes(one) if isinstance(one, dict) else f"{nodes(one)} " for one in value).strip()
    text = str(value.get("text") or value.get("attrs", {}).get("variable", ""))
    for mark in value.get("marks", ()):
        if name := MARKS.get(mark["type"]):
            text = f"<{name}>{text}</{name}>"
    return text


def _better_bibtex(tricky: Path) -> Iterator[Case]:
    for path in sorted((tricky / "zotero-better-bibtex/test/fixtures/import").glob("*.bib")):
        expected = path.with_suffix(".json")
        if expected.exists():
            items = sorted(json.loads(expected.read_text("utf-8"))["items"], key=lambda item: item["itemID"])
            yield f"better-bibtex/{slug(path.stem)}", "bibtex", path.read_bytes(), [zotero_item(item) for item in items]


def _zotero(tricky: Path) -> Iterator[Case]:
    for suite, format in (("BibTeX", "bibtex"), ("CSL JSON", "csljson")):
        tests = json.loads((tricky / "zotero-translators" / f"{suite}.testcases.json").read_text("utf-8"))
        for number, test in enumerate(tests):
            source, items = test["input"].encode(), [zotero_item(item) for item in test["items"]]
            yield f"zotero-{format}/{number}", format, source, items


def zotero_item(item: Mapping[str, Any]) -> Expected:
    """Return what an item of Zotero says, its field Extra included."""
    found = {"type": TYPES.get(item["itemType"], item["itemType"])}
    for field, value in item.items():
        if (variable := ZOTERO_VARIABLES.get(field)) and isinstance(value, str):
            found[variable] = normal(variable, value)
    extra = item.get("extra", "")
    more = with_extra(Reference(), extra if isinstance(extra, str) else "\n".join(extra))
    found |= {name: value for name, value in of_reference(more).items() if name not in ("type", "note")}
    found["key"] = item.get("citationKey", more.key)
    people: dict[str, list[str]] = {}
    for creator in item.get("creators", ()):
        role = ZOTERO_ROLES.get(creator["creatorType"], creator["creatorType"])
        name = Name(creator.get("lastName", ""), creator.get("firstName", ""), literal=creator.get("name", ""))
        people.setdefault("container-author" if role == "bookAuthor" else role, []).append(person(name))
    tags = [tag if isinstance(tag, str) else tag["tag"] for tag in item.get("tags", ())]
    tags = [tag for tag in tags if tag != "LaTeX"]  # Better BibTeX's own, for a command that it left as it is
    found |= {role: "; ".join(names) for role, names in people.items()}
    return {**found, "keyword": words(", ".join(tags))} if tags else found


def of_reference(reference: Reference) -> Expected:
    """Return what a reference holds in the form of an expectation."""
    found = {"type": reference.type, "key": reference.key}
    for variable, value in reference.fields.items():
        if variable == "citation-key":
            continue
        if isinstance(value, tuple):
            found[variable] = "; ".join(person(name) for name in value)
        else:
            found[variable] = to_edtf(value) if isinstance(value, Date) else normal(variable, value)
    return found


def person(name: Name) -> str:
    """Return "von Family, Given, Jr"; a name that nobody split is a family name."""
    family = " ".join(p for p in (name.dropping_particle, name.non_dropping_particle, name.family) if p)
    return ", ".join(normal("name", p) for p in (family or name.literal, name.given, name.suffix) if p)


def normal(variable: str, text: str) -> str:
    """Return a value without what is a matter of house style: see `simple`; marks stay, case protection goes."""
    if variable in ("issued", "accessed", "original-date", "event-date"):
        return to_edtf(parse_date(text))
    if variable == "keyword":
        return words(text)
    if variable == "DOI":
        return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi: ?)", "", text.lower())
    if variable in ("language", "ISSN", "ISBN"):
        return simple(variable, text)
    text = re.sub(r'<span class="nocase">((?:(?!<span).)*?)</span>', r"\1", unicodedata.normalize("NFC", text))
    for pattern, mark in LOWERED:
        pieces = re.split(f"({pattern})", text)
        pieces[1::2] = [f"<{mark}>{unicodedata.normalize('NFKC', piece)}</{mark}>" for piece in pieces[1::2]]
        text = "".join(pieces)
    text = re.sub(r'<span style="font-variant: ?small-caps;">(.*?)</span>', r"<sc>\1</sc>", text)
    text = re.sub(r"[-–—−]+", "-", " ".join(text.translate(SIGNS).split())).rstrip(". ")
    return text.casefold() if variable in TITLES else text


def words(text: str) -> str:
    """Return the keywords in order, one blank between."""
    return " ".join(sorted(set(re.findall(r"\w+", unicodedata.normalize("NFC", text)))))


def slug(name: str) -> str:
    """Return a file's name as one word."""
    return re.sub(r"\W+", "-", name).strip("-")


def paired(references: list[Reference], expected: list[Expected]) -> list[Reference | None]:
    """Return the reference that each expectation is about: by its key, its title, else its place."""
    found: list[Reference | None] = []
    seen: Counter[str] = Counter()
    for number, one in enumerate(expected):
        title = one.get("title", "")
        near = [reference for reference in references if reference.key == one.get("key")] or references
        alike = [reference for reference in near if title and normal("title", reference.text("title")) == title]
        place = references[number] if number < len(references) else None
        again = seen[one.get("key", "")]
        seen[one.get("key", "")] += 1
        found.append((alike or near)[again % len(alike or near)] if alike or near != references else place)
    return found


def differences(reference: Reference, expected: Expected) -> list[str]:
    """Return the variables in which a reference is not what is expected."""
    found = of_reference(reference)
    if found.get("container-title") == expected.get("container-title-short", ""):
        # Better BibTeX looks the full name up in a list of abbreviations
        expected = {name: text for name, text in expected.items() if not name.startswith("container-title")}
    return sorted(name for name, text in expected.items() if name != "key" and not _agrees(name, text, found))


def _agrees(variable: str, expected: str, found: Expected) -> bool:
    value = found.get(variable, "")
    if variable == "type":
        return value in expected.split()
    if variable == "issued" and expected and value.startswith(expected):
        return True  # the peer leaves the month or day to another field, or drops it
    if variable == "language" and value and expected.startswith(f"{value}-"):
        return True  # the peer adds the country that babel means by "english"
    return expected == value
