"""A manuscript whose citations are printed, and how a format fills them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from refs.csl.writers.segments import Segment
from refs.papers.manuscript import SIGN, number_of

Segments = tuple[Segment, ...]
Write = Callable[[Sequence[Segment]], str]


@dataclass(frozen=True, slots=True)
class Printed:
    """A manuscript's text, what a style prints for the signs in it, and the Markdown that they stand for, by number.

    In the styles of notes the text calls footnotes, whose texts stand at its end.
    """

    text: str
    citations: Mapping[int, Segments]
    sources: Mapping[int, str]

    def whole(self, number: int) -> Segments:
        """Return what is printed for a number, with the citations inside of it in their places."""
        return tuple(self._filled(self.citations.get(number, ())))

    def _filled(self, segments: Segments) -> list[Segment]:
        found: list[Segment] = []
        for segment in segments:
            end = 0
            for match in SIGN.finditer(segment.text):
                found += [replace(segment, text=segment.text[end : match.start()]), *self.whole(number_of(match))]
                end = match.end()
            found.append(replace(segment, text=segment.text[end:]))
        return [segment for segment in found if segment.text]

    def fill(self, text: str, write: Write, others: Mapping[int, str]) -> str:
        """Return a text with every sign replaced: by `others`, or by what is printed for it."""
        return SIGN.sub(lambda match: self.written(number_of(match), write, others), text)

    def written(self, number: int, write: Write, others: Mapping[int, str]) -> str:
        """Return what takes the place of a sign."""
        return others[number] if number in others else write(self.whole(number))


def plain(segments: Sequence[Segment]) -> str:
    """Return the text of segments."""
    from refs.csl.writers.segments import isolated

    return "".join(map(isolated, segments))
