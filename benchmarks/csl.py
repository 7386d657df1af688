"""Time citation processors on the same made-up items in the same styles.

    python benchmarks/csl.py [--sizes 100,1000,10000] [--styles apa,chicago-author-date,ieee,nature]
                             [--engines refs,citeproc-py,citeproc-js,pandoc] [--citeproc-js DIRECTORY] [--limit SECONDS]

Each run is a process of its own that reads CSL-JSON and a style and writes the bibliography; what counts is the CPU
time of that process, start included, and its peak of memory. citeproc-py runs up to 1,000 items; citeproc-js needs
node and `npm install citeproc` in DIRECTORY; pandoc needs pandoc on the path. Engines that are not there are left out.

The items are as in a large author-date bibliography: 53 % articles, 16 % books, 11 % chapters, 9 % proceedings, theses,
reports, web pages and news; none to eight authors with particles, suffixes and accents. Of 10,000 items 46 % share
first author and year with another.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STYLES = ("apa", "chicago-author-date", "ieee", "nature")
ENGINES = ("refs", "citeproc-py", "citeproc-js", "pandoc")
MOST_ITEMS = {"citeproc-py": 1_000}
SEED = 20_261_122

STEMS = """Alm Bach Berg Blom Borg Brand Brun Carl Cast Clark Dahl Dean Dorn Ek Falk Ferr Fisch Fort Frank Fried Gall
Garc Giord Gold Grand Gren Gust Hag Hall Hart Heim Herm Hirsch Holm Horn Ivan Jans Johns Kauf Kell Kirch Klein Koch
Kov Kraus Kuz Land Lang Larr Lind Lund Mart Mead Mend Mill Mont Mor Mull Nak Neum Nov Ols Ort Palm Park Petr Pop Prad
Rams Reich Ross Roth Sand Sat Schm Schn Sok Sor Stein Strand Suz Tan Taylor Thom Tor Vald Vas Weid Wern West Win Yam
Zimm Østerg Šim Čern Žuk Łuk Ém Gómez Müll Ström Åker Çel Ñúñ Áv""".split()
ENDINGS = """a ak an ano berg ckx den do er ero es et eva ez i ić in ini ka ko ler man mann mark o ov ow qvist sen sky
son ström sz ton ura wa well wood y""".split()
GIVEN = """Ada Aisha Akira Alan Amélie Ana Andrzej Beatriz Björn Carla Chen Chloé Daniel David Dmitri Elena Elif Emma
Farid Fatima François George Grace Hana Hannah Ines Ingrid Ivan James Jan Jean-Luc João Jorge José Karl Kofi Laura Li
Lucía Mai Maria Marie-Claire Mehmet Min-jun Mohammed Nadia Ngozi Olga Omar Paulo Pavel Peter Rachel Ravi Sara Siân
Søren Tadeusz Thi Tomás Ulrike Vera Víctor Wei Xin Yuki Zoë""".split()
WORDS = """analysis approach bayesian behaviour cell change climate cognition collaborative complex computation cultural
data decision deep democracy design development diffusion digital distribution diversity dynamics early ecology economic
education effect efficient empirical energy ethics evidence evolution experimental gene global growth health historical
human identity inference information inequality institutions knowledge language large learning legal local market memory
method migration model molecular network neural nonlinear optimal organization pattern perception policy political
population process protein quantum random rational reconstruction regional regulation representation research risk
role rural scale science selection social spatial species stability statistical structure surface sustainable system
technology temporal theory therapy time trade transfer uncertainty urban variation visual water welfare women""".split()
LINKS = ["of", "in", "and", "for", "under", "with", "from", "between", "after", "through", "on the", "towards a"]
KINDS = (
    ("article-journal", 53),
    ("book", 16),
    ("chapter", 11),
    ("paper-conference", 9),
    ("thesis", 4),
    ("report", 3),
    ("webpage", 2),
    ("article-newspaper", 2),
)
PUBLISHERS = ["Example University Press", "Harbour & Sons", "Éditions du Pont", "North Academic", "Verlag am Markt"]
PLACES = ["Boston", "London", "Paris", "Berlin", "Uppsala", "Delhi", "São Paulo"]


def generate(count: int, seed: int = SEED) -> list[dict[str, Any]]:
    """Return that many items; the first hundred of ten thousand are those of a hundred."""
    rng = random.Random(seed)  # noqa: S311
    surnames = [stem + ending for stem in STEMS for ending in ENDINGS]
    rng.shuffle(surnames)
    weights = [1 / (rank + 0.5) ** 0.92 for rank in range(len(surnames))]
    kinds = [kind for kind, _ in KINDS]
    shares = [share for _, share in KINDS]
    people: dict[str, list[str]] = {}
    return [item(rng, f"item{n}", rng.choices(kinds, shares)[0], surnames, weights, people) for n in range(count)]


def item(
    rng: random.Random, key: str, kind: str, surnames: list[str], weights: list[float], people: dict[str, list[str]]
) -> dict[str, Any]:
    year = 2025 - min(int(rng.expovariate(1 / 14)), 90)
    made: dict[str, Any] = {"id": key, "type": kind, "title": title(rng), "issued": {"date-parts": [[year]]}}
    count = rng.choices(range(9), [2, 26, 26, 18, 11, 7, 5, 3, 2])[0]
    names = [name(rng, surname, people) for surname in rng.choices(surnames, weights, k=count)]
    if names:
        made["author"] = names
    if kind in ("article-journal", "article-newspaper"):
        made |= {"container-title": f"Journal of {title(rng, 2)}", "volume": str(rng.randint(1, 120))}
        first = rng.randint(1, 2000)
        made |= {"issue": str(rng.randint(1, 12)), "page": f"{first}-{first + rng.randint(2, 40)}"}
        made["issued"]["date-parts"][0] += [rng.randint(1, 12), rng.randint(1, 28)][: rng.randint(0, 2)]
    if kind in ("chapter", "paper-conference"):
        made |= {"container-title": title(rng, 4), "page": f"{rng.randint(1, 99)}-{rng.randint(100, 200)}"}
        made["editor"] = [name(rng, surname, people) for surname in rng.choices(surnames, weights, k=rng.randint(1, 3))]
    if kind in ("book", "chapter", "thesis", "report", "paper-conference"):
        made |= {"publisher": rng.choice(PUBLISHERS), "publisher-place": rng.choice(PLACES)}
    if kind == "book" and rng.random() < 0.3:
        made["edition"] = str(rng.randint(2, 5))
    if kind == "webpage":
        made |= {"URL": f"https://example.org/{key}", "accessed": {"date-parts": [[2025, 3, 14]]}}
    elif rng.random() < 0.6:
        made["DOI"] = f"10.{rng.randint(1000, 9999)}/{key}.{rng.randint(1, 999)}"
    return made


def title(rng: random.Random, count: int = 0) -> str:
    words = [rng.choice(WORDS)]
    for _ in range(count or rng.randint(3, 9)):
        if rng.random() < 0.4:
            words.append(rng.choice(LINKS))
        words.append(rng.choice(WORDS))
    text = " ".join(words).capitalize()
    return f"{text}: A {rng.choice(WORDS)} study" if not count and rng.random() < 0.2 else text


def name(rng: random.Random, surname: str, people: dict[str, list[str]]) -> dict[str, str]:
    """Return a person: few people share a surname, and each writes a given name in one or two ways."""
    known = people.setdefault(surname, [])
    if not known or rng.random() < 0.25:
        given = rng.choice(GIVEN) + (f" {rng.choice(GIVEN)[0]}." if rng.random() < 0.5 else "")
        known.append(given)
    made = {"family": surname, "given": rng.choice(known)}
    chance = sum(map(ord, surname)) % 40
    if chance == 0:
        made["non-dropping-particle"] = "van der"
    elif chance == 1:
        made["dropping-particle"] = "de"
    elif chance == 2:
        made["suffix"] = "Jr."
    return made


def ambiguity(items: list[dict[str, Any]]) -> float:
    """Return the share of items whose first author and year another item has too."""
    cells = [(made["author"][0]["family"], made["issued"]["date-parts"][0][0]) for made in items if "author" in made]
    counts = Counter(cells)
    return sum(counts[cell] > 1 for cell in cells) / len(items)


# Workers: each prints the bibliography of a file of items.

NODE = """
const fs = require("fs"), CSL = require("citeproc");
const [items, style, locale, output] = process.argv.slice(2);
const data = {};
for (const item of JSON.parse(fs.readFileSync(items))) data[item.id] = item;
const text = fs.readFileSync(locale, "utf8");
const system = {retrieveLocale: () => text, retrieveItem: id => data[id]};
const engine = new CSL.Engine(system, fs.readFileSync(style, "utf8"));
engine.updateItems(Object.keys(data));
fs.writeFileSync(output, engine.makeBibliography()[1].join(""));
"""


def print_with_refs(items: str, style: str, output: str) -> None:
    from refs.csl import Processor, Style

    processor = Processor(Style.load(style), json.loads(Path(items).read_text("utf-8")))
    entries = processor.bibliography(format="html")
    Path(output).write_text("\n".join(entry for _, entry in entries), "utf-8")


def print_with_citeproc_py(items: str, style: str, output: str) -> None:
    import warnings

    warnings.simplefilter("ignore")
    from citeproc import (  # type: ignore[import-untyped]
        Citation,
        CitationItem,
        CitationStylesBibliography,
        CitationStylesStyle,
        formatter,
    )
    from citeproc.source.json import CiteProcJSON  # type: ignore[import-untyped]

    data = json.loads(Path(items).read_text("utf-8"))
    source = CiteProcJSON(data)
    bibliography = CitationStylesBibliography(CitationStylesStyle(style, validate=False), source, formatter.html)
    for made in data:
        bibliography.register(Citation([CitationItem(made["id"])]))
    bibliography.sort()
    Path(output).write_text("\n".join(str(entry) for entry in bibliography.bibliography()), "utf-8")


WORKERS = {"refs": print_with_refs, "citeproc-py": print_with_citeproc_py}


def command(engine: str, items: Path, style: str, output: Path, node_modules: Path | None) -> list[str] | None:
    """Return the command of an engine for a file of items; None when the engine is not there."""
    from refs.csl import repository

    file = repository.find_style(style).path
    if engine in WORKERS:
        return [sys.executable, __file__, "--worker", engine, str(items), file, str(output)]
    if engine == "pandoc":
        pandoc = shutil.which("pandoc")
        document = items.with_name("all.md")
        document.write_text("---\nnocite: '@*'\n---\n", "utf-8")
        arguments = ["--citeproc", "-t", "html", f"--csl={file}", f"--bibliography={items}", "-o", str(output)]
        return [pandoc, *arguments, str(document)] if pandoc else None
    node = shutil.which("node")
    if not node or node_modules is None or not (node_modules / "citeproc").is_dir():
        return None
    script = items.with_name("bibliography.js")
    script.write_text(NODE, "utf-8")
    locale = items.with_name("locale.xml")
    locale.write_bytes(repository.locale_source("en-US") or b"")
    return [node, str(script), str(items), file, str(locale), str(output)]


def measure(arguments: list[str], environment: dict[str, str], limit: float) -> tuple[float, float] | None:
    """Run a command; return its CPU seconds and peak megabytes, or None when it fails or takes too long."""
    process = subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + limit
    while True:
        waited, status, usage = os.wait4(process.pid, os.WNOHANG)
        if waited:
            process.returncode = os.waitstatus_to_exitcode(status)
            break
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            os.wait4(process.pid, 0)
            return None
        time.sleep(0.01)
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale) if process.returncode == 0 else None


def bibliographies(options: argparse.Namespace) -> None:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    modules = Path(options.citeproc_js) / "node_modules" if options.citeproc_js else None
    if modules:
        environment["NODE_PATH"] = str(modules)
    print(f"{'engine':<12} {'style':<22} {'items':>6} {'CPU s':>8} {'MB':>6} {'ms/item':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for size in map(int, options.sizes.split(",")):
            items = Path(folder) / f"items{size}.json"
            data = generate(size)
            items.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
            print(f"-- {size} items, {ambiguity(data):.0%} share first author and year with another")
            for style in options.styles.split(","):
                for engine in options.engines.split(","):
                    row(engine, style, size, items, environment, modules, options.limit)


def row(
    engine: str, style: str, size: int, items: Path, environment: dict[str, str], modules: Path | None, limit: float
) -> None:
    if size > MOST_ITEMS.get(engine, size):
        return
    output = items.with_name(f"{engine}-{style}.html")
    output.unlink(missing_ok=True)
    arguments = command(engine, items, style, output, modules)
    if arguments is None:
        return
    found = measure(arguments, environment, limit)
    if found is None or not output.is_file() or output.stat().st_size < 50 * size:
        print(f"{engine:<12} {style:<22} {size:>6}   failed, or over {limit:g} s")
        return
    seconds, memory = found
    print(
        f"{engine:<12} {style:<22} {size:>6} {seconds:>8.2f} {memory:>6.0f} {1000 * seconds / size:>8.2f}", flush=True
    )


TIMED = """
import time
from refs.csl import Processor, Style
started = time.process_time()
Processor(Style.load({style!r}), [])
print(time.process_time() - started)
"""


def loading() -> None:
    """Print the median CPU time of five fresh processes that load and compile a style, imports aside."""
    print("\nload and compile, a fresh process each, imports aside")
    for style in STYLES:
        program = [sys.executable, "-c", TIMED.format(style=style)]
        runs = [subprocess.run(program, capture_output=True, check=True, text=True, cwd=ROOT) for _ in range(5)]
        print(f"{style:<22} {1000 * sorted(float(run.stdout) for run in runs)[2]:>7.1f} ms")


def notes(style: str = "chicago-notes-bibliography", count: int = 1000) -> None:
    """Time a book of a thousand notes, a third of them ibid, and one more note put in its middle."""
    from refs.csl import Processor, Style

    rng = random.Random(SEED)  # noqa: S311
    items = generate(300)
    processor = Processor(Style.load(style), items)
    clusters: list[dict[str, Any]] = []
    key = items[0]["id"]
    for number in range(1, count + 1):
        if rng.random() > 0.33:
            key = rng.choice(items)["id"]
        cite = {"id": key, "locator": str(rng.randint(1, 400)), "label": "page"}
        clusters.append({"id": f"c{number}", "cites": [cite], "note": number})
    started = time.process_time()
    printed = processor.update(clusters, format="text")
    first = time.process_time() - started
    clusters.insert(count // 2, {"id": "new", "cites": [{"id": items[1]["id"]}], "note": count // 2})
    started = time.process_time()
    changed = processor.update(clusters, format="text")
    again = time.process_time() - started
    print(f"\n{len(printed)} notes in {style}: {first:.2f} s")
    print(f"one more in the middle: {again:.2f} s, {len(changed)} changed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--styles", default=",".join(STYLES))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--citeproc-js", metavar="DIRECTORY", help="where `npm install citeproc` was run")
    parser.add_argument("--limit", type=float, default=180, help="seconds after which a run is stopped")
    parser.add_argument("--worker", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        engine, *files = options.worker
        WORKERS[engine](*files)
        return
    bibliographies(options)
    loading()
    notes()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
