"""Replace a file whole or not at all."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from refs.errors import StorageError
from refs.lock import try_lock


def replace_file(path: Path, data: bytes) -> bool:
    """Write `data` to `path` atomically and durably; return False when the file holds just that already.

    The bytes go to a new file beside the target, are synced, and take its name in one step, with the target's
    permissions; a symbolic link stays one. Raise StorageError, with the old file untouched.
    """
    target = Path(os.path.realpath(path))
    try:
        if path.exists() and not path.is_file():
            return _write_through(path, data)
        for other in target.parent.glob(beside(target, "*").name):
            _sweep(other)
        if target.is_file() and target.stat().st_size == len(data) and target.read_bytes() == data:
            return False
        _replace(target, data)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {(error.strerror or str(error)).lower()}") from None
    return True


def _write_through(device: Path, data: bytes) -> bool:
    """Write to what is no regular file (/dev/stdout, a pipe): there is nothing to replace."""
    with device.open("wb") as stream:
        stream.write(data)
    return True


def beside(target: Path, mark: object) -> Path:
    """Return a name for what will take the target's: in its folder, and short where the target's is long."""
    return target.with_name(f".refs-{crc32(os.fsencode(target.name)):08x}-{mark}.tmp")


def _replace(target: Path, data: bytes) -> None:
    fresh = beside(target, os.getpid())
    try:
        with fresh.open("xb") as stream:
            with suppress(OSError):  # a file system without locks: what is left there stays
                try_lock(stream.fileno())
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            fresh.chmod(stat.S_IMODE(target.stat().st_mode))
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_directory(target.parent)


def _sweep(other: Path) -> None:
    """Remove what a killed writer left; a living one holds its lock."""
    with suppress(OSError), other.open("rb+") as stream:
        if try_lock(stream.fileno()):
            other.unlink()


def sync_directory(directory: Path) -> None:
    """Make a rename in the directory durable, where the system has a way to ask for it."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
