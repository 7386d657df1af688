"""Locks: what a rebuild would print otherwise is told, and with the same lock every machine prints the same bytes."""

from __future__ import annotations

import difflib
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs import Library, Reference
from refs.actions import locking
from refs.errors import ParseError
from refs.papers import lockfile
from refs.papers.lockfile import Lock, Locked
from refs.worddiff import word_difference
from tests.office import WALDEN, citation, docx, field, zotero_item
from tests.running import Result, Run
from tests.sample_references import references

ROOT = Path(__file__).parent.parent
LOCK = Path("refs.lock")
HASH = re.compile(r"[0-9a-f]{64}")
PAPER = Path("paper.md")
BIB = r"""
@article{helix, title={The Helix and \emph{E. coli}}, author={Crane, Ann and Diaz, Ben}, journal={Letters}, year=1953,
  volume=7, pages={1--9}, doi={10.5555/helix}, abstract={Long}, keywords={dna}, file={:/home/ann/a.pdf:PDF}}
@book{one, title={One}, author={Doe, Jane}, publisher={Pub}, year=2001}
@book{two, title={Two}, author={Doe, Jane}, publisher={Pub}, year=2001}
@book{wang, title={乙与甲的研究}, author={王, 伟}, publisher={出版社}, year=2010}
"""


