"""What `refs snapshot` tells: how a build goes on, and what a snapshot holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Protocol

from refs import config, console
from refs.commands.options import PARTIAL, setting


class About(Protocol):
    """What a snapshot says of itself."""

    @property
    def date(self) -> str: ...
    @property
    def works(self) -> int: ...
    @property
    def duplicates(self) -> int: ...
    @property
    def rejected(self) -> int: ...
    @property
    def files(self) -> int: ...


def directory(wanted: str) -> Path:
    """Return where the snapshot lies: the option, else the setting, else beside the library."""
    place = wanted or setting("snapshot")
    return Path(place).expanduser().absolute() if place else config.default_library().with_name("crossref-snapshot")


def tell(name: str, number: int, count: int) -> None:
    """Say which file is read; without a terminal only every hundredth."""
    if sys.stderr.isatty() or number % 100 == 1 or number == count:
        console.say(f"{number} of {count}: {name}" if number else f"waiting for {name}")


def report(about: About, place: Path) -> int:
    """Say what was made, and return the exit code."""
    console.say(summary(about))
    if about.rejected:
        console.complain(f"{about.rejected} pieces that are no works are kept in {place / 'rejected'}")
    if Path(setting("snapshot") or ".").expanduser().resolve() != place.resolve():
        console.say(f"to have it asked: refs config set snapshot {place}")
    return PARTIAL if about.rejected else 0


def summary(about: About) -> str:
    """Return what a snapshot holds in a line."""
    counts = [(about.duplicates, "older records of the same DOIs left out"), (about.rejected, "pieces rejected")]
    more = "".join(f", {count:,} {what}" for count, what in counts if count)
    return f"{about.works:,} works of {about.files:,} file{'s' * (about.files != 1)}, as of {about.date}{more}"


def show(about: About, path: Path, as_json: bool) -> None:
    """Print what a snapshot holds."""
    size = path.stat().st_size
    if as_json:
        names = ("date", "works", "duplicates", "rejected", "files")
        console.out(json.dumps({"path": str(path), "bytes": size, **{name: getattr(about, name) for name in names}}))
    else:
        console.out(console.visible(f"{path}: {size / 1e6:,.1f} MB"))
        console.out(summary(about))
