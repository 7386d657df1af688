"""The command line as a person meets it: what goes to stdout, what to stderr, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import Run, editor

PAGE = (
    "add",
    "--type",
    "webpage",
    "--title",
    "حرب الشتاء",
    "--language",
    "ar",
    "--url",
    "https://example.org/",
    "--key",
    "winterwar",
)


def test_a_page_added_by_hand_is_listed_shown_and_exported(refs: Run) -> None:
    added = refs(*PAGE, "--author", "Haddad, Layla", "--author", "{Winter War Society}", "--date", "2020-11")
    assert (added.code, added.out) == (0, "winterwar\n")
    assert refs("list").out == "winterwar\tHaddad, Winter War Society\t2020\tحرب الشتاء\n"
    shown = json.loads(refs("show", "winterwar", "--json").out)
    assert shown["id"] == "winterwar"
    assert shown["author"] == [{"family": "Haddad", "given": "Layla"}, {"literal": "Winter War Society"}]
    assert shown["issued"] == {"date-parts": [[2020, 11]]}
    assert "title: حرب الشتاء\n" in refs("show", "winterwar").out
    assert json.loads(refs("export", "--format", "csljson").out)[0]["id"] == "winterwar"


def test_any_csl_variable_can_be_given(refs: Run) -> None:
    refs(
        "add",
        "--type",
        "thesis",
        "--title",
        "T",
        "--key",
        "t",
        "--field",
        "genre=PhD thesis",
        "--field",
        "editor=Doe, J.",
    )
    shown = json.loads(refs("show", "t", "--json").out)
    assert (shown["genre"], shown["editor"]) == ("PhD thesis", [{"family": "Doe", "given": "J."}])


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("add",), 2, "give an identifier, - for stdin, or --title"),
        (("add", "not a doi"), 2, "not a doi"),
        (("add", "10.1234/x", "--title", "T"), 2, "give either identifiers or --title"),
        (("add", "10.5555/a", "10.5555/b", "--key", "k"), 2, "--key is the key of one reference"),
        (("add", "--type", "webpge", "--title", "T"), 2, "did you mean webpage?"),
        (("add", "--title", "T", "--field", "jornal=x"), 2, "no field is called 'jornal'"),
        (("add", "--title", "T", "--field", "journal"), 2, "--field takes NAME=VALUE"),
        (("add", "--title", "T", "--key", "a b"), 2, "cannot be a key"),
        (("add", "--title", "Other", "--key", "winterwar"), 4, "the key winterwar is taken"),
        (("show", "wintrwar"), 7, "no reference has the key 'wintrwar'; did you mean winterwar?"),
        (("remove", "nothing"), 7, "no reference has the key 'nothing'"),
        (("cite", "wintrwar"), 7, "did you mean winterwar?"),
        (("cite", "winterwar", "--style", "appa"), 7, "apa"),
        (("cite", "winterwar", "--locale", "xx-XX"), 7, "xx-XX"),
        (("cite", "winterwar", "--style", "./nope.csl"), 5, "nope.csl: no such file or directory"),
        (("cite", "winterwar", "--style", "/"), 5, "/: is a directory"),
        (("cite", "winterwar", "--style", os.devnull), 3, f"{os.devnull}:1:1: not XML: no element found"),
        (("styles", "--show", "nope.csl"), 5, "nope.csl: no such file or directory"),
        (("styles", "--check", "nope.csl"), 5, "nope.csl: no such file or directory"),
        (("styles", "--check", "/"), 5, "/: is a directory"),
        (("cite", "winterwar", "--format", "pdf"), 2, "no format is called 'pdf'"),
        (("export", "--format", "bibtx"), 2, "did you mean bibtex?"),
        (("cite", "winterwar", "--in-text", "--locator", "zz 12"), 2, "'zz' is no locator"),
        (("cite", "winterwar", "-s", "apa", "-s", "ieee", "-f", "html"), 2, "several styles at once print text"),
        (("cite", "winterwar", "--json"), 2, "--json goes with --explain"),
        (("cite", "winterwar", "--note", "--in-text"), 2, "--in-text, --narrative and --note exclude each other"),
        (("cite", "winterwar", "--note", "--explain"), 2, "--explain goes with --in-text or --narrative"),
        (("cite", "winterwar", "--explain", "-f", "html"), 2, "--explain prints text or --json, not html"),
        (("cite", "winterwar", "--locator", "p. 12"), 2, "--locator goes with --in-text, --narrative or --note"),
        (("styles", "apa", "--show", "apa"), 2, "a search, --show and --check exclude each other"),
        (("styles", "--format", "foo"), 2, "no citation format is called 'foo'"),
        (("styles", "--field", "foo"), 2, "no field of study is called 'foo'; there are anthropology, "),
        (("export", "-o", "/nowhere/at/all.bib"), 5, "cannot write /nowhere/at/all.bib"),
        (("export", "--cited-in", "missing.tex"), 5, "missing.tex"),
        (("scan", "missing.tex"), 5, "missing.tex: No such file"),
        (("scan", "paper.pdf"), 2, "paper.pdf: refs reads citations from .tex"),
        (("sync", "missing.tex"), 5, "missing.tex"),
        (("rewrite", "missing.tex"), 5, "missing.tex"),
        (("rewrite", "missing.tex", "--undo"), 5, "missing.tex"),
        (("export", "--unused"), 2, "--unused goes with --cited-in"),
        (("import", "missing.bib"), 5, "missing.bib: no such file or directory"),
        (("config", "get", "stile"), 7, "did you mean style?"),
        (("lsit",), 2, "Did you mean 'list'"),
        (("list", "--nope"), 2, "No such option: --nope"),
    ],
)
def test_what_was_typed_wrong_gets_one_line_and_changes_nothing(
    refs: Run, words: tuple[str, ...], code: int, message: str
) -> None:
    refs(*PAGE)
    before = refs("list", "--json").out
    result = refs(*words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert "Traceback" not in result.err
    assert refs("list", "--json").out == before


def test_no_arguments_show_the_help(refs: Run) -> None:
    result = refs()
    assert (result.code, result.err) == (0, "")
    assert "Print a bibliography in any CSL style." in result.out


def test_an_empty_library_says_what_to_do(refs: Run) -> None:
    assert (refs("list").out, refs("list").err) == ("", "the library is empty: refs add IDENTIFIER\n")
    assert refs("cite").err == "the library is empty: refs add IDENTIFIER\n"


def test_removed_references_can_be_imported_again(refs: Run, tmp_path: Path) -> None:
    refs(*PAGE)
    removed = tmp_path / "removed.json"
    removed.write_text(refs("remove", "winterwar").out, encoding="utf-8")
    assert refs("list").out == ""
    assert refs("import", str(removed)).out == "winterwar\n"
    assert refs("list").out.startswith("winterwar\t")


HOSTILE = "A[red]b[/] \x1b[31mc\x1b]52;c;eA==\x07d\x9b2J \u202egnp.exe <script>alert(1)</script> \\input{/etc/passwd} %"


@pytest.mark.parametrize("words", [("list",), ("show", "x"), ("list", "--json"), ("cite",), ("export",)], ids=" ".join)
def test_titles_are_data_not_commands(refs: Run, words: tuple[str, ...]) -> None:
    refs("add", "--title", HOSTILE, "--key", "x")
    result = refs(*words)
    assert result.code == 0
    assert not set(result.out + result.err) & {"\x1b", "\x9b", "\x07"}
    assert "[red]" in result.out or "{[}red{]}" in result.out


def test_a_list_in_a_narrow_terminal_keeps_whole_keys(refs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refs(
        "add",
        "--title",
        "苏联为促进芬兰退出 1941-1944 年战争所做的外交和情报努力从俄罗斯档案中获得的启示",
        "--key",
        "averyveryverylongkey2024indeed",
    )
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for columns in ("40", "60", "80", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        lines = refs("list").out.splitlines()
        assert lines[0].startswith("averyveryverylongkey2024indeed")
        assert all(_cells(line) <= int(columns) for line in lines)


def _cells(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def test_every_command_has_an_example_in_its_help(refs: Run) -> None:
    from cli import COMMANDS

    assert len(COMMANDS) > 10
    for name in [
        *COMMANDS,
        "config get",
        "config set",
        *(f"collection {one}" for one in ("add", "drop", "save", "show")),
    ]:
        text = refs(*name.split(), "--help").out
        assert f"refs {name}" in text.split("Example", 1)[1], name


@pytest.fixture
def shelf(refs: Run) -> Run:
    """Put an article and a book into the library."""
    article = ("--author", "Watson, James", "--date", "1953", "--container", "Nature", "--field", "page=737-738")
    refs("add", "--type", "article-journal", "--title", "Molecular structure", "--key", "watson", *article)
    refs("add", "--type", "book", "--title", "Attention", "--key", "adams", "--author", "Adams, Ann", "--date", "1999")
    return refs


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), "Adams, A. (1999). Attention.\nWatson, J. (1953). Molecular structure. Nature, 737–738.\n"),
        (("watson",), "Watson, J. (1953). Molecular structure. Nature, 737–738.\n"),
        (
            ("watson", "adams", "--in-order"),
            "Watson, J. (1953). Molecular structure. Nature, 737–738.\nAdams, A. (1999). Attention.\n",
        ),
        (("watson", "--in-text"), "(Watson, 1953)\n"),
        (("watson", "adams", "--in-text"), "(Adams, 1999; Watson, 1953)\n"),
        (("--in-text",), "(Watson, 1953)\n(Adams, 1999)\n"),
        (("watson", "--in-text", "--locator", "p. 12"), "(Watson, 1953, p. 12)\n"),
        (("watson", "--in-text", "--locator", "12"), "(Watson, 1953, p. 12)\n"),
        (("watson", "--in-text", "--locator", "12-15"), "(Watson, 1953, pp. 12–15)\n"),
        (("watson", "--in-text", "--locator", "§4"), "(Watson, 1953, Section 4)\n"),
        (("watson", "--in-text", "--locator", "p.12"), "(Watson, 1953, p. 12)\n"),
        (("watson", "--in-text", "--locator", "xii"), "(Watson, 1953, p. xii)\n"),
        (("watson", "--narrative", "--locator", "chapter 3"), "Watson (1953, Chapter 3)\n"),
        (
            ("watson", "-s", "ieee", "-f", "markdown"),
            "\\[1\\] J. Watson, “Molecular structure,” *Nature*, pp. 737–738, 1953.\n",
        ),
        (("adams", "-s", "apa", "-s", "ieee", "--in-text"), "apa\n(Adams, 1999)\n\nieee\n[1]\n"),
        (("adams", "--in-text", "--locale", "de-DE", "--locator", "pp. 1-2"), "(Adams, 1999, S. 1–2)\n"),
        (("adams", "--in-text", "--locale", "de", "--locator", "S. 12"), "(Adams, 1999, S. 12)\n"),
        (("adams", "--in-text", "-s", "gost", "--locale", "ru", "--locator", "стр. 2"), "[Adams, 1999, с. 2]\n"),
        (("watson", "adams", "--in-text", "--in-order"), "(Watson, 1953; Adams, 1999)\n"),
    ],
)
def test_citations_in_every_mode(shelf: Run, words: tuple[str, ...], expected: str) -> None:
    result = shelf("cite", *words)
    assert (result.code, result.out, result.err) == (0, expected, "")


def test_every_piece_of_an_entry_is_explained(shelf: Run) -> None:
    rows = [line.split("\t") for line in shelf("cite", "watson", "--explain").out.splitlines()]
    assert "".join(row[0] for row in rows) == shelf("cite", "watson").out.rstrip("\n")
    (journal,) = [row for row in rows if row[0] == "Nature"]
    assert (journal[1].startswith("text in line "), journal[2]) == (True, "field container-title")
    pieces = [json.loads(line) for line in shelf("cite", "watson", "--explain", "--json").out.splitlines()]
    assert [piece["text"] for piece in pieces] == [row[0] for row in rows]


def test_a_style_without_locators_says_so(shelf: Run) -> None:
    result = shelf("cite", "adams", "--in-text", "--locator", "p. 4", "-s", "nature")
    assert (result.code, result.out, result.err) == (0, "1\n", "nature prints no locators\n")


def test_citations_are_explained_too(shelf: Run) -> None:
    out = shelf("cite", "adams", "--in-text", "--locator", "p. 4", "--explain").out
    pieces = [(text, origin) for text, _, origin in (line.split("\t") for line in out.splitlines()) if origin]
    assert pieces == [
        ("Adams", "field author"),
        ("1999", "field issued"),
        ("p.", "field locator term page"),
        ("4", "field locator"),
    ]
    assert "".join(line.split("\t")[0] for line in out.splitlines()) == "(Adams, 1999, p. 4)"
    narrative = shelf("cite", "adams", "--narrative", "--explain").out
    assert "".join(line.split("\t")[0] for line in narrative.splitlines()) == "Adams (1999)"


def test_the_pieces_of_several_entries_and_styles_say_whose_they_are(shelf: Run) -> None:
    out = shelf("cite", "watson", "adams", "--explain", "--json", "-s", "apa", "-s", "ieee").out
    pieces = [json.loads(line) for line in out.splitlines()]
    found = dict.fromkeys((piece["style"], *piece["keys"]) for piece in pieces)
    assert list(found) == [("apa", "adams"), ("apa", "watson"), ("ieee", "watson"), ("ieee", "adams")]
    table = shelf("cite", "watson", "adams", "--explain").out
    adams, watson = table.split("\n\n")
    assert adams.startswith("Adams, A.\t")
    assert watson.startswith("Watson, J.\t")


@pytest.mark.parametrize(("columns", "wide"), [(40, False), (100, True)])
def test_pieces_are_a_table_on_a_terminal(
    shelf: Run, monkeypatch: pytest.MonkeyPatch, columns: int, wide: bool
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("refs.console.width", lambda: columns)
    lines = shelf("cite", "watson", "--explain").out.splitlines()
    assert "\t" not in "".join(lines)
    assert not wide or max(map(len, lines)) <= columns
    (nature,) = [place for place, line in enumerate(lines) if line.startswith("Nature")]
    rest = lines[nature].split()[1:] if wide else " ".join(lines[nature + 1 : nature + 3]).split()
    assert (rest[:3], rest[-2:]) == (["text", "in", "line"], ["field", "container-title"])


def test_notes_follow_each_other(shelf: Run) -> None:
    out = shelf("cite", "watson", "watson", "adams", "watson", "--note", "-s", "chicago-notes-bibliography").out
    first, ibid, other, again = out.splitlines()
    assert "Molecular Structure" in first
    assert len(ibid) < len(first) > len(again)
    assert other.startswith("Ann Adams")


def test_a_language_chooses_its_variants(refs: Run, tmp_path: Path) -> None:
    item = {
        "id": "x", "type": "book", "title": "Soviet diplomacy",
        "author": [{"family": "Khristoforov", "given": "V. S."}],
        "custom": {"variants": {
            "title": [{"value": "苏联外交", "language": "zh", "role": "translated"}],
            "author": [{"value": [{"family": "Христофоров", "given": "В. С."}], "language": "ru"}],
        }},
    }  # fmt: skip
    (tmp_path / "x.json").write_text(json.dumps([item]), encoding="utf-8")
    refs("import", str(tmp_path / "x.json"))
    assert refs("cite", "--language", "zh-CN").out == "Khristoforov V. S. (n.d.). 苏联外交.\n"
    assert refs("cite", "--language", "ru").out == "Христофоров, В. С. (n.d.). Soviet diplomacy.\n"
    assert refs("cite", "--language", "fr").out == refs("cite").out


def test_a_style_file_is_checked_and_used(shelf: Run, tmp_path: Path) -> None:
    style = tmp_path / "mine.csl"
    style.write_text(
        '<style xmlns="http://purl.org/net/xbiblio/csl" version="1.0" class="in-text">'
        "<info><title>Mine</title><id>mine</id><updated>2026-01-01T00:00:00Z</updated></info>"
        '<citation><layout><text variable="title"/></layout></citation></style>',
        encoding="utf-8",
    )
    assert shelf("cite", "adams", "-s", str(style), "--in-text").out == "Attention\n"
    result = shelf("cite", "adams", "-s", str(style))
    assert (result.out, "has no bibliography" in result.err) == ("", True)
    assert shelf("styles", "--check", str(style)).code == 0
    style.write_text("<style", encoding="utf-8")
    broken = shelf("styles", "--check", str(style))
    assert (broken.code, "mine.csl:1:1: error: not XML" in broken.out) == (3, True)
    assert shelf("cite", "adams", "-s", str(style)).code == 3
    assert shelf("styles", "--show", str(style)).code == 3
    (problem,) = map(json.loads, shelf("styles", "--check", str(style), "--json").out.splitlines())
    assert (problem["file"], problem["line"], problem["severity"]) == (str(style), 1, "error")


def test_styles_are_found_and_shown(refs: Run) -> None:
    assert "nature\tNature\n" in refs("styles", "0028-0836").out
    assert "https://citationstyles.org" in refs("styles", "apa").err
    assert "nature\tNature\n" in refs("styles", "00280836").out
    assert refs("styles", "--show", "apa").out.count("Watson") == 2
    shown = [json.loads(line) for line in refs("styles", "--show", "apa", "--json").out.splitlines()]
    assert len({work["type"] for work in shown}) == 5
    assert (shown[0]["id"], shown[0]["citation"]) == ("article", "(Watson & Crick, 1953)")
    assert shown[0]["entry"].startswith("Watson, J. D., & Crick, F. H. C. (1953).")
    assert json.loads(refs("styles", "--show", "chicago-notes", "--json").out.splitlines()[0])["entry"] == ""


BROKEN = "@book{good, title={Good}}\n@article{bad, title={Unclosed,\n year=1999}\n@book{fine, title={Fine}}\n"


def test_broken_entries_are_named_kept_and_mended(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bib = tmp_path / "my.bib"
    bib.write_text(BROKEN, encoding="utf-8")
    result = refs("import", str(bib))
    assert (result.code, result.out) == (3, "good\nfine\n")
    assert result.err == f"3 blocks: 2 added, 1 quarantined ({bib}:2: unclosed brace)\n"
    assert refs("quarantine").out == refs("quarantine", "list").out == f"1\t{bib}:2\tunclosed brace\n"
    assert refs("quarantine", "retry").code == 3
    monkeypatch.setenv("EDITOR", editor(tmp_path, "open(name, 'w').write(text.replace('Unclosed', 'Closed}'))"))
    assert refs("quarantine", "edit", "7").code == 7
    mended = refs("quarantine", "edit", "1")
    assert (mended.code, mended.out) == (0, "bad\n")
    assert (refs("quarantine").out, len(refs("list").out.splitlines())) == ("", 3)


def test_quarantined_blocks_can_be_dropped_and_are_kept_once(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    bib.write_text(BROKEN, encoding="utf-8")
    refs("import", str(bib))
    refs("import", str(bib))
    (block,) = [json.loads(line) for line in refs("quarantine", "--json").out.splitlines()]
    assert refs("quarantine", "drop", str(block["number"])).out.startswith("@article{bad, title={Unclosed,")
    assert refs("quarantine").err == "nothing is quarantined\n"


def test_a_second_import_finds_everything_and_keeps_other_keys_as_aliases(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    entry = "@article{%s, title={Molecular structure}, doi={10.1038/171737a0}}\n"
    bib.write_text(entry % "watson1953", encoding="utf-8")
    refs("import", str(bib))
    bib.write_text(entry % "Wat53", encoding="utf-8")
    again = refs("import", str(bib))
    assert (again.code, again.out) == (0, "")
    assert "already there as watson1953, and Wat53 finds it" in again.err
    assert json.loads(refs("show", "Wat53", "--json").out)["title"] == "Molecular structure"
    assert refs("export", "Wat53").out.startswith("@article{Wat53,")
    assert refs("list").out.count("\n") == 1


def test_files_are_converted_without_a_library(refs: Run, tmp_path: Path) -> None:
    bib, target = tmp_path / "my.bib", tmp_path / "my.json"
    bib.write_text(BROKEN, encoding="utf-8")
    result = refs("convert", str(bib), str(target))
    assert (result.code, [item["id"] for item in json.loads(target.read_text(encoding="utf-8"))]) == (
        3,
        ["good", "fine"],
    )
    assert f"{bib}:2: unclosed brace" in result.err
    assert refs("convert", str(target), "--to", "biblatex").out.startswith("@book{good,")
    assert refs("list").out == ""
    onto_itself = refs("convert", str(bib), str(tmp_path / "." / "my.bib"))
    assert (onto_itself.code, bib.read_text(encoding="utf-8")) == (2, BROKEN)
    assert "my.bib is read for this: refs does not write over it" in onto_itself.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--date", "yesterday"), "'yesterday' is no date"),
        (("--date", "2024-13-45"), "is no date"),
        (("--field", "DOI=notadoi"), "'notadoi' is no DOI"),
        (("--field", "ISBN=978-3-16-148410-1"), "is no ISBN"),
        (("--url", "javascript:alert(1)"), "is no URL"),
        (("--language", "zz-bogus-$$"), "is no language tag"),
        (("--field", "title=Other"), "title is given twice"),
    ],
)
def test_what_is_typed_by_hand_is_checked(refs: Run, options: tuple[str, ...], message: str) -> None:
    result = refs("add", "--title", "T", *options)
    assert (result.code, result.err.count("\n"), message in result.err) == (2, 1, True), result.err
    assert refs("list").out == ""


def test_authors_joined_by_and_are_many(refs: Run) -> None:
    refs("add", "--title", "T", "--key", "t", "--author", "Smith, John and Doe, Jane", "--author", "{Barnes and Noble}")
    authors = json.loads(refs("show", "t", "--json").out)["author"]
    assert [a.get("family", a.get("literal")) for a in authors] == ["Smith", "Doe", "Barnes and Noble"]


def test_a_document_is_never_written_over(refs: Run, tmp_path: Path) -> None:
    refs(*PAGE)
    paper = tmp_path / "paper.tex"
    paper.write_text("\\cite{winterwar}", encoding="utf-8")
    result = refs("export", "--cited-in", str(paper), "-o", str(paper))
    assert (result.code, paper.read_text(encoding="utf-8")) == (2, "\\cite{winterwar}")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_cannot_be_printed_is_not_removed(refs: Run) -> None:
    refs(*PAGE)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "refs", "remove", "winterwar"]
        assert subprocess.run(command, env=environment, stdout=full, stderr=subprocess.DEVNULL).returncode == 5
    assert refs("list").out.startswith("winterwar\t")


def test_one_isbn_on_two_books_keeps_both(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    entry = "@book{%s, title={%s}, author={%s}, isbn={0-8383-1261-6}}\n"
    books = [("b0", "Distinct essays", "A, B"), ("b1", "An enquiry", "Carter, J"), ("b2", "Distinct Essays", "A, B")]
    bib.write_text("".join(entry % book for book in books), encoding="utf-8")
    result = refs("import", str(bib))
    assert result.out == "b0\nb1\n"
    assert "b1 may be the same work as b0" in result.err
    assert "b2 is already there as b0" in result.err


def test_the_same_file_twice_adds_nothing(refs: Run, tmp_path: Path) -> None:
    bib = tmp_path / "my.bib"
    bib.write_text("@book{a, title={One}}\n@book{b, title={Two}, note={x}}\n", encoding="utf-8")
    refs("import", str(bib))
    again = refs("import", str(bib))
    assert (again.code, again.out) == (0, "")
    assert "2 blocks: 2 duplicates" in again.err


@pytest.mark.parametrize("data", [b"just some prose", b"\x00\x01\x02\xff" * 99])
def test_a_file_without_entries_is_an_error(refs: Run, tmp_path: Path, data: bytes) -> None:
    bib = tmp_path / "my.bib"
    bib.write_bytes(data)
    result = refs("import", str(bib))
    assert (result.code, result.err.count("\n")) == (3, 1), result.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("line", "code", "err"),
    [
        ("list >&-", 0, ""),
        ("add - <&-", 2, "refs: standard input is empty\n"),
        ("--version > /dev/full", 5, "refs: no space left on device\n"),
        ("list > /dev/full", 5, "refs: no space left on device\n"),
        ("show zzz 2> /dev/full", 7, ""),
        ("show $(printf '\\377')", 2, "refs: an argument is not valid UTF-8\n"),
        ("styles a | head -1 >/dev/null; exit ${PIPESTATUS[0]}", 0, ""),
    ],
)
def test_odd_streams_end_well(refs: Run, line: str, code: int, err: str) -> None:
    refs(*PAGE)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    command = ["bash", "-c", f'"{sys.executable}" -m refs {line}']
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (result.returncode, result.stderr if "styles" not in line else "") == (code, err)


def test_the_ending_of_a_file_chooses_its_format(shelf: Run, tmp_path: Path) -> None:
    starts = {"a.ris": "TY  - ", "a.json": "[", "a.bib": "@", "a.csv": "\ufeff", "a.html": "<!doctype html>"}
    for name, start in starts.items():
        assert shelf("export", "-o", str(tmp_path / name)).code == 0
        assert (
            (tmp_path / name)
            .read_text(encoding="utf-8")
            .lstrip("\ufeff")
            .lower()
            .startswith(start.strip("\ufeff").lower())
        )
