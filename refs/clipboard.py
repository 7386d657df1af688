"""Put text on the clipboard of the person's desktop."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

from refs.errors import RefsError

PROGRAMS = (  # what a desktop has; the variable tells that it runs
    (("pbcopy",), ""),
    (("clip.exe",), ""),
    (("wl-copy",), "WAYLAND_DISPLAY"),
    (("xclip", "-selection", "clipboard"), "DISPLAY"),
    (("xsel", "--clipboard", "--input"), "DISPLAY"),
)
SECONDS = 5


def copy(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Copy by the desktop's program, or through the terminal (OSC 52) over SSH or where there is none.

    Raise RefsError when neither is there.
    """
    program = None if environment.get("SSH_TTY") else _program(environment)
    if program:
        _run(program, text)
    elif sys.stderr.isatty():
        payload = base64.b64encode(text.encode("utf-8")).decode("ascii")
        sys.stderr.write(f"\x1b]52;c;{payload}\x07")
    else:
        raise RefsError("no clipboard: neither a program for it (wl-copy, xclip, pbcopy) nor a terminal is here")


def _program(environment: Mapping[str, str]) -> tuple[str, ...] | None:
    for words, variable in PROGRAMS:
        if (not variable or environment.get(variable)) and shutil.which(words[0]):
            return words
    return None


def _run(program: tuple[str, ...], text: str) -> None:
    try:
        # xclip stays behind to serve the selection; it must not hold our pipes open.
        subprocess.run(  # noqa: S603
            program,
            input=text.encode("utf-8"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise RefsError(f"{program[0]} could not copy: {error}") from None
