"""Attach files to references, and open what is attached or where a work is read.

A file is linked by its absolute path, or copied into a folder beside the library under a name of our own making. What
is opened is an existing file of a known type, or an address of the web; programs get lists of words, never a line for
a shell.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote, urlsplit

from refs import filefield
from refs.actions.editing import put, with_sources
from refs.errors import ConflictError, NotFoundError, RefsError, StorageError, UsageError
from refs.filefield import Attachment
from refs.model import Reference
from refs.romanise import ascii_fold
from refs.store import Library

OPENED = frozenset(".pdf .epub .djvu .txt .md .docx .odt .rtf .png .jpg .jpeg .tif .tiff .gif .csv".split())
"""The types of files that are opened: none of them is a program."""
LONGEST_SLUG = 80
LONGEST_SUFFIX = 10
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Located:
    """An attachment and the file that it is, None when there is none."""

    attachment: Attachment
    path: Path | None


def located(library: Library, reference: Reference) -> list[Located]:
    """Return the attachments of a reference and where they lie."""
    return [Located(one, _file(library, one.path)) for one in filefield.attachments(reference)]


def _file(library: Library, path: str) -> Path | None:
    """Return the file of a path: an absolute one, or one below the library's folder or Zotero's."""
    if "\0" in path:
        return None
    if os.path.isabs(path):
        return Path(path) if os.path.isfile(path) else None
    for base in _bases(library):
        inside = (base / path).resolve()
        if inside.is_relative_to(base.resolve()) and inside.is_file():
            return inside
    return None


def _bases(library: Library) -> list[Path]:
    zotero = Path.home() / "Zotero"
    try:
        return [library.path.parent, zotero]
    except UsageError:
        return [zotero]


def folder(library: Library) -> Path:
    """Return the folder of the copied files; raise UsageError for a library on a server."""
    path = library.path
    return path.with_name(f"{path.stem}-files")


def attach(library: Library, key: str, files: Sequence[Path], *, copy: bool = False) -> list[str]:
    """Attach files to a reference and return their paths as they are stored; what is attached already stays once.

    Raise StorageError for a file that cannot be read.
    """
    (before,) = library.own([key])
    sources = [_readable(path) for path in files]
    paths = [_copied(library, before.key, path) if copy else str(path) for path in sources]
    known = {one.path for one in filefield.attachments(before)}
    text = before.extra.get(filefield.OWN, "")
    for path in dict.fromkeys(paths):
        text = text if path in known else filefield.with_file(text, path)
    _store(library, before, {**before.extra, filefield.OWN: text})
    return paths


def detach(library: Library, key: str, names: Sequence[str]) -> list[Attachment]:
    """Take attachments off a reference by their paths, names or numbers from 1; the files stay where they are.

    Raise NotFoundError for one that is not there.
    """
    (before,) = library.own([key])
    attached = filefield.attachments(before)
    gone = [_named(attached, name, key) for name in names]
    after = before
    for one in dict.fromkeys(gone):
        after = replace(after, extra=filefield.without(after, one))
    _store(library, before, after.extra)
    return gone


def _named(attached: Sequence[Attachment], name: str, key: str) -> Attachment:
    if name.isdecimal() and 0 < int(name[:6]) <= len(attached):
        return attached[int(name[:6]) - 1]
    found = next((one for one in attached if name in (one.path, one.name, os.path.abspath(name))), None)
    found = found or next((one for one in attached if one.path == os.path.abspath(name)), None)
    if found is None:
        raise NotFoundError(f"{key} has no attachment {name!r}")
    return found


def _store(library: Library, before: Reference, extra: dict[str, str] | object) -> None:
    after = with_sources(before, replace(before, extra=extra))  # type: ignore[arg-type]
    if after.extra != before.extra:
        library.apply(lambda change: put(change, before, after))


def _readable(path: Path) -> Path:
    """Return the absolute path of a regular file that can be read; a pipe or device is never opened."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise StorageError(f"{path}: not a file")
        path.open("rb").close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(f"{path}: {reason.lower()}") from None
    return Path(os.path.abspath(path))


def slug(key: str, digest: str, suffix: str) -> str:
    """Return a file name that every system takes: of ASCII letters, digits, `-` and `_`, with a hash and an ending."""
    words = re.sub("[^A-Za-z0-9_]+", "-", ascii_fold(key)).strip("-")[:LONGEST_SLUG]
    ending = re.sub("[^a-z0-9]", "", suffix.lower())[:LONGEST_SUFFIX]
    return f"{words or 'file'}-{digest[:8]}{f'.{ending}' if ending else ''}"


