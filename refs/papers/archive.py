"""The zip archives of Word and LibreOffice: what is in a member, or why the archive is refused.

Nothing is unpacked to the disk: members are found by name and read by stream. An archive is refused whose members are
too many, too large in all, too well compressed to be text, laid over each other, encrypted, or named as if they were
to be written outside of it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

LARGEST = 200 << 20  # bytes of all members together, declared or real
RATIO = 100  # how many bytes one compressed byte may stand for
SMALL = 1 << 20  # bytes that an archive may hold at any ratio
MEMBERS = 10_000
DIRECTORY = 2 << 20  # bytes of the list of members
DEEPEST = 256  # elements inside each other
PIECE = 1 << 16

_END = struct.Struct("<4s4H2LH")  # the end of central directory record of APPNOTE.TXT, 4.3.16


class Refused(Exception):
    """An archive or a member that is not read, and why."""


class Archive:
    """An archive of acceptable size and shape; raise Refused for any other."""

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, struct.error) as error:
            raise Refused(f"a damaged archive: {error}") from None
        members = self._zip.infolist()
        _check_members(members, len(data))
        self.names = [member.filename for member in members]
        self._left = LARGEST

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member; raise Refused when they are more than the archive may hold or are damaged."""
        try:
            with self._zip.open(name) as stream:
                while piece := stream.read(PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise Refused(f"it holds more than {LARGEST >> 20} MiB")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError) as error:
            raise Refused(f"{name} is damaged: {error}") from None

    def parse(
        self, name: str, start: Callable[[str, dict[str, str]], Any], end: Callable[[str], Any], text: Any
    ) -> None:
        """Feed the XML of a member to three functions; names of elements and attributes come without prefixes.

        Raise Refused for a document type, for elements too deep in each other, and for what is no XML.
        """
        from xml.parsers import expat

        parser = expat.ParserCreate()
        _listen(parser, name, start, end, text)
        try:
            for piece in self.pieces(name):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise Refused(f"{name}:{error.lineno}: not XML: {expat.ErrorString(error.code)}") from None


def _listen(
    parser: XMLParserType,
    name: str,
    start: Callable[[str, dict[str, str]], Any],
    end: Callable[[str], Any],
    text: Any,
) -> None:
    depth = 0

    def opened(element: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Refused(f"{name}: elements are nested deeper than {DEEPEST}")
        start(element.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in attributes.items()})

    def closed(element: str) -> None:
        nonlocal depth
        depth -= 1
        end(element.rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise Refused(f"{name}: a document type, which no document of this kind has")

    parser.buffer_text = True
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse


def _check_directory(data: bytes) -> None:
    """Refuse an archive for its list of members, before that is read into memory."""
    place = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - 0xFFFF))
    if place < 0 or place + _END.size > len(data):
        raise Refused("not a zip archive")
    _, _, _, _, count, size, _, _ = _END.unpack_from(data, place)
    if data[max(0, place - 20) : place].startswith(b"PK\6\7"):
        raise Refused("a zip64 archive, which no document needs")
    if count > MEMBERS or size > DIRECTORY:
        raise Refused(f"it has more than {MEMBERS:,} members")


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    declared = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    names = [member.filename for member in members]
    if len(members) > MEMBERS:
        raise Refused(f"it has more than {MEMBERS:,} members")
    if declared > LARGEST:
        raise Refused(f"it holds more than {LARGEST >> 20} MiB")
    if packed > size:
        raise Refused("its members lie over each other")
    if len(set(names)) != len(names):
        raise Refused("two of its members have one name")
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or not parts[0] or ":" in parts[0]:
            raise Refused(f"its member {member.filename!r} would lie outside of it")
        if member.flag_bits & 1:
            raise Refused("it is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refused(f"{member.filename} is compressed in a way that documents are not")
        if member.file_size > SMALL + RATIO * member.compress_size:
            raise Refused(f"{member.filename} is said to be {RATIO} times as large as it is compressed")
