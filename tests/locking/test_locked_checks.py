"""Locks are made of what documents cite, and what a rebuild would print otherwise is told."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from refs import Library
from tests.locking.paper import HASH, LOCK, PAPER, messages, text
from tests.running import Run


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
