"""A snapshot of Crossref on the own disk, asked before any network: one read-only file, DOI -> record.

`refs snapshot build` makes it, see `resolver.snapshotbuild`. A record is the JSON of Crossref without what no
reference needs (the works it cites, licences, funders), deflated with a dictionary of the words that all records
share (RFC 1950, 2.2 FDICT).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from refs.errors import StorageError

NAME = "crossref-snapshot"
INDEX = "index.sqlite3"
FORMAT = 1
"""The layout of the index; with a change of DICTIONARY it is another."""

SCHEMA = """
CREATE TABLE work (doi TEXT PRIMARY KEY, indexed INTEGER NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""

LEFT_OUT = frozenset(
    """
    reference references-count reference-count is-referenced-by-count license link funder assertion content-domain
    deposited indexed created score source member prefix resource subject
    """.split()
)
"""What makes up most of a record and has no place in a reference."""

DICTIONARY = (
    b'"update-to":[{"updated":{"date-parts":[[20,"date-time":"20T00:00:00Z","timestamp":"DOI":"10."type":"retraction",'
    b'"relation":{"is-preprint-of":[{"id-type":"doi","id":"10.","asserted-by":"subject"}]},"ISBN":["978"],'
    b'"isbn-type":[{"value":"978","type":"print"},"archive":["Portico"],"article-number":"e","event":{"name":'
    b'"editor":[{"abstract":"<jats:p></jats:p><jats:title>Abstract</jats:title><jats:sec><jats:italic></jats:italic>'
    b'"posted":{"date-parts":[[20,"subtype":"preprint","institution":[{"name":"language":"en","alternative-id":["S'
    b'"type":"book-chapter","proceedings-article","posted-content",'
    b'"publisher":"Elsevier BV","Springer Science and Business Media LLC","Wiley","Oxford University Press",'
    b'"Informa UK Limited","SAGE Publications","issue":"1","short-container-title":["Journal of ","J. "],'
    b'"published-print":{"date-parts":[[2019,12]]},"published-online":{"date-parts":[[2018,1,10]]},'
    b'"DOI":"10.1016/j.","type":"journal-article","page":"1-","title":["the of and in for on with a study analysis'
    b'"],"volume":"10","author":[{"given":"","family":"","sequence":"first","affiliation":[{"name":"Department of '
    b'University of "}]},{"ORCID":"http://orcid.org/0000-000","authenticated-orcid":false,"given":"J.","family":"",'
    b'"sequence":"additional","affiliation":[]}],"container-title":["Journal of "],'
    b'"issued":{"date-parts":[[2017,5,1]]},"URL":"http://dx.doi.org/10.10","ISSN":["00","1"],'
    b'"issn-type":[{"value":"00","type":"print"},{"value":"1","type":"electronic"}],'
    b'"journal-issue":{"issue":"4","published-print":{"date-parts":[[2016,6]]}},"published":{"date-parts":[[2015,3]]}}'
)


def pack(work: Mapping[str, Any]) -> bytes:
    """Return a record as it is stored."""
    kept = {name: value for name, value in work.items() if value and name not in LEFT_OUT}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    deflate = zlib.compressobj(6, zdict=DICTIONARY)
    return deflate.compress(text.encode("utf-8", "replace")) + deflate.flush()


def unpack(record: bytes) -> Any:
    """Return a stored record; raise zlib.error or ValueError for what is none."""
    text = zlib.decompressobj(zdict=DICTIONARY).decompress(record)
    return json.loads(text, parse_constant=lambda name: None)  # a number too large was written as Infinity


@dataclass(frozen=True, slots=True)
class About:
    """What a snapshot says of itself; `date` is the latest day on which Crossref changed one of its records."""

    date: str
    works: int
    duplicates: int
    rejected: int
    files: int


class Snapshot:
    """The works of a directory that `refs snapshot build` made; safe to use from several threads."""

    def __init__(self, directory: Path) -> None:
        """Open it; raise StorageError where there is none, or one of another layout."""
        self.path = directory / INDEX
        if not self.path.is_file():
            raise StorageError(f"there is no snapshot in {directory}: refs snapshot build FILES -o {directory}")
        address = f"{self.path.resolve().as_uri()}?mode=ro&immutable=1"
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
            rows = dict(self._connection.execute("SELECT name, value FROM about"))
        except sqlite3.Error as error:
            raise StorageError(f"the snapshot {self.path} cannot be read: {error}") from None
        if rows.get("format") != str(FORMAT):
            self.close()
            raise StorageError(f"the snapshot {self.path} was made by another refs: build it again")
        figures = {name: int(rows[name]) for name in ("works", "duplicates", "rejected", "files")}
        self.about = About(rows["date"], **figures)

    def get(self, doi: str) -> Mapping[str, Any] | None:
        """Return Crossref's record of a DOI in lower case, None when it is not there."""
        record = self._record(doi)
        try:
            work = unpack(record) if record is not None else None
        except (zlib.error, ValueError) as error:
            raise self._damaged(error) from None
        return work if isinstance(work, dict) else None

    def has(self, doi: str) -> bool:
        """Tell whether a DOI in lower case is there."""
        return self._record(doi) is not None

    def _record(self, doi: str) -> bytes | None:
        try:
            with self._lock:
                row = self._connection.execute("SELECT record FROM work WHERE doi = ?", (doi,)).fetchone()
        except sqlite3.Error as error:
            raise self._damaged(error) from None
        return row[0] if row else None

    def _damaged(self, error: Exception) -> StorageError:
        return StorageError(f"the snapshot {self.path} is damaged, build it again: {error}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
