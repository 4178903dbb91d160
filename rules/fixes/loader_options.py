"""`AddLoaderOption`: the loader option that a statement lacks, chained to the options that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

from rules.fixes import chains
from rules.fixes.chains import Container, Link
from rules.fixes.names import Names
from rules.fixes.recipe import AddLoaderOption, LoaderStep, Statement
from rules.fixes.session_get import as_select, read_get
from rules.fixes.source_file import Change, SourceFile, Unfixable

_WRITES = frozenset({"insert", "update", "delete"})

Path = Sequence[LoaderStep]


def plan_changes(recipe: AddLoaderOption, names: Names, call: cst.Call) -> list[Change]:
    """The changes at the statement; the imports that these need are remembered by `names`."""
    planner = _Planner(names, call)
    match recipe.statement:
        case Statement.SELECT:
            return planner.select(recipe.path)
        case Statement.GET:
            return planner.get(recipe.path)
        case Statement.GET_KNOWN:
            return planner.get_known(recipe.path, recipe.primary_key)
        case Statement.OPTION:
            return planner.option(recipe.path)
        case Statement.REFRESH:
            return planner.refresh(recipe.path)


class _Planner:
    """Works on one call of one file."""

    def __init__(self, names: Names, call: cst.Call) -> None:
        self.names = names
        self.file: SourceFile = names.file
        self.call = call
        self.root = ""
        """How the statement writes the model of `root_step`."""
        self.root_step: LoaderStep | None = None
        self.only_select = False
        """`joinedload` would not work with this statement."""

    # The kinds of statements

    def select(self, path: Path) -> list[Change]:
        links = list(chains.following(self.file, self.call))
        writes = chains.called(self.call) in _WRITES
        self.only_select = writes or any(link.name == "with_for_update" for link in links)
        if chains.called(self.call) == "select":
            self._set_root([arg.value for arg in self.call.args], path[0])
        if given := [chains.arguments(self.file, link.call) for link in links if link.name == "options"]:
            return self._add(given, path)
        behind = next((link.call for link in links if writes and link.name == "returning"), self.call)
        end = self.file.span(behind)[1]
        later = next((link for link in links if self.file.span(link.call)[1] > end), None)
        indent = chains.indentation_of_dot(self.file, later) if later else None
        return [self._called_next(behind, indent, f".options({self._written(path)})")]

    def get(self, path: Path) -> list[Change]:
        self._set_root([arg.value for arg in self.call.args[:1]], path[0])
        given = chains.argument(self.call, "options")
        if given is None:
            return chains.arguments(self.file, self.call).append(self.file, f"options=[{self._written(path)}]")
        if isinstance(given.value, cst.List | cst.Tuple):
            return self._add([chains.listed(self.file, given.value)], path)
        new = f"[*{chains.operand(self.file, given.value)}, {self._written(path)}]"
        return [Change(*self.file.span(given.value), new)]

    def get_known(self, path: Path, primary_key: str) -> list[Change]:
        get = read_get(self.file, self.call)
        if not primary_key:
            raise Unfixable("the primary key has no single name")
        self._set_root([get.model], path[0])
        select = self.names.sqlalchemy("sqlalchemy", "select")
        key = chains.operand(self.file, get.key)
        given = chains.listed(self.file, get.options) if get.options and get.options.elements else None
        options = self._written(path) if given is None else self._with_added(given, path)
        statement = f"{select}({self.root}).where({self.root}.{primary_key} == {key}).options({options})"
        if get.populates_existing:
            statement += ".execution_options(populate_existing=True)"
        return as_select(self.file, self.call, get, statement)

    def option(self, path: Path) -> list[Change]:
        top = [self.call, *(link.call for link in chains.following(self.file, self.call))][-1]
        option = chains.option_links(top)
        index = next((index for index, link in enumerate(option) if link.call is self.call), None)
        if index is None:
            raise Unfixable("the place is no loader option")
        return self._chain_to(option, index, path, chains.container_of(self.file, top))

    def refresh(self, path: Path) -> list[Change]:
        given = chains.argument(self.call, "attribute_names")
        positional = [arg for arg in self.call.args[1:2] if arg.keyword is None and not arg.star]
        value = given.value if given else positional[0].value if positional else None
        if value is None:
            raise Unfixable("the refresh has no names: it loads what the query's options say")
        if isinstance(value, cst.List | cst.Tuple | cst.Set):
            names = chains.listed(self.file, value)
            quote = next((self.file.code(name)[0] for name in names.values), self.file.quote)
            return names.append(self.file, f"{quote}{path[0].attribute}{quote}")
        quoted = f"{self.file.quote}{path[0].attribute}{self.file.quote}"
        return [Change(*self.file.span(value), f"[*{chains.operand(self.file, value)}, {quoted}]")]

    # Adding to the options that are there

    def _add(self, containers: list[Container], path: Path) -> list[Change]:
        """Continues the option that has most of the path, or adds one."""
        options = [
            (self._matched(option, path), option, container)
            for container in containers
            for option in map(chains.option_links, container.values)
        ]
        length, option, container = max(options, key=lambda found: found[0], default=(0, [], containers[-1]))
        if length == 0:
            return containers[-1].append(self.file, self._written(path))
        steps = [index for index, link in enumerate(option) if link.name in chains.LOADERS]
        changes = self._loading([option[index] for index in steps[:length]], path)
        if length < len(path):
            return [*changes, *self._chain_to(option, steps[length - 1], path[length:], container)]
        if not changes:
            raise Unfixable("the statement has this option")
        return changes

    def _chain_to(self, option: list[Link], index: int, rest: Path, container: Container | None) -> list[Change]:
        """Continues an option behind its link `index`, which is where the path ends that it has."""
        behind = option[index + 1 :]
        level = chains.same_level(behind)
        for link in level:
            if link.name == "options":
                return self._add([chains.arguments(self.file, link.call)], rest)
        if len(level) < len(behind):
            return self._branch(option[index], rest, container)
        indent = chains.indentation_of_dot(self.file, option[-1])
        return [self._called_next(option[-1].call, indent, self._continued(rest, option[index].name))]

    def _branch(self, link: Link, rest: Path, container: Container | None) -> list[Change]:
        """The option goes on to somewhere else: a second one beside it, or inside where nothing can stand beside."""
        if container is not None:
            beside = chains.collapsed(self.file.code(link.call))
            return container.append(self.file, beside + self._continued(rest, link.name))
        end = self.file.span(link.call)[1]
        return [Change(end, end, f".options({self._written(rest, link.name)})")]

    def _called_next(self, call: cst.Call, indent: str | None, new: str) -> Change:
        """A new call in a chain, on a line of its own when there is an indentation for it."""
        end = self.file.span(call)[1]
        return Change(end, end, new if indent is None else f"\n{indent}{new}")

    def _matched(self, option: list[Link], path: Path) -> int:
        """How many steps of the path the option takes."""
        links = [link for link in option if link.name in chains.LOADERS]
        taken = [self._takes(link, step) for link, step in zip(links, path, strict=False)]
        return taken.index(False) if False in taken else len(taken)

    def _takes(self, link: Link, step: LoaderStep) -> bool:
        arguments = [arg for arg in link.call.args if arg.keyword is None]
        if len(arguments) != 1 or not isinstance(arguments[0].value, cst.Attribute):
            return False
        target = arguments[0].value
        model = self.file.code(target.value)
        names = {step.model, self.root if step is self.root_step else step.model}
        return target.attr.value == step.attribute and (model in names or model.rpartition(".")[2] in names)

    def _loading(self, links: Sequence[Link], path: Path) -> list[Change]:
        """Makes links load that are there and do not: `lazyload(A.b)`, and `defaultload(A.b)` at the path's end."""
        if any(link.name in chains.FORBIDDING for link in links):
            raise Unfixable("an option forbids to load it")
        changes: list[Change] = []
        for index, (link, step) in enumerate(zip(links, path, strict=False)):
            if link.name == "lazyload" or (link.name == "defaultload" and index == len(path) - 1):
                function = self._function(step, None)
                func = link.call.func
                chained = isinstance(func, cst.Attribute) and isinstance(func.value, cst.Call)
                name = func.attr if isinstance(func, cst.Attribute) and chained else func
                changes.append(Change(*self.file.span(name), function if chained else self.names.loader(function)))
        return changes

    def _with_added(self, given: Container, path: Path) -> str:
        """The options of a list, and the path among them, on one line."""
        text = self.file.text[given.opening : given.closing]
        for change in sorted(self._add([given], path), key=lambda change: change.start, reverse=True):
            start, end = change.start - given.opening, change.end - given.opening
            text = text[:start] + change.text + text[end:]
        return chains.collapsed(text).strip().removesuffix(",")

    # What is written

    def _written(self, path: Path, previous: str | None = None) -> str:
        """`selectinload(Battle.performers).selectinload(Performer.dancer)`"""
        function = self._function(path[0], previous)
        first = f"{self.names.loader(function)}({self._model(path[0])}.{path[0].attribute})"
        return first + self._continued(path[1:], function)

    def _continued(self, path: Path, previous: str) -> str:
        text = ""
        for step in path:
            previous = self._function(step, previous)
            text += f".{previous}({self._model(step)}.{step.attribute})"
        return text

    def _function(self, step: LoaderStep, previous: str | None) -> str:
        """The strategy that the file uses for this kind of relationship; `joinedload` only where it surely works."""
        if step.collection or self.only_select:
            return "selectinload"
        if previous in {"selectinload", "joinedload"}:
            return previous
        used = {name: len(re.findall(rf"\b{name}\(", self.file.text)) for name in ("selectinload", "joinedload")}
        return "joinedload" if used["joinedload"] > used["selectinload"] else "selectinload"

    # The model that the statement is about

    def _set_root(self, candidates: Sequence[cst.BaseExpression], step: LoaderStep) -> None:
        self.root, self.root_step = self._entity(candidates, step.model), step

    def _model(self, step: LoaderStep) -> str:
        """How the file writes the model that a step starts from."""
        return self.root if step is self.root_step else self.names.model(step.module, step.model)

    def _entity(self, candidates: Sequence[cst.BaseExpression], model: str) -> str:
        """How the statement writes the model: its name, an alias of it, `cls`, or a class that inherits from it."""
        written = [self.file.code(each) for each in candidates if isinstance(each, cst.Name | cst.Attribute)]
        for code in written:
            if code.rpartition(".")[2] == model or self._is_alias(code, model) or self._is_own_class(code, model):
                return code
        classes = [code for code in written if code.rpartition(".")[2][:1].isupper()]
        if len(classes) != 1:
            raise Unfixable(f"the statement does not name {model}")
        return classes[0]

    def _is_alias(self, code: str, model: str) -> bool:
        aliased = rf"^\s*{re.escape(code)}\s*=\s*(?:\w+\.)*aliased\(\s*(?:\w+\.)*{model}\b"
        return re.search(aliased, self.file.text, re.MULTILINE) is not None

    def _is_own_class(self, code: str, model: str) -> bool:
        above = self.file.ancestors(self.call)
        return code == "cls" and any(isinstance(node, cst.ClassDef) and node.name.value == model for node in above)
