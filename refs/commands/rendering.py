"""The command render."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from refs import console
from refs.commands.locking import LockOption, built_from
from refs.commands.options import PARTIAL, LibraryOption, complete_locale, complete_style, library, setting
from refs.errors import UsageError

if TYPE_CHECKING:
    from refs.actions.scanning import Shelf

DocumentArgument = Annotated[Path, typer.Argument(metavar="DOC", help="Markdown: pandoc's, Quarto, R Markdown.")]
OptionsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[-- PANDOC-OPTION...]", help="Passed on to pandoc.", show_default=False)
]
OutputOption = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Its ending chooses the format; - is standard output.")
]
ToOption = Annotated[
    str, typer.Option("--to", "-t", metavar="FORMAT", help="markdown, html, text, or any that pandoc writes.")
]
RenderStyleOption = Annotated[
    str,
    typer.Option(
        "--style",
        "-s",
        metavar="STYLE",
        autocompletion=complete_style,
        help="Default: `csl` of the document, the setting, apa.",
    ),
]
RenderLocaleOption = Annotated[
    str,
    typer.Option(metavar="TAG", autocompletion=complete_locale, help="Default: `lang` of the document, the setting."),
]
BibOption = Annotated[
    list[Path] | None,
    typer.Option("--bib", metavar="FILE", help="References besides the library's; may be given again."),
]
RenderLockedOption = Annotated[
    bool, typer.Option("--locked", help="Take references, style and locale from refs.lock alone.")
]


def render(
    document: DocumentArgument,
    options: OptionsArgument = None,
    output: OutputOption = "-",
    to: ToOption = "",
    style: RenderStyleOption = "",
    locale: RenderLocaleOption = "",
    bib: BibOption = None,
    locked: RenderLockedOption = False,
    lock_file: LockOption = "",
    library_path: LibraryOption = None,
) -> None:
    """Print a Markdown document with its citations and bibliography.

    refs prints the citations, as footnotes where the style wants them; pandoc makes the document. Without pandoc there
    are Markdown, HTML and text. A key means the reference in the document's own `references`, then in --bib, then in
    its `bibliography` files, then in the library. `csl`, `lang`, `nocite`, `reference-section-title`,
    `suppress-bibliography` and a division `#refs` are heeded; the flags win. Exit code 3 says that something is
    missing; the rest is written.

    \b
    Examples:
      refs render paper.md --style chicago-notes-bibliography -o paper.docx
      refs render paper.md --locale de-DE -o paper.html
      refs render paper.md --bib refs.bib > printed.md
      refs render paper.md --locked -o paper.html
      refs render paper.md -o paper.docx -- --reference-doc=house.docx
    """
    from refs.actions import rendering

    target = rendering.target_of(to, output)
    if output == "-" and target not in rendering.TEXTS and sys.stdout.isatty():
        raise UsageError(f"{target} is not for a terminal: give -o FILE")
    wanted = rendering.Wanted(target, style, locale, setting("style"), setting("locale"), bib or (), options or ())
    shelf: Shelf = library(library_path)
    if locked or lock_file:
        build = built_from([document], lock_file, style=style, locale=locale, bib=bib)
        shelf = build.shelf
        wanted = replace(wanted, style=build.style, locale=build.locale, language=build.language, locked=True)
    done = rendering.render(shelf, document, output, wanted)
    for line in done.notices:
        console.say(line)
    if output == "-":
        sys.stdout.buffer.write(done.data)
        sys.stdout.buffer.flush()
    else:
        from refs.writing import replace_file

        verb = "wrote" if replace_file(Path(output), done.data) else "unchanged:"
        count = f"{done.citations} citation{'s' * (done.citations != 1)}"
        console.say(f"{verb} {output}, {count}")
    for line in done.problems:
        console.complain(line)
    if done.problems:
        raise typer.Exit(PARTIAL)
