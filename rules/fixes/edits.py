"""A recipe as a fix: the smallest edits, in the style of the file. libcst is imported when the first fix is planned."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, assert_never

from rules.finding import Fix, Location, Safety
from rules.fixes.layout import Style
from rules.fixes.line_width import line_width
from rules.fixes.recipe import (
    AddLoaderOption,
    AwaitAttribute,
    GiveCollection,
    KeepOnCommit,
    KeepValue,
    Recipe,
    RefreshInstance,
    Statement,
)
from rules.project import Project

if TYPE_CHECKING:
    from rules.fixes.source_file import Change, SourceFile


def plan(recipe: Recipe, project: Project) -> Fix | None:
    """The fix of a recipe, not yet verified (`rules.fixes.verify`); None when it cannot be done well."""
    from rules.fixes.changes import to_edits
    from rules.fixes.source_file import Unfixable, open_source

    try:
        file = open_source(project, path_of(recipe), _lines(recipe))
        changes = _changes(recipe, project, file)
    except Unfixable:
        return None
    except RecursionError:  # libcst walks recursively: an expression of hundreds of levels ends there
        return None
    edits = to_edits(file, changes, Style(line_width(project, path_of(recipe), file.text), file.indent_unit))
    return Fix(title(recipe), Safety.UNSAFE, edits) if edits else None


def path_of(recipe: Recipe) -> str:
    """The one file that a recipe edits."""
    match recipe:
        case AddLoaderOption():
            return recipe.place.path
        case RefreshInstance():
            place = recipe.before or recipe.after
            return place.path if place else ""
        case KeepValue():
            return recipe.before.path
        case AwaitAttribute():
            return recipe.read.path
        case GiveCollection():
            return recipe.construction.path
        case KeepOnCommit():
            return recipe.factory.path
    assert_never(recipe)


def _lines(recipe: Recipe) -> list[int]:
    """The first lines of all places that a recipe names."""
    values = [getattr(recipe, field.name) for field in fields(recipe)]
    places = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return [one.line for one in places if isinstance(one, Location)]


def title(recipe: Recipe) -> str:
    """What the fix does, in the user's names."""
    match recipe:
        case AddLoaderOption(place=place, path=path):
            what = {Statement.OPTION: "option", Statement.REFRESH: "refresh"}.get(recipe.statement, "query")
            names = ".".join(step.attribute for step in path)
            return f"Load `{names}` with the {what} on line {place.line}"
        case RefreshInstance(instance=instance, before=before, after=after):
            where = f"before line {before.line}" if before else f"after line {after.end_line}" if after else ""
            names = " and ".join(f"`{name}`" for name in recipe.attributes)
            return f"Refresh {names} of `{instance}` {where}" if names else f"Refresh `{instance}` {where}"
        case KeepValue(expression=expression, before=before):
            return f"Read `{expression}` before line {before.line} and keep it"
        case AwaitAttribute(read=read):
            return f"Await the attribute on line {read.line} through `awaitable_attrs`"
        case GiveCollection(construction=construction, attribute=attribute):
            return f"Give the object that line {construction.line} constructs an empty `{attribute}`"
        case KeepOnCommit(factory=factory):
            return f"Set `expire_on_commit=False` for all sessions of the factory on line {factory.line}"
    assert_never(recipe)


def _changes(recipe: Recipe, project: Project, file: SourceFile) -> list[Change]:
    from rules.fixes import statements

    match recipe:
        case AddLoaderOption():
            return _loader_option(recipe, project, file)
        case RefreshInstance():
            return statements.refresh_instance(file, recipe)
        case KeepValue():
            return statements.keep_value(file, recipe)
        case AwaitAttribute():
            return statements.await_attribute(file, recipe)
        case GiveCollection():
            return statements.give_collection(file, recipe)
        case KeepOnCommit():
            return statements.keep_on_commit(file, recipe)
    assert_never(recipe)


def _loader_option(recipe: AddLoaderOption, project: Project, file: SourceFile) -> list[Change]:
    import libcst as cst

    from rules.fixes.loader_options import plan_changes
    from rules.fixes.names import Names

    node = file.at(recipe.place, cst.Call)
    names = Names(project, file, node)
    return [*plan_changes(recipe, names, node), *names.changes()]
