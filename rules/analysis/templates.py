"""Rendering: what code gives a Jinja template, and how templates include, extend and import each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rules.analysis import attributes, containers
from rules.analysis.state import PARENT, Container, Instance, Object, Session, State, reachable
from rules.analysis.values import (
    NONE,
    TRUE,
    UNKNOWN,
    Arguments,
    Const,
    Coroutine,
    ExternalValue,
    FunctionValue,
    Ref,
    Template,
    Tuple,
    Unknown,
    Value,
    any_of,
    members,
)
from rules.index.program import FunctionInfo, Module, Variable
from rules.source import ir
from rules.source.ir import Node, Position, last_name
from rules.source.templates import CHAIN, CONTEXT, block_name

if TYPE_CHECKING:
    from rules.analysis.interpreter import Interpreter

RESPONSES = frozenset({"TemplateResponse", "template_response", "render_to_response", "Template", "HTMXTemplate"})
"""Calls that take the template's name and a context, among other things."""
FUNCTIONS = frozenset({"render_template", "render_template_async", "stream_template", "render_to_string", "render"})
"""Calls that take the template's name and the context as keywords or as a dict."""
INLINE = frozenset({"render_template_string", "stream_template_string"})
LOOKUPS = frozenset({"get_template", "select_template", "get_or_select_template", "from_string"})
RENDERERS = RESPONSES | FUNCTIONS | INLINE | LOOKUPS
ENVIRONMENTS = frozenset(
    {"Jinja2Templates", "Jinja2Blocks", "Environment", "SandboxedEnvironment", "ImmutableSandboxedEnvironment"}
)
_METHODS = frozenset({"render", "render_async", "generate", "generate_async", "stream"})
_DECORATORS = frozenset({"template", "render", "templated", "jinja", "page", "hx", "html", "jinja2"})
_SPECIAL = frozenset(
    {"name", "template_name", "request", "context", "status_code", "headers", "media_type", "background"}
)
_HINT = re.compile(r"\(([^()]*)\)")
MAX_DEPTH = 12


# What code calls


def environment(interp: Interpreter, name: str, node: Node | None) -> Value:
    """`Jinja2Templates(directory="templates")` and its like; the folders it names go with the value."""
    given = [*node[3], *(value for _, value in node[4])] if node is not None and node[0] == ir.CALL else []
    folders = [folder for argument in given for folder in _folders(interp, interp.frame.module, argument, 0)]
    known = [folder for folder in dict.fromkeys(folders) if not set(folder) & set(".()|")]
    return ExternalValue(f"{name}({'|'.join(known)})")


def called(
    interp: Interpreter,
    state: State,
    name: str,
    arguments: Arguments,
    position: Position,
    owner: str,
    node: Node | None,
) -> Value:
    """A call of one of `RENDERERS`; `owner` is what it is called on, as far as that is known."""
    roots = _roots(owner)
    if name in LOOKUPS:
        return _looked_up(interp, state, name, arguments, roots, node)
    if name in INLINE or (name == "Template" and owner.startswith("jinja2")):
        template = _inline(interp, node)
        if name == "Template" or template is None:
            return template or UNKNOWN
        return render(interp, state, template, Arguments((), arguments.keywords), position)
    named = name in RESPONSES
    given = [arguments.keyword(key) for key in ("name", "template_name") if named]
    path, context = "", [value for value in (arguments.keyword("context"),) if value is not None and named]
    for value in (*(value for value in given if value is not None), *arguments.positional):
        if not path:
            path = _find(interp, state, value, roots)
        elif _is_context(state, value):
            context.append(value)
    if path:
        keywords = tuple(pair for pair in arguments.keywords if not (named and pair[0] in _SPECIAL))
        render(interp, state, Template(path), Arguments(tuple(context), keywords), position)
    return UNKNOWN


def method(
    interp: Interpreter, state: State, template: Template, name: str, arguments: Arguments, position: Position
) -> Value:
    """A method of a template that code has looked up."""
    if name in _METHODS:
        render(interp, state, template, arguments, position)
    return Coroutine(UNKNOWN) if name.endswith("_async") else UNKNOWN


