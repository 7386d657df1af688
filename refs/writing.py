"""Replace a file whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from refs.errors import StorageError


def replace_file(path: Path, data: bytes) -> bool:
    """Write `data` to `path` atomically and durably; return False when the file holds just that already.

    The bytes go to a new file beside the target, are synced, and take its name in one step, with the target's
    permissions; a symbolic link stays one. Raise StorageError, with the old file untouched.
    """
    target = Path(os.path.realpath(path))
    try:
        if path.exists() and not path.is_file():
            return _write_through(path, data)
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


def _replace(target: Path, data: bytes) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with fresh.open("xb") as stream:
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


def sync_directory(directory: Path) -> None:
    """Make a rename in the directory durable, where the system has a way to ask for it."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
