"""A .bib file that is read again: whatever changed in it, the result is that of reading it for the first time."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from refs import config
from refs.actions import reading
from refs.formats import Block, bibtex
from refs.formats.bibagain import Known, read
from refs.formats.bibscan import Raw
from tests.running import Run

DATA = Path(__file__).parent / "data" / "bibtex"
SHARED = Path(os.environ.get("REFS_SHARED", ""), "bib")
# What changes how a file is split, or what an entry means.
PIECES = (
    *'{}",@%\\#=()\n\r',
    "\n@",
    "\n  @book{k, title={x}}",
    "\n@ article{s, title={x}}\n",
    "\n@comment{",
    "\n@comment{x}\n",
    '\n@string{pub = "Other"}\n',
    "\n@string{jan = {Jan}}\n",
    "\n% note\n",
    "\n%@book{old,\n% title={x}}\n",
    "\n@misc(paren, note={x})\n",
    "\n@book{p, title={Parent}, publisher=pub}\n",
    "\n@inbook{c, crossref={p}, title={Child}}\n",
    "\n@xdata{x, publisher={X}}\n@book{y, xdata={x}, title={Y}, note=undefined}\n",
    "\n@article{a\\}, title={a \\{ b}}\n",
    "\n@misc{broken, title={x\n",
    "me@example.org {x}\n",
)
SAMPLE = """% Made by hand
@string{pub = "Press"} @preamble{"x"}

@book{one, title={One}, author={Müller, Hans and {The Group}}, publisher=pub # { \\& Sons}, month=jan, year=1999}
% between
@inbook{two, crossref={one}, title={Two}, ids={zwei, deux}}
@article{three,
  title = {Three \\emph{times}},
  date = {1999-05/2000},
  title_romanised_ru-latn = {Tri},
  eprint = {1706.03762}, eprinttype = {arxiv},
}

@comment{jabref-meta: databaseType:bibtex;}
"""


def kept(known: Known) -> Known:
    """Return the records as they come from the disk."""
    return Known(json.loads(json.dumps(known.plain)))


def changed(text: str, chance: random.Random) -> str:
    """Return a text with up to three pieces dropped, put in or moved."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(text) + 1)
        piece = chance.choice(PIECES)
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:place] + piece + text[place:]
        elif kind == 1:
            found = text.find(piece[:1], place)
            text = text[:found] + text[found + 1 :] if found >= 0 else text
        elif kind == 2:
            end = place + chance.choice((1, 5, 60))
            text = text[:place] + text[end:]
        else:
            line = text.find("\n", place) + 1
            text = text[:line] + piece.lstrip("\n") + text[line:]
    return text


def assert_read_alike(text: str, known: Known) -> Known:
    again = kept(known)
    found = read(text, "refs.bib", again)
    assert found == bibtex.read(text, "refs.bib"), text
    return again


def test_what_did_not_change_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known()
    first = read(SAMPLE * 2, "refs.bib", known)
    assert known.parsed
    parsed: list[str] = []
    evaluate = bibtex.evaluate

    def counted(raw: Raw, macros: dict[str, str]) -> bibtex.Entry | None:
        parsed.append(raw.key)
        return evaluate(raw, macros)

    monkeypatch.setattr("refs.formats.bibagain.evaluate", counted)
    again = kept(known)
    assert read(SAMPLE * 2, "refs.bib", again) == first
    assert not again.parsed
    # those that inherit, and the parent whose fields they need
    assert set(parsed) == {"one", "two"}


def test_an_abbreviation_that_means_something_else_now_is_seen() -> None:
    known = Known()
    read(SAMPLE, "refs.bib", known)
    text = SAMPLE.replace('"Press"', '"Presse"')
    found = read(text, "refs.bib", kept(known))
    assert found[3].reference is not None
    assert found[3].reference.text("publisher") == "Presse & Sons"
    assert found == bibtex.read(text, "refs.bib")