def render(interp: Interpreter, state: State, template: Template, arguments: Arguments, position: Position) -> Value:
    """Runs a template with its context: dicts, and keywords."""
    context: dict[str, Value] = {}
    for value in arguments.positional:
        context.update(_entries(state, value))
    context.update(arguments.keywords)
    templates = interp.settings.templates
    if templates is not None:
        _run(interp, state, template.path, (Const(templates.root(template.path)),), context, position)
    return UNKNOWN


def returned(interp: Interpreter, state: State, function: FunctionInfo, value: Value, position: Position) -> None:
    """`@template("page.html")`: the function returns the context."""
    for decorator in function.facts.decorators:
        if decorator[0] != ir.CALL or last_name(decorator) not in _DECORATORS:
            continue
        names = [
            *decorator[3][:1],
            *(given for key, given in decorator[4] if key in ("template", "name", "template_name")),
        ]
        for name in names:
            path = _find(interp, state, Const(name[2]), ()) if name[0] == ir.CONST else ""
            if path and _is_context(state, value):
                render(interp, state, Template(path), Arguments((value,)), position)


def _looked_up(
    interp: Interpreter, state: State, name: str, arguments: Arguments, roots: tuple[str, ...], node: Node | None
) -> Value:
    if name == "from_string":
        return _inline(interp, node) or UNKNOWN
    path = _find(interp, state, arguments.get(0, "name") or UNKNOWN, roots)
    return Template(path) if path else UNKNOWN


def _is_context(state: State, value: Value) -> bool:
    found = (state.heap.get(member.id) for member in members(value) if isinstance(member, Ref))
    return any(isinstance(one, Container) and one.kind == "dict" for one in found)


def _entries(state: State, value: Value) -> dict[str, Value]:
    """What a context dict is known to hold; where it may be one of several, all that a name may be."""
    found: dict[str, list[Value]] = {}
    for member in members(value):
        for key, item in (containers.known_items(state, member) or {}).items():
            found.setdefault(str(key), []).append(item)
    return {key: any_of(items) for key, items in found.items()}


# Names


def meant(interp: Interpreter, arguments: Arguments) -> Iterator[Value]:
    """Which templates a call is about: the chain of one, or what code names. Contexts of others are of another kind."""
    if interp.settings.templates is None:
        return
    for name, value in (*(("", value) for value in arguments.positional), *arguments.keywords):
        if name == CHAIN or (isinstance(value, Const) and interp.settings.templates.has(value.value)):
            yield value


def _find(interp: Interpreter, state: State, value: Value, roots: tuple[str, ...]) -> str:
    """The template that a name means; of several names, the first that there is."""
    templates = interp.settings.templates
    names = [name for member in members(value) for name in containers.known_elements(state, member) or [member]]
    for name in names:
        if isinstance(name, Const) and isinstance(name.value, str) and name.value and templates is not None:
            path = templates.find(name.value, interp.frame.path, roots)
            if path:
                return path
    return ""


def _roots(owner: str) -> tuple[str, ...]:
    hint = _HINT.search(owner)
    return tuple(hint[1].split("|")) if hint and hint[1] else ()


def _folders(interp: Interpreter, module: Module, node: Node, depth: int) -> list[str]:
    """The folders that an expression names, as far as its constants tell: `BASE / "templates"` ends in `templates`."""
    if depth > 4:
        return []
    if node[0] == ir.CONST:
        return [node[2].strip("./")] if isinstance(node[2], str) and node[2].strip("./") else []
    if node[0] in (ir.LIST, ir.TUPLE):
        return [folder for part in node[2] for folder in _folders(interp, module, part, depth + 1)]
    if node[0] == ir.NAME:
        symbol = interp.program.resolve(module, node)
        if isinstance(symbol, Variable):
            values = [one[3] for one in symbol.statements if one[0] == ir.ASSIGN]
            return _folders(interp, symbol.module, values[-1], depth + 1) if values else []
        return []
    if node[0] == ir.BINARY:
        left, right = (_folders(interp, module, part, depth + 1) for part in (node[2], node[4]))
        return [f"{left[0]}/{right[0]}" if left else right[0]] if right else left
    if node[0] == ir.CALL:
        parts = [
            _folders(interp, module, argument, depth + 1) for argument in (*node[3], *(value for _, value in node[4]))
        ]
        name = last_name(node)
        if name in ("join", "joinpath", "Path", "PackageLoader", "resolve"):
            inner = _folders(interp, module, node[2][2], depth + 1) if node[2][0] == ir.ATTR else []
            named = [*inner[:1], *(part[0] for part in parts if part)]
            return ["/".join(named)] if named else []
        if name in ("FileSystemLoader", "ChoiceLoader", "str", "fspath"):
            return [folder for part in parts for folder in part]
    return []


