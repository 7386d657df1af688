"""Lock how the references of documents print, and tell what a rebuild would print otherwise."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from refs import papers
from refs.actions import citing, scanning
from refs.actions.reading import read_bytes
from refs.actions.refresh import identifier
from refs.checking import Finding
from refs.errors import ConflictError, Location, NotFoundError, ParseError, UsageError
from refs.formats import csljson
from refs.model import Reference
from refs.papers import lockfile
from refs.papers.lockfile import FORMS, Lock, Locked
from refs.worddiff import word_difference

if TYPE_CHECKING:
    from refs.actions.scanning import Scan
    from refs.csl import Processor
    from refs.csl.repository import StyleSource
    from refs.csl.style import Element

NAME = "refs.lock"
RULE = "locked"
UNPRINTED = frozenset({"abstract", "annote", "keyword"})
"""What a lock leaves out unless the style reads it: long, private, and changed while the work is being read."""
Form = tuple[str, *tuple[Mapping[str, str], ...]]
CITES: Mapping[str, Form] = {
    "citation": ("", {}),
    "page": ("", {"locator": "1", "label": "page"}),
    "again": ("", {"position": "subsequent"}),
    "ibid": ("", {"position": "ibid"}),
    "narrative": ("composite", {}),
}
"""The mode and the cites of each form that is printed in the text."""
JOINED: Form = ("", {"locator": "1"}, {"locator": "2"})
"""What is hashed besides: how a style joins what stands in one citation."""
POSITIONS = ("first", "subsequent", "ibid", "ibid-with-locator", "near-note")
"""What a style may test; where it does not, a work is cited each time as the first time."""
TARGETS = ("markdown", "html")
TOLD = {
    "entry": "prints otherwise",
    "citation": "is cited otherwise",
    "page": "is cited otherwise with a page",
    "again": "is cited otherwise the second time",
    "ibid": "is cited otherwise after itself",
    "narrative": "is cited otherwise with its author in the text",
}


def place(documents: Sequence[Path], given: str = "") -> Path:
    """Return where the lock of documents lies: the file given, else `refs.lock` beside the first."""
    if given == "-":
        raise UsageError("a lock is a file, not -")
    return Path(given) if given else (documents[0].parent if documents else Path()) / NAME


def read(path: Path) -> Lock:
    """Return the lock in a file; NotFoundError when there is none, ParseError for one that cannot be read."""
    if not path.exists():
        raise NotFoundError(f"{path}: there is no such lock: refs lock DOC makes one")
    try:
        text = read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(
            "no lock file: not UTF-8", Location(str(path), error.object.count(b"\n", 0, error.start) + 1)
        ) from None
    return lockfile.loads(text, str(path))


def documents(lock: Lock, path: Path, given: Sequence[Path], *, more: bool = False) -> list[Path]:
    """Return the documents of the lock in a file, or the ones given, which may be `more`.

    Raise ConflictError for others.
    """
    named = [path.parent / name for name in lock.documents]
    there, wanted = ({one.resolve() for one in paths} for paths in (named, given))
    if given and (not there <= wanted if more else there != wanted):
        locked, others = ", ".join(lock.documents), " ".join(map(str, given))
        raise ConflictError(f"{path} locks {locked}, not {others}: give these, or --lock FILE for another lock")
    return list(given) if given and more else named


@dataclass(frozen=True, slots=True)
class Made:
    """A lock of what would print now, the works of the documents that it was made of, and what was odd in these.

    `lacking` are the keys whose references were kept from the lock before.
    """

    lock: Lock
    found: Scan
    problems: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def make(
    shelf: scanning.Shelf,
    paths: Sequence[Path],
    path: Path,
    style: str,
    locale: str = "",
    language: str = "",
    kept: Lock | None = None,
) -> Made:
    """Return the lock of documents as they would print now; `path` is where it is to lie.

    `style` is a name as `find_style` takes it; what the shelf lacks is taken from the lock that is `kept`. Raise
    NotFoundError for an unknown style or locale.
    """
    from refs import __version__
    from refs.csl.repository import find_style

    shelf, odd = _with_own(shelf, paths)
    found = scanning.scan(shelf, paths)
    lacking = _fill(found, kept) if kept else []
    source = find_style(style)
    references = found.once
    shown = [citing.in_language(one, language) for one in references] if language else references
    processor = citing.processor(shown, style, locale)
    order, printed = _printed(processor, [one.key for one in references])
    left_out = frozenset(name for name in _unprinted(paths) if not _mentions(processor.style.root, "variable", name))
    lock = Lock(
        refs=__version__,
        documents=tuple(_relative(one, path.parent) for one in paths),
        style=_relative(Path(style), path.parent) if _is_file(style) else source.id,
        style_sha256=_sha256(source.data),
        parent=_parent(source),
        locale=processor.locale,
        locale_sha256=_locale_sha256(processor.locale),
        language=language,
        order=order,
        references=dict(_locked(found, printed, left_out)),
    )
    return Made(lock, found, (*odd, *processor.problems), tuple(lacking))


def _with_own(shelf: scanning.Shelf, paths: Sequence[Path]) -> tuple[scanning.Shelf, list[str]]:
    """Return where keys are looked up, as `refs render` does for what it renders, and what is odd there."""
    if not any(map(_is_rendered, paths)):
        return shelf, []
    from refs.actions import rendering

    return rendering.with_own(shelf, paths)


def _is_rendered(path: Path) -> bool:
    return papers.READERS.get(path.suffix.lower()) == "markdown"


def style_and_locale(paths: Sequence[Path], style: str, locale: str) -> tuple[str, str]:
    """Return the style and locale that the first document names as `refs render` reads it, else those given."""
    if not _is_rendered(paths[0]):
        return style, locale
    from refs.actions import rendering

    wanted = rendering.Wanted("", default_style=style, default_locale=locale)
    return rendering.style_and_locale(papers.read_manuscript(paths[0]), paths[0], wanted, rendering.Rendered())


def _fill(found: Scan, kept: Lock) -> list[str]:
    """Give the works that are missing the references of a lock, and return their keys."""
    locked = Shelf(kept).existing([work.key for work in found.missing])
    same = Shelf(kept).aliases()
    found.works = [
        replace(work, status=scanning.LIBRARY, reference=locked[work.key], own=same.get(work.key, work.key))
        if work.key in locked
        else work
        for work in found.works
    ]
    return list(locked)


def style_of(lock: Lock, path: Path) -> str:
    """Return the style of the lock in a file as it is found from here: a style's file lies relative to the lock."""
    beside = path.parent / lock.style
    return str(beside) if _is_file(str(beside)) else lock.style


