"""`session.get(Model, key)` as a SELECT, which also loads into an object that the session knows."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from rules.fixes.source_file import Change, SourceFile, Unfixable


@dataclass(frozen=True, slots=True)
class GetCall:
    """What is asked of `get` or `get_one`."""

    session: str
    method: str
    model: cst.BaseExpression
    key: cst.BaseExpression
    options: cst.List | cst.Tuple | None
    populates_existing: bool


def read_get(file: SourceFile, call: cst.Call) -> GetCall:
    """The call's parts; raises `Unfixable` when there is one that a SELECT does not have."""
    if not isinstance(call.func, cst.Attribute) or any(arg.star for arg in call.args):
        raise Unfixable("the call is not understood")
    args = {arg.keyword.value if arg.keyword else str(index): arg.value for index, arg in enumerate(call.args)}
    model, key = args.pop("0", None) or args.pop("entity", None), args.pop("1", None) or args.pop("ident", None)
    options, populates = args.pop("options", None), args.pop("populate_existing", None)
    if model is None or key is None or args:
        raise Unfixable("a SELECT has no such arguments")
    if isinstance(key, cst.Tuple | cst.Dict | cst.List):
        raise Unfixable("the key has several columns")
    if options is not None and not isinstance(options, cst.List | cst.Tuple):
        raise Unfixable("the options are not written here")
    start, end = file.span(call)
    if "#" in file.text[start:end]:
        raise Unfixable("a comment may be in the way")
    session = file.text[start : file.span(call.func.attr)[0]]
    populates_existing = populates is not None and file.code(populates) != "False"
    return GetCall(session, call.func.attr.value, model, key, options, populates_existing)


def as_select(file: SourceFile, call: cst.Call, get: GetCall, statement: str) -> list[Change]:
    """`get` becomes `scalar`; `get_one`, which fails without a row, becomes `scalars` and `one()`."""
    if get.method == "get":
        return [Change(*file.span(call), f"{get.session}scalar({statement})")]
    awaited = file.parent(call)
    if not isinstance(awaited, cst.Await):
        raise Unfixable("the call is not awaited at once")
    new = f"await {get.session}scalars({statement})"
    start, end = file.span(awaited)
    if not awaited.lpar:
        return [Change(start, end, f"({new}).one()")]
    closing = file.text.index(")", end) + 1
    if file.text[end:closing].strip() != ")":
        raise Unfixable("a comment is in the way")
    return [Change(start, end, new), Change(closing, closing, ".one()")]
