"""Plans a recipe at marked places and applies it: `«select(User)»` is the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rules.finding import Location, Safety
from rules.fixes.edit_text import apply_edits, line_starts
from rules.fixes.edits import plan
from rules.fixes.recipe import LoaderStep, Recipe
from rules.project import MemoryProject
from rules.source.syntax import parse

PATH = "app/repository.py"


def step(model: str, attribute: str, *, many: bool = False, module: str = "app.models") -> LoaderStep:
    return LoaderStep(model, attribute, module, many)


def marked(text: str, path: str = PATH) -> tuple[str, list[Location]]:
    """The text without its marks, and the places that these enclose."""
    places: list[Location] = []
    while "«" in text:
        start = text.index("«")
        text = text[:start] + text[start + 1 :]
        end = text.index("»")
        text = text[:end] + text[end + 1 :]
        places.append(Location(path, *_position(text, start), *_position(text, end)))
    return text, places


def fixed(
    recipe: Callable[..., Recipe], source: str, *, path: str = PATH, more: Mapping[str, str] | None = None
) -> str | None:
    """The source after the fix; None when there is no fix. `recipe` takes the marked places."""
    text, places = marked(source, path)
    project = MemoryProject({path: text, **(more or {})})
    fix = plan(recipe(*places), project)
    if fix is None:
        return None
    assert fix.safety is Safety.UNSAFE
    assert {edit.path for edit in fix.edits} == {path}
    result = apply_edits(text, fix.edits)
    compile(parse(result.encode()).tree, path, "exec", dont_inherit=True)
    return result


def _position(text: str, offset: int) -> tuple[int, int]:
    starts = [start for start in line_starts(text) if start <= offset]
    return len(starts), offset - starts[-1] + 1
