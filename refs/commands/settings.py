"""The command `refs config`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from refs import config, console
from refs.commands.options import FLAGS
from refs.database import without_secrets
from refs.errors import NotFoundError, UsageError

app = typer.Typer(
    help="Show and change settings.\n\nExample: refs config set mailto you@example.org",
    rich_markup_mode=None,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", autocompletion=lambda: list(config.SETTINGS))]


@app.callback(invoke_without_command=True)
def show(context: typer.Context) -> None:
    """Show every setting and where it comes from; `get` and `set` change one.

    \b
    Examples:
      refs config
      refs config set mailto you@example.org
    """
    if context.invoked_subcommand:
        return
    chosen = config.choices(FLAGS)
    for name, setting in config.SETTINGS.items():
        choice = chosen.get(name, config.Choice("", "not set"))
        shown = "(secret)" if setting.secret and choice.value else console.visible(without_secrets(choice.value))
        console.out(f"{name} = {shown}  # {setting.help}; {console.visible(choice.origin)}")
    console.say(f"your settings: {config.user_file()}")


@app.command()
def get(name: NameArgument) -> None:
    """Print the value of a setting.

    \b
    Example:
      refs config get library
    """
    config.check(name, "")
    choice = config.choices(FLAGS).get(name)
    if choice is None:
        raise NotFoundError(f"{name} is not set")
    console.out(console.visible(choice.value))


@app.command("set")
def set_(name: NameArgument, value: Annotated[str, typer.Argument(help='"" removes the setting.')]) -> None:
    """Change a setting in your own file.

    \b
    Examples:
      refs config set style chicago-author-date
      refs config set style ""
    """
    if value and name in CHECKS:
        CHECKS[name](value)
    path = config.set_user_setting(name, value)
    console.say(f"{name} {'is set' if value else 'is removed'} in {path}")


def _check_style(value: str) -> None:
    from refs.csl.repository import find_style

    find_style(value)


def _check_locale(value: str) -> None:
    from refs.csl.repository import locale_tag

    locale_tag(value)


def _check_mailto(value: str) -> None:
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", value):
        raise UsageError(f"{value!r} is no e-mail address")


def _check_key_pattern(value: str) -> None:
    from refs.keypatterns import compile_pattern

    compile_pattern(value)


def _check_key_schemes(value: str) -> None:
    from refs.romanise import SCHEMES

    known = {scheme: None for schemes in SCHEMES.values() for scheme in schemes}
    for name in value.split():
        if name not in known:
            raise UsageError(f"no romanisation is called {name!r}: there are {', '.join(known)}")


CHECKS = {
    "key-pattern": _check_key_pattern,
    "key-schemes": _check_key_schemes,
    "style": _check_style,
    "locale": _check_locale,
    "mailto": _check_mailto,
}
