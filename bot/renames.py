"""Files that got another name since we last spoke of them: what was said under the former one still counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Renames:
    """From the former to the present: `paths` of files, `fingerprints` of their reads, `keys` of findings."""

    paths: Mapping[str, str] = field(default_factory=dict)
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def key(self, former: str) -> str:
        """The present key; where the way to the read is another one by now, at least the read is the same."""
        fingerprint, dot, way = former.partition(".")
        return self.keys.get(former, self.fingerprints.get(fingerprint, fingerprint) + dot + way)

    def path(self, former: str) -> str:
        return self.paths.get(former, former)

    def also(self, former: Collection[str]) -> frozenset[str]:
        """These fingerprints, with the present ones of those that have another by now."""
        return frozenset(former).union(self.fingerprints[one] for one in former if one in self.fingerprints)

    @staticmethod
    def joined(several: Iterable[Renames]) -> Renames:
        """What any of them says; the last has the last word."""
        paths: dict[str, str] = {}
        fingerprints: dict[str, str] = {}
        keys: dict[str, str] = {}
        for one in several:
            paths |= one.paths
            fingerprints |= one.fingerprints
            keys |= one.keys
        return Renames(paths, fingerprints, keys)


NO_RENAMES = Renames()
