"""Run pandoc on a printed manuscript: pandoc does the document, the citations are printed already."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from refs.errors import RefsError

FILTER = Path(__file__).parent.parent / "papers" / "citations.lua"


def find() -> str:
    """Return the path of pandoc: the one on the search path, else that of the package pypandoc-binary; "" for none."""
    if found := shutil.which("pandoc"):
        return found
    package = find_spec("pypandoc")  # only found: its import costs more than refs itself
    for folder in (package and package.submodule_search_locations) or ():
        if found := shutil.which("pandoc", path=os.path.join(folder, "files")):
            return found
    return ""


@dataclass(frozen=True, slots=True)
class Job:
    """What pandoc is to make: a format of its own or an ending such as ".docx", and how.

    `folder` is where images are looked for besides the current one, `options` are further arguments.
    """

    target: str
    folder: Path
    metadata: Mapping[str, str]
    options: Sequence[str] = ()

    def arguments(self, script: Path, output: Path) -> list[str]:
        """Return pandoc's arguments."""
        return [
            *("--from=markdown", "--standalone", "--wrap=preserve", f"--lua-filter={script}", f"--output={output}"),
            *([] if self.target.startswith(".") else [f"--to={self.target}"]),
            f"--resource-path={os.pathsep.join(('.', str(self.folder)))}",
            *(f"--metadata={name}={value}" for name, value in self.metadata.items()),
            *self.options,
        ]


def convert(program: str, text: str, blocks: str, job: Job) -> tuple[bytes, list[str]]:
    """Return the document that pandoc makes of a text with signs, and what it said.

    `blocks` is what `topandoc.blocks` returns. Raise RefsError with pandoc's words when it makes none.
    """
    with tempfile.TemporaryDirectory(prefix="refs-") as name:
        place = Path(name)
        (place / "printed.json").write_text(blocks, encoding="utf-8")
        shutil.copyfile(FILTER, place / FILTER.name)
        output = place / f"document{job.target if job.target.startswith('.') else ''}"
        command = [program, *job.arguments(place / FILTER.name, output)]
        try:
            done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)  # noqa: S603
        except OSError as error:
            raise RefsError(f"pandoc cannot be run: {error.strerror or error}") from None
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        if done.returncode:
            raise RefsError("\n".join(f"pandoc: {line}" for line in said) or f"pandoc failed with {done.returncode}")
        if not output.exists():
            raise RefsError("pandoc wrote no document: leave --output to refs")
        # It has no word for "Abstract" in most languages, which is told for documents without one, too.
        return output.read_bytes(), [line for line in said if "translation" not in line]
