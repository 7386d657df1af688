"""What compiling and running know: `Scope` while a style is compiled, `Context` while one reference prints."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from refs.csl.output import ATTRIBUTES, Format, Node, Tree, make_format
from refs.csl.richtext import Marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from refs.csl.disambiguate import NameRegister
    from refs.csl.item import Item
    from refs.csl.locale import Locale
    from refs.csl.style import Element, Style

# Verdicts of an element: bits of what it called. No bit: no variable; CALLED: only empty ones.
CALLED, VALUE = 1, 3
NOTHING: frozenset[str] = frozenset()


class Context:
    """The state of one reference being printed.

    `verdict` gathers the verdicts of the element that runs; a group saves and restores it. `names_shown` and
    `levels` hold, for each list of names in order, what disambiguation decided.
    """

    __slots__ = (
        "capture",
        "collected",
        "conditions",
        "disambiguate",
        "first_note",
        "item",
        "label",
        "locator",
        "nameset",
        "number",
        "pending_suffix",
        "plan",
        "position",
        "sort_names",
        "suffix_done",
        "suppressed",
        "verdict",
    )

    def __init__(self, item: Item) -> None:
        self.item = item
        self.verdict = 0
        self.suppressed: set[str] | frozenset[str] = NOTHING
        self.pending_suffix = ""
        self.suffix_done = False
        self.position: frozenset[str] = NOTHING
        self.plan: Plan | None = None
        self.nameset = 0
        self.capture: list[Any] | None = None
        self.collected: set[str] | None = None
        self.disambiguate = 0
        self.conditions = 0
        self.number = 0
        self.first_note = ""
        self.locator = ""
        self.label = ""
        self.sort_names: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What disambiguation decided for an item.

    `shown` and `levels` go by the order of the lists of names in a cite: how many names to show, and the level
    of the given name of each (0 short, 1 initials, 2 full). `register` gives the levels of names in any list.
    """

    shown: tuple[int, ...] = ()
    levels: tuple[tuple[int, ...], ...] = ()
    disambiguate: int = 0
    suffix: int = 0
    register: NameRegister | None = None


Render = "Callable[[Context], Any]"


@dataclass(slots=True)
class Scope:
    """Where in a style the compiler is: the area, the options inherited, and what is resolved so far."""

    style: Style
    locale: Locale
    area: str
    sorting: bool = False
    tracing: bool = False
    explicit_suffix: bool = False
    text_as_name: bool = False
    substituting: bool = False
    names_around: tuple[Any, Any, str] | None = None
    name_options: dict[str, str] = field(default_factory=dict)
    macros: dict[str, Any] = field(default_factory=dict)
    macro: str = ""
    key_overrides: dict[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> Marks:
        return self.locale.quotes

    @property
    def english_by_default(self) -> bool:
        return self.locale.tag.startswith("en")

    def enter_macro(self, name: str) -> Scope:
        return replace(self, macro=name, substituting=False)

    def format_of(self, element: Element, upright: bool = False) -> Format | None:
        """Return the formatting attributes of an element, inner to outer in CSL's order; `upright`: no italics."""
        attrs = element.attrs
        pairs = [(name, attrs[name]) for name in ATTRIBUTES if name in attrs]
        return make_format([pair for pair in pairs if not upright or pair != ("font-style", "italic")])

    def styling(self, element: Element, upright: bool = False) -> Callable[..., Tree]:
        """Return a function that dresses the output of an element in its formatting and affixes."""
        fmt = self.format_of(element, upright)
        prefix, suffix = element.get("prefix"), element.get("suffix")
        quotes = element.get("quotes") == "true"
        display = element.get("display") if self.area == "bibliography" else ""

        if fmt is None and not (prefix or suffix or quotes or display):

            def bare(kids: list[Tree], tag: str = "", delimiter: str = "") -> Tree:
                if len(kids) == 1 and not tag:
                    return kids[0]
                return Node(kids, None, "", "", delimiter, tag)

            return bare

        def dressed(kids: list[Tree], tag: str = "", delimiter: str = "") -> Tree:
            return Node(kids, fmt, prefix, suffix, delimiter, tag, quotes, display)

        return dressed
