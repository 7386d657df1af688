"""Disambiguation of cites: names, more names, the `disambiguate` condition, and year suffixes.

Every item is rendered once with its lists of names captured; from then on a cite is compared by a key made of
the text around the names and the names as a plan would show them. Sets of equal cites are refined position by
position, so that the work grows with the number of names and not with the square of the items.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from refs.csl.context import Context, Plan
from refs.csl.initials import initialize
from refs.csl.output import Node, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from refs.csl.compile import Compiled
    from refs.csl.item import Item
    from refs.csl.namelists import NameSet
    from refs.csl.names import NameOptions
    from refs.csl.particles import Name
    from refs.csl.style import Element


@dataclass(slots=True)
class Cite:
    """A cite under disambiguation: its text without names, its lists of names, and the plan so far."""

    item: Item
    rest: str
    sets: list[NameSet]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods that a style asks for."""

    given: bool
    names: bool
    condition: bool
    suffix: bool
    rule: str

    @property
    def by_cite(self) -> bool:
        return self.given and self.rule == "by-cite"


def methods_of(compiled: Compiled) -> Methods:
    option = compiled.citation.option
    return Methods(
        given=option("disambiguate-add-givenname") == "true",
        names=option("disambiguate-add-names") == "true",
        condition=uses_condition(compiled.style.root),
        suffix=option("disambiguate-add-year-suffix") == "true",
        rule=option("givenname-disambiguation-rule") or "by-cite",
    )


def uses_condition(element: Element) -> bool:
    if "disambiguate" in element.attrs:
        return True
    return any(uses_condition(child) for child in element.children)


def disambiguate(
    items: list[Item], compiled: Compiled, render: Callable[[Context], list[Any]], prepare: Callable[[Context], None]
) -> tuple[dict[str, Plan], list[list[str]]]:
    """Return the plan of each item, by id, and the sets of ids that need year suffixes."""
    methods = methods_of(compiled)
    if not (methods.given or methods.names or methods.condition or methods.suffix):
        return {}, []
    cites = [capture(item, render, prepare, 0)[0] for item in items]
    if methods.given and not methods.by_cite:
        plan_names(cites, methods.rule)
    sets = partition(cites)
    clashes = [members for members in sets if len(members) > 1]
    left: list[list[Cite]] = []
    for members in clashes:
        if methods.names or methods.by_cite:
            left += Refiner(methods).run(members)
        else:
            left.append(members)
    if methods.condition:
        left = try_condition(left, render, prepare)
    plans = {cite.item.id: cite.plan for cite in cites}
    return plans, [[cite.item.id for cite in members] for members in left] if methods.suffix else []


def add_suffixes(plans: dict[str, Plan], clashes: list[list[str]], order: list[str]) -> dict[str, Plan]:
    """Number the members of each set in the order of the bibliography."""
    position = {key: index for index, key in enumerate(order)}
    for members in clashes:
        for number, key in enumerate(sorted(members, key=position.__getitem__), 1):
            plans[key] = replace(plans[key], suffix=number)
    return plans


def capture(
    item: Item, render: Callable[[Context], list[Any]], prepare: Callable[[Context], None], level: int
) -> tuple[Cite, int]:
    """Render one item with placeholders for its names."""
    ctx = Context(item)
    prepare(ctx)
    ctx.disambiguate = level
    ctx.capture = []
    text = plain_text(Node(render(ctx)))
    sets = ctx.capture
    return Cite(item, text, sets, Plan((), tuple(() for _ in sets), level)), ctx.conditions


def partition(cites: Iterable[Cite]) -> list[list[Cite]]:
    """Group cites that print alike."""
    groups: dict[Any, list[Cite]] = {}
    for cite in cites:
        groups.setdefault(cite_key(cite, cite.plan.shown, cite.plan.levels), []).append(cite)
    return list(groups.values())


def cite_key(cite: Cite, shown: tuple[int, ...], levels: tuple[tuple[int, ...], ...]) -> Any:
    if not cite.sets:
        return cite.rest
    keys: list[Any] = [cite.rest]
    for index, names in enumerate(cite.sets):
        more = shown[index] if index < len(shown) else 0
        own = levels[index] if index < len(levels) else ()
        keys.append(set_key(names, more, own))
    return tuple(keys)


def set_key(names: NameSet, more: int, levels: tuple[int, ...]) -> tuple[Any, ...]:
    total = len(names.names)
    count = min(total, max(names.shown, more))
    options = names.options
    base = options.base_level
    shown = [
        name_text(names.names[index], options, max(base, levels[index]) if index < len(levels) else base)
        for index in range(count)
    ]
    return (*shown, count < total)


