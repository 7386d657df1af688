"""Render a Markdown document: its citations printed in a style, its bibliography appended, in the format wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from refs import papers
from refs.actions import citing, exporting, pandoc, scanning
from refs.actions.printing import print_citations
from refs.actions.reading import read_file
from refs.errors import RefsError, UsageError
from refs.languages import is_right_to_left
from refs.model import Reference
from refs.papers.manuscript import BIBLIOGRAPHY, Manuscript, sign
from refs.papers.printed import Printed

if TYPE_CHECKING:
    from refs.actions.scanning import Scan, Shelf
    from refs.csl import Processor

OWN = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}
"""What refs writes by itself, by the endings of files."""
PANDOC = (
    *(".docx", ".odt", ".pdf", ".tex", ".latex", ".typ", ".epub", ".pptx", ".rtf", ".rst", ".org", ".adoc", ".textile"),
    *(".icml", ".fb2", ".opml", ".wiki", ".ms", ".man", ".context", ".ctx", ".xml", ".dbk", ".jats", ".tei", ".native"),
)
"""The endings of what pandoc writes."""
NAMES = {"md": "markdown", "txt": "text", "plain": "text", "htm": "html", "html5": "html", "commonmark": "markdown"}
TEXTS = frozenset(OWN.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a document is to become: a format ("html", "docx") or ending, in a style and locale.

    "" for a style or locale is the document's own, else the default given with it. What is `locked` takes all from the
    shelf, and nothing that the document brings along.
    """

    target: str
    style: str = ""
    locale: str = ""
    default_style: str = "apa"
    default_locale: str = ""
    bibliographies: Sequence[Path] = ()
    options: Sequence[str] = ()
    language: str = ""
    locked: bool = False


@dataclass(slots=True)
class Rendered:
    """A document, the number of its citations, and a line for each thing that is missing and that is to be told."""

    data: bytes = b""
    citations: int = 0
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def target_of(name: str, output: str) -> str:
    """Return the format asked for, else that of the ending of the output; Markdown for standard output.

    Raise UsageError for an ending that nothing is known of.
    """
    if name:
        return NAMES.get(name.lower().lstrip("."), name.lower().lstrip("."))
    ending = Path(output).suffix.lower()
    if output == "-":
        return "markdown"
    if ending in OWN or ending in PANDOC:
        return OWN.get(ending, ending)
    near = get_close_matches(ending, [*OWN, *PANDOC], 1)
    meant = f"did you mean {near[0]}?" if near else f"{', '.join(OWN)}, with pandoc {', '.join(PANDOC[:6])} and others"
    raise UsageError(f"{output}: the ending tells no format; {meant} --to names it")


def render(library: Shelf, document: Path, output: str, wanted: Wanted) -> Rendered:
    """Return a document rendered; what is missing in it prints as pandoc prints it, and is told.

    Raise UsageError for what is no Markdown, for a format that needs pandoc where there is none, and for an output that
    would be written over what is read; NotFoundError for an unknown style or locale.
    """
    program = pandoc.find() if wanted.target != "markdown" else ""
    if not program and wanted.target not in TEXTS:
        raise UsageError(
            f"{wanted.target.lstrip('.')} needs pandoc, which is not installed: pip install pypandoc-binary, "
            "or see pandoc.org; .md, .html and .txt work without"
        )
    paper = papers.read_manuscript(document)
    told = Rendered(citations=len(paper.citations))
    own, files = ({}, []) if wanted.locked else _own_references(paper, document, wanted.bibliographies, told)
    exporting.refuse_overwriting(output, [document, *map(Path, paper.found.files), *files])
    found = scanning.look_up(_Shelves(own, library, paper.found.cites_all), [paper.found])
    told.problems += found.problems
    made = _processor(paper, document, found, wanted, told)
    shows = bool(found.once) and made.has_bibliography and not paper.is_set("suppress-bibliography")
    printed = print_citations(_with_place(paper, shows, wanted.target), made, _ids(found))
    if not citing.prints_locators(made) and any(cite.locator for cluster in made.clusters for cite in cluster.cites):
        told.notices.append("the style prints no locators")
    told.notices += [line for line in made.problems if not line.endswith(": no such item")]
    told.data = _written(printed, made, paper, document, program, wanted, told)
    return told


def _own_references(
    paper: Manuscript, document: Path, given: Sequence[Path], told: Rendered
) -> tuple[dict[str, Reference], list[Path]]:
    """Return the references that the document brings along, and the files read for them.

    Those of its metadata win over the files given, these over the files that it names.
    """
    references: dict[str, Reference] = {}
    if paper.metadata.get("references"):
        from refs.formats import cslyaml

        try:
            blocks = cslyaml.read(paper.source, str(document))
        except RefsError as error:
            told.problems.append(str(error))
        else:
            references |= {block.reference.key: block.reference for block in blocks if block.reference}
    named = paper.metadata.get("bibliography") or []
    names = [name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str)]
    files = [*given, *(_beside(document, name) for name in names)]
    for file in files:
        try:
            read = read_file(file)
        except RefsError as error:
            if file in given:
                raise
            told.problems.append(str(error))
            continue
        told.problems += [f"{file}:{block.line}: {block.reason}" for block in read.quarantined]
        for reference in read.references:
            references.setdefault(reference.key, reference)
    return references, files


def _beside(document: Path, name: str) -> Path:
    """Return the file that a document names: relative to its folder, else to the current one, as in pandoc."""
    beside = document.parent / name
    return beside if beside.exists() or not Path(name).exists() else Path(name)


