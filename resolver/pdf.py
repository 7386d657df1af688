"""Which work a PDF is: by its XMP packet, its information dictionary and its first pages.

A paper names many DOIs, those it cites among them. Metadata are believed before print, the first page before the
next, and the top and bottom of a page before its middle; whether a record is this paper's is told by its title.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from refs import identifiers, text
from refs.errors import Location, NoMetadata, ParseError, RefsError, ServiceError, StorageError
from refs.identifiers import Identifier
from refs.model import Reference
from refs.romanise import ascii_fold
from resolver import pdfreader

if TYPE_CHECKING:
    from resolver.inquiry import Inquiry

LookUp = Callable[["Inquiry"], Reference]
PATIENCE = 30.0  # seconds for the child, which also has a limit of CPU time of its own
MOST_TRIED = 4
EDGE = 1200  # characters at the top and the bottom of a page, where its own DOI stands
# The elements of XMP that hold the DOI of the document itself; those of its parts and ancestors are in others.
XMP = r"(?:prism:(?:doi|url)|dc:identifier|pdfx(?:ext)?:(?:wps-)?(?:article)?doi|crossmark:doi|xmpmm:doi)"
XMP_LONG = 2000
INFO = ("doi", "wps-articledoi", "articledoi", "subject", "title", "keywords", "arxivid")
NO_TITLE = r"(?i)^(?:untitled|microsoft word\b.*|.*\.(?:docx?|pdf|tex|dvi|indd|qxd|rtf)|\W*)$"


@dataclass(frozen=True, slots=True)
class Clues:
    """What a PDF says: the identifiers in its metadata, those in print, its title and the text of its first pages."""

    declared: tuple[Identifier, ...] = ()
    printed: tuple[Identifier, ...] = ()
    title: str = ""
    text: str = ""


def is_pdf(body: bytes) -> bool:
    """Tell whether bytes are a PDF; some begin with a line that a server put there."""
    return b"%PDF-" in body[:1024]


def read(body: bytes, name: str) -> Clues:
    """Return what a PDF says; raise ParseError with the name for one that cannot be read."""
    if not body.strip(b"\0\r\n\t "):
        raise ParseError("it is empty", Location(name))
    if not is_pdf(body):
        raise ParseError("it is no PDF", Location(name))
    said = _child(body, name)
    pages = [str(page) for page in said["pages"]]
    info = {str(key).lower(): str(value) for key, value in said["info"].items()}
    declared = [*_in_xmp(str(said["xmp"])), *_in_info(info)]
    title = text.plain(text.rich(info.get("title", "")))
    return Clues(
        tuple(dict.fromkeys(declared)),
        tuple(_printed(pages)),
        "" if re.match(NO_TITLE, title) else title,
        "\n".join(pages),
    )


def read_file(path: str) -> Clues:
    """Return what a PDF file says; raise StorageError for a file that cannot be opened."""
    try:
        with Path(path).open("rb") as file:
            body = file.read(pdfreader.MOST_BYTES + 1)
    except OSError as error:
        raise StorageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    return read(body, path)


def _child(body: bytes, name: str) -> dict[str, dict[str, object]]:
    # -P: the child's own directory holds modules with the names of the standard library's.
    command = [sys.executable, "-P", pdfreader.__file__]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise ParseError(f"it could not be read in {PATIENCE:g} s", Location(name)) from None
    except ValueError:
        # Killed for its time or memory, it had no chance to say so.
        raise ParseError("it takes more time or memory than any paper", Location(name)) from None
    if "error" in said:
        raise ParseError(str(said["error"]), Location(name))
    found: dict[str, dict[str, object]] = said
    return found


def _in_xmp(packet: str) -> Iterator[Identifier]:
    """Yield the identifiers in the elements or attributes of an XMP packet that name the document."""
    for match in re.finditer(
        rf"<({XMP})\b[^>]{{0,500}}>(.{{0,{XMP_LONG}}}?)</\1\s*>", packet, re.DOTALL | re.IGNORECASE
    ):
        yield from _deciding(re.sub(r"<[^>]*>", " ", text.unescaped(match[2])))
    for match in re.finditer(rf"\b{XMP}\s*=\s*(\"[^\"]{{0,500}}\"|'[^']{{0,500}}')", packet):
        yield from _deciding(text.unescaped(match[1][1:-1]))


def _in_info(info: dict[str, str]) -> Iterator[Identifier]:
    for key in INFO:
        yield from _deciding(info.get(key, ""))


def _deciding(words: str) -> Iterator[Identifier]:
    """Yield the identifiers in a text that name one paper, as a journal's ISSN does not."""
    for one in identifiers.find_all(words):
        if one.scheme in ("doi", "arxiv", "pmid", "pmcid"):
            yield one


