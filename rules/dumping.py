"""What each stage of the engine made of a project, as text for people who debug the engine."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from rules.analysis.accesses import Access, Hop
from rules.analysis.interpreter import Interpreter
from rules.analysis.summaries import Summary, summaries_of
from rules.index.models import Attribute, Model, ModelIndex, Relationship
from rules.index.program import ClassInfo, FunctionInfo, Program, Symbol, Variable
from rules.report import Skipped
from rules.source import ir
from rules.source.facts import Class, FileFacts, Function, Import, Parameter
from rules.source.ir import Node
from rules.sources import Sources

_MARKS = {"*": "*", "**": "**"}


# Facts


def facts(files: Iterable[FileFacts], skipped: Iterable[Skipped], sources: Sources) -> str:
    """What each file says by itself, and which files could not be read."""
    blocks = [_block(f"{found.path} ({found.lines} lines)", _file(found, sources)) for found in files]
    blocks += [f"{one.path}\n  skipped: {one.reason}\n" for one in skipped]
    return "\n".join(blocks)


def _file(found: FileFacts, sources: Sources) -> Iterator[str]:
    for name, one in sorted(found.imports.items()):
        yield f"import {_imported(name, one)}"
    yield from (f"import * from {module}" for module in found.stars)
    for name, statements in sorted(found.assignments.items(), key=lambda item: item[1][0][1]):
        yield f"{statements[0][1][0]}: {name} is assigned{_times(len(statements))}"
    for one_class in sorted(found.classes.values(), key=attrgetter("position")):
        yield from _class(found.path, one_class, sources)
    for function in sorted(found.functions.values(), key=attrgetter("position")):
        yield _function(found.path, function, sources)


def _imported(name: str, found: Import) -> str:
    if found.attribute is None:
        module = found.module.partition(".")[0] if found.binds_root else found.module
        return found.module if name == module else f"{found.module} as {name}"
    return f"{found.attribute} from {found.module}" + ("" if found.attribute == name else f" as {name}")


def _class(path: str, found: Class, sources: Sources) -> Iterator[str]:
    bases = ", ".join(sources.text((path, base[1])) for base in found.bases)
    yield f"{found.position[0]}: class {found.qualname}({bases})"
    for statement in found.body:
        if statement[0] in (ir.ASSIGN, ir.ANNOTATE):
            yield f"  {statement[1][0]}: {sources.text((path, statement[1]))}"
    for method in sorted(found.methods.values(), key=attrgetter("position")):
        yield f"  {_function(path, method, sources)}"
    for nested in sorted(found.classes.values(), key=attrgetter("position")):
        yield from (f"  {line}" for line in _class(path, nested, sources))


def _function(path: str, found: Function, sources: Sources) -> str:
    parameters = ", ".join(_parameter(path, one, sources) for one in found.parameters)
    returns = f" -> {sources.text((path, found.returns[1]))}" if found.returns else ""
    kind = ("async " if found.is_async else "") + ("generator" if found.is_generator else "def")
    return f"{found.position[0]}: {kind} {found.qualname}({parameters}){returns}"


def _parameter(path: str, found: Parameter, sources: Sources) -> str:
    annotation = f": {sources.text((path, found.annotation[1]))}" if found.annotation else ""
    default = f" = {sources.text((path, found.default[1]))}" if found.default else ""
    return f"{_MARKS.get(found.kind, '')}{found.name}{annotation}{default}"


# Index


def index(models: ModelIndex) -> str:
    """The mapped classes with all that can be read of them."""
    ordered = sorted(models, key=lambda model: (model.info.module.path, model.info.facts.position))
    return "\n".join(_block(_model(model), map(_attribute, model.attributes.values())) for model in ordered)


def _model(found: Model) -> str:
    about = [f"table {found.table}", *_set(found, ("eager_defaults", "as_dataclass", "has_async_attrs", "sqlmodel"))]
    about += [f"a {found.parent.name}" + (" with a table of its own" if found.joined else "")] if found.parent else []
    return f"{found.info.module.path}:{found.info.facts.position[0]} {found.name} ({', '.join(about)})"


def _attribute(found: Attribute) -> str:
    kind = type(found).__name__.lower()
    if isinstance(found, Relationship):
        known = "" if found.target_class else " (unknown)"
        kind = f"{'collection' if found.collection else 'relationship'} of {found.target or '?'}{known}"
    hidden = ("name", "target", "target_class", "collection")
    names = [field.name for field in dataclasses.fields(found) if field.name not in hidden]
    return ", ".join([f"{found.name}: {kind}", *_set(found, names)])


def _set(found: Attribute | Model, names: Sequence[str]) -> Iterator[str]:
    """The fields that differ from their defaults; one without a default counts as off."""
    defaults = {field.name: field.default for field in dataclasses.fields(found)}
    for name in names:
        value = getattr(found, name)
        default = False if defaults[name] is dataclasses.MISSING else defaults[name]
        if value != default:
            yield name if value is True else f"{name}={_plain(value)}"


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# Calls


def calls(program: Program) -> str:
    """For each function, the functions and classes of the project that it names; types are not looked at."""
    return "\n".join(
        _block(f"{_place(function)} {function.facts.qualname}", map(_target, named))
        for function in sorted(program.functions(), key=_order)
        if (named := sorted(_named(program, function), key=_order))
    )


def _target(found: FunctionInfo | ClassInfo) -> str:
    return f"{'class ' if isinstance(found, ClassInfo) else ''}{found.facts.qualname} {_place(found)}"


def _named(program: Program, function: FunctionInfo) -> set[FunctionInfo | ClassInfo]:
    found: dict[object, FunctionInfo | ClassInfo] = {}
    local = _local_names(function)
    for node in _nodes(function.facts.body):
        symbol = _meant(program, function, node, local) if node[0] in (ir.NAME, ir.ATTR) else None
        if isinstance(symbol, FunctionInfo | ClassInfo):
            found[id(symbol.facts)] = symbol
    return set(found.values())


def _meant(program: Program, function: FunctionInfo, node: Node, local: dict[str, Import | None]) -> Symbol | None:
    """What a name or a dotted name in the function's body stands for; `self` and `cls` for its class."""
    if node[0] == ir.ATTR and node[2][0] == ir.NAME and node[2][2] in ("self", "cls") and function.owner is not None:
        return function.owner.find_method(node[3])
    if node[0] == ir.ATTR:
        return program.member(_or_its_class(_meant(program, function, node[2], local)), node[3], function.module)
    if node[0] != ir.NAME:
        return None
    if node[2] in local:
        imported = local[node[2]]
        return program.imported(function.module, imported) if imported else None
    return program.lookup(function.module, node[2])


