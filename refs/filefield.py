"""The files attached to a reference, as other programs write them into their exports.

file         JabRef's, Zotero's and ours: description:path:type, divided by semicolons; a backslash before a sign
             of these makes it text, and a path may stand alone
files        paths from Zotero's database, divided by "; "
local-url    a path; bdsk-file-1, bdsk-file-2...: BibDesk's property list in base64, with a relative path
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from refs.model import Reference

OWN = "file"
LONGEST = 1 << 20  # of a field that is read


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a field names it: its path, a description, and the field and the piece of it that say so."""

    path: str
    description: str
    field: str
    raw: str

    @property
    def name(self) -> str:
        """Return the last part of the path, whichever system wrote it."""
        return re.split(r"[\\/]", self.path)[-1]


def attachments(reference: Reference) -> list[Attachment]:
    """Return the files of a reference in the order of its fields."""
    return [
        found
        for field, text in reference.extra.items()
        for found in _read(field.lower(), field, text[:LONGEST])
        if found.path
    ]


def _read(kind: str, field: str, text: str) -> Iterator[Attachment]:
    if kind == OWN:
        for piece in _split(text, ";"):
            yield _entry(field, piece)
    elif kind == "files":
        yield from (Attachment(path, "", field, path) for path in text.split("; "))
    elif kind in ("local-url", "pdf"):
        yield Attachment(re.sub("^file://(?:localhost)?", "", text), "", field, text)
    elif kind.startswith("bdsk-file-"):
        yield Attachment(_bibdesk(text), "", field, text)


def _split(text: str, sign: str) -> list[str]:
    """Split at each sign that no backslash stands before."""
    parts, start = [], 0
    for match in re.finditer(rf"\\.|{sign}", text, re.DOTALL):
        if match[0] == sign:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _entry(field: str, piece: str) -> Attachment:
    parts = _split(piece, ":")
    description, path = "", piece
    if len(parts) > 2:
        description, path = parts[0], ":".join(parts[1:-1])
    elif len(parts) == 2 and len(parts[0].strip()) != 1:
        path = parts[0] if re.fullmatch(r"[\w/+-]{0,20}", parts[1]) and re.search(r"[./\\]", parts[0]) else parts[1]
    return Attachment(_unescaped(path).strip(), _unescaped(description).strip(), field, piece)


def _unescaped(text: str) -> str:
    return re.sub(r"\\([:;\\])", r"\1", text)


def _bibdesk(text: str) -> str:
    """Return the relative path in BibDesk's property list, "" where there is none."""
    import base64
    import plistlib

    try:
        data: Any = plistlib.loads(base64.b64decode(text))
    except Exception:
        return ""
    if not isinstance(data, dict):
        return ""
    if isinstance(objects := data.get("$objects"), list):
        data = _archived(objects)
    path = data.get("relativePath")
    return path if isinstance(path, str) else ""


def _archived(objects: list[Any]) -> dict[Any, Any]:
    """Return the first mapping of an NSKeyedArchiver's list, its keys and values looked up."""
    for one in objects:
        if isinstance(one, dict) and "NS.keys" in one and "NS.objects" in one:
            pairs = zip(one["NS.keys"], one["NS.objects"], strict=False)
            indices = ((getattr(key, "data", -1), getattr(value, "data", -1)) for key, value in pairs)
            return {objects[key]: objects[value] for key, value in indices if _hashable(objects, key, value)}
    return {}


def _hashable(objects: list[Any], key: int, value: int) -> bool:
    return 0 <= key < len(objects) and 0 <= value < len(objects) and isinstance(objects[key], str)


def with_file(text: str, path: str) -> str:
    """Return the field `file` with one more path."""
    escaped = re.sub(r"([\\:;])", r"\\\1", path)
    kind = re.sub("[^A-Za-z0-9]", "", PurePath(path).suffix).upper()
    return ";".join(filter(None, (text, f":{escaped}:{kind}")))


def anchored(reference: Reference, folder: Path) -> Reference:
    """Return a reference whose relative paths of the field `file` are absolute, where they name a file in a folder.

    A path that leads out of the folder stays as it is: whoever wrote the file is not trusted with others.
    """
    found = {name: text for name, text in reference.extra.items() if name.lower() == OWN}
    if not found:
        return reference
    for one in (attached for attached in attachments(reference) if attached.field in found):
        if (path := _inside(folder, one.path)) and one.raw:
            found[one.field] = found[one.field].replace(one.raw, with_file("", path))
    return replace(reference, extra={**reference.extra, **found})


def _inside(folder: Path, path: str) -> str:
    """Return the absolute path of a file that a relative path names in a folder or below it, else ""."""
    try:
        whole = (folder / path).resolve()
        inside = not PurePath(path).is_absolute() and whole.is_relative_to(folder.resolve()) and whole.is_file()
    except (OSError, ValueError):
        return ""
    return os.path.abspath(folder / path) if inside else ""


def without(reference: Reference, gone: Attachment) -> dict[str, str]:
    """Return the extra fields of a reference without an attachment."""
    left = [one.raw for one in attachments(reference) if one.field == gone.field and one != gone]
    joined = ("; " if gone.field.lower() == "files" else ";").join(left)
    extra = {name: text for name, text in reference.extra.items() if name != gone.field or joined}
    return extra | ({gone.field: joined} if joined else {})