def name_text(name: Name, options: NameOptions, level: int) -> str:
    """Return the text of a name at a level; kept on the name."""
    key = (options, level)
    found = name.cache.get(key)
    if found is None:
        from refs.csl.names import print_name

        found = name.cache[key] = plain_text(print_name(name, options, False, level))
    return found


def plan_names(cites: list[Cite], rule: str) -> None:
    """Expand given names throughout, for the rules whose purpose is to tell names apart."""
    register = NameRegister(rule.startswith("primary-name"), rule.endswith("with-initials"))
    for cite in cites:
        for names in cite.sets:
            register.add(names.names)
    for cite in cites:
        levels = tuple(register.levels(names.names, names.options) for names in cite.sets)
        cite.plan = replace(cite.plan, levels=levels, register=register)


@dataclass(slots=True)
class NameRegister:
    """The names in all cites, for the rules that tell names apart wherever they print, in entries too.

    `known` has, by family name and initials, the given names in full.
    """

    primary: bool
    with_initials: bool
    known: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, names: list[Name]) -> None:
        for name in self.listed(names):
            if not name.literal:
                short, initials, full = forms(name)
                self.known.setdefault(short, {}).setdefault(initials, set()).add(full)

    def listed(self, names: list[Name]) -> list[Name]:
        return names[:1] if self.primary else names

    def levels(self, names: list[Name], options: NameOptions) -> tuple[int, ...]:
        """Return the level that each of the names needs; none where initials print anyway and no more is asked."""
        if self.with_initials and options.base_level:
            return ()
        return tuple(self.level(name, options) for name in self.listed(names))

    def level(self, name: Name, options: NameOptions) -> int:
        """Return the lowest level at which a name differs from all others of its family name."""
        if name.literal or (self.with_initials and not options.has_initials):
            return 0
        short, initials, _ = forms(name)
        by_initials = self.known.get(short, {})
        several = len(by_initials) > 1
        if not self.with_initials and (
            len(by_initials.get(initials, ())) > 1 or (several and options.initialize_with is None)
        ):
            return 2
        return 1 if several else 0


def forms(name: Name) -> tuple[str, str, str]:
    """Return what stands for a name at each level, whatever the order in which its parts print."""
    return name.nondropping + name.family, initialize(name.given, "."), initialize(name.given, ".", True, True)


