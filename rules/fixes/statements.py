"""The recipes that add a line, rewrite a read or give an argument: everything but loader options."""

from __future__ import annotations

import re

import libcst as cst

from rules.finding import Location
from rules.fixes import chains
from rules.fixes.recipe import AwaitAttribute, GiveCollection, KeepOnCommit, KeepValue, RefreshInstance
from rules.fixes.source_file import Change, SourceFile, Unfixable

_Statement = cst.BaseSmallStatement | cst.BaseCompoundStatement


def refresh_instance(file: SourceFile, recipe: RefreshInstance) -> list[Change]:
    """A refresh on a line of its own, in an `async def`."""
    names = ", ".join(f"{file.quote}{name}{file.quote}" for name in recipe.attributes)
    arguments = f"{recipe.instance}, [{names}]" if names else recipe.instance
    line = f"await {recipe.session}.refresh({arguments})"
    place = recipe.before or recipe.after
    if place is None:
        raise Unfixable("the refresh has no place")
    statement = file.statement_at(place)
    _require_async(file, statement)
    return [_line_before(file, statement, line) if recipe.before else _line_after(file, statement, line)]


def keep_value(file: SourceFile, recipe: KeepValue) -> list[Change]:
    """The value is read into a variable while it can be read, and the variable stands where it was read too late."""
    statement = file.statement_at(recipe.before)
    name = _new_name(file, statement, recipe.expression)
    reads = [_replaced_read(file, read, recipe.expression, name) for read in recipe.reads]
    return [_line_before(file, statement, f"{name} = {recipe.expression}"), *reads]


def await_attribute(file: SourceFile, recipe: AwaitAttribute) -> list[Change]:
    """`obj.rel` becomes `await obj.awaitable_attrs.rel`, in parentheses where it needs them."""
    node = file.at(recipe.read, cst.Attribute)
    _require_await(file, node)
    start, end = file.span(node)
    at = file.span(node.attr)[0]
    opening, closing = ("(", ")") if _needs_parentheses(file, node) else ("", "")
    changes = [Change(start, start, f"{opening}await "), Change(at, at, "awaitable_attrs.")]
    return [*changes, Change(end, end, closing)] if closing else changes


def give_collection(file: SourceFile, recipe: GiveCollection) -> list[Change]:
    """`Parent(name=...)` gets `children=[]`."""
    call = file.at(recipe.construction, cst.Call)
    if chains.argument(call, recipe.attribute):
        raise Unfixable("the construction gives it already")
    return chains.arguments(file, call).append(file, f"{recipe.attribute}=[]")


def keep_on_commit(file: SourceFile, recipe: KeepOnCommit) -> list[Change]:
    """The session factory gets `expire_on_commit=False`."""
    call = file.at(recipe.factory, cst.Call)
    given = chains.argument(call, "expire_on_commit")
    if given is not None:
        start, end = file.span(given.value)
        if file.code(given.value) == "False":
            raise Unfixable("the factory keeps already")
        return [Change(start, end, "False")]
    if any(arg.star == "**" for arg in call.args):
        raise Unfixable("the factory's arguments are not written here")
    return chains.arguments(file, call).append(file, "expire_on_commit=False")


# Lines


def _line_before(file: SourceFile, statement: _Statement, line: str) -> Change:
    """The line at the statement's indentation; a suite or line that holds more is broken."""
    if isinstance(statement, cst.BaseCompoundStatement):
        return _above(file, _first_offset(file, statement), line)
    if isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
        raise Unfixable("the place is no statement")
    body = file.parent(statement)
    start = file.span(statement)[0]
    if isinstance(body, cst.SimpleStatementSuite):
        return _broken(file, start, file.indentation(start) + file.indent_unit, line, file.indentation(start))
    if isinstance(body, cst.SimpleStatementLine) and body.body[0] is not statement:
        return _broken(file, start, file.indentation(start), line, file.indentation(start))
    return _above(file, start, line)


def _above(file: SourceFile, offset: int, line: str) -> Change:
    start = file.line_start(offset)
    if not file.begins_line(offset):
        raise Unfixable("the statement does not begin its line")
    return Change(start, start, f"{file.indentation(offset)}{line}\n")


def _broken(file: SourceFile, start: int, indent: str, line: str, outer: str) -> Change:
    """`if x: a; b` and `a; b`, broken before `b`; what stands before it must be able to stay."""
    before = file.text[file.line_start(start) : start].rstrip()
    behind = file.line_start(start) + len(before)
    if indent != outer and not before.endswith(":"):
        raise Unfixable("the statement is not the first of its suite")
    if before.endswith(";"):
        behind -= 1
    return Change(behind, start, f"\n{indent}{line}\n{indent}")


