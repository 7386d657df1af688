"""Measure the resolver: parsing, resolving against recorded answers, and answering from the cache.

usage: REFS_SHARED=DIR python benchmarks/resolving.py [COUNT]

Needs the recorded answers of registries in DIR/registry, which `serve.py` there replays on loopback.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from resolver import Resolution, Resolver
from resolver.sources import crossref


def main() -> None:
    """Print a line for each figure."""
    registry = Path(os.environ["REFS_SHARED"]) / "registry"
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    command = [sys.executable, str(registry / "serve.py"), "--port", "0", "--limits", "none"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr  # noqa: S101 - it is a pipe
        resolving("http://" + server.stderr.readline().rpartition("http://")[2].strip(), count)
    finally:
        server.terminate()
        server.wait()
    print(f"largest resident size: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    parsing(registry / "payloads" / "crossref" / "bulk" / "works.jsonl.gz")


def parsing(path: Path) -> None:
    """Parse every recorded work."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        works = [json.loads(line) for line in lines]
    began = time.process_time()
    for work in works:
        crossref.parse(work)
    spent = time.process_time() - began
    print(f"parse {len(works)} works: {spent:.2f} s of CPU, {len(works) / spent:.0f} a second")


def resolving(mirror: str, count: int) -> None:
    """Resolve DOIs twice: from the server, then from the cache."""
    with urllib.request.urlopen(f"{mirror}/_known") as answer:  # noqa: S310 - it is on loopback
        known = json.load(answer)["crossref"]
    dois = random.Random(1).sample(known, count)  # noqa: S311
    with tempfile.TemporaryDirectory() as directory:
        for what in ("from the server", "from the cache"):
            wall, cpu = time.perf_counter(), time.process_time()
            with Resolver(mirror=mirror, mailto="", cache_dir=Path(directory)) as resolver:
                found = sum(isinstance(result, Resolution) for _, result in resolver.resolve_many(dois))
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            print(f"resolve {found} of {count} DOIs {what}: {wall:.2f} s, {cpu:.2f} s of CPU")


if __name__ == "__main__":
    main()
