"""Text-case of CSL: lower, upper, capitalize-first, capitalize-all, sentence and title.

Title case follows the rules of the specification with the stop words of the schema; characters under a
"nocase" span, small capitals, superscripts and subscripts keep their case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refs.csl.output import Mark, Node, Rich, Run, Tree

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_WORDS = frozenset(
    """a about above across afore after against al along alongside amid amidst among amongst an and anenst
    apropos apud around as aside astride at athwart atop barring before behind below beneath beside besides
    between beyond but by c ca circa d' de despite down during et except for forenenst from given in inside
    into lest like modulo near next nor notwithstanding of off on onto or out over per plus pro qua sans
    since so than the through throughout thru thruout till to toward towards under underneath until unto up
    upon v v. van versus via vis-à-vis von vs vs. with within without yet""".split()
)
WORD = re.compile(r"[^\s\-–—/.,;?!:()\[\]\u00a0]+")
SPACED_WORD = re.compile(r"[^\s\u00a0]+")
# An elided article or preposition is a word of its own: "l'École", "d'Alembert".
FIRST_WORD = re.compile(r"[^\s\-–—/.,;?!:()\[\]\u00a0'’]+")
OPENING = "\"'“‘«„"
EDGE = " \t\n\"'“”‘’«»„([{)]}.,;:!?…¿¡"
IMPLICIT_NOCASE = frozenset((("vertical-align", "sup"), ("vertical-align", "sub"), ("font-variant", "small-caps")))


def is_protected(mark: Mark) -> bool:
    return mark.attribute in ("nocase", "nodecor") or (mark.attribute, mark.value) in IMPLICIT_NOCASE


def lowercase(text: str) -> str:
    return text.lower()


def uppercase(text: str) -> str:
    return text.upper()


def capitalize_word(word: str) -> str:
    """Capitalize the first letter of a word; punctuation before it stays."""
    for index, char in enumerate(word):
        if char.isalpha():
            return word[:index] + upper_first(char) + word[index + 1 :]
        if char.isdigit():
            return word
    return word


def upper_first(char: str) -> str:
    upper = char.upper()
    return upper if len(upper) == 1 else char


def each_text(runs: list[Run], change: Callable[[str], str], protect: bool = True) -> list[Run]:
    """Apply a function to the texts of runs that no nocase span protects."""
    depth = 0
    changed: list[Run] = []
    for run in runs:
        if isinstance(run, Mark):
            if protect and is_protected(run):
                depth += 1 if run.opens else -1
            changed.append(run)
        else:
            changed.append(run if depth else change(run))
    return changed


def capitalize_first(runs: list[Run]) -> list[Run]:
    """Capitalize the first character of the first word, if that word is in small letters."""
    depth = 0
    for index, run in enumerate(runs):
        if isinstance(run, Mark):
            if is_protected(run):
                depth += 1 if run.opens else -1
            continue
        stripped = run.lstrip(EDGE)
        if not stripped:
            continue
        if depth:
            return runs
        start = len(run) - len(stripped)
        if not first_word(runs, index).islower():
            return runs
        changed = list(runs)
        changed[index] = run[:start] + upper_first(stripped[0]) + stripped[1:]
        return changed
    return runs


def first_word(runs: list[Run], index: int) -> str:
    """Return the first word of runs from an index on: all of "mRNA", wherever its markup begins and ends."""
    text = "".join(run for run in runs[index:] if isinstance(run, str))
    word = FIRST_WORD.match(text.lstrip(EDGE))
    return word[0] if word else ""


def capitalize_all(runs: list[Run]) -> list[Run]:
    """Capitalize the first character of every word in small letters."""
    words = find_words(runs, SPACED_WORD)
    return change_words(runs, [(word, capitalize_word(word.text)) for word in words if word.text == word.text.lower()])


def sentence(runs: list[Run]) -> list[Run]:
    """Lower all but the first character of an upper-case text; else lower capitalised words after the first."""
    text = "".join(run for run in runs if isinstance(run, str))
    upper = text == text.upper()

    def change(part: str) -> str:
        if upper:
            return part.lower()
        return re.sub(r"[^\s\u00a0]+", lambda m: lower_capitalized(m[0]), part)

    return capitalize_first(each_text(runs, change))


def lower_capitalized(word: str) -> str:
    return word.lower() if word[1:] == word[1:].lower() else word


def title(runs: list[Run]) -> list[Run]:
    """Put runs in English title case."""
    words = find_words(runs, WORD)
    return change_words(runs, [(word, title_word(word, word is words[-1])) for word in words])


@dataclass(slots=True)
class Word:
    """A word in runs: where its first piece stands, its text, what is around it, and whether it begins a sentence.

    Markup inside a word does not part it: `text` is all of "t<i>RNA</i>", up to a protected piece ("x<sub>i</sub>").
    """

    index: int
    start: int
    end: int
    text: str
    before: str
    after: str
    fresh: bool


def find_words(runs: list[Run], pattern: re.Pattern[str]) -> list[Word]:
    """List the words of runs; protected ones too, so that they count as first or last words."""
    words: list[Word] = []
    depth = 0
    between, whole = "", False
    for index, run in enumerate(runs):
        if isinstance(run, Mark):
            if is_protected(run):
                depth += 1 if run.opens else -1
            elif run.attribute == "quotes" and not run.opens:
                between += "”"
            continue
        position = 0
        for match in pattern.finditer(run):
            start, end = match.span()
            between += run[position:start]
            position = end
            after = run[end : end + 1]
            if words and not between:
                whole = whole and not depth
                if whole:
                    words[-1].text += match[0]
                    words[-1].after = after
                continue
            if not match[0].strip(EDGE):
                between += match[0]
                continue
            fresh = not words or begins_sentence(between)
            words.append(
                Word(index, start, end, "" if depth else match[0], run[max(start - 1, 0) : start], after, fresh)
            )
            between, whole = "", not depth
        between += run[position:]
    return words


def change_words(runs: list[Run], changes: list[tuple[Word, str]]) -> list[Run]:
    """Return runs with the first pieces of words changed; the new text of a word is as long as the old."""
    edits: dict[int, list[tuple[Word, str]]] = {}
    for word, changed in changes:
        if changed != word.text:
            edits.setdefault(word.index, []).append((word, changed))
    result = list(runs)
    for index, found in edits.items():
        text = result[index]
        assert isinstance(text, str)  # noqa: S101
        for word, changed in reversed(found):
            text = text[: word.start] + changed[: word.end - word.start] + text[word.end :]
        result[index] = text
    return result


def begins_sentence(between: str) -> bool:
    """Tell whether what precedes a word ends a sentence or clause: a colon, "?" or "!" and a space."""
    return any(f"{mark} " in between or f"{mark}\u00a0" in between for mark in ":?!")


def title_word(word: Word, last: bool) -> str:
    """Return one word in title case; those that begin a title or follow a colon are no stop words.

    Single letters stay as they are, unless a hyphen joins them to what follows ("i-mode").
    """
    text = word.text
    core = text.lstrip(OPENING).rstrip(EDGE)
    if text != text.lower() or not core[:1].isalpha():
        return text
    leads = word.after == "-" and word.before != "-"
    if (core in STOP_WORDS or core + "." in STOP_WORDS) and not (word.fresh or last or leads):
        return text
    alone = len(core) == 1 and core not in STOP_WORDS and not (word.fresh and core.isascii())
    if alone and (not core.isascii() or word.before == "-" or word.after != "-"):
        return text
    start = text.index(core)
    return text[:start] + upper_first(core[0]) + core[1:] + text[start + len(core) :]


PERIOD = re.compile(r"\.(?=[^a-z]|$)")


def strip_periods(term: str) -> str:
    """Remove the periods of a term: "n.d." is "nd"."""
    return term.replace(".", "")


def strip_value_periods(text: str) -> str:
    """Remove the periods of an item's value, but for those before a small letter: "example.org" keeps its own."""
    return PERIOD.sub("", text)


