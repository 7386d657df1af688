"""Attach files to references, and take them off.

A file is linked by its absolute path, or copied into a folder beside the library under a name of our own making.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from refs import filefield
from refs.actions.editing import put, with_sources
from refs.errors import ConflictError, NotFoundError, StorageError
from refs.filefield import Attachment
from refs.model import Reference
from refs.romanise import ascii_fold
from refs.store import Library

LONGEST_SLUG = 80
LONGEST_SUFFIX = 10
PIECE = 1 << 20


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