# What templates call


def helper(
    interp: Interpreter, state: State, name: str, arguments: Arguments, position: Position, node: Node | None
) -> Value:
    """The helpers of `rules.source.templates`."""
    first = arguments.get(0) or UNKNOWN
    match name:
        case "include" | "include alone":
            context = {**_context(interp, state), **dict(arguments.keywords)} if name == "include" else {}
            path = _other(interp, state, first)
            if path:
                _run(interp, state, path, _chain(interp, state)[:1], context, position)
        case "import" | "import alone":
            path = _other(interp, state, first)
            return _imported(interp, state, path, _context(interp, state) if name == "import" else {}, position)
        case "extends":
            _extended(interp, state, first, arguments.positional[1:], position)
        case "block" | "super":
            _block(interp, state, first, dict(arguments.keywords), position, above=name == "super")
        case "defined":
            return UNKNOWN if any(isinstance(member, Unknown) for member in members(first)) else TRUE
        case "group":
            return Tuple(arguments.positional, ("grouper", "list"))
        case "item":
            return any_of(
                _item(interp, state, member, arguments.positional[1], node, position) for member in members(first)
            )
    return NONE


def _item(interp: Interpreter, state: State, owner: Value, key: Value, node: Node | None, position: Position) -> Value:
    """`owner["key"]`: the item, or else the attribute."""
    found = state.heap.get(owner.id) if isinstance(owner, Ref) else None
    if isinstance(found, Instance | Object) and isinstance(key, Const):
        where: Node = node if node is not None else (ir.NAME, position, "")
        return attributes.read(interp, state, owner, str(key.value), where)
    return containers.item(interp, state, owner, key, position)


def _run(
    interp: Interpreter,
    state: State,
    path: str,
    chain: tuple[Value, ...],
    context: dict[str, Value],
    position: Position,
) -> None:
    """Interprets a template's body. The chain holds the folder of templates, then each template, the child first."""
    function = interp.settings.templates.function(path) if interp.settings.templates is not None else None
    if function is not None and sum(frame.module is function.module for frame in interp.frames()) < MAX_DEPTH:
        _call(interp, state, function, (*chain, Const(path)), context, position)


def _call(
    interp: Interpreter,
    state: State,
    function: FunctionInfo,
    chain: tuple[Value, ...],
    context: dict[str, Value],
    position: Position,
) -> None:
    from rules.analysis import calls

    if not _can_fail(state, context.values()):
        return
    given = (
        (CHAIN, Tuple(chain)),
        *sorted((key, value) for key, value in context.items() if key not in (CHAIN, CONTEXT)),
    )
    calls.call_value(interp, state, FunctionValue(function, raw=True), Arguments((), given), position)


def is_template(function: FunctionInfo) -> bool:
    """Whether a function is a template, or a macro or block of one."""
    return not function.module.name


def skips(state: State, target: FunctionValue, arguments: Arguments) -> bool:
    """Whether a call is one of a macro that neither is given an instance nor sees one."""
    if not target.closure or not is_template(target.function):
        return False
    seen = [value for number in _scopes(state, target.closure) for value in state.variables.get(number, {}).values()]
    return not _can_fail(state, (*arguments.positional, *(value for _, value in arguments.keywords), *seen))


def _can_fail(state: State, values: Iterable[Value]) -> bool:
    return any(isinstance(state.heap[number], Instance | Session) for number in reachable(state, values))