def _line_after(file: SourceFile, statement: _Statement, line: str) -> Change:
    if isinstance(statement, cst.Return | cst.Raise | cst.Break | cst.Continue):
        raise Unfixable("nothing runs after the statement")
    start, end = file.span(statement)
    indent = file.indentation(start)
    body = file.parent(statement)
    if isinstance(body, cst.SimpleStatementSuite):
        if len(body.body) > 1:
            raise Unfixable("the suite holds more than the statement")
        indent = file.indentation(start) + file.indent_unit
        code = file.text[start:end]
        opened = file.line_start(start) + len(file.text[file.line_start(start) : start].rstrip())
        return Change(opened, end, f"\n{indent}{code}\n{indent}{line}")
    if isinstance(body, cst.SimpleStatementLine) and body.body[-1] is not statement:
        following = file.span(body.body[[each is statement for each in body.body].index(True) + 1])[0]
        return Change(end, following, f"\n{indent}{line}\n{indent}")
    at = file.line_end(end)
    return Change(at, at, f"\n{indent}{line}")


def _first_offset(file: SourceFile, statement: cst.BaseCompoundStatement) -> int:
    """Where a compound statement begins, with its decorators."""
    if isinstance(statement, cst.FunctionDef | cst.ClassDef) and statement.decorators:
        return file.span(statement.decorators[0])[0]
    if isinstance(statement, cst.While):
        raise Unfixable("the condition of a loop is read again and again")
    if isinstance(statement, cst.If) and isinstance(file.parent(statement), cst.If):
        return _first_offset(file, _outer_if(file, statement))
    return file.span(statement)[0]


def _outer_if(file: SourceFile, statement: cst.If) -> cst.If:
    """The `if` of an `elif`."""
    parent = file.parent(statement)
    return parent if isinstance(parent, cst.If) and parent.orelse is statement else statement


# What may be awaited


def _require_async(file: SourceFile, node: cst.CSTNode) -> None:
    function = file.function(node)
    if not isinstance(function, cst.FunctionDef) or function.asynchronous is None:
        raise Unfixable("nothing can be awaited here")


def _require_await(file: SourceFile, node: cst.CSTNode) -> None:
    _require_async(file, node)
    below, comprehensions = node, 0
    for above in file.ancestors(node):
        if isinstance(above, cst.FunctionDef):
            break
        if isinstance(above, cst.BaseComp) and not _is_first_iterable(above, below):
            comprehensions += 1
            if isinstance(above, cst.GeneratorExp) or comprehensions > 1:
                raise Unfixable("a generator would become an asynchronous one")
        if not isinstance(above, cst.CompFor):
            below = above


def _is_first_iterable(comprehension: cst.BaseComp, below: cst.CSTNode) -> bool:
    """The first iterable is evaluated outside of the comprehension."""
    return comprehension.for_in.iter is below


def _needs_parentheses(file: SourceFile, node: cst.Attribute) -> bool:
    parent = file.parent(node)
    if node.lpar:
        return False
    if isinstance(parent, cst.Attribute | cst.Subscript):
        return parent.value is node
    if isinstance(parent, cst.BinaryOperation):
        return isinstance(parent.operator, cst.Power)
    return isinstance(parent, cst.Await) or (isinstance(parent, cst.Call) and parent.func is node)


# Values


def _new_name(file: SourceFile, statement: cst.CSTNode, expression: str) -> str:
    """`user.profile.id` is kept in `user_profile_id`, or in a variation that the file does not use."""
    base = re.sub(r"\W+", "_", expression.removeprefix("self.")).strip("_") or "value"
    if base[0].isdigit():
        raise Unfixable("the expression gives no name")
    used = {name.value for name in file.nodes(cst.Name)}
    for name in (base, f"kept_{base}", f"{base}_value"):
        if name not in used:
            return name
    raise Unfixable("every name is in use")


def _replaced_read(file: SourceFile, read: Location, expression: str, name: str) -> Change:
    start, end = file.offset(read.line, read.column), file.offset(read.end_line, read.end_column)
    if "".join(file.text[start:end].split()) != "".join(expression.split()):
        raise Unfixable(f"line {read.line} reads something else")
    if re.match(r"\s*=(?!=)|\s*:=", file.text[end : end + 20]):
        raise Unfixable(f"line {read.line} is no read, or shows its own text")
    return Change(start, end, name)
