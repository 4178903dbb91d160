"""Code that moved is not new: reads of the head that were there before, in another file or another function.

A fingerprint holds path and function, so it does not survive a move. A read moved when the same line of code with the
same problem is gone from where the merge base has it. A line that stayed, and whose problem was repaired elsewhere,
moved nowhere: its twin at another place is new. In a file that was renamed, as in one that kept its name, the same
expression with the same problem is enough, whatever else of its line changed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """A read where it stands. `line` is the text of its first line."""

    fingerprint: str
    rule: str
    path: str
    expression: str
    line: str
    model: str = ""
    attribute: str = ""

    @property
    def look(self) -> tuple[str, ...]:
        """What a move leaves as it is."""
        code = ("".join(text.split()) for text in (self.expression, self.line))
        return (self.rule, self.model, self.attribute, *code)

    @property
    def problem(self) -> tuple[str, ...]:
        return (self.rule, self.model, self.attribute, "".join(self.expression.split()))


Texts = Callable[[str], str | None]
"""The text of a file by its path, None where there is no such file."""


def new_reads(
    head: Iterable[Site],
    base: Iterable[Site],
    *,
    text_at_head: Texts,
    text_at_base: Texts,
    renamed: Mapping[str, str] | None = None,
) -> frozenset[str]:
    """The fingerprints of `head` that are new; `renamed` has the former paths of files by the present ones.

    Each read of the base that is gone excuses one of the head, so that a copy is new.
    """
    before = list(base)
    known = {site.fingerprint for site in before}
    added = {site.fingerprint: site for site in head if site.fingerprint not in known}
    if not added:
        return frozenset()
    if renamed:
        before = _without_renamed(added, before, renamed)
    gone = _gone(before, {site.look for site in added.values()}, text_at_head, text_at_base)
    new: set[str] = set()
    for fingerprint, site in added.items():
        if gone[site.look] > 0:
            gone[site.look] -= 1
        else:
            new.add(fingerprint)
    return frozenset(new)


def _without_renamed(added: dict[str, Site], before: list[Site], renamed: Mapping[str, str]) -> list[Site]:
    """What is left of `before` when each read of a renamed file has taken its own; what was found leaves `added`."""
    there: dict[tuple[str, ...], list[Site]] = defaultdict(list)
    former = frozenset(renamed.values())
    for site in {site.fingerprint: site for site in before if site.path in former}.values():
        there[site.path, *site.problem].append(site)
    taken: set[str] = set()
    for by_look in (True, False):
        for site in list(added.values()):
            left = there[renamed.get(site.path, ""), *site.problem]
            own = next((one for one in left if not by_look or one.look == site.look), None)
            if own is not None:
                left.remove(own)
                taken.add(own.fingerprint)
                del added[site.fingerprint]
    return [site for site in before if site.fingerprint not in taken]


def _gone(
    base: list[Site], wanted: set[tuple[str, ...]], text_at_head: Texts, text_at_base: Texts
) -> Counter[tuple[str, ...]]:
    """How many reads of each look are no longer where they were, for as many lines are gone from their file."""
    there = Counter((site.path, site.look) for site in {site.fingerprint: site for site in base}.values())
    gone: Counter[tuple[str, ...]] = Counter()
    for (path, look), number in there.items():
        if look in wanted:
            lines = _lines_like(look[-1], text_at_base(path)) - _lines_like(look[-1], text_at_head(path))
            gone[look] += max(0, min(number, lines))
    return gone


def _lines_like(line: str, text: str | None) -> int:
    return sum("".join(other.split()) == line for other in (text or "").splitlines())
