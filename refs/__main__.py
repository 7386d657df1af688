"""The console script: `refs` and `python -m refs`."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable


def main() -> int:
    """Run the command line. `--version` alone is answered without importing it."""
    if sys.argv[1:] == ["--version"]:
        from refs import __version__

        return _print(f"refs {__version__}")
    try:
        code: int = _command_line()()
    except KeyboardInterrupt:  # before the command line was there to heed it
        print("refs: interrupted", file=sys.stderr)
        code = 130
    with contextlib.suppress(KeyboardInterrupt):  # all is done; nothing may be said of an interrupt that comes now
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code > 128:
        # An interpreter that was interrupted in an exec() of its own library would end by SIGINT, whatever we say.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(code)
    return code


def _command_line() -> Callable[[], int]:
    try:
        from refs._cli import main as run  # installed: cli.py lies inside the package
    except ModuleNotFoundError as error:
        if error.name != "refs._cli":
            raise
        from cli import main as run  # a checkout: it lies at the root
    found: Callable[[], int] = run
    return found


def _print(text: str) -> int:
    try:
        print(text, flush=True)
    except OSError as error:
        sys.stdout = None  # or the interpreter tries again when it ends
        print(f"refs: {(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