def test_any_change_is_read_as_if_for_the_first_time() -> None:
    """Change a file in 2,000 ways, each read with the records of the one before."""
    chance = random.Random(7)  # noqa: S311
    texts = [SAMPLE, SAMPLE.replace("\n", "\r\n"), *(path.read_text("utf-8") for path in sorted(DATA.glob("*.bib")))]
    for text in texts:
        known = assert_read_alike(text, Known())
        for _ in range(2000 // len(texts)):
            mutated = changed(text, chance)
            assert_read_alike(mutated, known)
            assert_read_alike(text, assert_read_alike(mutated, Known()))


@pytest.mark.skipif("REFS_SHARED" not in os.environ, reason="REFS_SHARED names no folder with real .bib files")
def test_real_files_are_read_alike_again() -> None:
    files = sorted(path for path in SHARED.rglob("*.bib") if path.stat().st_size < 100_000)
    limit = int(os.environ.get("REFS_CORPUS_FILES", "150"))
    chance = random.Random(3)  # noqa: S311
    for path in chance.sample(files, min(limit, len(files))):
        text = path.read_bytes().decode("utf-8", "replace")
        known = assert_read_alike(text, Known())
        assert_read_alike(changed(text, chance), known)


def large(entries: int = 4000) -> str:
    return "".join(f"@book{{k{i},\n  title = {{Title {i}}},\n  note = {{{'x' * 40}}},\n}}\n\n" for i in range(entries))


def files_kept() -> list[Path]:
    folder = config.cache_directory() / "bib"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_large_file_is_kept_and_a_small_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, path = tmp_path / "small.bib", tmp_path / "large.bib"
    small.write_text(SAMPLE, encoding="utf-8")
    reading.read_file(small)
    assert files_kept() == []
    path.write_text(large(), encoding="utf-8")
    first = reading.read_file(path)
    (file,) = files_kept()
    written = file.stat().st_mtime_ns
    called: list[Block] = []
    monkeypatch.setattr("refs.formats.bibagain.split", called.append)
    assert reading.read_file(path) == first
    assert (called, file.stat().st_mtime_ns) == ([], written)


@pytest.mark.parametrize("damage", [b"", b"\n\n", b"x" * 100, b"{}\n{}\n{}"])
def test_a_damaged_file_of_records_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "large.bib"
    path.write_text(large(), encoding="utf-8")
    first = reading.read_file(path)
    (file,) = files_kept()
    whole = file.read_bytes()
    for data in (damage, whole[: len(whole) // 2], whole.replace(b"Title 7", b"Other 7", 1)):
        file.write_bytes(data)
        assert reading.read_file(path) == first
        assert file.read_bytes() == whole


def test_records_of_another_reader_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.bib"
    path.write_text(large(), encoding="utf-8")
    reading.read_file(path)
    (file,) = files_kept()
    before = file.read_bytes()
    monkeypatch.setattr(reading, "_stamp", lambda: b"another")
    reading.read_file(path)
    assert file.read_bytes() == before.replace(before.partition(b"\n")[0], b"another", 1)


def test_a_cache_that_cannot_be_written_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.bib"
    path.write_text(large(), encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setattr(config, "cache_directory", lambda: tmp_path / "file" / "below")
    assert len(reading.read_file(path).references) == 4000


def test_the_oldest_records_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        path = tmp_path / f"{number}.bib"
        path.write_text(large(), encoding="utf-8")
        reading.read_file(path)
        if number == 0:
            oldest = files_kept()[0]
            os.utime(oldest, (1, 1))
            monkeypatch.setattr(reading, "MAX_KEPT", 2 * oldest.stat().st_size + 1000)
    assert len(files_kept()) == 2
    assert oldest not in files_kept()


def test_convert_gives_the_same_again(refs: Run, tmp_path: Path) -> None:
    path = tmp_path / "large.bib"
    path.write_text(large(), encoding="utf-8")
    first = refs("convert", str(path), "-", "--to", "csljson").out
    assert files_kept()
    assert refs("convert", str(path), "-", "--to", "csljson").out == first
