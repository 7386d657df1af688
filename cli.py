"""The command line, put together: commands that ask registries are here, the others in `refs.commands`.

stdout carries data, stderr talk. A command raises `refs.errors.RefsError`; `main` turns it into one line and a code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from refs import config, console
from refs.commands.options import (
    FLAGS,
    JsonOption,
    KeysArgument,
    LibraryOption,
    complete_type,
    library,
    setting,
)
from refs.errors import NotFoundError, RefsError, StorageError, UsageError
from refs.fieldwise import readable
from refs.formats import csljson
from refs.stopping import heeding_signals

if TYPE_CHECKING:
    from refs.actions.add import Asked, Outcome
    from refs.model import Reference
    from refs.store import Library
    from resolver import Resolution, Resolver


T = TypeVar("T")


def _version(asked: bool) -> None:
    if asked:
        from refs import __version__

        console.out(f"refs {__version__}")
        raise typer.Exit


def everywhere(
    context: typer.Context,
    library: LibraryOption = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Resolve, keep and cite references: from a DOI to a finished bibliography.

    \b
    Examples:
      refs add 10.24833/2071-8160-2023-6-93-37-68
      refs cite --style apa
      refs export --cited-in paper.tex -o references.bib
    """
    FLAGS["library"] = library
    context.obj = _resolve_many  # for the commands below refs, which import no resolver
    context.meta["search"] = _search_many
    context.meta["snapshots"] = _snapshots
    if context.invoked_subcommand is None:
        console.out(context.get_help())


def _complete_source(begun: str) -> list[str]:
    from resolver.services import SOURCES

    return [name for name in SOURCES if name.startswith(begun)]


SourceOption = Annotated[
    str,
    typer.Option(
        "--source",
        metavar="NAME",
        autocompletion=_complete_source,
        help="Ask only this one: crossref, openalex, ads...",
    ),
]


OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Ask no network: answers kept from before, and the snapshot.")
]


def add(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(metavar="IDENTIFIER...", help="DOIs, arXiv numbers, ISBNs, web addresses, PDFs; - reads stdin."),
    ] = None,
    key: Annotated[str, typer.Option(metavar="KEY", help="The key to cite it by; one is made without.")] = "",
    type: Annotated[
        str, typer.Option(metavar="TYPE", autocompletion=complete_type, help="By hand: the CSL type, such as webpage.")
    ] = "",
    title: Annotated[str, typer.Option(metavar="TEXT", help="By hand: the title.")] = "",
    author: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help='By hand: "Family, Given" or "{Organisation}"; may be given again.'),
    ] = None,
    date: Annotated[str, typer.Option(metavar="DATE", help="By hand: 2024, 2024-01-16, 2020/2021.")] = "",
    container: Annotated[str, typer.Option(metavar="TEXT", help="By hand: the journal, book or site.")] = "",
    publisher: Annotated[str, typer.Option(metavar="TEXT", help="By hand: the publisher.")] = "",
    url: Annotated[str, typer.Option(metavar="URL", help="By hand: where it is read.")] = "",
    accessed: Annotated[str, typer.Option(metavar="DATE", help="By hand: when it was read there.")] = "",
    language: Annotated[str, typer.Option(metavar="TAG", help="By hand: its language, such as ar.")] = "",
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="By hand: any CSL variable; may be given again."),
    ] = None,
    source: SourceOption = "",
    offline: OfflineOption = False,
    later: Annotated[
        bool, typer.Option("--later", help="Ask no network; keep what nothing here knows as a stub.")
    ] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Ask for what was kept as a stub.")] = False,
    as_json: JsonOption = False,
    library_path: LibraryOption = None,
) -> None:
    """Resolve identifiers and keep the references; print their keys.

    Where no registry can be reached, a stub is kept that cites as a placeholder, and the exit code is 6.

    \b
    Examples:
      refs add 10.24833/2071-8160-2023-6-93-37-68
      refs add https://doi.org/10.1038/171737a0 --key watson1953
      refs add https://cyberleninka.ru/article/n/sovetskaya-diplomatiya paper.pdf
      cat dois.txt | refs add -
      refs add 10.1038/171737a0 --later; refs add --pending
      refs add --type webpage --title "حرب الشتاء" --url https://example.org/
    """
    from refs.actions import add as adding
    from refs.actions import byhand
    from refs.commands import adding as telling

    shelf = library(library_path)
    if pending:
        _fill_in(shelf, bool(identifiers or key or offline or later), source, as_json)
        return
    fields = {
        "title": [title],
        "author": author or [],
        "issued": [date],
        "container-title": [container],
        "publisher": [publisher],
        "URL": [url],
        "accessed": [accessed],
        "language": [language],
    }
    fields = {name: kept for name, texts in fields.items() if (kept := [text for text in texts if text])}
    byhand.read_assignments(field or [], fields)
    by_hand = bool(fields or type)
    if by_hand == bool(identifiers):
        raise UsageError(
            "give either identifiers or --title" if by_hand else "give an identifier, - for stdin, or --title"
        )
    if by_hand:
        telling.done([adding.add_by_hand(shelf, type or "document", fields, key)], as_json)
        return
    asked = telling.asked(identifiers or [])
    if key and len(asked) != 1:
        raise UsageError("--key is the key of one reference; give one identifier with it")
    try:
        resolve = partial(_resolve_many, source=source, offline=offline or later)
        outcomes = adding.add_identifiers(shelf, asked, resolve, key, later=later)
    except adding.Interrupted as interrupt:
        telling.report(interrupt.outcomes, as_json)
        raise
    telling.done(outcomes, as_json)