def _copied(library: Library, key: str, path: Path) -> str:
    """Copy a file into the library's folder and return its path from there."""
    target = folder(library)
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.is_symlink():
            raise StorageError(f"{target} is a link to elsewhere: files are copied into a folder beside the library")
        return f"{target.name}/{_copy_into(target, key, path)}"
    except OSError as error:
        raise StorageError(f"cannot copy {path} into {target}: {(error.strerror or str(error)).lower()}") from None


def _copy_into(target: Path, key: str, path: Path) -> str:
    """Copy by a name that is not there yet, then give it its own: a half-written file never has that."""
    at = (
        os.open(target, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | NO_LINKS)
        if os.open in os.supports_dir_fd
        else None
    )
    fresh = f".{token_hex(8)}.tmp"
    where = fresh if at is not None else str(target / fresh)
    digest = hashlib.sha256()
    try:
        made = os.open(where, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINKS | BINARY, 0o600, dir_fd=at)
        try:
            with path.open("rb") as source, os.fdopen(made, "wb") as copy:
                while piece := source.read(PIECE):
                    digest.update(piece)
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            name = slug(key, digest.hexdigest(), path.suffix)
            if _is_there(target / name, digest.hexdigest()):
                os.unlink(where, dir_fd=at)
            else:
                os.rename(where, name if at is not None else str(target / name), src_dir_fd=at, dst_dir_fd=at)
        except BaseException:
            os.unlink(where, dir_fd=at)
            raise
    finally:
        if at is not None:
            os.close(at)
    return name


NO_LINKS = getattr(os, "O_NOFOLLOW", 0)
BINARY = getattr(os, "O_BINARY", 0)


def _is_there(path: Path, digest: str) -> bool:
    """Tell whether the same file was copied before; raise ConflictError when another has its name."""
    if not path.exists() and not path.is_symlink():
        return False
    if path.is_symlink() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise ConflictError(f"{path} is another file")
    return True


def target(library: Library, reference: Reference, *, web: bool = False) -> tuple[str, bool]:
    """Return what to open for a reference, and whether the path is one that an import brought and nobody looked at.

    That is its PDF, else its DOI or URL, else another attachment; `web` leaves the files out. Raise NotFoundError
    when there is nothing.
    """
    files = [] if web else [one for one in located(library, reference) if one.path and _is_opened(one.path)]
    files.sort(key=lambda one: one.attachment.name.lower().endswith(".pdf"), reverse=True)
    address = page(reference)
    if files and (files[0].attachment.name.lower().endswith(".pdf") or not address):
        one = files[0]
        source = reference.sources.get(one.attachment.field)
        return str(one.path), os.path.isabs(one.attachment.path) and (source is None or source.name != "user")
    if not address:
        raise NotFoundError(f"{reference.key} has no file that can be opened, no DOI and no web address")
    return address, False


def _is_opened(path: Path) -> bool:
    """Tell whether a file, and the one that a link leads to, is of a type that is opened."""
    return path.suffix.lower() in OPENED and path.resolve().suffix.lower() in OPENED


def page(reference: Reference) -> str:
    """Return the address at which a work is read: its DOI's, else its URL where that is one of the web."""
    if doi := reference.text("DOI"):
        return f"https://doi.org/{quote(doi, safe='/:;()._-')}"
    url = reference.text("URL")
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and parts.hostname and url.isprintable() and "\\" not in url
    return re.sub(r"[\s\"'<>^`{|}]", lambda sign: quote(sign[0]), url) if fits else ""


Run = Callable[[Sequence[str]], int]


def opener(platform: str = sys.platform) -> list[str]:
    """Return the words before a path or address that open it on this system."""
    if platform == "darwin":
        return ["open"]
    return ["rundll32", "url.dll,FileProtocolHandler"] if platform == "win32" else ["xdg-open"]


def run(words: Sequence[str]) -> int:
    """Run a program without a shell and return its status."""
    return subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode  # noqa: S603


def open_target(what: str, run: Run = run) -> None:
    """Open a path or an address; raise UsageError when the system has no program for that."""
    words = opener()
    try:
        status = run([*words, what])
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot start {words[0]} ({reason}): refs open --print prints what to open") from None
    if status:
        raise RefsError(f"{words[0]} could not open {what}")
