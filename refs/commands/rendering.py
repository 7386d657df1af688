"""The command render."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from refs import console
from refs.commands.options import PARTIAL, LibraryOption, complete_locale, complete_style, library, setting
from refs.errors import UsageError

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


def render(
    document: DocumentArgument,
    options: OptionsArgument = None,
    output: OutputOption = "-",
    to: ToOption = "",
    style: RenderStyleOption = "",
    locale: RenderLocaleOption = "",
    bib: BibOption = None,
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
      refs render paper.md -o paper.docx -- --reference-doc=house.docx
    """
    from refs.actions import rendering

    target = rendering.target_of(to, output)
    if output == "-" and target not in rendering.TEXTS and sys.stdout.isatty():
        raise UsageError(f"{target} is not for a terminal: give -o FILE")
    wanted = rendering.Wanted(target, style, locale, setting("style"), setting("locale"), bib or (), options or ())
    done = rendering.render(library(library_path), document, output, wanted)
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
