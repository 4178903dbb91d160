"""Which of some files an import may mean, before anything is known of them but their paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rules.source.facts import FileFacts, Import

INIT = "__init__"


class Importable:
    """More may be named than `rules.index.program` finds in the end; never less, at the top of a module."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._left: dict[str, None] = dict.fromkeys(paths)
        self._by_name: dict[str, list[str]] = {}
        for path in self._left:
            parts = _parts(path)
            for start in range(len(parts)):
                self._by_name.setdefault(".".join(parts[start:]), []).append(path)

    def of(self, importers: Mapping[str, FileFacts | None]) -> list[str]:
        """Those that these files import, and that no earlier call gave."""
        found: dict[str, None] = {}
        if self._left:
            for path, facts in importers.items():
                if facts is not None:
                    for name in _names(path, facts):
                        found.update(dict.fromkeys(one for one in self._by_name.get(name, ()) if one in self._left))
        for path in found:
            del self._left[path]
        return list(found)


def _names(path: str, facts: FileFacts) -> Iterable[str]:
    for one in (*facts.imports.values(), *(Import(star, None) for star in facts.stars)):
        module = _absolute(path, one.module)
        for name in (module, module.partition(".")[2]):  # the checked folder may itself be the package
            yield name
            if one.attribute is not None:
                yield f"{name}.{one.attribute}" if name else one.attribute


def _absolute(path: str, module: str) -> str:
    name = module.lstrip(".")
    level = len(module) - len(name)
    if not level:
        return name
    folders = path.split("/")[:-1]
    return ".".join([*folders[: len(folders) - level + 1], *filter(None, [name])])


def _parts(path: str) -> list[str]:
    parts = path.rpartition(".")[0].split("/")
    return parts[:-1] if parts[-1] == INIT and len(parts) > 1 else parts