def locale_of(lock: Lock) -> str:
    """Return the locale to print a lock's style in, "" for one that only the style knows."""
    from refs.csl.repository import has_locale

    return lock.locale if has_locale(lock.locale) else ""


@dataclass(frozen=True, slots=True)
class Build:
    """What documents are built from by a lock: the references, and the style, locale and language to print in."""

    shelf: Shelf
    style: str
    locale: str
    language: str


def opened(path: Path) -> Build:
    """Return what the lock in a file builds from; ConflictError when its style or locale is another here."""
    from refs.csl.repository import find_style

    lock = read(path)
    style = style_of(lock, path)
    source = find_style(style)
    here = replace(
        lock,
        style_sha256=_sha256(source.data),
        parent=_parent(source),
        locale_sha256=_locale_sha256(lock.locale),
    )
    if lines := versions(lock, here):
        raise ConflictError("\n".join(lines))
    return Build(Shelf(lock), style, locale_of(lock), lock.language)


def _parent(source: StyleSource) -> str:
    """Return the independent style that a dependent one stands for, else ""."""
    stem = Path(source.path).stem
    return stem if stem != source.id else ""


def _sha256(data: bytes) -> str:
    """Return the hash of a file with the line ends of Unix, which git may have changed."""
    return sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def _is_file(name: str) -> bool:
    return name.lower().endswith((".csl", ".xml")) and Path(name).is_file()