class Refiner:
    """Tells the members of a set apart by given names and more names."""

    def __init__(self, methods: Methods) -> None:
        self.methods = methods
        self.left: list[list[Cite]] = []

    def run(self, members: list[Cite]) -> list[list[Cite]]:
        """Give each member its plan; return the sets that stay ambiguous."""
        members = sorted(members, key=lambda cite: [len(names.names) for names in cite.sets])
        sets = max(members, key=lambda cite: len(cite.sets)).sets
        most = max(len(names.names) for cite in members for names in cite.sets) if sets else 0
        self.shown = [names.shown for names in sets]
        self.levels = [[0] * most for _ in sets]
        self.better_shown = list(self.shown)
        self.better_levels = [list(own) for own in self.levels]
        queue = deque([members])
        fresh = True
        while queue:
            self.index = self.position = 0
            queue += self.divide(queue.popleft(), fresh)
            fresh = False
        return self.left

    def divide(self, members: list[Cite], fresh: bool) -> list[list[Cite]]:
        """Step until every member of a set is settled; return the sets that were divided off."""
        others: list[list[Cite]] = []
        clashes = 0
        undivided = False
        while members:
            stuck = not fresh and not self.advance(members, undivided)
            fresh = undivided = False
            groups = self.group(members)
            alone = self.settle_leading(members, groups)
            if alone:
                members, clashes, stuck = members[alone:], 0, False
                if not members:
                    break
            same = next(group for group in groups.values() if group[0] is members[0])
            chosen = set(map(id, same))
            rest = [cite for cite in members if id(cite) not in chosen]
            before, clashes = clashes, len(same) - 1
            if len(rest) == 1:
                self.capture()
                self.settle(rest)
                members = same
            elif clashes < before:
                self.capture()
                others += [rest] if rest else []
                members = same
            elif stuck:
                self.settle(same)
                self.left.append(same)
                members = rest
            else:
                undivided = not alone
        return others

    def advance(self, members: list[Cite], undivided: bool) -> bool:
        """Step; when the members were not divided before, step on over what prints alike in all of them.

        The keys of cites need not be made again for such steps, so a long list of names costs no more than its length.
        """
        alike = undivided and self.prints_alike(members)
        while self.step(members[0]):
            before, alike = alike, undivided and self.prints_alike(members)
            if not (before and alike):
                return True
        return False

    def prints_alike(self, members: list[Cite]) -> bool:
        """Tell whether the names that a step can change print alike in all members."""
        first = self.at_hand(members[0])
        return all(self.at_hand(cite) == first for cite in members[1:])

    def at_hand(self, cite: Cite) -> tuple[Any, ...]:
        """Return the name at hand and the last one shown, as the trial prints them, and how many names there are."""
        if self.index >= len(cite.sets):
            return ()
        names = cite.sets[self.index]
        total = len(names.names)
        count = min(total, max(names.shown, self.shown[self.index]))
        own = cite.plan.levels[self.index] if self.index < len(cite.plan.levels) else ()
        trial = self.levels[self.index]
        texts = [
            name_text(
                names.names[position],
                names.options,
                max(names.options.base_level, trial[position], own[position] if position < len(own) else 0),
            )
            for position in {self.position, count - 1}
            if position < count
        ]
        return (*texts, count, count < total)

    def group(self, members: list[Cite]) -> dict[Any, list[Cite]]:
        """Group members by what they print with the trial."""
        shown = tuple(self.shown)
        levels = tuple(tuple(own) for own in self.levels)
        groups: dict[Any, list[Cite]] = {}
        for cite in members:
            groups.setdefault(cite_key(cite, shown, merge_levels(cite, levels)), []).append(cite)
        return groups

    def settle_leading(self, members: list[Cite], groups: dict[Any, list[Cite]]) -> int:
        """Settle the first members as long as they stand alone; return how many there were."""
        count = 0
        for group in groups.values():
            if len(group) > 1 or group[0] is not members[count]:
                break
            self.capture()
            self.settle(group)
            count += 1
        if count and count == len(members) - 1:
            self.settle(members[count:])
            count += 1
        return count

    def step(self, head: Cite) -> bool:
        """Expand the given name at hand, or show one more name; False when nothing is left to do."""
        if not self.shown:
            return False
        if self.methods.by_cite and self.levels[self.index][self.position] < 2:
            self.levels[self.index][self.position] += 1
            return True
        names = len(head.sets[self.index].names) if self.index < len(head.sets) else 0
        room = names if self.methods.names else min(names, self.shown[self.index])
        if self.position + 1 < room:
            self.position += 1
            if self.methods.names:
                self.shown[self.index] += 1
            return True
        if self.index + 1 < len(self.shown):
            self.index += 1
            self.position = 0
            return True
        return False

    def capture(self) -> None:
        """Keep what the last step did: the number of names, and the level of the given name at hand."""
        if not self.shown:
            return
        self.better_shown[self.index] = self.shown[self.index]
        self.better_levels[self.index][self.position] = self.levels[self.index][self.position]

    def settle(self, members: list[Cite]) -> None:
        shown = tuple(self.better_shown)
        levels = tuple(tuple(own) for own in self.better_levels)
        for cite in members:
            cite.plan = replace(cite.plan, shown=shown, levels=merge_levels(cite, levels))


def merge_levels(cite: Cite, levels: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """Return levels with those that the whole document asks for."""
    own = cite.plan.levels
    if not any(own):
        return levels
    merged = []
    for index in range(max(len(own), len(levels))):
        a = own[index] if index < len(own) else ()
        b = levels[index] if index < len(levels) else ()
        merged.append(
            tuple(max(a[i] if i < len(a) else 0, b[i] if i < len(b) else 0) for i in range(max(len(a), len(b))))
        )
    return tuple(merged)


def try_condition(
    sets: list[list[Cite]], render: Callable[[Context], list[Any]], prepare: Callable[[Context], None]
) -> list[list[Cite]]:
    """Let `disambiguate` conditions test true, one more at a time; return what stays ambiguous."""
    left: list[list[Cite]] = []
    for members in sets:
        left += raise_condition(members, 1, render, prepare)
    return left


def raise_condition(
    members: list[Cite], level: int, render: Callable[[Context], list[Any]], prepare: Callable[[Context], None]
) -> list[list[Cite]]:
    """Try one level of conditions on a set, and the next on what is left of it."""
    before = [(cite.rest, cite.sets) for cite in members]
    most = 0
    for cite in members:
        again, conditions = capture(cite.item, render, prepare, level)
        cite.rest, cite.sets = again.rest, again.sets
        most = max(most, conditions)
    groups = partition(members)
    left: list[list[Cite]] = []
    if len(groups) > 1:
        for group in groups:
            for cite in group:
                cite.plan = replace(cite.plan, disambiguate=level)
            if len(group) > 1:
                left += raise_condition(group, level + 1, render, prepare) if most > level else [group]
        return left
    if most > level:
        return raise_condition(members, level + 1, render, prepare)
    for cite, (rest, names) in zip(members, before, strict=True):
        cite.rest, cite.sets = rest, names
    return [members]


def suffix_letters(number: int) -> str:
    """Return the letters of a year suffix: 1 -> a, 26 -> z, 27 -> aa."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(97 + rest) + letters
    return letters
