"""`refs edit` and `refs note`: the sheet, the mistakes in it, and what two people do at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refs import Library
from refs.actions import editing, editsheet
from refs.errors import ConflictError, NotFoundError, ParseError, RefsError, UsageError
from refs.model import Date, Name, Reference, Source, Value, Variant
from tests.running import Run, editor

WALDEN = Reference(
    "book",
    {
        "title": "Walden: or, <i>Life</i> # in the Woods",
        "author": (Name("Thoreau", "Henry David"), Name(literal="The Woods, Inc.")),
        "issued": Date(((1854,),), circa=True),
        "DOI": "10.1234/Odd<one>",
        "note": "yes",
    },
    key="walden",
    variants={"title": (Variant("Уолден", "ru"),)},
    identifiers={"openalex": "W123"},
    extra={"file": ":C\\:\\x.pdf:PDF", "odd key: #": "{a}\n[b]"},
    sources={"title": Source("crossref", "2020-01-01")},
)
DNA = Reference("article-journal", {"title": "DNA", "author": (Name("Watson", "James"),)}, key="watson1953")


@pytest.fixture
def sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the sheets lie where the test can see them."""
    folder = tmp_path / "sheets"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def filled(library: Library) -> Library:
    """Put two references into a library."""
    with library.change() as change:
        for one in (WALDEN, DNA):
            change.add(one, wanted=one.key)
    return library


def writing(change: Callable[[str], str]) -> Callable[[Path], None]:
    """Return an editor that changes the text so."""

    def run(path: Path) -> None:
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    return run


