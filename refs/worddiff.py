"""Two texts compared word by word, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

BESIDE = 12  # words, blanks and marks that stand beside a difference
TOKEN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W_]+|\s+|.", re.DOTALL)
ALIKE = 0.5  # what is less alike reads better as two texts
LONGEST = 2000  # tokens; longer stretches are set beside each other whole, since comparing them grows with the square


def word_difference(before: str, after: str) -> str:
    """Return the words that differ as git has them, "[-old-]{+new+}", with a few of those around them.

    Ideographs and Hangul are words of one sign each.
    """
    old, new = TOKEN.findall(before), TOKEN.findall(after)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = old[start : len(old) - end], new[start : len(new) - end]
    head, tail = old[:start], old[len(old) - end :]
    if max(map(len, middle)) > LONGEST:
        changed = _sides("".join(middle[0]), "".join(middle[1]))
    else:
        changed = "".join(_pieces(*middle))
    return _shortened(head, 0, BESIDE) + changed + _shortened(tail, BESIDE, 0)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Yield the changes, as one those that no word parts, and what stands between them."""
    from difflib import SequenceMatcher

    removed = added = ""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield _sides("".join(old), "".join(new))
        return
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal" and any(char.isalnum() for word in old[a:b] for char in word):
            yield _sides(removed, added) + _shortened(old[a:b], BESIDE, BESIDE)
            removed = added = ""
        else:
            removed += "".join(old[a:b])
            added += "".join(new[c:d])
    yield _sides(removed, added)


def _sides(removed: str, added: str) -> str:
    return (f"[-{removed}-]" if removed else "") + (f"{{+{added}+}}" if added else "")


def _shortened(words: Sequence[str], first: int, last: int) -> str:
    """Return the first and last words of what did not change, with an ellipsis for those left out."""
    if len(words) <= first + last + 2:
        return "".join(words)
    head, tail = "".join(words[:first]), "".join(words[len(words) - last :])
    return f"{head.rstrip()}{' ' * bool(head)}…{' ' * bool(tail)}{tail.lstrip('.,;: ')}"