def _printed(pages: list[str]) -> Iterator[Identifier]:
    """Yield the identifiers on the first page that has any, those at its edges first."""
    for page in pages[:2]:
        whole = _mended(page)
        edges = f"{whole[:EDGE]}\n{whole[-EDGE:]}" if len(whole) > 2 * EDGE else whole
        found = dict.fromkeys([*_deciding(edges), *_deciding(whole)])
        # A DOI that begins another was cut by the end of a line.
        if kept := [one for one in found if not any(o != one and o.value.startswith(one.value) for o in found)]:
            yield from kept
            return


def _mended(page: str) -> str:
    """Put together a DOI that a line end has cut after a sign that never ends one."""
    return re.sub(r"(10\.\d{4,9}/\S{0,100}[/._-]|10\.\d{4,9}/|doi\.org/)[ \t]*\n[ \t]*(?=\w)", r"\1", page)


def by_file(inquiry: Inquiry, look_up: LookUp) -> Reference:
    """Return the reference of the paper in a file."""
    path = inquiry.identifier.value
    return by_clues(inquiry, look_up, read_file(path), path)


def by_clues(inquiry: Inquiry, look_up: LookUp, clues: Clues, name: str) -> Reference:
    """Return the record of the first identifier whose title the PDF bears.

    Raise NoMetadata when the PDF names nothing, or several works of which none bears its title.
    """
    candidates = list(dict.fromkeys([*clues.declared, *clues.printed]))
    if not candidates:
        hint = f"; refs find {_quoted(clues.title or _first_line(clues.text))} may know it"
        hint = hint if clues.title or _first_line(clues.text) else "; it has no text, so it may be scanned"
        raise NoMetadata(f"{name} names no DOI and no arXiv number{hint}")
    found: list[tuple[Identifier, Reference]] = []
    problem: RefsError | None = None
    for one in candidates[:MOST_TRIED]:
        inquiry.identifier = one
        noticed = len(inquiry.notices)
        try:
            reference = look_up(inquiry)
        except RefsError as error:
            problem = problem if isinstance(problem, ServiceError) else error
            continue
        if bears(clues.text, reference):
            return reference
        del inquiry.notices[noticed:]
        found.append((one, reference))
    if problem and (not found or isinstance(problem, ServiceError)):
        raise problem
    certain = [pair for pair in found if pair[0] in clues.declared] or found
    if len(certain) != 1:
        listed = ", ".join(str(one) for one in candidates[:MOST_TRIED])
        raise NoMetadata(f"{name} names several works, and bears the title of none: {listed}; add the one it is")
    inquiry.identifier, reference = certain[0]
    what = "has no text to compare it with" if not clues.text.strip() else "does not bear its title"
    inquiry.notices.append(f"{name} names {certain[0][0]}, but {what}: check that it is this paper")
    return reference


def bears(words: str, reference: Reference) -> bool:
    """Tell whether a text has the title of a reference, in any of its languages, at its beginning."""
    others = (variant.value for variant in reference.variants.get("title", ()))
    start = words[:8000]
    return any(_holds(start, title) for title in (reference.text("title"), *others) if isinstance(title, str))


def _holds(words: str, title: str) -> bool:
    """Compare letters alone: print has blanks, hyphens and ligatures of its own."""
    wanted, given = _letters(title), _letters(words)
    if not wanted:
        return False
    if "".join(wanted) in "".join(given):
        return True
    # Formulas and accents come out of a PDF in pieces, so one word in five may be missing from a long title.
    known = set(given)
    return len(wanted) >= 5 and sum(word in known for word in wanted) >= 0.8 * len(wanted)


def _letters(words: str) -> list[str]:
    joined = re.sub(r"(\w)-\s*\n\s*(?=\w)", r"\1", text.plain(words))
    return re.findall(r"[^\W_]+", ascii_fold(joined).lower())


def _first_line(words: str) -> str:
    lines: Iterable[str] = (" ".join(line.split()) for line in words.splitlines()[:40])
    return next((line for line in lines if len(line) > 20 and line.count(" ") > 2), "")


def _quoted(words: str) -> str:
    return '"' + identifiers.shortened(words.replace('"', ""), 100) + '"'