def _fill_in(shelf: Library, more: bool, source: str, as_json: bool) -> None:
    from refs.actions import pending
    from refs.commands import adding as telling

    if more:
        raise UsageError("--pending asks for all stubs; give no identifiers, --key, --offline or --later with it")
    try:
        results = pending.fill_in(shelf, partial(_references, source=source))
    except pending.Interrupted as interrupt:
        telling.report_filled(interrupt.results, as_json)
        raise
    telling.done_filled(results, as_json)


def _resolver(*, again: bool = False, source: str = "", offline: bool = False) -> Resolver:
    from resolver import KEYS, Resolver

    chosen = config.choices(FLAGS)
    snapshot = setting("snapshot")
    return Resolver(
        mailto=setting("mailto"),
        mirror=setting("mirror"),
        cache_dir=config.cache_directory() / "answers",
        again=again,
        offline=offline,
        source=source,
        snapshot=Path(snapshot).expanduser() if snapshot else None,
        keys={name: chosen[name].value for name in KEYS if name in chosen},
        translation_server=setting("translation-server"),
    )


def _resolve_many(asked: Sequence[Asked], source: str = "", offline: bool = False) -> Iterator[Resolution | RefsError]:
    with _resolver(source=source, offline=offline) as resolver:
        # A text may hold what its identifier has lost: the full stop with which a few DOIs really end.
        papers = (one.identifier if one.identifier.scheme == "pdf" else one.text for one in asked)
        answers = resolver.resolve_many(papers)
        for _, answer in _with_progress(answers, len(asked)):
            yield answer


def _search_many(texts: Sequence[str], offline: bool = False) -> Iterator[Reference | RefsError | None]:
    """Yield for each text the one record that agrees with it in title, first author and year."""
    with _resolver(offline=offline) as resolver:
        for text in _with_progress(iter(texts), len(texts)):
            try:
                accepted = resolver.search(text).accepted
            except NotFoundError:
                accepted = None
            except RefsError as error:
                yield error
                continue
            yield accepted.reference if accepted else None


def _with_progress(answers: Iterator[T], count: int) -> Iterable[T]:
    if count < 4 or not sys.stderr.isatty():
        return answers
    from rich.console import Console
    from rich.progress import track

    return track(answers, "asking registries", count, console=Console(stderr=True), transient=True)


