"""Two texts as one, with what differs marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refs.worddiff import word_difference


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("", "", ""),
        ("same", "same", "same"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("a b c", "a x c", "a [-b-]{+x+} c"),
        (
            "On the Origin of Species",
            "On an Origin of Specimens",
            "On [-the-]{+an+} Origin of [-Species-]{+Specimens+}",
        ),
        ("(Doe, 2001)", "(Doe, 2001a)", "(Doe, [-2001-]{+2001a+})"),
        ("甲与乙的研究", "甲和乙的研究", "甲[-与-]{+和+}乙的研究"),
        ("a b c d e f g h x", "a b c d e f g h y", "… c d e f g h [-x-]{+y+}"),
        ("one (1953): a", "two 1954, b", "[-one (1953): a-]{+two 1954, b+}"),
    ],
)
def test_words_that_differ_are_marked_as_git_has_them(before: str, after: str, shown: str) -> None:
    assert word_difference(before, after) == shown


@given(st.text(), st.text())
def test_a_difference_is_empty_of_marks_only_for_the_same_text(before: str, after: str) -> None:
    shown = word_difference(before, after)
    assert (len(shown) > len(before) or shown != before or before == after) or "…" in shown


def test_long_texts_are_compared_in_no_time() -> None:
    names = [f"Author{n}, A." for n in range(6000)]
    other = [name.replace("Author", "Writer") if n % 2 else name for n, name in enumerate(names)]
    assert word_difference(" ".join(names), " ".join([*names[:3000], "New, B.", *names[3000:]])).count("{+") == 1
    assert word_difference(" ".join(names), " ".join(other)).count("[-") == 1
