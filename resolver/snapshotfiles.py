"""The files of Crossref's yearly public data: JSON a line, or `{"items": [...]}`, packed or not, or a tar of them.

A file is read once, piece by piece; what cannot be read is yielded as `Rejected` and never ends the reading of a line
after it. The shapes are judged by the first bytes, not by the name.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDINGS = (".jsonl", ".json", ".ndjson", ".jsonl.gz", ".json.gz", ".ndjson.gz", ".tar", ".tar.gz", ".tgz")
LONGEST = 64 << 20  # bytes of one work
KEPT_OF_REJECTED = 1 << 16  # bytes of what is longer than any work
PIECE = 1 << 20
LAYERS = 4  # of packing: a tar.gz of files .gz has three
DECODER = json.JSONDecoder(parse_constant=lambda name: None)  # NaN is no JSON

Work = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A piece of a file that is no work: where it stands, why, and the piece."""

    place: str
    reason: str
    raw: bytes = b""


class Hashed(io.RawIOBase):
    """A file that sums up what is read of it; `sha256` is that of the whole once all is read."""

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed in close
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        self.sha256.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def works(file: Hashed) -> Iterator[Work | Rejected]:
    """Yield the works of a file, and what of it is none; afterwards all of the file has been read."""
    stream = _stream(file)
    yield from _unpacked(stream, "", LAYERS)
    while stream.read(PIECE):
        pass


class _Soon(io.RawIOBase):
    """A file that gives what it has: one that breaks off raises only after the last byte before that."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _stream(raw: Any) -> io.BufferedReader:
    return io.BufferedReader(raw if isinstance(raw, Hashed) else _Soon(raw), PIECE)


def _unpacked(stream: io.BufferedReader, member: str, layers: int) -> Iterator[Work | Rejected]:
    start = stream.peek(PIECE)[:512]
    read = next((read for is_such, read in SHAPES if is_such(start)), _lines)
    try:
        if layers:
            yield from read(stream, member, layers)
        else:
            yield Rejected(member or "the file", "it is packed in itself too often")
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        yield Rejected(member or "the file", f"it breaks off: {error}")


def _gzip(stream: io.BufferedReader, member: str, layers: int) -> Iterator[Work | Rejected]:
    with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
        yield from _unpacked(_stream(unpacked), member, layers - 1)


def _tar(stream: io.BufferedReader, member: str, layers: int) -> Iterator[Work | Rejected]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for one in archive:
            file = archive.extractfile(one) if one.isfile() and one.name.endswith(ENDINGS) else None
            if file:
                yield from _unpacked(_stream(file), f"{one.name} ", layers - 1)


def _lines(stream: io.BufferedReader, member: str, layers: int) -> Iterator[Work | Rejected]:
    number = 0
    while line := stream.readline(LONGEST):
        number += 1
        place = f"{member}line {number}"
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := stream.readline(PIECE)) and not rest.endswith(b"\n"):
                pass
            yield Rejected(place, f"longer than {LONGEST >> 20} MiB", line[:KEPT_OF_REJECTED])
        elif line.strip():
            try:
                yield _work(DECODER.decode(line.decode()), place, line)
            except (ValueError, RecursionError) as error:
                yield Rejected(place, f"no JSON: {error}", line)


def _items(stream: io.BufferedReader, member: str, layers: int) -> Iterator[Work | Rejected]:
    """Read a document of many works with no more of it in memory than one of them and a piece."""
    decode, utf8 = DECODER.raw_decode, codecs.getincrementaldecoder("utf-8")("replace")
    text = utf8.decode(stream.read(PIECE))
    at, number = text.index("[") + 1, 1
    while True:
        at = between.end() if (between := re.compile(r"[\s,]*").match(text, at)) else at
        if text[at : at + 1] == "]":
            return
        place = f"{member}item {number}"
        try:
            value, end = decode(text, at)
        except (ValueError, RecursionError) as error:
            # Half of a work is no JSON either: read on, twice as much each time.
            more = utf8.decode(stream.read(max(PIECE, len(text) - at))) if len(text) - at < LONGEST else ""
            if not more:
                raw = text[at : at + KEPT_OF_REJECTED].encode()
                yield Rejected(place, f"no JSON, so the rest of the file is not read: {error}", raw)
                return
            text, at = text[at:] + more, 0
        else:
            yield _work(value, place, text[at:end].encode())
            at, number = end, number + 1


def _work(value: Any, place: str, raw: bytes) -> Work | Rejected:
    if isinstance(value, dict) and isinstance(doi := value.get("DOI"), str) and doi.strip():
        return value
    return Rejected(place, "a work needs its DOI" if isinstance(value, dict) else "no JSON object", raw)


Read = Callable[[io.BufferedReader, str, int], Iterator[Work | Rejected]]

SHAPES: tuple[tuple[Callable[[bytes], bool], Read], ...] = (
    (lambda start: start[:2] == b"\x1f\x8b", _gzip),
    (lambda start: start[257:262] == b"ustar", _tar),
    (lambda start: re.match(rb'\s*\{\s*"items"\s*:\s*\[', start) is not None, _items),
)