def _relative(path: Path, folder: Path) -> str:
    """Return a path as it is seen from a folder, which is the same on every machine."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        raise UsageError(f"{path} is on another drive than the lock, which must lie beside it") from None


def _locale_sha256(tag: str) -> str:
    """Return the hash of the files that the terms of a locale come from."""
    from refs.csl.locale import fallback
    from refs.csl.repository import locale_source

    return _sha256(b"".join(locale_source(one) or b"" for one in fallback(tag)))


def _unprinted(paths: Sequence[Path]) -> frozenset[str]:
    """Return the fields that may be left out: not the tags, where BibLaTeX filters by them."""
    from refs.papers import dialects

    filtered = any(dialects.program(path) == "biber" for path in paths)
    return UNPRINTED - {"keyword"} if filtered else UNPRINTED


def _mentions(element: Element, attribute: str, word: str) -> bool:
    """Tell whether anything in a style has a word in an attribute, such as a variable that it prints or tests."""
    if word in element.get(attribute).split():
        return True
    return any(_mentions(child, attribute, word) for child in element.children)


def _locked(
    found: Scan, printed: Mapping[str, tuple[dict[str, str], str]], left_out: frozenset[str]
) -> Iterator[tuple[str, Locked]]:
    first: dict[str, str] = {}
    for work in found.works:
        if work.reference is None:
            continue
        key = work.reference.key
        same = first.setdefault(work.own or work.key, key)
        forms, hashed = printed.get(key, ({}, ""))
        yield (
            key,
            Locked(
                key,
                lockfile.record_of(work.reference, left_out),
                csljson.clean(identifier(work.reference) or work.reference.text("URL")),
                forms,
                hashed,
                same if same != key else "",
                work.key if work.key != key else "",
            ),
        )


def _printed(
    processor: Processor, keys: Sequence[str]
) -> tuple[tuple[str, ...], dict[str, tuple[dict[str, str], str]]]:
    """Return the order of the bibliography, and what each key prints: its forms, and their hash as HTML.

    Styles without a bibliography have an order all the same, by which they number.
    """
    from refs.csl.writers import write_entry

    quotes = processor.compiled.quotes
    entries = {entry.id: processor.runs(entry.tree) for entry in processor.entries()}
    repeats = any(_mentions(processor.style.root, "position", name) for name in POSITIONS)
    found = {}
    for key in keys:
        written = {name: write_entry(entries[key], name, quotes) for name in TARGETS} if key in entries else {}
        cited = _cited(processor, key, repeats=repeats)
        texts = {"entry": written["markdown"]} if written else {}
        for name in CITES:
            text = cited[name]["markdown"]
            if name == "citation" or text != texts["citation"]:
                texts[name] = text
        pages = [written.get("html", ""), *(one["html"] for one in cited.values())]
        found[key] = texts, lockfile.digest("\n".join(pages))
    return tuple(entries) if processor.has_bibliography else tuple(processor.order()), found


def _cited(processor: Processor, key: str, *, repeats: bool) -> dict[str, dict[str, str]]:
    """Return the forms of a citation by target, and how it is joined; `repeats` tells whether later ones differ."""
    from refs.csl.writers import write

    cited: dict[str, dict[str, str]] = {}
    for name, (mode, *cites) in {**CITES, "joined": JOINED}.items():
        if "position" in cites[0] and not repeats:
            cited[name] = cited["citation"]
            continue
        tree = processor.tree([{"id": key, **cite} for cite in cites], mode)
        runs = processor.runs(tree, processor.style.is_note)
        cited[name] = {target: write(runs, target, processor.compiled.quotes) for target in TARGETS}
    return cited


@dataclass(frozen=True, slots=True)
class Shelf:
    """The references of a lock in the place of a library's, as `scanning.scan` looks them up."""

    lock: Lock

    def keys(self) -> list[str]:
        """Return the keys of what is cited."""
        return sorted(key for key, one in self.lock.references.items() if one.printed)

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        """Return the references that documents cite by these keys."""
        named = {one.cited_as or key: one for key, one in self.lock.references.items()} | dict(self.lock.references)
        return {key: named[key].reference for key in keys if key in named}

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        """Return None for each: what a document brings along is locked under its key."""
        return [None for _ in references]

    def aliases(self) -> dict[str, str]:
        """Return the key that prints for each that does not itself."""
        return {key: one.same for key, one in self.lock.references.items() if one.same}


