"""What imports could not read: try it again, after an edit or with a newer refs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from refs import formats
from refs.actions.editor import Edit, read_back, run_editor
from refs.actions.importing import Ledger, store
from refs.change import Change
from refs.errors import NotFoundError, RefsError
from refs.store import Library, Quarantined


def chosen(library: Library, numbers: Sequence[int] = ()) -> list[Quarantined]:
    """Return the quarantined blocks of these numbers, or all; raise NotFoundError for a number that is not there."""
    blocks = library.quarantined()
    known = {block.number for block in blocks}
    if missing := [number for number in numbers if number not in known]:
        raise NotFoundError(f"no quarantined block has the number {missing[0]}")
    return [block for block in blocks if not numbers or block.number in numbers]


def retry(library: Library, blocks: Sequence[Quarantined]) -> list[Ledger]:
    """Read the blocks again and store what can now be read; what still cannot stays as it was."""
    return library.apply(lambda change: [_retry(change, block) for block in blocks])


def _retry(change: Change, block: Quarantined) -> Ledger:
    ledger = Ledger(f"{block.file}:{block.line}")
    try:
        document = formats.read(block.raw.encode("utf-8", "surrogatepass"), PurePath(block.file).name, block.format)
    except RefsError as error:
        ledger.error = error
        return ledger
    if document.references:
        store(change, ledger, document)
        change.release([block.number])
    else:
        ledger.blocks = ledger.counts["quarantined"] = 1
        ledger.quarantined = [block]
    return ledger


def _put_back(change: Change, block: Quarantined) -> None:
    change.release([block.number])
    change.quarantine([block])


def edit(library: Library, number: int, run: Edit = run_editor) -> Ledger:
    """Let a person mend a block in their editor, then read it again; what still cannot be read is kept as edited."""
    (block,) = chosen(library, [number])
    with tempfile.TemporaryDirectory(prefix="refs-") as folder:
        path = Path(folder) / f"block{PurePath(block.file).suffix}"
        path.write_text(block.raw, encoding="utf-8", errors="surrogatepass")
        run(path)
        raw = read_back(path)
    mended = replace(block, raw=raw)
    (ledger,) = retry(library, [mended])
    if raw != block.raw and (ledger.error or number in {kept.number for kept in library.quarantined()}):
        library.apply(lambda change: _put_back(change, mended))
    return ledger