class _Shelves:
    """A document's own references before those of a library."""

    def __init__(self, own: Mapping[str, Reference], library: Shelf, cites_all: bool) -> None:
        self.own = own
        self.library = library
        self.cites_all = cites_all

    def keys(self) -> list[str]:
        """Return all keys; where a document with references of its own asks for everything, it means those."""
        return list(self.own) if self.own and self.cites_all else [*self.own, *self.library.keys()]

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        """Return the references of the keys that are known."""
        left = [key for key in keys if key not in self.own]
        return {key: self.own[key] for key in keys if key in self.own} | (self.library.existing(left) if left else {})

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        """Return for each reference the key of the same work."""
        by_identifier = {one: key for key, own in self.own.items() for one in own.work_identifiers()}
        found = [
            next((by_identifier[one] for one in each.work_identifiers() if one in by_identifier), None)
            for each in references
        ]
        if all(found):
            return list(found)
        return [key or other for key, other in zip(found, self.library.find(references), strict=True)]

    def aliases(self) -> dict[str, str]:
        """Return the library's other keys."""
        return self.library.aliases()


def with_own(library: Shelf, documents: Sequence[Path]) -> tuple[Shelf, list[str]]:
    """Return where keys are looked up when documents are rendered, their own references first, and what is odd."""
    own: dict[str, Reference] = {}
    told, cites_all = Rendered(), False
    for document in documents:
        if papers.READERS.get(document.suffix.lower()) == "markdown":
            paper = papers.read_manuscript(document)
            own = _own_references(paper, document, (), told)[0] | own
            cites_all = cites_all or paper.found.cites_all
    return _Shelves(own, library, cites_all) if own else library, told.problems


def style_and_locale(paper: Manuscript, document: Path, wanted: Wanted, told: Rendered) -> tuple[str, str]:
    """Return the style and locale of the flags, else of the document, else of the settings."""
    csl = paper.option("csl")
    file = _beside(document, csl)
    style = wanted.style or (str(file) if csl and file.is_file() else csl) or wanted.default_style
    locale = wanted.locale
    if not locale and (language := paper.option("lang")):
        from refs.csl.repository import has_locale

        locale = language if has_locale(language) else ""
        if not locale:
            told.notices.append(f"no locale is known for the document's language {language!r}")
    return style, locale or wanted.default_locale


def _processor(paper: Manuscript, document: Path, found: Scan, wanted: Wanted, told: Rendered) -> Processor:
    style, locale = style_and_locale(paper, document, wanted, told)
    links = paper.is_set("link-bibliography", default=True)
    references = [citing.in_language(one, wanted.language) if wanted.language else one for one in found.once]
    return citing.processor(references, style, locale, links=links)


def _ids(found: Scan) -> dict[str, str]:
    """Return the key that a work is printed under for each key that it is cited by."""
    first: dict[str, str] = {}
    ids = {}
    for work in found.works:
        if work.reference and work.status != scanning.PARENT:
            ids[work.key] = first.setdefault(work.own or work.key, work.reference.key)
    return ids


def _with_place(paper: Manuscript, shows: bool, target: str) -> Manuscript:
    """Return a manuscript with one sign for the bibliography, or with none."""
    mark = sign(BIBLIOGRAPHY)
    if not shows:
        return replace(paper, text=paper.text.replace(mark, ""))
    if mark in paper.text:
        before, _, after = paper.text.partition(mark)
        fences = ("::: {#refs}\n\n", "\n\n:::") if target == "markdown" else ("", "")
        return replace(paper, text=f"{before}{fences[0]}{mark}{fences[1]}{after.replace(mark, '')}")
    title = paper.option("reference-section-title")
    heading = f"# {title} {{#bibliography .unnumbered}}\n\n" if title else ""
    return replace(paper, text="".join((paper.text.rstrip("\n"), "\n\n", heading, mark, "\n")).lstrip("\n"))


def _written(
    printed: Printed, made: Processor, paper: Manuscript, document: Path, program: str, wanted: Wanted, told: Rendered
) -> bytes:
    """Return the document in its format."""
    language = paper.option("lang") or made.locale
    area = made.compiled.bibliography
    options = {name: area.option(name) for name in ("hanging-indent", "entry-spacing", "line-spacing")} if area else {}
    if program:
        from refs.papers import topandoc

        metadata = {} if paper.metadata.get("title") else {"pagetitle": document.stem}
        if is_right_to_left(language) and not paper.metadata.get("dir"):
            metadata["dir"] = "rtl"
        blocks = topandoc.blocks(printed, made.bibliography("json"), options)
        target = {"text": "plain"}.get(wanted.target, wanted.target)
        job = pandoc.Job(target, document.parent, metadata, wanted.options)
        data, said = pandoc.convert(program, topandoc.text(printed), blocks, job)
        told.notices += [f"pandoc: {line}" for line in said]
        return data.lstrip(b"\n") if wanted.target == "text" else data
    if wanted.options:
        raise UsageError("options after -- are pandoc's, which has no part in this")
    if wanted.target == "markdown":
        from refs.papers import tomarkdown

        return tomarkdown.write(printed, made.write_bibliography("markdown")).encode()
    quotes = made.compiled.quotes
    if wanted.target == "text":
        from refs.papers import totext

        return totext.write(printed, made.write_bibliography("text"), quotes).encode()
    from refs.papers import tohtml

    return tohtml.write(printed, made.bibliography("html"), options, quotes, language, document.stem).encode()
