"""Citations and bibliographies by the Citation Style Language 1.0.2.

from refs.csl import Processor, Style
processor = Processor(Style.load("apa"), items)
processor.cite([{"id": "x"}], format="text")
processor.bibliography(format="html")
"""

from __future__ import annotations

from refs.csl.processor import Processor
from refs.csl.style import Style

__all__ = ["Processor", "Style"]
