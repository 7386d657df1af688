"""Settings: flags > environment > project file > user file.

The user's file is `config.toml` in the configuration directory of the system (XDG on Linux); a project's is
`.refs.toml` in the working directory or above it, up to the root of the repository. A project may choose how things
are printed, and a library inside itself; it can not send requests elsewhere or write outside.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from refs.errors import Location, NotFoundError, ParseError, StorageError, UsageError

APP = "refs"
PROJECT_FILE = ".refs.toml"
LIBRARY_FILE = "library.sqlite3"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a setting is for; a project's file may hold a `project` setting, and a `secret` one is not shown."""

    help: str
    variable: str
    default: str = ""
    project: bool = False
    secret: bool = False


SETTINGS = {
    "library": Setting("where the library lies", "REFS_LIBRARY", project=True),
    "style": Setting("the CSL style of `refs cite`", "REFS_STYLE", default="apa", project=True),
    "locale": Setting("the locale of citations, such as de-DE", "REFS_LOCALE", project=True),
    "key-pattern": Setting("how new keys are made, such as [auth:lower][year]", "REFS_KEY_PATTERN"),
    "key-schemes": Setting("romanisation in new keys: ala-lc, iso-9, iso-843, between blanks", "REFS_KEY_SCHEMES"),
    "journals": Setting("a table of journals: [ISSN,] full name, abbreviation", "REFS_JOURNALS"),
    "ltwa": Setting("the List of Title Word Abbreviations, for `refs export --journals`", "REFS_LTWA"),
    "retraction-watch": Setting("the CSV file of Retraction Watch, for `refs check`", "REFS_RETRACTION_WATCH"),
    "mailto": Setting("your address, sent to registries that serve polite clients faster", "REFS_MAILTO"),
    "mirror": Setting("http://host:port that is asked in place of every registry", "REFS_MIRROR"),
    "snapshot": Setting("the directory of a snapshot of Crossref, asked before any network", "REFS_SNAPSHOT"),
    "translation-server": Setting("http://host:port of your own Zotero translation-server", "REFS_TRANSLATION_SERVER"),
    "ads-token": Setting("the token of your account at ADS", "REFS_ADS_TOKEN", secret=True),
    "openalex-key": Setting("your key for OpenAlex", "REFS_OPENALEX_KEY", secret=True),
    "semanticscholar-key": Setting("your key for Semantic Scholar", "REFS_SEMANTICSCHOLAR_KEY", secret=True),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of a setting and who set it."""

    value: str
    origin: str


def user_file() -> Path:
    """Return the path of the user's settings."""
    import platformdirs

    return platformdirs.user_config_path(APP, appauthor=False) / "config.toml"


def cache_directory() -> Path:
    """Return where answers of registries and the index of styles are kept; it may be deleted at any time."""
    import platformdirs

    return platformdirs.user_cache_path(APP, appauthor=False)


def default_library() -> Path:
    """Return where the library lies when nobody says otherwise."""
    import platformdirs

    return platformdirs.user_data_path(APP, appauthor=False) / LIBRARY_FILE


def read_settings(path: Path) -> dict[str, str]:
    """Return the settings of one TOML file, {} when there is none.

    Raise ParseError for what is no TOML, for unknown names (the nearest is offered) and for values of another type.
    """
    import tomllib

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror}") from None
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise ParseError("not UTF-8", Location(str(path))) from None
    except tomllib.TOMLDecodeError as error:
        raise ParseError(f"not TOML: {error}", Location(str(path))) from None
    for name, value in table.items():
        check(name, value, Location(str(path)))
    return table


def check(name: str, value: object, location: Location | None = None) -> None:
    """Raise when the setting is unknown or its value is not text."""
    if name not in SETTINGS:
        raise ParseError(unknown(name), location) if location else NotFoundError(unknown(name))
    if not isinstance(value, str):
        raise ParseError(f"{name} must be text in quotes", location)


def unknown(name: str) -> str:
    """Return the message for a setting that does not exist."""
    from difflib import get_close_matches

    near = get_close_matches(name, SETTINGS, 1)
    return f"no setting is called {name!r}; " + (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(SETTINGS)}"
    )


def project_file(start: Path) -> Path | None:
    """Return the nearest `.refs.toml` at or above `start`, looking no higher than a repository's root."""
    for directory in (start, *start.parents):
        if (directory / PROJECT_FILE).is_file():
            return directory / PROJECT_FILE
        if (directory / ".git").exists():
            return None
    return None


def _project_settings(start: Path) -> tuple[dict[str, str], str]:
    path = project_file(start)
    if path is None:
        return {}, ""
    settings = read_settings(path)
    for name in settings:
        if not SETTINGS[name].project:
            raise ParseError(f"a project may not set {name}; set it for yourself: refs config set", Location(str(path)))
    if library := settings.get("library"):
        inside = (path.parent / library).resolve()
        if not inside.is_relative_to(path.parent.resolve()):
            raise ParseError("a project's library must lie inside the project", Location(str(path)))
        settings["library"] = str(inside)
    return settings, str(path)


def choices(
    flags: Mapping[str, str | None], environment: Mapping[str, str] = os.environ, start: Path | None = None
) -> dict[str, Choice]:
    """Return every setting that has a value, with its origin, for a start in a directory (default: the current)."""
    user = user_file()
    project, project_origin = _project_settings(start or Path.cwd())
    mine = read_settings(user)
    found: dict[str, Choice] = {}
    for name, setting in SETTINGS.items():
        rows = (
            (flags.get(name), "option"),
            (environment.get(setting.variable), setting.variable),
            (project.get(name), project_origin),
            (mine.get(name), str(user)),
            (setting.default, "default"),
        )
        choice = next((Choice(value, origin) for value, origin in rows if value), None)
        if choice:
            found[name] = choice
    found.setdefault("library", Choice(str(default_library()), "default"))
    return found


def set_user_setting(name: str, value: str) -> Path:
    """Write one setting into the user's file, whose comments and order stay; "" removes it. Return the path."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    from refs.writing import replace_file

    check(name, value)
    if name in ("mirror", "translation-server") and value and not value.startswith(("http://", "https://")):
        raise UsageError(f"{name} must be http://host:port, not {value!r}")
    path = user_file()
    read_settings(path)
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
        if value:
            document[name] = value
        else:
            document.pop(name, None)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ParseError(f"not TOML: {error}", Location(str(path))) from None
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from None
    if SETTINGS[name].secret and value:
        path.touch(0o600)
        path.chmod(0o600)
    replace_file(path, text.encode("utf-8"))
    return path
