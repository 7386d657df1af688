"""The child process that reads a PDF: bytes on standard input, JSON of what they say on standard output.

A PDF may be made to exhaust whoever reads it, so it is read here and nowhere else: in an interpreter that can open no
connection, start no process and write no file, with limits on its time and memory. It imports nothing of refs.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_BYTES = 200 << 20
MOST_MEMORY = 1 << 30  # bytes beside the file itself
MOST_SECONDS = 20  # of CPU
PAGES = 3  # a cover sheet of a repository, the first page, and the second
LONGEST_TEXT = 30_000  # characters of a page
LONGEST_XMP = 1 << 20
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename")


def main() -> int:
    """Read the file, print what was found, and return 0; print why not and return 1."""
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        return _answer({"error": f"it has more than {MOST_BYTES >> 20} MiB"})
    from pypdf import PdfReader, errors

    _confine(len(data))
    try:
        return _answer(_read(PdfReader, data))
    except errors.DependencyError:
        return _answer({"error": "it is encrypted; with the package cryptography installed it can be read"})
    except errors.FileNotDecryptedError:
        return _answer({"error": "it is encrypted with a password"})
    except MemoryError:
        return _answer({"error": "it unpacks to more than any paper has"})
    except RecursionError:
        return _answer({"error": "it is nested too deeply"})
    except Exception as error:
        # Whatever a broken file makes the parser raise, it is one fact for the person: the file is broken.
        return _answer({"error": f"it is broken ({type(error).__name__})"})


def _answer(found: dict[str, Any]) -> int:
    sys.stdout.write(json.dumps(found))
    return int("error" in found)


def _confine(size: int) -> None:
    """Give up what reading needs no more; where the system has no limits (Windows) the parent's clock remains."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[1], str) and not set(arguments[1]) <= set("rbtU")
        if event.startswith(FORBIDDEN) or writes:
            raise PermissionError(event)

    sys.addaudithook(refuse)
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = MOST_MEMORY + 4 * size
    if sys.platform == "linux":  # elsewhere the limit counts what the system itself maps, or nothing
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _read(reader: type[PdfReader], data: bytes) -> dict[str, Any]:
    import io
    import logging

    logging.disable()
    document = reader(io.BytesIO(data), strict=False)
    if document.is_encrypted:
        document.decrypt("")  # most are locked against changes alone
    found: dict[str, Any] = {"info": _info(document), "xmp": _xmp(document), "pages": []}
    for number in range(min(PAGES, len(document.pages))):
        found["pages"].append(_text(document, number))
    return found


def _info(document: PdfReader) -> dict[str, str]:
    return {str(key).lstrip("/"): str(value)[:2000] for key, value in (document.metadata or {}).items()}


def _xmp(document: PdfReader) -> str:
    root = document.trailer["/Root"].get_object()
    stream = root.get("/Metadata") if isinstance(root, dict) else None
    stream = stream.get_object() if stream is not None else None
    body = stream.get_data() if stream is not None and hasattr(stream, "get_data") else b""
    return bytes(body)[:LONGEST_XMP].decode("utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")


def _text(document: PdfReader, number: int) -> str:
    try:
        return str(document.pages[number].extract_text())[:LONGEST_TEXT]
    except (MemoryError, RecursionError):
        raise
    except Exception:
        return ""  # one page that cannot be read leaves the metadata and the others


if __name__ == "__main__":
    sys.exit(main())
