"""The command `refs snapshot`: how a build goes on, and what a snapshot holds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Protocol

import typer

from refs import config, console
from refs.commands.options import PARTIAL, JsonLinesOption, setting

app = typer.Typer(
    help="Keep a copy of Crossref on your own disk.\n\nExample: refs snapshot build ~/crossref-2026/",
    rich_markup_mode=None,
)

OutputOption = Annotated[
    str, typer.Option("--output", "-o", metavar="DIRECTORY", help="Where it lies; without, the setting `snapshot`.")
]


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


@app.command("build")
def build_snapshot(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE_OR_DIRECTORY...")],
    output: OutputOption = "",
) -> None:
    """Make a snapshot of Crossref's public data files, or go on where a build ended.

    They are JSON lines or {"items": [...]}, gzipped or not, or a tar of them. What is no work is kept apart, with
    exit code 3.

    \b
    Example:
      refs snapshot build ~/crossref-2026/ -o /data/crossref
    """
    snapshot, build = context.meta["snapshots"]()  # what `cli` put there: only it imports the resolver
    place = directory(output)
    build(files, place, tell)
    if code := report(snapshot(place).about, place):
        raise typer.Exit(code)


@app.command("info")
def show_snapshot(context: typer.Context, output: OutputOption = "", as_json: JsonLinesOption = False) -> None:
    """Tell what a snapshot holds, and how old it is.

    \b
    Example:
      refs snapshot info
    """
    snapshot, _ = context.meta["snapshots"]()
    found = snapshot(directory(output))
    show(found.about, found.path, as_json)


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