def resolve(
    identifier: Annotated[str, typer.Argument(metavar="IDENTIFIER")],
    explain: Annotated[bool, typer.Option("--explain", help="Tell who was asked, and who gave each field.")] = False,
    source: SourceOption = "",
    offline: OfflineOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the CSL-JSON object.")] = False,
) -> None:
    """Show what the registries say, without keeping it.

    \b
    Examples:
      refs resolve 10.1038/171737a0 --json
      refs resolve 10.1038/171737a0 --explain
      refs resolve 10.1038/171737a0 --source openalex
      refs resolve 10.1038/171737a0 --offline
    """
    from refs.actions.add import paper

    with _resolver(source=source, offline=offline) as resolver:
        answer = resolver.resolve(paper(identifier) or identifier)
    if as_json:
        console.out(csljson.dumps(csljson.to_json(answer.reference), indent=2))
    elif explain:
        for asked in answer.asked:
            console.out(console.visible(f"{asked.service}: {asked.outcome} <{asked.url}>"))
        for name, value in answer.reference.fields.items():
            origin = answer.reference.sources.get(name)
            console.out(console.visible(f"{name} = {readable(value)}  # {origin.name if origin else '?'}"))
    else:
        console.print_fields(answer.reference)
    for notice in answer.notices:
        console.say(notice)


def find(
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS...", help="A pasted reference, or words of it; - reads stdin.")
    ],
    number: Annotated[int, typer.Option("--add", metavar="N", help="Add the candidate of this number.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show the candidates and add none.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the candidates with their scores, and add none.")
    ] = False,
    library_path: LibraryOption = None,
) -> None:
    """Find what a reference without an identifier means, and keep it.

    A candidate that alone agrees in title, first author and year is added at once. Otherwise they are listed, and on
    a terminal you are asked; in a pipe the exit code is then 1, and 7 when there is none.

    \b
    Examples:
      refs find "Khristoforov Soviet diplomacy Finland 1941-1944"
      refs find "Watson, J. D., & Crick, F. H. C. (1953). Molecular structure of nucleic acids. Nature, 171, 737-738."
      refs find watson crick nucleic acids 1953 --add 1
    """
    from refs.commands import adding, finding

    with _resolver() as resolver:
        found = resolver.search(sys.stdin.read() if words == ["-"] else " ".join(words))
    for notice in found.notices:
        console.say(notice)
    if as_json and not number:
        finding.print_json(found.candidates)
    elif chosen := finding.chosen(found, number, dry_run):
        adding.done(_added(chosen.reference, library_path), as_json)


def _added(reference: Reference, library_path: str | None) -> list[Outcome]:
    """Add the whole record of a candidate: what a search answers with is often less."""
    from refs.actions import add as adding
    from refs.identifiers import Identifier

    identifier = Identifier(*next(iter(reference.work_identifiers())))
    return adding.add_identifiers(library(library_path), [adding.Asked(identifier, str(identifier))], _resolve_many)


def refresh(
    keys: KeysArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="All references that have an identifier.")] = False,
    imported: Annotated[
        bool, typer.Option("--imported", help="Also replace what came from files; what you typed always stays.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show the differences and change nothing.")] = False,
    library_path: LibraryOption = None,
) -> None:
    """Ask the registries again, and show what they changed.

    \b
    Examples:
      refs refresh khristoforov2024soviet
      refs refresh --all --dry-run
    """
    from refs.actions import refresh as refreshing
    from refs.commands import adding as telling

    if bool(keys) == everything:
        raise UsageError("give keys or --all")
    shelf = library(library_path)
    ask = partial(_references, again=True)
    try:
        results = refreshing.refresh(shelf, keys or (), ask, imported=imported, dry=dry_run)
    except refreshing.Interrupted as interrupt:
        telling.report_refreshed(interrupt.results, dry_run)
        raise
    telling.done_refreshed(results, dry_run)


def _references(identifiers: Sequence[str], again: bool = False, source: str = "") -> Iterator[Reference | RefsError]:
    with _resolver(again=again, source=source) as resolver:
        for _, answer in _with_progress(resolver.resolve_many(identifiers), len(identifiers)):
            yield answer if isinstance(answer, RefsError) else answer.reference


def _snapshots() -> tuple[Any, Any]:
    from resolver.snapshot import Snapshot
    from resolver.snapshotbuild import build

    return Snapshot, build