CASES: dict[str, Callable[[list[Run]], list[Run]]] = {
    "lowercase": lambda runs: each_text(runs, lowercase),
    "uppercase": lambda runs: each_text(runs, uppercase),
    "capitalize-first": capitalize_first,
    "capitalize-all": capitalize_all,
    "sentence": sentence,
    "title": title,
}


# Turkish and Azerbaijani: dotted and dotless i are two letters.
TURKISH: dict[str, Callable[[list[Run]], list[Run]]] = {
    "uppercase": lambda runs: each_text(runs, lambda text: text.replace("i", "İ").upper()),
    "lowercase": lambda runs: each_text(runs, lambda text: text.replace("I", "ı").replace("İ", "i").lower()),
}


def apply_case(tree: Tree, case: str, language: str = "") -> Tree:
    """Return a tree in a text-case; the tree itself is left as it is."""
    change = TURKISH.get(case) if language[:2] in ("tr", "az") else None
    change = change or CASES.get(case)
    if change is None:
        return tree
    if isinstance(tree, str):
        changed = change([tree])[0]
        assert isinstance(changed, str)  # noqa: S101
        return changed
    if isinstance(tree, Rich):
        return Rich(change(tree.runs))
    leaves: list[Run] = []
    collect_leaves(tree, leaves)
    if change is capitalize_first and leaves and isinstance(leaves[0], str) and leaves[0].strip(EDGE):
        changed_leaves = change(leaves[:1]) + leaves[1:]
    else:
        changed_leaves = change(leaves)
    return rebuild(tree, iter(changed_leaves))


def collect_leaves(tree: Tree, leaves: list[Run]) -> None:
    """Append the texts and marks of a tree in reading order, affixes and delimiters left out."""
    if isinstance(tree, str):
        leaves.append(tree)
    elif isinstance(tree, Rich):
        leaves.extend(tree.runs)
    else:
        for kid in tree.kids:
            collect_leaves(kid, leaves)


def rebuild(tree: Tree, leaves: object) -> Tree:
    """Return a copy of a tree whose leaves are taken from an iterator."""
    if isinstance(tree, str):
        return next(leaves)  # type: ignore[call-overload,no-any-return]
    if isinstance(tree, Rich):
        return Rich([next(leaves) for _ in tree.runs])  # type: ignore[call-overload]
    copy = Node(
        [rebuild(kid, leaves) for kid in tree.kids],
        tree.fmt,
        tree.prefix,
        tree.suffix,
        tree.delimiter,
        tree.tag,
        tree.quotes,
        tree.display,
    )
    copy.source = tree.source
    return copy