@pytest.fixture
def filled(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Fill the library and go where a paper cites some of it."""
    monkeypatch.chdir(tmp_path)
    Path("l.bib").write_text(BIB, encoding="utf-8")
    assert refs("import", "l.bib").code == 0
    Path("l.bib").unlink()
    PAPER.write_text("As [@helix, p. 3] and [@one] say.\n", encoding="utf-8")
    return refs


@pytest.fixture
def locked(filled: Run) -> Run:
    """Lock that paper in APA."""
    assert filled("lock", "paper.md").err == "locked refs.lock, 2 references in apa, en-US\n"
    return filled


def text() -> str:
    return LOCK.read_text(encoding="utf-8")


def edit(before: str, after: str) -> None:
    """Change the lock as a person would."""
    assert before in text()
    LOCK.write_text(text().replace(before, after, 1), encoding="utf-8")


def messages(result: Result) -> list[str]:
    """Return what a check printed, without places and the name of the rule."""
    return [line.partition(": ")[2].removesuffix(" [locked]") for line in result.out.splitlines()]


def test_a_lock_says_what_is_cited_and_how_it_prints(locked: Run) -> None:
    assert HASH.sub("#", text()) == (
        "# The references of documents and how they print: `refs lock` writes this file, "
        "`refs check --locked` compares.\n"
        "version = 1\n"
        'refs = "0.1.0"\n'
        'style = "apa"\n'
        'style-sha256 = "#"\n'
        'locale = "en-US"\n'
        'locale-sha256 = "#"\n'
        'documents = [\n  "paper.md",\n]\n'
        'order = [\n  "helix",\n  "one",\n]\n'
        "\n[reference.helix]\n"
        'identifier = "doi:10.5555/helix"\n'
        'record-sha256 = "#"\n'
        'printed-sha256 = "#"\n'
        'entry = "Crane, A., & Diaz, B. (1953). The Helix and *E. coli*. *Letters*, *7*, 1–9. '
        'https://doi.org/10.5555/helix"\n'
        'citation = "(Crane & Diaz, 1953)"\n'
        'page = "(Crane & Diaz, 1953, p. 1)"\n'
        'narrative = "Crane & Diaz (1953)"\n'
        'record.DOI = "10.5555/helix"\n'
        'record.author = [{family = "Crane", given = "Ann"}, {family = "Diaz", given = "Ben"}]\n'
        'record.container-title = "Letters"\n'
        "record.issued = {date-parts = [[1953]]}\n"
        'record.page = "1-9"\n'
        'record.title = "The Helix and <i>E. coli</i>"\n'
        'record.type = "article-journal"\n'
        'record.volume = "7"\n'
        "\n[reference.one]\n"
        'record-sha256 = "#"\n'
        'printed-sha256 = "#"\n'
        'entry = "Doe, J. (2001). *One*. Pub."\n'
        'citation = "(Doe, 2001)"\n'
        'page = "(Doe, 2001, p. 1)"\n'
        'narrative = "Doe (2001)"\n'
        'record.author = [{family = "Doe", given = "Jane"}]\n'
        "record.issued = {date-parts = [[2001]]}\n"
        'record.publisher = "Pub"\n'
        'record.title = "One"\n'
        'record.type = "book"\n'
        "\n# end\n"
    )
    record = {
        "author": [{"family": "Doe", "given": "Jane"}],
        "issued": {"date-parts": [[2001]]},
        "publisher": "Pub",
        "title": "One",
        "type": "book",
    }
    data = json.dumps(record, separators=(",", ":")).encode()
    assert f'record-sha256 = "{sha256(data).hexdigest()}"' in text()


def test_nothing_new_leaves_the_bytes_alone(locked: Run) -> None:
    stamp = LOCK.stat().st_mtime_ns
    again = locked("lock")
    assert (again.code, again.out, again.err) == (0, "", "unchanged: refs.lock, 2 references in apa, en-US\n")
    assert LOCK.stat().st_mtime_ns == stamp
    for words in (("check", "--locked"), ("check", "paper.md", "--only", "locked"), ("check", "--lock", "refs.lock")):
        result = locked(*words)
        assert (result.code, result.out) == (0, "")
        assert result.err == "as locked: refs.lock, 2 references in apa, en-US\n"


def test_a_changed_title_is_shown_word_by_word_and_accepted_by_locking_again(locked: Run) -> None:
    locked("set", "helix", "title=The Double Helix and <i>E. coli</i>")
    result = locked("check", "--locked")
    assert result.code == 1
    difference = "prints otherwise: … B. (1953). The {+Double +}Helix and *E. coli*. …"
    assert result.out == f"paper.md:1:6: helix: {difference} [locked]\n"
    assert "not as locked: refs.lock" in result.err
    before = text()
    dry = locked("lock", "--dry-run")
    assert (dry.code, dry.out, text()) == (0, f"helix: {difference}\n", before)
    again = locked("lock")
    assert (again.code, again.out) == (0, f"helix: {difference}\n")
    changed = [line for line in difflib.ndiff(before.splitlines(), text().splitlines()) if line[0] in "+-"]
    assert {line.split(" = ")[0][2:] for line in changed} == {
        "record-sha256",
        "printed-sha256",
        "entry",
        "record.title",
    }
    assert locked("check", "--locked").code == 0


@pytest.mark.parametrize("form", ["json", "github", "sarif", "errorformat"])
def test_differences_are_told_in_every_form(locked: Run, form: str) -> None:
    locked("set", "one", "title=Eins")
    result = locked("check", "paper.md", "--locked", "--format", form)
    assert result.code == 1
    assert "*[-One-]{+Eins+}*" in result.out
    if form == "json":
        found = json.loads(result.out)
        assert (found["rule"], found["key"], found["file"], found["line"]) == ("locked", "one", "paper.md", 1)
        assert (found["written"], found["found"]) == ("Doe, J. (2001). *One*. Pub.", "Doe, J. (2001). *Eins*. Pub.")
    if form == "sarif":
        assert json.loads(result.out)["runs"][0]["results"][0]["ruleId"] == "locked"


def test_a_record_that_prints_the_same_is_told_and_no_failure(locked: Run) -> None:
    locked("set", "one", "call-number=Shelf 5")
    result = locked("check", "--locked")
    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("the record was changed, and prints the same: one\nas locked: ")


def test_what_is_private_or_not_printed_is_no_part_of_a_lock(locked: Run) -> None:
    assert not [word for word in ("abstract", "keyword", "annote", "/home/ann", "Long", "l.bib") if word in text()]
    before = text()
    locked("tag", "one", "+reading")
    locked("note", "one", "Weak.")
    assert (locked("check", "--locked").err, text()) == ("as locked: refs.lock, 2 references in apa, en-US\n", before)


def test_what_a_style_or_biblatex_reads_stays_in_a_lock(filled: Run) -> None:
    style = Path("annotated.csl")
    style.write_text(STYLE.replace('<text variable="title"/>', '<text variable="title"/><text variable="abstract"/>'))
    assert filled("lock", "paper.md", "--style", "annotated.csl").code == 0
    assert 'record.abstract = "Long"' in text()
    Path("paper.tex").write_text("\\usepackage{biblatex}\\addbibresource{r.bib}\\cite{helix}")
    assert filled("lock", "paper.tex", "--lock", "tex.lock").code == 0
    assert 'record.keyword = "dna"' in Path("tex.lock").read_text()


def test_a_second_work_of_the_year_changes_entry_and_citation_of_the_first(locked: Run) -> None:
    PAPER.write_text("As [@helix, p. 3] and [@one] and [@two] say.\n")
    assert messages(locked("check", "--locked")) == [
        "one: prints otherwise: Doe, J. ([-2001-]{+2001a+}). *One*. Pub.",
        "one: is cited otherwise: (Doe, [-2001-]{+2001a+})",
        "two: the lock lacks it, it would print: Doe, J. (2001b). *Two*. Pub.",
    ]


def test_what_is_no_longer_cited_is_told_at_its_place_in_the_lock(locked: Run) -> None:
    PAPER.write_text("As [@helix] says.\n")
    result = locked("check", "--locked")
    line = text().splitlines().index("[reference.one]") + 1
    assert result.out == (
        f"refs.lock:{line}: one: it would no longer print, the lock has: Doe, J. (2001). *One*. Pub. [locked]\n"
    )


def test_other_numbers_are_told_in_one_line(filled: Run) -> None:
    assert filled("lock", "paper.md", "-s", "ieee").code == 0
    PAPER.write_text("New [@wang]. As [@helix, p. 3] and [@one] say.\n")
    assert filled("check", "--locked").out.splitlines() == [
        "paper.md:1:7: wang: the lock lacks it, it would print: \\[1\\] 王伟, 乙与甲的研究. 出版社, 2010. [locked]",
        "refs.lock:1: prints with other numbers: helix 1 → 2, one 2 → 3 [locked]",
    ]


def test_another_order_alone_is_a_difference(filled: Run) -> None:
    Path("plain.csl").write_text(STYLE)
    assert filled("lock", "paper.md", "-s", "plain.csl").code == 0
    PAPER.write_text("As [@one] and [@helix, p. 3] say.\n")
    result = filled("check", "--locked")
    assert result.code == 1
    assert result.out == "refs.lock:1: the bibliography is in another order: [-helix one-]{+one helix+} [locked]\n"


STYLE = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
  <info><title>Plain</title><id>plain</id><updated>2020-01-01T00:00:00+00:00</updated></info>
  <citation><layout delimiter="; "><text variable="title"/></layout></citation>
  <bibliography><layout><text variable="title"/></layout></bibliography>
</style>
"""


def test_another_version_of_the_style_is_told_and_fails_only_if_it_prints_otherwise(filled: Run) -> None:
    Path("styles").mkdir()
    style = Path("styles/plain.csl")
    style.write_text(STYLE)
    assert filled("lock", "paper.md", "-s", "styles/plain.csl").code == 0
    assert 'style = "styles/plain.csl"' in text()
    style.write_bytes(STYLE.replace("\n", "\r\n").encode())  # as git may check it out
    assert "not the one" not in filled("check", "--locked").err
    style.write_text(STYLE.replace("2020-01-01", "2021-01-01"))
    result = filled("check", "--locked")
    assert (result.code, result.out) == (0, "")
    assert "the style styles/plain.csl is not the one that was locked (sha256 " in result.err
    assert "install refs 0.1.0 with its styles, or accept it by refs lock\n" in result.err
    style.write_text(STYLE.replace('variable="title"', 'variable="title" font-style="italic"'))
    assert messages(filled("check", "--locked"))[0] == (
        "helix: prints otherwise: {+*+}The Helix and[- *-]{+* +}E. coli[-*-]"
    )
    style.unlink()
    result = filled("check", "--locked")
    assert (result.code, result.err) == (5, "refs: styles/plain.csl: no such file or directory\n")


def test_formatting_that_the_words_do_not_show_is_a_difference(filled: Run) -> None:
    style = Path("plain.csl")
    style.write_text(STYLE)
    assert filled("lock", "paper.md", "-s", "plain.csl").code == 0
    style.write_text(
        STYLE.replace(
            '<text variable="title"/></layout></bib', '<text variable="title" display="block"/></layout></bib'
        )
    )
    assert messages(filled("check", "--locked"))[0] == "helix: prints the same words, but otherwise set or joined"


def test_citations_that_are_joined_otherwise_are_a_difference(filled: Run) -> None:
    style = Path("plain.csl")
    style.write_text(STYLE)
    assert filled("lock", "paper.md", "-s", "plain.csl").code == 0
    style.write_text(STYLE.replace('delimiter="; "', 'delimiter=", "'))
    assert messages(filled("check", "--locked"))[0] == "helix: prints the same words, but otherwise set or joined"


def test_another_style_of_the_project_is_a_difference_and_one_of_the_person_is_told(locked: Run) -> None:
    locked("config", "set", "style", "ieee")
    result = locked("check", "--locked")
    assert (result.code, result.out) == (0, "")
    assert "config.toml names the style ieee, the lock apa\n" in result.err
    Path(".refs.toml").write_text('style = "ieee"\n')
    result = locked("check", "--locked")
    assert result.code == 1
    assert ".refs.toml names the style ieee, the lock apa: refs lock --style takes it [locked]\n" in result.out
    Path(".refs.toml").write_text('style = "apa7"\n')
    assert locked("check", "--locked").code == 0
    PAPER.write_text("---\ncsl: nature\n---\nAs [@helix, p. 3] and [@one] say.\n")
    result = locked("check", "--locked")
    assert result.code == 1
    assert result.out.startswith("paper.md:1: paper.md names the style nature, the lock apa: refs lock --style")
    assert locked("lock", "--style", "nature").code == 0
    assert locked("check", "--locked").code == 0


DOCUMENT = """---
bibliography: own.bib
csl: chicago-notes-bibliography
lang: de
references:
- {id: inline, type: book, title: Inline, author: [{family: Yves, given: B.}], issued: 2005}
---
As [@helix, p. 3; @own, chap. 2] and @inline [p. 4] say [@own]. And [@own; @one, pp. 3-5].
"""


def test_a_rendered_document_is_the_same_by_its_lock_without_library_and_bibliography(
    filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PAPER.write_text(DOCUMENT)
    Path("own.bib").write_text("@book{own, title={Own}, author={Zed, Al}, publisher={Pub}, year=1999}\n")
    assert filled("lock", "paper.md").err == "locked refs.lock, 4 references in chicago-notes-bibliography, de-DE\n"
    printed = {}
    for form in ("markdown", "html", "text"):
        assert filled("render", "paper.md", "--to", form, "-o", "plain").code == 0
        assert filled("render", "paper.md", "--to", form, "-o", "locked", "--locked").code == 0
        printed[form] = Path("locked").read_bytes()
        assert printed[form] == Path("plain").read_bytes()
    away = tmp_path / "away"
    away.mkdir()
    for name in ("paper.md", "refs.lock"):
        (away / name).write_bytes(Path(name).read_bytes())
    monkeypatch.chdir(away)
    monkeypatch.setenv("REFS_LIBRARY", str(away / "none.sqlite3"))
    for form, data in printed.items():
        assert filled("render", "paper.md", "--to", form, "-o", "out", "--locked").code == 0
        assert Path("out").read_bytes() == data
    assert filled("render", "paper.md", "--locked", "--bib", "x.bib").code == 2
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("REFS_LIBRARY")
    Path("own.bib").write_text("@book{own, title={Mine}, author={Zed, Al}, publisher={Pub}, year=1999}\n")
    assert messages(filled("check", "--locked"))[0] == "own: prints otherwise: Zed, Al. *[-Own-]{+Mine+}*. Pub, 1999."


def test_another_style_is_asked_for_and_nothing_else_changes_it(locked: Run) -> None:
    assert locked("lock", "--style", "nature-physics").err.endswith(
        "locked refs.lock, 2 references in nature-physics, en-GB\n"
    )
    assert 'style = "nature-physics"\nparent = "nature"\n' in text()
    assert locked("lock", "paper.md").err == "unchanged: refs.lock, 2 references in nature-physics, en-GB\n"
    assert locked("lock", "--locale", "de").err == "locked refs.lock, 2 references in nature-physics, de-DE\n"
    before = text()
    assert locked("lock", "--locale", "xx").code == 7
    assert locked("lock", "--style", "nope").code == 7
    assert text() == before


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("version = 1", "version = 2", 2, "written by a newer refs (form 2; this one reads 1)"),
        ("version = 1\n", "", 1, "it has no version"),
        ('title = "One"', 'title = "Two"', 33, "one: its record was edited here"),
        ('title = "One"', "title = 1979-05-27", 33, "one: its record was edited here"),
        ('record.title = "One"', '<<<<<<< HEAD\nrecord.title = "One"', 43, "a conflict of git is left here"),
        ('record.title = "One"', '=======\nrecord.title = "One"', 43, "a conflict of git is left here"),
        ("[reference.one]", "[reference.helix]", 33, "Cannot declare ('reference', 'helix') twice"),
        ("[reference.one]", "[[reference.one]]", 1, "one: its record is missing"),
        ('style = "apa"', 'style = "/dev/stdin"', 4, "must be relative to the lock"),
        ('  "paper.md"', '  "C:\\\\paper.md"', 8, "must be relative to the lock"),
        ('style = "apa"', "style = 1", 4, "'style' must be text"),
        ('style = "apa"\n', "", 1, "'style' is missing"),
        ('citation = "(Doe, 2001)"', "citation = []", 33, "'citation' must be text"),
        ("documents = [", "others = [", 1, "'documents' is missing"),
        ("order = [", "order = [1, ", 11, "'order' must be a list of texts"),
        ('  "one"', '  "nope"', 11, "'nope', which is none of the references"),
        ("version = 1", f"version = 1\na = {'[' * 3000}", 0, "no lock file"),
        ("version = 1", f"version = 1\na = {'9' * 5000}", 0, "no lock file"),
    ],
)  # fmt: skip
def test_a_broken_lock_is_one_located_line_and_is_never_written_over(
    locked: Run, before: str, after: str, line: int, reason: str
) -> None:
    edit(before, after)
    kept = LOCK.read_bytes()
    for words in (
        ("check", "--locked"),
        ("lock",),
        ("lock", "paper.md"),
        ("cite", "--cited-in", "paper.md", "--locked"),
    ):
        result = locked(*words)
        assert (result.code, result.out) == (3, ""), result
        assert result.err.startswith(f"refs: refs.lock:{line or ''}")
        assert reason in result.err
        assert result.err.count("\n") == 1
    assert LOCK.read_bytes() == kept


