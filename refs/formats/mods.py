"""MODS, the Metadata Object Description Schema 3.x of the Library of Congress: read only.

What no CSL variable holds is kept in `extra` by its path, as "mods:tableOfContents"; recordInfo describes the record
and not the work, and is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from refs import languages
from refs.dates import parse_date
from refs.errors import Location, ParseError
from refs.formats import Block
from refs.formats import modstables as tables
from refs.formats.babel import to_bcp47
from refs.formats.bibvalues import edition
from refs.formats.csljson import clean, clean_lines
from refs.formats.risread import doi_of, keyword_list, name_of
from refs.formats.xmlrecords import Node, blocks
from refs.model import MULTILINE_VARIABLES, Date, Name, Reference, Value, Variant
from refs.names import parse_name

LIFE_DATES = r"[\s,]*[\[(]?(?:b\. ?|d\. ?|ca\. ?)?\d{3,4}\??(?:\s*-\s*(?:\d{3,4}\??)?)?[\])]?\.?$"
SILENT = frozenset({"recordInfo", "typeOfResource"})


def read(text: str, name: str) -> list[Block]:
    """Return a block for each record and for what stands around them; raise ParseError when there is no record."""
    found = blocks(text, name, "mods", lambda record: (_Reading(record).reference(), ()))
    if text.strip() and not any(block.kind != "comment" for block in found):
        raise ParseError("no MODS: no <mods> in it", Location(name, 1))
    return found


class _Reading:
    """One record on its way to a reference; `used` are the elements that a field holds."""

    def __init__(self, record: Node) -> None:
        self.record = record
        self.host = next((item for item in record.elements("relatedItem") if _is(item, "host")), Node(""))
        self.series = next(
            (item for part in (record, self.host) for item in part.elements("relatedItem") if _is(item, "series")),
            Node(""),
        )
        self.fields: dict[str, Value] = {}
        self.variants: dict[str, list[Variant]] = {}
        self.identifiers: dict[str, str] = {}
        self.publishers: list[tuple[str, Node]] = []
        self.used: set[int] = set()
        self.key = ""
        self.kind = self._kind()

    def reference(self) -> Reference:
        self._read_titles()
        self._read_names(self.record, "author")
        self._read_names(self.host, "container-author")
        self._read_names(self.series, "")
        for part in (self.record, self.host, self.series):
            self._read_part(part)
        self._read_dates()
        for part in (self.record, self.host):
            self._read_origin(part)
        for name, node in self.publishers:
            self.set("publisher", name, node)
        for part in (self.record, self.host):
            self._read_identifiers(part)
        self._read_texts()
        self._read_rest()
        return Reference(
            self.kind,
            self.fields,
            self.key or clean(self.record.attributes.get("ID", "")),
            {name: tuple(values) for name, values in self.variants.items()},
            self.identifiers,
            self._extra(),
        )

    def set(self, variable: str, value: Value, *nodes: Node) -> None:
        """Set a variable that is free; then what the nodes hold needs no other place."""
        if value and variable and self.fields.setdefault(variable, value) == value:
            for node in nodes:
                self.use(node)

    def use(self, node: Node) -> None:
        self.used.add(id(node))
        for child in node.elements():
            self.use(child)

    def _kind(self) -> str:
        for node in (*self.record.elements("genre"), *self.host.elements("genre")):
            text = node.text().lower()
            if (kind := tables.GENRES.get(text) or tables.GENRES.get(text.rstrip("s"))) and not (
                kind == "book" and self.host.children
            ):
                self.use(node)
                if node in self.host.elements() and node.text().lower() == "conference publication":
                    return "paper-conference"
                return "article-journal" if kind == "periodical" and self.host.children else kind
        resource = next((node.text() for node in self.record.elements("typeOfResource")), "")
        if resource in tables.RESOURCES:
            return tables.RESOURCES[resource]
        return self._kind_of_text()

    def _kind_of_text(self) -> str:
        """Tell articles from chapters by the host, and whole works by how they are issued."""
        issuance = [node.text() for part in (self.host, self.record) for node in part.find("originInfo/issuance")]
        kinds = {
            node.attributes.get("type", "") for part in (self.record, self.host) for node in part.elements("identifier")
        }
        own = self.record.find("originInfo/publisher") and "monographic" in issuance
        if self.host.elements("titleInfo") and not (own and not self.host.elements("part")):
            details = {node.attributes.get("type", "") for node in self.host.find("part/detail")}
            serial = "issn" in kinds or "issue" in details or set(issuance) & {"continuing", "serial"}
            web = any(
                node.text().startswith("text/") for node in self.record.find("physicalDescription/internetMediaType")
            )
            return "article-journal" if serial else "webpage" if web else "chapter"
        if set(issuance) & {"continuing", "serial"}:
            return "periodical"
        text = any(node.text() == "text" for node in self.record.elements("typeOfResource"))
        return "book" if "isbn" in kinds or (text and "monographic" in issuance) else "document"

    def _read_titles(self) -> None:
        for node in self.record.elements("titleInfo"):
            kind, language = node.attributes.get("type", ""), node.attributes.get("lang", "")
            text = title_text(node)
            if kind == "abbreviated":
                self.set("title-short", text, node)
            elif kind == "translated":
                self._add_variant(node, text, _language(language) or languages.language(text), "translated")
            elif node.attributes.get("transliteration"):
                self._add_variant(node, text, _language(language), "romanised")
            elif not kind or (kind == "uniform" and "title" not in self.fields and not self._plain_title()):
                self.set("title", text, node)
        for part, variable in ((self.host, "container-title"), (self.series, "collection-title")):
            for node in part.elements("titleInfo"):
                short = node.attributes.get("type") == "abbreviated" and part is self.host
                number = node.elements("partNumber") if part is self.series else []
                self.set("container-title-short" if short else variable, title_text(node, not number), node)
                if number:
                    self.set("collection-number", number[0].text())
        for item in self.record.elements("relatedItem"):
            if _is(item, "original"):
                for node in item.elements("titleInfo"):
                    self.set("original-title", title_text(node), node)

    def _plain_title(self) -> bool:
        return any("type" not in node.attributes for node in self.record.elements("titleInfo"))

    def _add_variant(self, node: Node, text: str, language: str, role: str) -> None:
        self.variants.setdefault("title", []).append(Variant(text, language or "und", role))
        self.use(node)

    def _read_names(self, part: Node, default: str) -> None:
        found: dict[str, list[Name]] = {}
        for node in part.elements("name"):
            roles = [term.text().lower().rstrip(".") for term in node.find("role/roleTerm")]
            name = name_from(node)
            known = [tables.ROLES[role] for role in roles if role in tables.ROLES]
            if name == Name():
                continue
            if not known and roles and any(role in tables.PUBLISHERS for role in roles):
                self.publishers.append((str(name), node))
                continue
            variable = known[0] if known else default if not roles else "contributor"
            if variable == "author" and part is not self.record:
                variable = default or "collection-editor"
            elif variable == "editor" and part is self.series:
                variable = "collection-editor"
            if variable and name not in found.setdefault(variable, []):
                found[variable].append(name)
            self.use(node)
        for variable, names in found.items():
            known_names = self.fields.get(variable, ())
            self.fields[variable] = (*(known_names if isinstance(known_names, tuple) else ()), *names)

    def _read_part(self, part: Node) -> None:
        for node in part.find("part/detail"):
            variable = tables.DETAILS.get(node.attributes.get("type", "").lower(), "")
            number = next(iter(node.elements("number") or node.elements("title")), Node("")).text()
            if part is self.series:
                variable = "collection-number"
            self.set(variable, number, node)
        for node in part.find("part/extent"):
            self.set("page", _pages(node), node)

    def _read_dates(self) -> None:
        """Read the date of issue, then that of the part, of the host, of copyright, of creation."""
        origins = [*self.record.elements("originInfo"), *self.host.elements("originInfo")]
        parts = [*self.record.find("part/date"), *self.host.find("part/date")]
        for kind in tables.DATES:
            for origin in origins:
                self._set_date("issued", origin.elements(kind))
            if kind == tables.DATES[0]:
                self._set_date("issued", parts)
        for origin in origins:
            self._set_date("accessed", origin.elements("dateCaptured"))

    def _set_date(self, variable: str, nodes: Sequence[Node]) -> None:
        coded = [node for node in nodes if node.attributes.get("encoding") or node.attributes.get("keyDate")] or nodes
        start = [node for node in coded if node.attributes.get("point") == "start"]
        end = [node for node in coded if node.attributes.get("point") == "end"]
        if start and end:
            text = f"{_iso(start[0])}/{'..' if _iso(end[0]) == '9999' else _iso(end[0])}"
        else:
            text = next((_iso(node) for node in coded if node.text()), "")
        date = parse_date(text) if text else Date()
        if text and (date.parts or "issued" not in self.fields):
            self.set(variable, date, *nodes)

    def _read_origin(self, part: Node) -> None:
        for origin in part.elements("originInfo"):
            for node in origin.elements("publisher"):
                self.set("publisher", node.text().rstrip(" ,:;"), node)
            places = [*origin.find("place/placeTerm"), *origin.find("place/text")]
            for node in sorted(places, key=lambda place: place.attributes.get("type") == "code"):
                if node.attributes.get("type") == "code":
                    self.use(node)
                else:
                    self.set("publisher-place", node.text().strip("[] :,;"), node)
            for node in origin.elements("edition"):
                self.set("edition", edition(node.text()), node)
            for node in origin.elements("issuance"):
                self.use(node)

    def _read_identifiers(self, part: Node) -> None:
        for node in part.elements("identifier"):
            kind, text = node.attributes.get("type", "").lower(), node.text()
            variable = tables.IDENTIFIERS.get(kind, "")
            if variable == "DOI":
                self.set("DOI", doi_of(text), node)
            elif variable in ("ISBN", "ISSN"):
                number = re.match(r"[\dXx-]+", text)
                self._add_number(variable, number[0] if number else text)
                self.use(node)
            elif variable:
                self.set(variable, text, node)
            elif kind in ("uri", "url", "hdl") and text.startswith("http"):
                self.set("URL", text, node)
            elif part is self.record and (kind == "citekey" or (not kind and " " not in text)):
                self.key = self.key or clean(text)
                self.use(node)
            elif part is self.record and kind in ("lccn", "oclc", "arxiv", "hdl", "urn"):
                self.identifiers.setdefault(kind, text)
                self.use(node)

    def _add_number(self, variable: str, number: str) -> None:
        known = str(self.fields.get(variable, "")).split()
        if number and number not in known:
            self.fields[variable] = " ".join([*known, number])

    def _read_texts(self) -> None:
        for path, variable in tables.TEXTS.items():
            nodes = self.record.find(path)
            lines = variable in MULTILINE_VARIABLES
            texts = dict.fromkeys(text for node in nodes if (text := _labelled(node, lines)))
            self.set(variable, "; ".join(texts), *nodes)
        for node in [*self.record.find("location/url"), *self.host.find("location/url")]:
            if node.attributes.get("access") not in ("preview", "raw object"):
                self.set("URL", node.text(), node)

    def _read_rest(self) -> None:
        for node in self.record.elements("language"):
            terms = node.elements("languageTerm") or [node]
            tags = [tag for term in terms if (tag := _language(term.text()))]
            if tags:
                self.set("language", tags[0], node)
        words = [word for subject in self.record.elements("subject") for word in _topics(subject)]
        if words:
            self.set("keyword", keyword_list(words), *self.record.elements("subject"))
        for node in self.record.find("subject/cartographics/scale"):
            self.set("scale", re.sub(r"(?i)^(?:scale )?\[?(?:ca?\. ?)?", "", node.text()).rstrip("]. ;"), node)
        for node in self.record.find("physicalDescription/extent"):
            text = node.text()
            if pages := re.search(r"(\d+) ?(?:p\b|pages|s\.|S\.|с\.)", text):
                self.set("number-of-pages", pages[1])
            elif volumes := re.match(r"(\d+) (?:v\.|vol)", text):
                self.set("number-of-volumes", volumes[1])

    def _extra(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for path, node in _leaves(self.record, "", self.used):
            if value := node.text():
                found.setdefault(f"mods:{path}", []).append(value)
        return {path: "\n".join(values) for path, values in found.items()}


def _leaves(record: Node, path: str, used: set[int]) -> Iterator[tuple[str, Node]]:
    """Yield (path, element) for the elements with text that nothing has used."""
    for node in record.elements():
        if id(node) in used or (not path and node.name in SILENT):
            continue
        kind = node.attributes.get("type", "")
        here = f"{path}{node.name}" + (f"[{kind}]" if kind else "")
        if node.elements():
            yield from _leaves(node, f"{here}/", used)
        else:
            yield here, node


def _is(item: Node, kind: str) -> bool:
    return item.attributes.get("type", "").lower() == kind


def title_text(node: Node, numbered: bool = True) -> str:
    """Return "The title: subtitle. Part 2: name of the part"."""
    text = {name: " ".join(part.text() for part in node.elements(name)) for name in PARTS}
    title = f"{text['nonSort']}{'' if text['nonSort'][-1:] in ('', chr(39), '’') else ' '}{text['title']}".rstrip(" /:")
    for name, separator in (
        ("subTitle", ": "),
        ("partNumber", ". "),
        ("partName", ": " if text["partNumber"] else ". "),
    ):
        if text[name] and (numbered or name != "partNumber"):
            title = f"{title}{separator}{text[name]}" if title else text[name]
    return clean(title)


PARTS = ("nonSort", "title", "subTitle", "partNumber", "partName")


def name_from(node: Node) -> Name:
    """Return the name of an element: by its typed parts, else by "Family, Given", without dates of birth and death."""
    parts: dict[str, list[str]] = {}
    for part in node.elements("namePart"):
        if text := part.text():
            parts.setdefault(part.attributes.get("type", ""), []).append(text)
    if "family" in parts:
        return Name(" ".join(parts["family"]), " ".join(parts.get("given", [])), suffix=_suffix(parts))
    untyped = parts.get("") or [form.text() for form in node.elements("displayForm") if form.text()]
    if not untyped:
        return Name(literal=" ".join(parts.get("given", [])))
    if node.attributes.get("type") in ("corporate", "conference", "family"):
        return Name(literal=". ".join(untyped))
    text = (untyped[0][:-40] + re.sub(LIFE_DATES, "", untyped[0][-40:])).strip() or untyped[0]
    return parse_name(text) if node.attributes.get("type") == "personal" and "," not in text else name_of(text)


def _suffix(parts: dict[str, list[str]]) -> str:
    terms = parts.get("termsOfAddress", [])
    return next((term for term in terms if re.fullmatch(r"(?:Jr|Sr)\.?|[IVX]+|\d(?:st|nd|rd|th)", term)), "")


def _pages(node: Node) -> str:
    unit = node.attributes.get("unit", "page")
    if not unit.startswith("page"):
        return ""
    start, end, listed = (next((part.text() for part in node.elements(name)), "") for name in ("start", "end", "list"))
    if start and end and start != end:
        return f"{start}-{end}"
    return start or listed or end


def _iso(node: Node) -> str:
    """Return a date's text; iso8601 without hyphens gets them, and what a cataloguer guessed loses its brackets."""
    text = node.text().strip("[]. ")
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    return "-".join(match.groups()) if match else text


def _language(text: str) -> str:
    return languages.tag(text) or to_bcp47(text)


def _labelled(node: Node, lines: bool) -> str:
    text = clean_lines("\n\n".join(node.paragraphs())) if lines else node.text()
    kind = node.attributes.get("type", "") if node.name == "note" else ""
    return f"{kind}: {text}" if kind and text else text


def _topics(subject: Node) -> list[str]:
    """Return the words of a subject: topics, places, times, and names, whose parts belong together."""
    found = []
    for node in subject.elements():
        if node.name in ("topic", "geographic", "temporal", "genre", "occupation"):
            found.append(node.text())
        elif node.name == "name":
            found.append(", ".join(part.text() for part in node.elements("namePart") if part.text()))
        elif node.name == "titleInfo":
            found.append(title_text(node))
    return found
