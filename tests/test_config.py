"""Settings: who wins, what a project may say, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refs import config
from refs.errors import NotFoundError, ParseError, UsageError


def write_user(text: str) -> None:
    config.user_file().parent.mkdir(parents=True, exist_ok=True)
    config.user_file().write_text(text, encoding="utf-8")


def test_flags_beat_environment_beats_project_beats_user(tmp_path: Path) -> None:
    write_user('style = "user"')
    assert config.choices({}, {}, tmp_path)["style"].value == "user"
    (tmp_path / ".refs.toml").write_text('style = "project"', encoding="utf-8")
    assert config.choices({}, {}, tmp_path)["style"].value == "project"
    assert config.choices({}, {"REFS_STYLE": "environment"}, tmp_path)["style"].value == "environment"
    assert config.choices({"style": "flag"}, {"REFS_STYLE": "x"}, tmp_path)["style"] == config.Choice("flag", "option")


def test_a_project_file_is_found_from_below_but_not_beyond_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "paper" / "figures"
    inner.mkdir(parents=True)
    (tmp_path / ".refs.toml").write_text('style = "ieee"', encoding="utf-8")
    assert config.project_file(inner) == tmp_path / ".refs.toml"
    (tmp_path / "paper" / ".git").mkdir()
    assert config.project_file(inner) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('mailto = "me@example.org"', "a project may not set mailto"),
        ('mirror = "http://evil.example"', "a project may not set mirror"),
        ('library = "../outside.sqlite3"', "must lie inside the project"),
        ('library = "/etc/outside.sqlite3"', "must lie inside the project"),
    ],
)
def test_a_project_cannot_reach_out(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / ".refs.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ParseError, match=message):
        config.choices({}, {}, tmp_path)


def test_a_projects_library_lies_beside_its_file(tmp_path: Path) -> None:
    (tmp_path / ".refs.toml").write_text('library = "refs.sqlite3"', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    assert config.choices({}, {}, tmp_path / "sub")["library"].value == str((tmp_path / "refs.sqlite3").resolve())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('stlye = "apa"', r"config\.toml: no setting is called 'stlye'; did you mean style"),
        ("style = 7", "style must be text"),
        ("style = ", "not TOML"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    write_user("")
    config.user_file().write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ParseError, match=message):
        config.choices({}, {}, tmp_path)


def test_setting_keeps_comments_and_can_be_taken_back() -> None:
    write_user('# mine\nstyle = "apa"  # as the journal wants\n')
    config.set_user_setting("mailto", "me@example.org")
    config.set_user_setting("style", "ieee")
    text = config.user_file().read_text(encoding="utf-8")
    assert text == '# mine\nstyle = "ieee"  # as the journal wants\nmailto = "me@example.org"\n'
    config.set_user_setting("mailto", "")
    assert "mailto" not in config.read_settings(config.user_file())


def test_unknown_names_and_impossible_values_are_refused() -> None:
    with pytest.raises(NotFoundError, match="did you mean mailto"):
        config.set_user_setting("mailtoo", "x")
    with pytest.raises(UsageError, match="http://host:port"):
        config.set_user_setting("mirror", "ftp://x")
    assert not config.user_file().exists()


def test_the_library_has_a_place_of_its_own() -> None:
    assert config.choices({}, {})["library"].value == str(config.default_library())


def test_a_secret_is_not_shown_and_its_file_is_for_its_owner_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cli import main

    assert main(["config", "set", "ads-token", "canary"]) == 0
    assert main(["config"]) == 0
    printed = capsys.readouterr()
    assert "ads-token = (secret)" in printed.out
    assert "canary" not in printed.out + printed.err
    assert os.name == "nt" or config.user_file().stat().st_mode & 0o077 == 0