def test_a_lock_that_is_cut_off_anywhere_is_refused(locked: Run) -> None:
    whole = text()
    for end in range(len(whole) - 1):
        with pytest.raises(ParseError):
            lockfile.loads(whole[:end], "refs.lock")


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\x00", b"@book{x, title={y}}", b"# A document\n[@x]\n"])
def test_a_file_that_is_no_lock_is_never_written_over(filled: Run, data: bytes) -> None:
    LOCK.write_bytes(data)
    result = filled("lock", "paper.md")
    assert (result.code, LOCK.read_bytes()) == (3, data)
    assert re.match(r"refs: refs\.lock:\d+[:\d]*: .*\n$", result.err)


def test_the_lock_of_other_documents_is_never_written_over(locked: Run) -> None:
    Path("other.md").write_text("[@two]")
    before = text()
    for words in (
        ("lock", "other.md"),
        ("check", "other.md", "--locked"),
        ("check", "paper.md", "other.md", "--locked"),
    ):
        result = locked(*words)
        assert (result.code, text()) == (4, before)
        assert "refs.lock locks paper.md, not " in result.err
    assert locked("lock", "other.md", "--lock", "other.lock").code == 0
    assert locked("check", "other.md", "--lock", "other.lock").code == 0
    assert text() == before
    assert locked("lock", "other.md", "paper.md").code == 0
    assert lockfile.loads(text()).documents == ("other.md", "paper.md")
    assert locked("check", "paper.md", "other.md", "--locked").code == 0
    assert locked("lock", "paper.md").code == 4


