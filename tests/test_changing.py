"""`refs set`, `unset`, `rename` and `why`: changes of many references, and where values came from."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from refs import Library
from refs.actions import assigning, provenance, refresh, renaming
from refs.errors import ConflictError, NotFoundError, UsageError
from refs.model import Date, Name, Reference, Source
from tests.running import Run

WATSON = Reference(
    "article-journal",
    {
        "title": "Molecular structure of nucleic acids",
        "author": (Name("Watson", "James"), Name("Crick", "Francis")),
        "issued": Date(((1953,),)),
        "DOI": "10.1038/171737a0",
    },
    key="watson1953",
    extra={"file": "x.pdf"},
    sources={"title": Source("crossref", "2020-01-01"), "DOI": Source("refs.bib:12")},
)
CRICK = Reference("book", {"title": "Of Molecules", "author": (Name("Crick", "Francis"),)}, key="crick")


def filled(library: Library) -> Library:
    """Put two references into a library."""
    with library.change() as change:
        for one in (WATSON, CRICK):
            change.add(one, wanted=one.key)
    return library


def test_values_are_set_in_one_batch_with_the_user_as_their_source(library: Library) -> None:
    filled(library)
    pairs = ["author=Doe, Jane; {Winter War Society}", "editor=Roe, R.", "editor=van Berg, A.", "type=report"]
    pairs += ["issued=1954-02/1954-03", "extra.shelf=B 12", "arxiv=arXiv:2401.00001", "doi=https://doi.org/10.1234/ABC"]
    values = assigning.read_assignments(pairs)
    changed = assigning.assign(library, library.own(["watson1953"]), values)
    after = library.get("watson1953")
    assert after.names("author") == (Name("Doe", "Jane"), Name(literal="Winter War Society"))
    assert after.names("editor") == (Name("Roe", "R."), Name("Berg", "A.", "van"))
    assert after.date("issued") == Date(((1954, 2), (1954, 3)))
    assert (after.type, after.text("DOI"), after.text("title")) == ("report", "10.1234/abc", WATSON.text("title"))
    assert (dict(after.extra), dict(after.identifiers)) == (
        {"file": "x.pdf", "shelf": "B 12"},
        {"arxiv": "2401.00001"},
    )
    assert {name for name, source in after.sources.items() if source.name == "user"} == {
        "author", "editor", "issued", "DOI", "shelf"
    }  # fmt: skip
    assert after.sources["title"] == Source("crossref", "2020-01-01")
    assert {one.field for one in changed[0].differences} >= {"author", "editor", "issued", "type", "arxiv"}
    library.apply(lambda change: change.undo())
    assert library.get("watson1953") == WATSON


def test_a_dry_run_tells_and_stores_nothing(library: Library) -> None:
    filled(library)
    before = library.references()
    values = assigning.read_assignments(["language=en"])
    changed = assigning.assign(library, library.search("molecul"), values, dry=True)
    assert {one.reference.key for one in changed} == {"watson1953", "crick"}
    assert library.references() == before
    assigning.assign(library, library.search("molecul"), values)
    assert {one.text("language") for one in library.references()} == {"en"}
    assert assigning.assign(library, library.references(), values) == []
    library.apply(lambda change: change.undo())
    assert library.references() == before


def test_fields_are_taken_away_and_registries_do_not_bring_them_back(library: Library) -> None:
    filled(library)
    assigning.assign(library, library.own(["watson1953"]), assigning.taking_away(["DOI", "extra.file", "arxiv"]))
    after = library.get("watson1953")
    assert "DOI" not in after.fields
    assert not after.extra
    answer = replace(WATSON, fields={**WATSON.fields, "title": "New", "publisher": "P"}, sources={})
    fresh, changes = refresh.updated(after, answer, imported=True)
    assert "DOI" not in fresh.fields
    assert (fresh.text("title"), fresh.text("publisher")) == ("New", "P")
    assert [change.field for change in changes if change.kept] == ["DOI"]


def test_what_the_user_set_no_registry_overwrites(library: Library) -> None:
    filled(library)
    assigning.assign(library, library.own(["watson1953"]), assigning.read_assignments(["title=Mine"]))
    fresh, _ = refresh.updated(library.get("watson1953"), replace(WATSON, sources={}), imported=True)
    assert fresh.text("title") == "Mine"


def test_a_field_that_also_stands_in_its_files_own_words_is_the_users_once_set(library: Library) -> None:
    with library.change() as change:
        raw = Reference("book", {"title": "A"}, extra={"title": "{A} $x$"}, sources={"title": Source("refs.bib:1")})
        change.add(raw, wanted="a")
    assigning.assign(library, library.own(["a"]), assigning.read_assignments(["title=B"]))
    assert library.get("a").sources["title"].name == "user"


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("jornal=x", "no field is called 'jornal'"),
        ("titel=x", "did you mean title?"),
        ("journal=Nature", "CSL calls it container-title"),
        ("key=x", "refs rename"),
        ("title=", "refs unset takes a field away"),
        ("DOI=x", "'x' is no DOI"),
        ("ISBN=9780140449137", "is no ISBN"),
        ("arxiv=x", "'x' is no arxiv identifier"),
        ("issued=soon", "'soon' is no date"),
        ("type=bok", "no type is called 'bok'; did you mean book?"),
        ("URL=javascript:alert(1)", "is no URL"),
        ("language=English please", "is no language tag"),
        ("extra.=x", "no field is called 'extra.'"),
        ("=x", "no field is called ''"),
        ("author=;", "author takes names"),
        ("author={}", "author takes names"),
    ],
)
def test_what_cannot_be_set(pair: str, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        assigning.read_assignments([pair])
    assert reason in str(caught.value)


def test_control_characters_do_not_get_in(library: Library) -> None:
    filled(library)
    values = assigning.read_assignments(["title=a\x1b[31m\nb\x00", "extra.x=c\x9b\n\u2028d"])
    assigning.assign(library, library.own(["crick"]), values)
    after = library.get("crick")
    assert (after.text("title"), after.extra["x"]) == ("a[31m b", "c d")


def test_another_works_identifier_changes_nothing_at_all(library: Library) -> None:
    filled(library)
    before = library.references()
    with pytest.raises(ConflictError, match="the same work"):
        assigning.assign(library, library.references(), assigning.read_assignments(["DOI=10.1038/171737A0", "note=x"]))
    assert library.references() == before


def test_keys_are_made_by_a_pattern_and_the_old_ones_still_cite(library: Library) -> None:
    filled(library)
    with library.change() as change:
        change.add(Reference("book", {"title": "Other", "author": (Name("Crick", "Odile"),)}), wanted="odile")
    pattern = "[auth:lower]"
    told = renaming.by_pattern(library, library.references(), pattern, dry=True)
    assert [(one.old, one.new) for one in told] == [("watson1953", "watson"), ("odile", "cricka")]
    assert library.keys() == ["crick", "odile", "watson1953"]
    assert renaming.by_pattern(library, library.references(), pattern) == told
    assert library.keys() == ["crick", "cricka", "watson"]
    assert library.aliases() == {"odile": "cricka", "watson1953": "watson"}
    assert library.get("watson1953").fields == WATSON.fields
    assert renaming.by_pattern(library, library.references(), pattern) == []
    library.apply(lambda change: change.undo())
    assert library.keys() == ["crick", "odile", "watson1953"]


def test_a_pattern_never_takes_another_references_old_key(library: Library) -> None:
    filled(library)
    library.apply(lambda change: change.rename("watson1953", "dna"))
    library.apply(lambda change: change.rename("crick", "molecules"))
    renaming.by_pattern(library, library.own(["molecules"]), "'Watson1953'")
    assert library.own(["crick"])[0].key == "Watson1953a"
    assert library.own(["watson1953"])[0].key == "dna"
    renaming.by_pattern(library, library.own(["dna"]), "'watson1953'")
    assert library.own(["dna"])[0].key == "watson1953"


def test_why_tells_every_value_and_which_won(library: Library) -> None:
    filled(library)
    assigning.assign(library, library.own(["watson1953"]), assigning.read_assignments(["title=Mine"]))
    library.apply(lambda change: change.rename("watson1953", "dna"))
    (story,) = provenance.why(library, "watson1953", "TITLE")
    assert [(said.value, said.source.name, said.batch.number) for said in story.values] == [
        ("Mine", "user", 2),
        ("Molecular structure of nucleic acids", "crossref", 1),
    ]
    assert {said.batch.command for said in story.values} == {"test"}
    stories = {story.field: [said.value for said in story.values] for story in provenance.why(library, "dna")}
    assert stories["key"] == ["dna", "watson1953"]
    assert stories["extra file"] == ["x.pdf"]
    assert [story.field for story in provenance.why(library, "dna", "extra.file")] == ["extra file"]
    with pytest.raises(NotFoundError, match="never had the field 'abstract'"):
        provenance.why(library, "dna", "abstract")
    assigning.assign(library, library.own(["dna"]), assigning.taking_away(["title"]))
    library.apply(lambda change: change.remove(["dna"]))
    (story,) = provenance.why(library, "dna", "title")
    assert [said.value for said in story.values] == ["", "Mine", "Molecular structure of nucleic acids"]


BOOK = ("add", "--type", "book", "--title", "Walden", "--author", "Thoreau, Henry", "--date", "1854", "--key", "walden")


def test_the_commands_say_what_they_did(refs: Run) -> None:
    refs(*BOOK)
    result = refs("set", "walden", "publisher=Ticknor", "--dry-run")
    assert (result.code, result.out) == (0, "walden\n  + publisher: Ticknor\n")
    assert result.err == "would change walden\n"
    assert refs("set", "--where", "thoreau", "publisher=Ticknor").err == "changed walden; refs undo takes it back\n"
    again = refs("set", "walden", "publisher=Ticknor")
    assert (again.code, again.err) == (0, "nothing to change: all has these values already\n")
    told = json.loads(refs("unset", "walden", "publisher", "--json").out)
    assert told == {"key": "walden", "fields": [{"field": "publisher", "before": "Ticknor", "after": None}]}
    assert refs("set", "--where", "nobody", "note=x").err == "nothing matches\n"
    refs("undo")
    assert "publisher: Ticknor\n" in refs("show", "walden").out


def test_why_prints_lines_and_json(refs: Run) -> None:
    refs(*BOOK)
    refs("set", "walden", "title=Walden; or, Life in the Woods")
    lines = refs("why", "walden", "title").out.splitlines()
    assert lines[0] == "title: Walden; or, Life in the Woods"
    assert lines[1].startswith("  user 2")
    assert lines[2].startswith("  before: Walden; user 2")
    (row,) = [json.loads(line) for line in refs("why", "walden", "title", "--json").out.splitlines()]
    assert [value["value"] for value in row["values"]] == ["Walden; or, Life in the Woods", "Walden"]


def test_rename_says_what_became_of_the_keys(refs: Run) -> None:
    refs(*BOOK)
    assert refs("rename", "walden", "woods").err == "walden is now woods; the old key still cites\n"
    assert refs("cite", "walden").out == refs("cite", "woods").out
    assert "also found by: walden\n" in refs("show", "woods").out
    assert json.loads(refs("show", "woods", "--json").out)["custom"]["aliases"] == ["walden"]
    result = refs("rename", "--pattern", "[auth:lower][year]", "--all", "--dry-run")
    assert (result.out, result.err) == ("woods\tthoreau1854\n", "1 would be renamed\n")
    assert json.loads(refs("rename", "woods", "--pattern", "[auth][shortyear]", "--json").out) == {
        "old": "woods",
        "new": "Thoreau54",
    }
    refs("config", "set", "key-pattern", "[auth:upper]_[year]")
    refs("rename", "--all")
    assert refs("add", "--title", "T", "--author", "Doe, J.", "--date", "2001").out == "DOE_2001\n"
    assert refs("list").out.startswith("DOE_2001\t")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("set", "walden"), 2, "say what to set"),
        (("set", "title=x"), 2, "give keys or --where QUERY"),
        (("set", "walden", "title=x", "--where", "y"), 2, "give keys or --where QUERY"),
        (("set", "wolden", "title=x"), 7, "did you mean walden?"),
        (("unset", "walden"), 2, "say which field"),
        (("unset", "walden", "titel"), 2, "did you mean title?"),
        (("unset", "walden", "type"), 2, "a reference needs its type"),
        (("rename", "walden"), 2, "give OLD and NEW"),
        (("rename", "walden", "a b"), 2, "cannot be a key"),
        (("rename", "walden", "a\nb"), 2, "cannot be a key"),
        (("rename", "walden", "../x"), 2, "cannot be a key"),
        (("rename", "nobody", "x"), 7, "no reference has the key 'nobody'"),
        (("rename", "--all"), 2, "give --pattern"),
        (("rename", "walden", "--all", "--pattern", "[auth]"), 2, "--all stands alone"),
        (("rename", "--all", "--pattern", "[atuh]"), 2, "column 2: no field is called 'atuh'"),
        (("config", "set", "key-pattern", "[auth"), 2, "a bracket opens that is never closed"),
        (("why", "walden", "titel"), 7, "did you mean title?"),
        (("why", "nobody"), 7, "no reference has the key 'nobody'"),
    ],
)
def test_what_was_typed_wrong_is_told_in_one_line(refs: Run, words: tuple[str, ...], code: int, message: str) -> None:
    refs(*BOOK)
    result = refs(*words)
    assert (result.code, result.out) == (code, "")
    assert message in result.err
    assert result.err.count("\n") == 1
