"""Citations and bibliographies by the Citation Style Language 1.0.2.

>>> from refs.csl import Processor, Style
>>> book = {"id": "x", "type": "book", "title": "Walden", "author": [{"family": "Thoreau", "given": "Henry David"}],
...         "issued": {"date-parts": [[1854]]}}
>>> processor = Processor(Style.load("apa"), [book])
>>> processor.cite([{"id": "x", "locator": "12", "label": "page"}], format="text")
'(Thoreau, 1854, p. 12)'
>>> processor.cite([{"id": "x"}], format="text", mode="composite")
'Thoreau (1854)'
>>> processor.bibliography(format="html")
[('x', '<div class="csl-entry">Thoreau, H. D. (1854). <i>Walden</i>.</div>')]

What is odd in a record is printed as far as it can be, and told:

>>> odd = Processor(Style.load("apa"), [book | {"issued": {"date-parts": [["long ago"]]}}], locale="de-DE")
>>> odd.cite([{"id": "x"}, {"id": "y"}], format="text")
'(Thoreau, o.\\xa0J.; [y?])'
>>> odd.problems
['x: issued: date-parts: the year cannot be read', 'y: no such item']
"""

from __future__ import annotations

from refs.csl.processor import Processor
from refs.csl.style import Style

__all__ = ["Processor", "Style"]