COMMANDS = {  # in the order of the help: the module and the function of each
    "add": (__name__, "add"),
    "import": ("refs.commands.transfer", "import_files"),
    "list": ("refs.commands.listing", "list_references"),
    "show": ("refs.commands.keeping", "show"),
    "tag": ("refs.commands.tagging", "app"),
    "tags": ("refs.commands.tagging", "tags"),
    "collection": ("refs.commands.collecting", "app"),
    "cite": ("refs.commands.citing", "cite"),
    "export": ("refs.commands.transfer", "export"),
    "render": ("refs.commands.rendering", "render"),
    "scan": ("refs.commands.papers", "scan"),
    "rewrite": ("refs.commands.papers", "rewrite"),
    "sync": ("refs.commands.papers", "sync"),
    "lock": ("refs.commands.locking", "lock"),
    "convert": ("refs.commands.transfer", "convert"),
    "fmt": ("refs.commands.fmt", "fmt"),
    "quarantine": ("refs.commands.quarantine", "app"),
    "edit": ("refs.commands.keeping", "edit"),
    "set": ("refs.commands.changing", "set_"),
    "unset": ("refs.commands.changing", "unset"),
    "rename": ("refs.commands.changing", "rename"),
    "why": ("refs.commands.changing", "why"),
    "note": ("refs.commands.attaching", "note"),
    "attach": ("refs.commands.attaching", "attach"),
    "open": ("refs.commands.attaching", "open_"),
    "remove": ("refs.commands.keeping", "remove"),
    "duplicates": ("refs.commands.duplicates", "duplicates"),
    "merge": ("refs.commands.duplicates", "merge"),
    "distinct": ("refs.commands.duplicates", "distinct"),
    "undo": ("refs.commands.history", "undo"),
    "redo": ("refs.commands.history", "redo"),
    "history": ("refs.commands.history", "history"),
    "diff": ("refs.commands.history", "diff"),
    "purge": ("refs.commands.history", "purge"),
    "backup": ("refs.commands.upkeep", "backup"),
    "restore": ("refs.commands.upkeep", "restore"),
    "doctor": ("refs.commands.upkeep", "doctor"),
    "find": (__name__, "find"),
    "resolve": (__name__, "resolve"),
    "refresh": (__name__, "refresh"),
    "snapshot": ("refs.commands.snapshot", "app"),
    "check": ("refs.commands.checking", "check"),
    "styles": ("refs.commands.citing", "styles"),
    "demo": ("refs.commands.demo", "demo"),
    "config": ("refs.commands.settings", "app"),
}


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Return the app with these commands: reading the options of all of them costs a fifth of a short command."""
    app = typer.Typer(
        name="refs",
        rich_markup_mode=None,  # plain help costs half the time of rich's
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(invoke_without_command=True)(everywhere)
    for name in names:
        module, attribute = COMMANDS[name]
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; every failure is one line on stderr."""
    console.open_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    with heeding_signals() as stop:
        try:
            code = _run(words)
            sys.stdout.flush()
        except Exception as error:
            code = _failed(error)
        except KeyboardInterrupt:
            console.complain(stop.reason)
            code = stop.exit_code
    return code


def _run(words: list[str]) -> int:
    app = build(words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS)
    if COMPLETION in os.environ:
        app(args=words, prog_name="refs")
    # Typer's own start would swallow an interrupt and a closed pipe, which are ours to answer.
    with typer.main.get_command(app).make_context("refs", words) as context:
        context.command.invoke(context)
    return 0


COMPLETION = "_REFS_COMPLETE"  # the variable by which the shell asks for completions


def _failed(error: Exception) -> int:
    """Tell the person what went wrong, in one line, and return the exit code."""
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # The reader left, which is its right; a second flush at exit must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if os.environ.get("REFS_TRACEBACK"):
        raise error
    message, code = _explained(error)
    console.complain(message)
    return code


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, typer.TyperException):
        return error.format_message().rstrip("."), error.exit_code
    if isinstance(error, RefsError):
        return str(error), error.exit_code
    if isinstance(error, UnicodeEncodeError):
        return "an argument is not valid UTF-8", UsageError.exit_code
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower(), StorageError.exit_code
    return f"a defect in refs: {type(error).__name__}: {error}; REFS_TRACEBACK=1 shows where", RefsError.exit_code
