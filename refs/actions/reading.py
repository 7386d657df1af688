"""Read a file of references; of a large .bib only what changed since it was read the last time.

What was read is kept in the cache directory, a file for each .bib: records by the hashes of blocks, as JSON under a
digest. It is never needed: one that is missing, damaged or of another refs is made anew, the oldest are removed.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from refs import config, formats
from refs.errors import Location, ParseError, StorageError

if TYPE_CHECKING:
    from refs.formats.bibagain import Known

MAX_BYTES = 256 << 20
WORTHWHILE = 256 << 10  # bytes of a file; a smaller one is read as fast without
MAX_KEPT = 256 << 20  # bytes of all files together
WRITTEN_FROM = 0.02  # of the records that are new; to parse fewer again costs less than to write all
ENDING = ".json"


def read_file(path: Path, format: str = "", *, keep: bool = True) -> formats.Document:
    """Return what a file, or for "-" standard input, holds; `keep` what was read for the next time.

    Raise StorageError when it cannot be read, ParseError when nothing of it can be read, and UsageError for an unknown
    format.
    """
    data = read_bytes(path)
    if str(path) == "-":
        return formats.read(data, "<stdin>", format)
    if len(data) < WORTHWHILE:
        return formats.read(data, str(path), format)
    file = _file(path)
    known = _load(file)
    if not (keep or known.plain):
        return formats.read(data, str(path), format)
    document = formats.read(data, str(path), format, known)
    if known.parsed > WRITTEN_FROM * len(known.plain):
        _store(file, known)
    return document


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, or for "-" of standard input.

    Raise StorageError when it cannot be read and ParseError when it is too large.
    """
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read()
        if path.stat().st_size > MAX_BYTES:
            raise ParseError(f"larger than {MAX_BYTES >> 20} MiB", Location(str(path)))
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _file(path: Path) -> Path:
    """Return the file that keeps what was read from a path."""
    name = blake2b(os.fsencode(os.path.abspath(path)), digest_size=16).hexdigest()
    return config.cache_directory() / "bib" / (name + ENDING)


def _stamp() -> bytes:
    """Return what the meaning of a record depends on: the code that reads, the libraries below it, and Python."""
    from importlib.util import find_spec

    parts: list[object] = [sys.version]
    for package in ("refs", "bibtexparser", "pylatexenc"):
        spec = find_spec(package)
        for folder in (spec and spec.submodule_search_locations) or ():
            for below in (folder, os.path.join(folder, "formats"), os.path.join(folder, "latex2text")):
                with contextlib.suppress(OSError), os.scandir(below) as found:
                    codes = [(one.name, one.stat()) for one in found if one.name.endswith(".py")]
                    parts += sorted((name, status.st_size, status.st_mtime_ns) for name, status in codes)
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest().encode()


def _load(file: Path) -> Known:
    """Return the records in a file, none when it is not ours or not whole."""
    from refs.formats.bibagain import Known
    from refs.heap import uncollected

    with contextlib.suppress(OSError):
        stamp, _, rest = (file.read_bytes() if file.is_file() else b"").partition(b"\n")
        digest, _, payload = rest.partition(b"\n")
        if stamp == _stamp() and digest == _digest(payload):
            with uncollected():
                return Known(json.loads(payload))
    return Known()


def _store(file: Path, known: Known) -> None:
    """Keep the records; a disk that takes none costs only time."""
    payload = json.dumps(known.plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    fresh = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            fresh.write_bytes(b"\n".join((_stamp(), _digest(payload), payload)))
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
        _prune(file.parent)


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=16).hexdigest().encode()


def _prune(folder: Path) -> None:
    """Remove the files that were written longest ago until the rest is small enough."""
    with os.scandir(folder) as found:
        files = sorted(((one.stat().st_mtime, one.stat().st_size, one.path) for one in found), reverse=True)
    kept = 0
    for _, size, path in files:
        kept += size
        if kept > MAX_KEPT:
            os.unlink(path)