def test_a_lock_that_is_not_there_is_said(filled: Run) -> None:
    for words in (("check", "--locked"), ("check", "paper.md", "--locked"), ("lock",)):
        result = filled(*words)
        assert (result.code, result.err) == (7, "refs: refs.lock: there is no such lock: refs lock DOC makes one\n")
    assert not LOCK.exists()


def test_what_is_missing_is_told_and_the_rest_locked(filled: Run) -> None:
    PAPER.write_text("[@one; @nope]")
    result = filled("lock", "paper.md")
    assert result.code == 3
    assert "paper.md:1:9: no reference has the key 'nope'" in result.err
    assert list(lockfile.loads(text()).references) == ["one"]
    result = filled("check", "--locked")
    assert (result.code, result.out) == (3, "")


def test_what_the_library_lost_differs_and_stays_in_the_lock(locked: Run) -> None:
    before = text()
    locked("remove", "one")
    result = locked("check", "--locked")
    assert result.code == 1
    assert messages(result) == ["one: no reference has this key now, the lock has: Doe, J. (2001). *One*. Pub."]
    again = locked("lock")
    assert (again.code, text()) == (0, before)
    assert "kept as it was locked, since the library lacks it: one\n" in again.err


FORMS = [
    *(("cite", "--format", form) for form in ("text", "html", "markdown", "latex", "typst", "rtf", "json")),
    ("cite", "--in-text"),
    *(("export", "--format", form) for form in ("bibtex", "biblatex", "csljson")),
]


