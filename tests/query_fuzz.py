"""Ask a small library made-up queries, and count what comes of them: `python -m tests.query_fuzz [COUNT] [SEED]`.

Anything but an answer, or a refusal that is ours, ends the run with its traceback.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from refs import Library
from refs.errors import NotFoundError
from refs.query import QueryError
from tests.test_query import random_queries
from tests.test_search import SHELF


def main(count: int, seed: int = 1) -> Counter[str]:
    """Return how many queries found something, found nothing, and were refused."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder) / "library.sqlite3", "fuzz")
        with library.change() as change:
            for one in SHELF:
                change.add(one, key=one.key)
        for text in random_queries(count, seed):
            try:
                outcomes["found" if next(library.each_row(text, limit=5), None) else "nothing"] += 1
            except (QueryError, NotFoundError):
                outcomes["refused"] += 1
    return outcomes


if __name__ == "__main__":
    print(dict(main(*([int(word) for word in sys.argv[1:3]] or [100_000]))))