def differences(lock: Lock, now: Made, file: str = "") -> list[Finding]:
    """Return what would print otherwise than the lock of a file says, by key, then the order of the bibliography."""
    places = {work.reference.key if work.reference else work.key: work for work in now.found.works}
    numbers, others = ({key: n for n, key in enumerate(one.order, 1)} for one in (lock, now.lock))
    findings: list[Finding] = []
    numbered: list[str] = []
    for key in sorted({*lock.references, *now.lock.references}):
        before, after = lock.references.get(key), now.lock.references.get(key)
        here = _place(places.get(key), lock.lines.get(key, 0), file)
        if before and after and _is_renumbered(before, after, numbers.get(key, 0), others.get(key, 0)):
            numbered.append(f"{key} {numbers[key]} → {others[key]}")
            continue
        changes = _changes(key, before, after, cited=key in places)
        findings += [replace(one, file=here.file, line=here.line, column=here.column) for one in changes]
    if numbered:
        findings.append(Finding(RULE, "", f"prints with other numbers: {listed(numbered)}", file=file, line=1))
    order, other_order = [key for key in numbers if key in others], [key for key in others if key in numbers]
    if order != other_order:
        message = f"the bibliography is in another order: {word_difference(' '.join(order), ' '.join(other_order))}"
        findings.append(Finding(RULE, "", message, file=file, line=1))
    return findings


def _place(work: scanning.Work | None, line: int, file: str) -> Location:
    """Return where a work is cited first, else where it stands in the lock."""
    if work and work.citations:
        first = work.citations[0]
        return Location(first.file, first.line, first.column)
    return Location(file, line or 1)


def listed(texts: Sequence[str]) -> str:
    """Return the first of several texts, and how many more there are."""
    more = len(texts) - 5
    return ", ".join(texts[:5]) + (f" and {more} more" if more > 0 else "")


def _changes(key: str, before: Locked | None, after: Locked | None, *, cited: bool) -> Iterator[Finding]:
    """Yield what prints otherwise of one key: its entry, and the first of its citations that differs."""
    if before is None or after is None:
        one = before or after
        text = one.form("entry") or one.form("citation") if one else ""
        if not text:
            return
        reason = "the lock lacks it, it would print" if after else "it would no longer print, the lock has"
        if not after and cited:
            reason = "no reference has this key now, the lock has"
        yield Finding(RULE, key, f"{reason}: {text}", written=text if before else "", found=text if after else "")
        return
    changed = [name for name in FORMS if before.form(name) != after.form(name)]
    for name in [*changed[:1], *(name for name in changed[1:2] if changed[0] == "entry")]:
        written, found = before.form(name), after.form(name)
        yield Finding(RULE, key, f"{TOLD[name]}: {word_difference(written, found)}", written=written, found=found)
    if not changed and before.printed_sha256 != after.printed_sha256:
        yield Finding(RULE, key, "prints the same words, but otherwise set or joined", written=before.form("entry"))


def _is_renumbered(before: Locked, after: Locked, number: int, other: int) -> bool:
    """Tell whether a reference prints as before but for its number in the bibliography; 0 is none."""
    if before.printed == after.printed or not number or not other:
        return False
    mark = re.compile(rf"(?<!\d){number}(?!\d)")
    return all(mark.sub(str(other), before.form(name), count=1) == after.form(name) for name in FORMS)


def unprinted(lock: Lock, now: Lock) -> list[str]:
    """Return the keys whose records are others than those of the lock, and print the same."""
    pairs = ((key, one, now.references.get(key)) for key, one in lock.references.items())
    return [
        key
        for key, before, after in pairs
        if after and before.record_sha256 != after.record_sha256 and before.printed_sha256 == after.printed_sha256
    ]


def versions(lock: Lock, now: Lock) -> list[str]:
    """Return a line for the style and the locale when they are other versions than those of the lock."""
    pairs = (
        ("style", now.parent or lock.style, lock.style_sha256, now.style_sha256),
        ("locale", lock.locale, lock.locale_sha256, now.locale_sha256),
    )
    return [
        f"the {kind} {name} is not the one that was locked (sha256 {theirs[:8]}…, here {mine[:8]}…): "
        f"install refs {lock.refs} with its styles, or accept it by refs lock"
        for kind, name, theirs, mine in pairs
        if theirs != mine
    ]
