"""An offline copy of Retraction Watch: the CSV that Crossref publishes, and an index of it in the cache.

The index holds sorted lines of key, date, nature, notice, reasons, year and authors between tabs; it is mapped, not
read, so that a look-up costs microseconds. Its name tells which state of which file it was made of.
"""

from __future__ import annotations

import csv
import mmap
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from refs.checking import Finding
from refs.duplicates import folded, is_common
from refs.errors import Location, ParseError, StorageError
from refs.identifiers import normal
from refs.model import Reference

NAME = "Retraction Watch"
VERSION = 1  # of the index
COLUMNS = (
    "RetractionDate", "RetractionNature", "RetractionDOI", "Reason", "OriginalPaperDate", "Author", "Title",
    "OriginalPaperDOI", "OriginalPaperPubMedID",
)  # fmt: skip
RULES = {"retraction": "retracted", "expression of concern": "concern", "correction": "corrected"}
REINSTATED = "reinstatement"
WORDS = {"retracted": "retracted", "concern": "put under an expression of concern", "corrected": "corrected"}
REASONS = 3  # that are told


@dataclass(frozen=True, slots=True)
class Row:
    """What Retraction Watch says of a work: when (ISO 8601), what, the DOI of the notice, and why.

    `year` and `authors` are those of the work, in a row that was found by its title.
    """

    date: str
    nature: str
    notice: str
    reasons: tuple[str, ...]
    year: str
    authors: str


class Retractions:
    """The rows of one CSV file, found by DOI, PMID, or title, year and author.

    Raise StorageError for a file that cannot be read, and ParseError, with the line, for one that is no such table.
    """

    def __init__(self, path: Path, cache: Path) -> None:
        try:
            status = path.stat()
        except OSError as error:
            raise _unreadable(path, error) from None
        of = sha256(str(path.resolve()).encode()).hexdigest()[:16]
        state = sha256(f"{VERSION} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:16]
        index = cache / f"{of}-{state}.index"
        self._data: bytes | mmap.mmap = _mapped(index) or _made(path, index)

    def findings(self, reference: Reference) -> list[Finding]:
        """Return what was said of a work and has not been taken back, the latest of each kind."""
        state: dict[str, Row] = {}
        for row in sorted(self.rows(reference), key=lambda row: row.date):
            if row.nature == REINSTATED:
                state.clear()
            elif rule := RULES.get(row.nature):
                state[rule] = row
        return [_finding(rule, reference, row) for rule, row in state.items()]

    def rows(self, reference: Reference) -> list[Row]:
        """Return the rows of a work: those of its DOI or PMID, else of its title if the year and an author agree."""
        for name in _names(reference.text("DOI"), reference.text("PMID")):
            if found := list(self._find(name)):
                return found
        if reference.text("DOI") or reference.text("PMID") or not reference.creators:
            return []
        title, family = _title(reference.text("title")), folded(reference.creators[0].sorted_form)
        rows = self._find(title) if title else ()
        return [row for row in rows if row.year == str(reference.year) and family in folded(row.authors)]

    def _find(self, key: bytes) -> Iterator[Row]:
        """Yield the rows of a key, by halving what is left of the lines."""
        data = self._data
        low, high = 0, len(data)
        while low < high:
            start = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if data[start : data.find(b"\t", start)] < key:
                low = data.find(b"\n", start) + 1
            else:
                high = start
        while (end := data.find(b"\n", low)) >= 0 and data[low : data.find(b"\t", low)] == key:
            _, date, nature, notice, reasons, year, authors = data[low:end].decode().split("\t")
            yield Row(date, nature, notice, tuple(filter(None, reasons.split(";"))), year, authors)
            low = end + 1


def _finding(rule: str, reference: Reference, row: Row) -> Finding:
    when = f" on {row.date}" if row.date else ""
    see = f": see {row.notice}" if row.notice else ""
    why = f"{NAME}: {'; '.join(row.reasons[:REASONS])}" if row.reasons else f"said by {NAME}"
    message = f"this work was {WORDS[rule]}{when}{see} ({why})"
    return Finding(rule, reference.key, message, "DOI", found=row.notice, source=NAME)


def _names(doi: str, pmid: str) -> Iterator[bytes]:
    """Yield the keys of identifiers; what the table has for an unknown one is none."""
    if (doi := normal("doi", doi)).startswith("10."):
        yield f"doi:{doi}".encode()
    if pmid.strip().isdigit() and int(pmid):
        yield f"pmid:{int(pmid)}".encode()


def _title(text: str) -> bytes:
    """Return the key of a title, b"" for one that many works have."""
    title = re.sub(r"^(?:retracted|withdrawn|retraction)(?: article| paper| chapter)? ", "", folded(text))
    return b"" if is_common(title) else f"title:{title}".encode()


def _mapped(index: Path) -> mmap.mmap | None:
    try:
        with index.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):
        return None


def _made(path: Path, index: Path) -> bytes:
    """Make the index of a table and keep it in the place of older ones; without a cache it is made each time."""
    from refs.writing import replace_file

    try:
        lines = sorted(_lines(path), key=lambda line: line.split(b"\t", 1)[0])
    except OSError as error:
        raise _unreadable(path, error) from None
    data = b"".join(lines) or b"\t\n"
    try:
        index.parent.mkdir(parents=True, exist_ok=True)
        for old in index.parent.glob(f"{index.name.partition('-')[0]}-*.index"):
            old.unlink(missing_ok=True)
        replace_file(index, data)
    except (OSError, StorageError):
        pass  # the cache is never needed
    return data


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot read {path}: {(error.strerror or str(error)).lower()}")


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of the index for each row of the table."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        rows = csv.reader(file)
        try:
            places = _places(next(rows, []), path)
            for row in rows:
                if not any(row):
                    continue
                if len(row) <= max(places):
                    raise ParseError("the row ends too early", Location(str(path), rows.line_num))
                yield from _indexed([" ".join(row[place].split()) for place in places])
        except csv.Error as error:
            raise ParseError(f"no CSV: {error}", Location(str(path), rows.line_num)) from None


def _places(header: Sequence[str], path: Path) -> list[int]:
    """Return where the columns stand that are needed; raise ParseError when one is missing."""
    names = [re.sub(r"\W", "", name).lower() for name in header]
    for column in COLUMNS:
        if column.lower() not in names:
            raise ParseError(f"no table of {NAME}: it has no column {column}", Location(str(path), 1))
    return [names.index(column.lower()) for column in COLUMNS]


def _indexed(cells: Sequence[str]) -> Iterator[bytes]:
    date, nature, notice, reasons, published, authors, title, doi, pmid = cells
    told = ";".join(reason.strip(" +") for reason in reasons.split(";"))
    notice = normal("doi", notice) if notice.startswith("10.") else ""
    said = "\t".join((_iso(date), nature.lower(), notice, told))
    for key in _names(doi, pmid):
        yield key + f"\t{said}\t\t\n".encode()
    if key := _title(title):
        yield key + f"\t{said}\t{_iso(published)[:4]}\t{authors}\n".encode()


def _iso(date: str) -> str:
    """Return an American date, "1/15/2020 0:00", or one of ISO 8601, as the latter; "" for none."""
    if match := re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})", date):
        return f"{match[3]}-{int(match[1]):02d}-{int(match[2]):02d}"
    found = re.match(r"\d{4}(?:-\d\d){0,2}", date)
    return found[0] if found else ""
