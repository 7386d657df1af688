"""The bytes of a bibliography -> text: UTF-8, what the file declares, Windows-1252, Latin-1."""

from __future__ import annotations

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WITHOUT_MARK = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# JabRef: "% Encoding: Cp1252"; Emacs: "-*- coding: latin-1 -*-"; BibDesk: "Saved with string encoding Unicode (UTF-8)".
DECLARED = rb"(?i)(?:^%+\s*encoding:|coding[:=]|string encoding)\s*(?:[A-Za-z ]*\()?([\w.-]+)"


def decode(data: bytes) -> tuple[str, str]:
    """Return the text, without its byte order mark, and the codec that reads these bytes."""
    for mark, codec in BOMS:
        if data.startswith(mark):
            try:
                return data.decode(codec), codec
            except UnicodeDecodeError:
                break
    for codec in ("utf-8", declared(data), "cp1252"):
        if codec:
            try:
                return data.decode(codec), codec
            except (UnicodeDecodeError, LookupError):
                continue
    return data.decode("latin-1"), "latin-1"


def encode_like(text: str, data: bytes) -> bytes:
    """Return the bytes of a text in the manner of `data`: its codec, byte order and mark; UnicodeEncodeError."""
    codec = decode(data)[1]
    mark = next((mark for mark, name in BOMS if name == codec and data.startswith(mark)), b"")
    return mark + text.encode(WITHOUT_MARK.get(mark, codec))


def declared(data: bytes) -> str:
    """Return the codec that the first kilobyte names, or ""; only text codecs whose ASCII is ASCII."""
    match = re.search(DECLARED, data[:1024], re.MULTILINE)
    if match is None:
        return ""
    try:
        codec = codecs.lookup(match[1].decode("ascii"))
        return codec.name if codec.decode(b"@article{}")[0] == "@article{}" else ""
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""