def _imported(interp: Interpreter, state: State, path: str, context: dict[str, Value], position: Position) -> Value:
    """Macros and variables of another template. It is run anew each time: its macros see the variables of that run."""
    from rules.analysis import calls

    templates = interp.settings.templates
    function = templates.function(path) if path and templates is not None else None
    if function is None or any(frame.function is function for frame in interp.frames()):
        return UNKNOWN
    target = FunctionValue(function, raw=True)
    chain = Tuple((*_chain(interp, state)[:1], Const(path)))
    given = Arguments((), ((CHAIN, chain), *sorted(context.items(), key=lambda pair: pair[0])))
    return calls.result_of(interp, state, target, calls.run_function(interp, state, target, given, position), position)


def _extended(interp: Interpreter, state: State, name: Value, blocks: tuple[Value, ...], position: Position) -> None:
    """The parent with the blocks of its children; where the parent is not known, it shows every block."""
    chain, path = _chain(interp, state), _other(interp, state, name)
    templates = interp.settings.templates
    if Const(path) in chain:
        return
    if path and templates is not None and templates.module(path) is not None:
        _run(interp, state, path, chain, _context(interp, state), position)
        return
    for block in blocks:
        _block(interp, state, block, {}, position)


def _block(
    interp: Interpreter, state: State, name: Value, given: dict[str, Value], position: Position, *, above: bool = False
) -> None:
    """The block of the first template in the chain that has it; with `above`, of the first behind the current one."""
    templates = interp.settings.templates
    if not isinstance(name, Const) or templates is None:
        return
    chain = _chain(interp, state)
    passed = not above
    for link in chain[1:]:
        path = str(link.value) if isinstance(link, Const) else ""
        module = templates.module(path)
        function = templates.function(path, block_name(str(name.value)))
        if passed and function is not None:
            _call(interp, state, function, chain, {**_context(interp, state), **given}, position)
            return
        passed = passed or module is interp.frame.module


def _other(interp: Interpreter, state: State, value: Value) -> str:
    """The template that a name in a template means."""
    roots = tuple(str(link.value) for link in _chain(interp, state)[:1] if isinstance(link, Const))
    return _find(interp, state, value, roots)


def _scopes(state: State, number: int) -> Iterator[int]:
    """The frames whose variables code in the frame `number` sees, its own first."""
    while number:
        yield number
        up = state.get(number, PARENT)
        number = up.value if isinstance(up, Const) else 0


def _chain(interp: Interpreter, state: State) -> tuple[Value, ...]:
    found = next(
        (chain for number in _scopes(state, interp.frame.id) if (chain := state.get(number, CHAIN)) is not None), None
    )
    return found.items if isinstance(found, Tuple) else ()


def _context(interp: Interpreter, state: State) -> dict[str, Value]:
    """Everything that a template would hand on."""
    found: dict[str, Value] = {}
    for number in _scopes(state, interp.frame.id):
        for name, value in state.variables.get(number, {}).items():
            if isinstance(name, str) and name.isidentifier() and value != UNKNOWN:
                found.setdefault(name, value)
        for name, value in _entries(state, state.get(number, CONTEXT) or UNKNOWN).items():
            found.setdefault(name, value)
    return found


# Templates in Python code


def _inline(interp: Interpreter, node: Node | None) -> Template | None:
    """`from_string("...")`: the template that stands in the code, or in a constant of the module."""
    if node is None or node[0] != ir.CALL or interp.settings.templates is None:
        return None
    given = [*node[3], *(value for _, value in node[4])]
    literal, module = _literal(interp, interp.frame.module, given[0] if given else None)
    return None if literal is None else Template(interp.settings.templates.add(module.path, literal[2], literal[1]))


def _literal(interp: Interpreter, module: Module, node: Node | None) -> tuple[Node | None, Module]:
    if node is not None and node[0] == ir.NAME:
        symbol = interp.program.resolve(module, node)
        if isinstance(symbol, Variable):
            values = [one[3] for one in symbol.statements if one[0] == ir.ASSIGN]
            return _literal(interp, symbol.module, values[0] if len(values) == 1 and values[0][0] == ir.CONST else None)
    if node is not None and node[0] == ir.CONST and isinstance(node[2], str):
        return node, module
    return None, module


__all__ = ["ENVIRONMENTS", "RENDERERS", "called", "environment", "helper", "method", "render", "returned"]