def _or_its_class(symbol: Symbol | None) -> Symbol | None:
    """For a module's only instance of a class (`job_service = JobService()`), that class."""
    if isinstance(symbol, Variable) and len(symbol.statements) == 1 and symbol.statements[0][0] == ir.ASSIGN:
        value = symbol.statements[0][3]
        made = symbol.module.program.resolve(symbol.module, value[2]) if value[0] == ir.CALL else None
        return made if isinstance(made, ClassInfo) else symbol
    return symbol


def _local_names(function: FunctionInfo) -> dict[str, Import | None]:
    """The names that the function binds itself; with what it imports under them."""
    bound: dict[str, Import | None] = {parameter.name: None for parameter in function.facts.parameters}
    for node in _nodes(function.facts.body):
        if node[0] == ir.IMPORT:
            bound.update({name: Import(*imported) for name, *imported in node[2]})
        elif node[0] == ir.ASSIGN:
            bound.update({target[2]: None for target in node[2] if target[0] == ir.NAME})
    return bound


def _nodes(body: object) -> Iterator[Node]:
    """Every node of a body, those of nested functions too."""
    stack: list[object] = [body]
    while stack:
        item = stack.pop()
        if isinstance(item, Function):
            stack.append(item.body)
        elif isinstance(item, tuple):
            if len(item) > 1 and isinstance(item[1], tuple) and item[1] and isinstance(item[1][0], int):
                yield item  # (kind, position, ...), unlike (keyword, value)
            stack.extend(item)


# Summaries


def summaries(interp: Interpreter) -> str:
    """The functions that were run, and how many were not."""
    found = summaries_of(interp)
    run = {id(function.facts) for function in interp.runs}
    others = [function for function in interp.program.functions() if id(function.facts) not in run]
    left_out = sum(not interp.relevance.matters(function) for function in others)
    last = f"run: {len(found)}, left out since they cannot matter: {left_out}, not reached: {len(others) - left_out}\n"
    unknown = ", ".join(f"{name} {count}" for name, count in sorted(interp.unknown.items()))
    blocks = [_block(f"{one.path}:{one.position[0]} {one.function}", _summary(one)) for one in found]
    return "\n".join([*blocks, last + (f"unknown: {unknown}\n" if unknown else "")])


def _summary(found: Summary) -> Iterator[str]:
    yield f"contexts: {found.contexts}"
    yield from (f"gives {text}" for text in found.gives)
    if found.does:
        yield f"does to its session: {', '.join(found.does)}"
    if found.fails:
        yield f"failing reads of what it was given: {found.fails}"


# Accesses


def accesses(found: Iterable[Access], sources: Sources) -> str:
    """The reads that fail, each with its cause and every way that leads to it."""
    ordered = sorted(found, key=lambda access: (access.place, access.model.name, access.attribute, access.cause.place))
    return "\n".join(_block(_read(access, sources), _why(access, sources)) for access in ordered)


def _read(found: Access, sources: Sources) -> str:
    name = f"{found.model.name}.{found.attribute}"
    return f"{_step(Hop(found.place, ''), sources)} {found.function}: {found.operation} {name}, {found.confidence}"


def _why(found: Access, sources: Sources) -> Iterator[str]:
    marks = [name for name in ("detached", "lost", "can_await") if getattr(found, name)]
    path = "".join(f" -> {model.name}.{attribute}" for model, attribute in found.path)
    yield f"origin: {found.origin.kind} at {_step(Hop(found.origin.place, ''), sources)}{path}"
    yield f"cause: {found.cause.kind} at {_step(Hop(found.cause.place, found.cause.note), sources)}"
    if marks:
        yield f"state: {', '.join(marks)}"
    if found.option_place:
        yield f"option: {sources.text(found.option_place)}"
    if found.refresh:
        yield f"refresh: {found.refresh.session}.refresh({found.refresh.instance})"
    for number, trace in enumerate(found.traces, 1):
        yield f"way {number}:" + ("" if trace else " none")
        yield from (f"  {_step(hop, sources)}" for hop in trace)


def _step(hop: Hop, sources: Sources) -> str:
    step = sources.hop(hop)
    return f"{step.path}:{step.line}:{step.column}" + (f" {step.note}" if step.note else "")


# Everywhere


def _block(heading: str, lines: Iterable[str]) -> str:
    return "".join([f"{heading}\n", *(f"  {line}\n" for line in lines)])


def _place(found: FunctionInfo | ClassInfo) -> str:
    return f"{found.module.path}:{found.facts.position[0]}"


def _order(found: FunctionInfo | ClassInfo) -> tuple[str, object, str]:
    return found.module.path, found.facts.position, found.facts.qualname


def _times(count: int) -> str:
    return f" {count} times" if count > 1 else ""