@pytest.mark.parametrize("words", FORMS, ids=" ".join)
def test_another_machine_prints_the_same_bytes_by_the_lock(filled: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    PAPER.write_text("As [@helix, p. 3] and [@two; @one; @wang] say.\n")
    filled("lock", "paper.md", "-s", "chicago-author-date", "--locale", "fr")
    here = filled(*words, "--cited-in", "paper.md", "--locked")
    assert here.code == 0
    assert here.out
    if words[0] == "cite":
        assert here.out == filled(*words, "--cited-in", "paper.md", "-s", "chicago-author-date", "--locale", "fr").out
    away = tmp_path / "away"
    away.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "REFS_"))}
    environment |= {"HOME": str(away), "USERPROFILE": str(away), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4711"}
    environment |= {"LANG": "tr_TR.UTF-8", "LC_ALL": "C", "TZ": "Asia/Tokyo", "COLUMNS": "40", "REFS_STYLE": "ieee"}
    command = [sys.executable, "-m", "refs", *words, "--cited-in", str(tmp_path / "paper.md"), "--locked"]
    there = subprocess.run(command, capture_output=True, cwd=away, env=environment)
    assert (there.returncode, there.stdout.decode()) == (0, here.out), there.stderr


def test_what_the_library_changed_does_not_reach_what_is_built_by_the_lock(locked: Run) -> None:
    before = locked("cite", "--cited-in", "paper.md", "--locked").out
    locked("set", "one", "title=Eins")
    assert locked("cite", "--cited-in", "paper.md", "--locked").out == before
    assert "Eins" in locked("cite", "--cited-in", "paper.md").out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("cite", "--locked"), "--locked goes with --cited-in"),
        (("check", "x.bib", "--locked"), "--locked compares documents, and x.bib is none"),
        (("lock", "paper.md", "--lock", "-"), "a lock is a file, not -"),
        (("export", "one", "--locked"), "--locked goes with --cited-in"),
        (("cite", "--cited-in", "paper.md", "--locked", "-s", "ieee", "--locale", "de"), "--style and --locale"),
        (("export", "--cited-in", "paper.md", "--locked", "--journals", "full"), "--journals"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(locked: Run, words: tuple[str, ...], reason: str) -> None:
    result = locked(*words)
    assert (result.code, result.out) == (2, "")
    assert reason in result.err


def test_nothing_is_built_with_another_version_of_the_style(locked: Run) -> None:
    edit('style-sha256 = "1ece', 'style-sha256 = "0000')
    result = locked("cite", "--cited-in", "paper.md", "--locked")
    assert (result.code, result.out) == (4, "")
    assert "the style apa is not the one that was locked (sha256 00004fb3…, here 1ece4fb3…)" in result.err
    assert locked("check", "--locked").code == 0


def test_what_the_lock_lacks_is_missing(locked: Run) -> None:
    PAPER.write_text("[@one; @two]")
    result = locked("cite", "--cited-in", "paper.md", "--locked")
    assert (result.code, result.out) == (3, "Doe, J. (2001). One. Pub.\n")
    assert "no reference has the key 'two'" in result.err


def test_identifiers_aliases_parents_and_everything_are_locked_under_the_keys_of_the_document(filled: Run) -> None:
    Path("more.bib").write_text(
        "@inbook{part, title={Part}, author={Poe, Rita}, year=2003, crossref={whole}}\n"
        "@book{whole, title={Whole}, editor={Lee, Bo}, publisher={Pub}, year=2003}\n"
    )
    assert filled("import", "more.bib").code == 0
    filled("rename", "two", "zwei")
    PAPER.unlink()
    paper = Path("paper.tex")
    paper.write_text("\\cite{doi:10.5555/helix}\\cite{helix}\\cite{two}\\cite{part}")
    assert filled("lock", "paper.tex").code == 0
    lock = lockfile.loads(text())
    assert set(lock.references) == {"doi:10.5555/helix", "helix", "two", "part", "whole"}
    assert (lock.references["helix"].same, lock.references["whole"].printed) == ("doi:10.5555/helix", {})
    plain = filled("export", "--cited-in", "paper.tex", "--format", "biblatex").out
    kept = filled("export", "--cited-in", "paper.tex", "--format", "biblatex", "--locked").out
    dropped = ("  abstract", "  keywords", "  file")
    assert kept.splitlines() == [line for line in plain.splitlines() if not line.startswith(dropped)]
    assert filled("check", "--locked").code == 0
    paper.write_text("\\nocite{*}")
    filled("lock")
    assert filled("cite", "--cited-in", "paper.tex").out == filled("cite", "--cited-in", "paper.tex", "--locked").out
    assert filled("check", "--locked").code == 0


def test_records_in_a_word_document_are_locked(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = f"ADDIN ZOTERO_ITEM CSL_CITATION {citation(zotero_item(WALDEN))}"
    Path("paper.docx").write_bytes(docx([field(code)]))
    assert refs("lock", "paper.docx").err == "locked refs.lock, 1 reference in apa, en-US\n"
    assert "Thoreau, H. D. (1854). *Walden*." in text()
    assert refs("check", "--locked").code == 0
    changed = citation(zotero_item({**WALDEN, "title": "Walden; or, Life in the Woods"}))
    Path("paper.docx").write_bytes(docx([field(f"ADDIN ZOTERO_ITEM CSL_CITATION {changed}")]))
    assert refs("check", "--locked").code == 1


def test_paths_are_relative_to_the_lock_from_wherever_it_is_called(
    locked: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = text()
    monkeypatch.chdir(Path.cwd().parent)
    folder = next(path for path in Path().iterdir() if (path / "refs.lock").is_file())
    assert locked("lock", str(folder / "paper.md")).err.startswith("unchanged: ")
    assert locked("check", str((folder / "paper.md").resolve()), "--locked").code == 0
    assert (folder / "refs.lock").read_text(encoding="utf-8") == before


def test_a_language_is_locked_with_its_titles(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    variants = {"title": [{"value": "Жизнь", "language": "ru", "role": "original"}]}
    item = {"id": "life", "type": "book", "title": "Life", "custom": {"variants": variants}}
    Path("l.json").write_text(json.dumps([item]))
    refs("import", "l.json")
    PAPER.write_text("[@life]")
    assert refs("lock", "paper.md", "--language", "ru").code == 0
    assert 'entry = "*Жизнь*. (n.d.)."' in text()
    assert refs("cite", "--cited-in", "paper.md", "--locked").out == "Жизнь. (n.d.).\n"
    assert refs("lock").err.startswith("unchanged")


def test_what_a_lock_says_does_not_move_the_terminal(locked: Run) -> None:
    edit('entry = "Doe, J. (2001). *One*. Pub."', 'entry = "\\u001b]0;x\\u0007\\u202e"')
    result = locked("check", "--locked")
    assert result.code == 1
    assert not [char for char in result.out + result.err if char in "\x1b\x07\u202e"]


@dataclass
class Samples:
    """References in the place of a library."""

    items: dict[str, Reference]

    def keys(self) -> list[str]:
        return sorted(self.items)

    def existing(self, keys: Sequence[str]) -> dict[str, Reference]:
        return {key: self.items[key] for key in keys if key in self.items}

    def find(self, references: Sequence[Reference]) -> list[str | None]:
        return [None for _ in references]

    def aliases(self) -> dict[str, str]:
        return {}


@pytest.mark.parametrize("style", ["apa", "chicago-notes-bibliography", "gost-r-7-0-5-2008"])
def test_every_field_prints_the_same_from_a_lock(tmp_path: Path, style: str) -> None:
    items = {one.key: one for one in references(20, 150)}
    paper = tmp_path / "paper.tex"
    paper.write_text("\\nocite{*}")
    made = locking.make(Samples(items), [paper], tmp_path / "refs.lock", style)
    read = lockfile.loads(lockfile.dumps(made.lock), "refs.lock")
    assert read == made.lock
    again = locking.make(locking.Shelf(read), [paper], tmp_path / "refs.lock", style)
    assert lockfile.dumps(again.lock) == lockfile.dumps(made.lock)
    assert locking.differences(read, again) == []


VALUES = st.recursive(
    st.text(min_size=1) | st.integers() | st.booleans(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.text(),
        st.tuples(st.dictionaries(st.text(), VALUES, min_size=1, max_size=4), st.text(min_size=1)),
        max_size=4,
    )
)
def test_any_text_comes_back_from_a_lock(found: dict[str, tuple[dict[str, object], str]]) -> None:
    locked = {
        key: Locked(key, record, printed={"entry": printed, "citation": printed}, printed_sha256="0")
        for key, (record, printed) in found.items()
    }
    lock = Lock(
        "0", ("a", *(f"a{key}" for key in found)), "apa", "0", "en-US", "0", order=tuple(found), references=locked
    )
    data = lockfile.dumps(lock)
    assert lockfile.loads(data) == lock
    assert lockfile.dumps(lockfile.loads(data)) == data


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("a b c", "a x c", "a [-b-]{+x+} c"),
        (
            "On the Origin of Species",
            "On an Origin of Specimens",
            "On [-the-]{+an+} Origin of [-Species-]{+Specimens+}",
        ),
        ("(Doe, 2001)", "(Doe, 2001a)", "(Doe, [-2001-]{+2001a+})"),
        ("甲与乙的研究", "甲和乙的研究", "甲[-与-]{+和+}乙的研究"),
        ("a b c d e f g h x", "a b c d e f g h y", "… c d e f g h [-x-]{+y+}"),
        ("one (1953): a", "two 1954, b", "[-one (1953): a-]{+two 1954, b+}"),
    ],
)
def test_words_that_differ_are_marked_as_git_has_them(before: str, after: str, shown: str) -> None:
    assert word_difference(before, after) == shown


@given(st.text(), st.text())
def test_a_difference_is_empty_of_marks_only_for_the_same_text(before: str, after: str) -> None:
    shown = word_difference(before, after)
    assert (len(shown) > len(before) or shown != before or before == after) or "…" in shown


def test_long_texts_are_compared_in_no_time() -> None:
    names = [f"Author{n}, A." for n in range(6000)]
    other = [name.replace("Author", "Writer") if n % 2 else name for n, name in enumerate(names)]
    assert word_difference(" ".join(names), " ".join([*names[:3000], "New, B.", *names[3000:]])).count("{+") == 1
    assert word_difference(" ".join(names), " ".join(other)).count("[-") == 1


def test_every_printed_field_is_seen_when_it_changes(locked: Run) -> None:
    library = Library(Path(os.environ["XDG_DATA_HOME"]) / "refs" / "library.sqlite3")
    stored = library.get("helix")
    for name in ("title", "container-title", "volume", "page", "DOI"):
        with library.change() as change:
            change.replace(replace(stored, fields={**stored.fields, name: stored.text(name) + "9"}))
        assert locked("check", "--locked").code == 1, name
    with library.change() as change:
        change.replace(stored)
    assert locked("check", "--locked").code == 0