def swapping(old: str, new: str) -> Callable[[Path], None]:
    """Return an editor that replaces a text, which must be there."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return writing(change)


def test_the_sheet_is_readable_yaml() -> None:
    assert editsheet.write([WALDEN, DNA]).removeprefix(editsheet.HEADING) == (
        'id: walden\ntype: book\ntitle: "Walden: or, <i>Life</i> # in the Woods"\nauthor:\n'
        '  - "Thoreau, Henry David"\n  - literal: "The Woods, Inc."\nissued: "1854~"\nDOI: "10.1234/Odd<one>"\n'
        'note: "yes"\nidentifiers:\n  openalex: W123\nextra:\n  file: ":C\\\\:\\\\x.pdf:PDF"\n'
        '  "odd key: #": |-\n    {a}\n    [b]\nvariants:\n  title:\n    - value: Уолден\n      language: ru\n'
        "      role: translated\n---\nid: watson1953\ntype: article-journal\ntitle: DNA\n"
        'author:\n  - "Watson, James"\n'
    )


def test_a_sheet_that_nobody_touched_says_what_it_said() -> None:
    assert editsheet.read(editsheet.write([WALDEN, DNA]), "s.yaml", [WALDEN, DNA]) == [WALDEN, DNA]


TEXT = st.text(max_size=20)
PART = TEXT.map(str.strip)
NAMES = st.lists(st.builds(Name, PART, PART, PART, PART, PART, literal=PART), min_size=1, max_size=3).map(tuple)
DATES = st.builds(
    Date, st.lists(st.tuples(st.integers(-50, 3000)), max_size=2).map(tuple), st.none(), st.booleans(), TEXT
)
FIELDS: st.SearchStrategy[Mapping[str, Value]] = st.fixed_dictionaries(
    {}, optional={"title": TEXT, "author": NAMES, "issued": DATES, "ISBN": TEXT, "URL": TEXT}
)


@settings(max_examples=300)
@given(FIELDS, st.dictionaries(TEXT, TEXT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=2))
def test_nothing_is_lost_of_any_reference(
    fields: Mapping[str, Value], extra: Mapping[str, str], identifiers: Mapping[str, str]
) -> None:
    kept = {name: value for name, value in fields.items() if value}
    extra = {name: text for name, text in extra.items() if text and name}
    identifiers = {name: text for name, text in identifiers.items() if text and name}
    reference = Reference("book", kept, "k", {}, identifiers, extra)
    text = editsheet.write([reference])
    text.encode("utf-8", "surrogatepass")
    assert editsheet.read(text, "s.yaml", [reference]) == [reference]


def test_several_references_are_changed_and_renamed_in_one_batch(library: Library) -> None:
    filled(library)

    def change(text: str) -> str:
        return text.replace("id: walden", "id: woods").replace("title: DNA", "title: The Double Helix")

    edited = editing.edit(library, ["walden", "watson1953"], writing(change))
    assert [(one.before.key, one.after.key, one.changed) for one in edited] == [
        ("walden", "woods", True),
        ("watson1953", "watson1953", True),
    ]
    assert library.get("walden").fields == WALDEN.fields
    assert library.own(["walden"])[0].key == "woods"
    helix = library.get("watson1953")
    assert (helix.text("title"), helix.sources["title"].name) == ("The Double Helix", "user")
    library.apply(lambda change: change.undo())
    assert (library.own(["walden"])[0].key, library.get("watson1953").text("title")) == ("walden", "DNA")


def test_an_alias_opens_the_reference_under_its_own_key(library: Library) -> None:
    filled(library)
    library.apply(lambda change: change.rename("walden", "woods"))
    editing.edit(library, ["walden"], swapping("id: woods", "id: woods2"))
    assert library.aliases() == {"walden": "woods2", "woods": "woods2"}


def test_a_reference_taken_out_of_the_sheet_stays_and_blocks_may_move(library: Library) -> None:
    filled(library)

    def swapped(text: str) -> str:
        first, second = text.removeprefix(editsheet.HEADING).split("---\n")
        return f"{second}---\n{first.replace('1854~', '1854')}"

    editing.edit(library, ["walden", "watson1953"], writing(swapped))
    assert library.get("walden").date("issued") == Date(((1854,),))
    assert library.get("watson1953").fields == DNA.fields
    editing.edit(library, ["walden", "watson1953"], writing(lambda text: text.split("---\n")[1]))
    assert len(library) == 2


def test_names_and_dates_may_be_written_in_every_way(library: Library) -> None:
    filled(library)

    def change(text: str) -> str:
        names = '\n  - Emerson, Ralph Waldo\n  - family: Ford\n    suffix: Jr.\n  - literal: WHO\nissued: "1854/1856"'
        return text.replace('\n  - "Watson, James"', names)

    editing.edit(library, ["watson1953"], writing(change))
    after = library.get("watson1953")
    assert after.names("author") == (Name("Emerson", "Ralph Waldo"), Name("Ford", suffix="Jr."), Name(literal="WHO"))
    assert after.date("issued") == Date(((1854,), (1856,)))


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("title: DNA", "title: [DNA", 7, "not YAML"),
        ("title: DNA", "title: DNA: the helix", 7, "not YAML"),
        ("title: DNA", "titel: DNA", 7, "no field is called 'titel'; did you mean title?"),
        ("title: DNA", "title: DNA\ntitle: RNA", 8, "title stands here twice"),
        ("title: DNA", "title: [D, N, A]", 7, "title takes one line of text"),
        ("title: DNA", "title: DNA\nissued: soon", 8, "'soon' is no date"),
        ("title: DNA", "title: DNA\nDOI: tomorrow", 8, "'tomorrow' is no DOI"),
        ("title: DNA", "title: DNA\nidentifiers:\n  arxiv: x", 8, "'x' is no arxiv identifier"),
        ("title: DNA", "title: DNA\nextra: x", 8, "extra holds lines of `name: text`"),
        ("title: DNA", "title: DNA\nvariants: x", 8, "variants holds"),
        ('- "Watson, James"', "- {famly: Watson}", 8, "no part of a name is called 'famly'; did you mean family?"),
        ("type: article-journal", "type: article-jurnal", 6, "did you mean article-journal"),
        ("type: article-journal\n", "", 5, "a reference needs its type"),
        ("id: watson1953\n", "", 5, "a reference needs its id"),
        ("id: watson1953", "id: ../../etc", 5, "'../../etc' cannot be a key"),
        ("id: watson1953", 'id: "a\\nb"', 5, "cannot be a key"),
        ("title: DNA", "title: DNA\n---\nid: other\ntype: book", 9, "no reference other was opened"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_text_is_kept(
    tmp_path: Path, sheets: Path, old: str, new: str, line: int, reason: str
) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    with pytest.raises(ParseError) as caught:
        editing.edit(library, ["watson1953"], swapping(old, new))
    (kept,) = sheets.iterdir()
    assert str(caught.value).startswith(f"{kept.name}:{line}: ")
    assert reason in str(caught.value)
    assert str(caught.value).endswith(f"; your text is kept in {kept}")
    assert new in kept.read_text("utf-8")
    assert library.get("watson1953").fields == DNA.fields


def test_a_mistake_is_shown_to_the_editor_again_above_its_line(tmp_path: Path, sheets: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    seen: list[str] = []
    texts = iter([("title: DNA", "titel: DNA"), ("titel: DNA", "tilte: DNA"), ("tilte: DNA", "title: RNA")])

    def run(path: Path) -> None:
        text = path.read_text("utf-8")
        seen.append(text)
        path.write_text(text.replace(*next(texts)), "utf-8")

    editing.edit(library, ["watson1953"], run, again=lambda _: True)
    assert "\n# refs: no field is called 'titel'; did you mean title?\ntitel: DNA\n" in seen[1]
    assert seen[2].count("# refs: ") == 1
    assert library.get("watson1953").text("title") == "RNA"
    assert not list(sheets.iterdir())


def test_what_is_no_utf_8_is_kept_byte_for_byte(tmp_path: Path, sheets: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))
    raw = editsheet.write([DNA]).replace("DNA", "M\xfcller").encode("latin-1")

    def run(path: Path) -> None:
        path.write_bytes(raw)

    with pytest.raises(ParseError, match="7: not UTF-8"):
        editing.edit(library, ["watson1953"], run)
    assert [path.read_bytes() for path in sheets.iterdir()] == [raw]


def test_an_interrupt_keeps_the_text_too(tmp_path: Path, sheets: Path) -> None:
    library = filled(Library(tmp_path / "library.sqlite3"))

    def run(path: Path) -> None:
        swapping("DNA", "RNA")(path)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        editing.edit(library, ["watson1953"], run)
    assert "your text is kept in" in caught.value.__notes__[0]
    assert "title: RNA" in next(sheets.iterdir()).read_text("utf-8")


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_emptied_sheet_changes_nothing(library: Library, text: str) -> None:
    filled(library)
    assert not any(one.changed for one in editing.edit(library, ["walden"], writing(lambda _: text)))
    assert library.get("walden").fields == WALDEN.fields


def meanwhile(library: Library, key: str, **fields: Value) -> None:
    """Do what another person does to a reference."""
    one = library.get(key)
    library.apply(lambda change: change.replace(replace(one, fields={**one.fields, **fields})))


def test_changes_of_different_fields_are_both_kept(library: Library, sheets: Path) -> None:
    filled(library)

    def run(path: Path) -> None:
        meanwhile(library, "walden", note="theirs", publisher="Ticknor")
        swapping("1854~", "1854-08-09")(path)

    (edited,) = editing.edit(library, ["walden"], run)
    after = library.get("walden")
    assert edited.theirs == ("note", "publisher")
    assert (after.text("note"), after.text("publisher")) == ("theirs", "Ticknor")
    assert after.date("issued") == Date(((1854, 8, 9),))
    assert (after.extra, after.identifiers, after.variants) == (WALDEN.extra, WALDEN.identifiers, WALDEN.variants)
    assert not list(sheets.iterdir())


def test_two_changes_of_one_field_are_a_conflict_told_in_three_ways(library: Library, sheets: Path) -> None:
    filled(library)

    def run(path: Path) -> None:
        meanwhile(library, "watson1953", title="Theirs", note="kept")
        swapping("title: DNA", "title: Mine")(path)

    with pytest.raises(ConflictError) as caught:
        editing.edit(library, ["walden", "watson1953"], run)
    (kept,) = sheets.iterdir()
    assert str(caught.value).splitlines() == [
        "watson1953 was changed meanwhile",
        "  title was: DNA",
        "  title theirs: Theirs",
        "  title yours: Mine",
        f"your text is kept in {kept}",
    ]
    assert "title: Mine" in kept.read_text("utf-8")
    assert library.get("watson1953").text("title") == "Theirs"


def test_a_change_of_markup_alone_conflicts_too(library: Library, sheets: Path) -> None:
    filled(library)

    def run(path: Path) -> None:
        meanwhile(library, "watson1953", title="<i>DNA</i>")
        swapping("title: DNA", "title: <b>DNA</b>")(path)

    with pytest.raises(ConflictError):
        editing.edit(library, ["watson1953"], run)


@pytest.mark.parametrize(("act", "error"), [("remove", NotFoundError), ("rename", None)])
def test_what_was_removed_or_renamed_meanwhile(
    library: Library, sheets: Path, act: str, error: type[RefsError] | None
) -> None:
    filled(library)

    def run(path: Path) -> None:
        if act == "remove":
            library.apply(lambda change: change.remove(["walden"]))
        else:
            library.apply(lambda change: change.rename("walden", "woods"))
        swapping("1854~", "1855")(path)

    if error:
        with pytest.raises(error, match="your text is kept in"):
            editing.edit(library, ["walden"], run)
    else:
        editing.edit(library, ["walden"], run)
        assert library.get("woods").date("issued") == Date(((1855,),))


def test_an_identifier_of_another_work_is_a_conflict(library: Library, sheets: Path) -> None:
    filled(library)
    with pytest.raises(ConflictError, match="walden is the same work"):
        editing.edit(library, ["watson1953"], swapping("title: DNA", "title: DNA\nDOI: 10.1234/odd<one>"))


def test_a_note_is_written_changed_and_taken_away(library: Library) -> None:
    filled(library)
    assert editing.note(library, "walden", "Read\tchapter 2.\n")
    assert library.get("walden").text("annote") == "Read chapter 2."
    assert editing.note(library, "walden", None, swapping("2", "3"))
    assert library.get("walden").text("annote") == "Read chapter 3."
    assert not editing.note(library, "walden", "Read chapter 3.")
    assert editing.note(library, "walden", "")
    assert "annote" not in library.get("walden").fields


PAGE = ("add", "--type", "webpage", "--title", "Walden", "--url", "https://example.org/", "--key", "walden")


def test_the_command_stores_the_user_as_the_source(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refs(*PAGE)
    code = "open(name, 'w').write(text.replace('example.org', 'example.com').replace('id: walden', 'id: w'))"
    monkeypatch.setenv("EDITOR", editor(tmp_path, code))
    assert refs("edit", "walden").err == "changed walden; it is now w\n"
    shown = json.loads(refs("show", "walden", "--json").out)
    assert shown["URL"] == "https://example.com/"
    assert [fields for source, fields in shown["custom"]["sources"].items() if source.startswith("user ")]
    monkeypatch.setenv("EDITOR", editor(tmp_path, ""))
    assert refs("edit", "w").err == "w is unchanged\n"


def test_an_editor_that_fails_changes_nothing(refs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refs(*PAGE)
    monkeypatch.setenv("EDITOR", editor(tmp_path, "sys.exit(3)"))
    result = refs("edit", "walden")
    assert result.code == UsageError.exit_code
    assert result.err.endswith("ended with status 3; nothing was changed\n")
    monkeypatch.setenv("EDITOR", "no-such-editor --wait")
    assert "cannot start the editor 'no-such-editor'" in refs("edit", "walden").err


def test_in_a_pipe_a_mistake_ends_the_command(
    refs: Run, tmp_path: Path, sheets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs(*PAGE)
    monkeypatch.setenv("EDITOR", editor(tmp_path, "open(name, 'w').write(text.replace('URL', 'ULR'))"))
    result = refs("edit", "walden")
    assert result.code == ParseError.exit_code
    assert "no field is called 'ULR'; did you mean URL" in result.err
    assert "your text is kept in" in result.err
    assert result.err.count("\n") == 1
