"""Mapped classes: their columns, relationships and other attributes, with what matters for loading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from rules.index.program import ClassInfo, External, FunctionInfo, Module, Program, Symbol, Variable
from rules.source import ir
from rules.source.ir import Node, last_name

COLLECTIONS = frozenset(
    {
        "list",
        "List",
        "set",
        "Set",
        "Sequence",
        "Iterable",
        "Collection",
        "dict",
        "Dict",
        "MutableSequence",
        "MutableSet",
        "deque",
        "tuple",
        "Tuple",
        "frozenset",
        "InstrumentedList",
        "OrderingList",
    }
)
EAGER = frozenset({"joined", "selectin", "subquery", "immediate", False})
_DECLARATIVE = frozenset({"as_declarative", "as_declarative_base"})
AUTOMATIC_BASES = ("advanced_alchemy.", "fastapi_users_db_sqlalchemy.", "fastapi_users.db.", "sqlmodel_extras.")


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    primary_key: bool = False
    deferred: bool = False
    deferred_group: str = ""
    nullable: bool = False
    foreign_key: str = ""
    """`table.column` as written, or '' ."""
    has_default: bool = False
    """A default in Python: known after INSERT."""
    server_default: bool = False
    """Written by the database at INSERT: server_default, Computed, Identity, FetchedValue, or an SQL `default=`."""
    server_onupdate: bool = False
    """Written by the database at UPDATE: SQL `onupdate=`, server_onupdate, Computed."""
    computed: bool = False
    expression: bool = False
    """A column_property over a query: loaded by SELECT alone."""
    unique: bool = False
    active_history: bool = False


@dataclass(frozen=True, slots=True)
class Relationship:
    name: str
    target: str
    """The name of the target class as written; '' when it could not be read."""
    target_class: ClassInfo | None
    collection: bool
    many_to_one: bool
    """The foreign key is in the owner's own row, so that the identity map can answer."""
    lazy: str = "select"
    back_populates: str = ""
    secondary: bool = False
    viewonly: bool = False
    cascade: str = ""
    """As written, or '' for what is done by default."""
    active_history: bool = False
    join_depth: int = 0
    default_factory: bool = False
    in_init: bool = True
    in_repr: bool = True
    foreign_keys: tuple[str, ...] = ()
    """Names of the owner's columns that hold the key of a many-to-one, where they are known."""
    to_primary_key: bool = True

    def cascades(self, what: str) -> bool:
        """Whether an operation on the owner is done to what it refers to, too: `delete`, `refresh-expire`."""
        return bool(self.cascade) and not {what, "all"}.isdisjoint(part.strip() for part in self.cascade.split(","))


@dataclass(frozen=True, slots=True)
class Proxy:
    """association_proxy("rel", "attr")."""

    name: str
    relationship: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A synonym, composite or query_expression: readable without I/O beyond the columns it names."""

    name: str
    of: str = ""


Attribute = Column | Relationship | Proxy | Plain


@dataclass(eq=False)
class Model:
    """One mapped class. `attributes` has those of its ancestors and mixins too."""

    info: ClassInfo
    attributes: dict[str, Attribute]
    table: str
    eager_defaults: bool | str = "auto"
    as_dataclass: bool = False
    has_async_attrs: bool = False
    sqlmodel: bool = False
    parent: Model | None = None
    """The nearest mapped ancestor (inheritance), or None."""
    joined: bool = False
    """Joined-table inheritance: it has a table of its own besides its parent's."""
    own: frozenset[str] = field(default_factory=frozenset)
    """Names that this class adds to its mapped ancestor."""

    @property
    def name(self) -> str:
        return self.info.name

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(a for a in self.attributes.values() if isinstance(a, Column))

    @cached_property
    def relationships(self) -> tuple[Relationship, ...]:
        return tuple(a for a in self.attributes.values() if isinstance(a, Relationship))

    @cached_property
    def primary_keys(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.primary_key)

    @cached_property
    def lineage(self) -> frozenset[int]:
        """Identities of the model and its mapped ancestors."""
        found: set[int] = set()
        model: Model | None = self
        while model is not None and id(model) not in found:
            found.add(id(model))
            model = model.parent
        return frozenset(found)

    def is_a(self, other: Model) -> bool:
        return id(other) in self.lineage


class ModelIndex:
    """All models of a program, by class."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._models: dict[int, Model] = {}
        self._by_name: dict[str, list[ClassInfo]] = {}
        self._mapped: dict[int, bool] = {}
        self._tables: dict[str, list[ClassInfo]] = {}
        self._loaded_with: dict[int, frozenset[Model]] = {}
        self._backrefs: dict[int, list[Relationship]] = {}
        mapped = [info for info in program.classes() if self.is_mapped(info)]
        for info in mapped:
            self._by_name.setdefault(info.name, []).append(info)
        for info in mapped:
            self._models[id(info)] = self._build(info)
        for model in self._models.values():
            self._link(model)
        for model in list(self._models.values()):
            self._add_backrefs(model)

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __len__(self) -> int:
        return len(self._models)

    def of(self, info: ClassInfo | None) -> Model | None:
        if info is not None:
            self.program.consulted.classes.add(info)
        return self._models.get(id(info))

    def loaded_with(self, model: Model) -> frozenset[Model]:
        """The models of what a SELECT of `model` loads by the mapping alone, each below the other."""
        found = self._loaded_with.get(id(model))
        if found is None:
            seen: dict[int, Model] = {}
            pending = [model]
            while pending:
                for relationship in pending.pop().relationships:
                    target = self.of(relationship.target_class) if relationship.lazy in EAGER else None
                    if target is not None and id(target) not in seen:
                        seen[id(target)] = target
                        pending.append(target)
            found = self._loaded_with[id(model)] = frozenset(seen.values())
        return found

    def relationship_names(self) -> frozenset[str]:
        return frozenset(r.name for model in self for r in model.relationships)

    # Which classes are mapped

    def is_mapped(self, info: ClassInfo) -> bool:
        known = self._mapped.get(id(info))
        if known is None:
            known = self._mapped[id(info)] = self._decide_mapped(info)
        return known

    def _decide_mapped(self, info: ClassInfo) -> bool:
        if _is_true(info.assignments.get("__abstract__", (None, None))[1]):
            return False
        if any(name == "table" and _is_true(value) for name, value in info.facts.keywords):
            return True
        if any(last_name(node) in ("mapped", "mapped_as_dataclass") for node in info.facts.decorators):
            return True
        if any(last_name(node) in _DECLARATIVE for node in info.facts.decorators):
            return False
        declarative = (
            _declared_base(info)
            or "sqlmodel.SQLModel" in info.externals
            or any(
                external in ("sa.DeclarativeBase", "sa.DeclarativeBaseNoMeta") or external.startswith(AUTOMATIC_BASES)
                for external in info.externals
            )
        )
        if any(
            isinstance(base, External)
            and base.name.startswith(AUTOMATIC_BASES)
            and base.last not in ("CommonTableAttributes",)
            for base, _ in info.bases
        ):
            return not info.name.startswith("_")
        named = [ancestor for ancestor in info.mro if self._names_table(ancestor)]
        if not named:
            return False
        if "sqlmodel.SQLModel" in info.externals:
            return any(self.is_mapped(base) for base, _ in info.bases if isinstance(base, ClassInfo))
        if declarative:
            direct = any(
                isinstance(base, External) and base.name.startswith("sa.DeclarativeBase") for base, _ in info.bases
            )
            return not direct
        has_members = any(
            value is not None
            and value[0] == ir.CALL
            and last_name(value) in ("Column", "mapped_column", "relationship")
            for ancestor in info.mro
            for _, value in ancestor.assignments.values()
        )
        bases_unknown = not info.bases or any(base is None for ancestor in info.mro for base, _ in ancestor.bases)
        return has_members and bool(info.bases) and (bases_unknown or bool(info.externals))

    @staticmethod
    def _names_table(info: ClassInfo) -> bool:
        return (
            "__tablename__" in info.assignments
            or "__table__" in info.assignments
            or "__tablename__" in info.methods
            or "__mapper_args__" in info.assignments
        )

    # Building

    def _build(self, info: ClassInfo) -> Model:
        attributes: dict[str, Attribute] = {}
        sqlmodel = "sqlmodel.SQLModel" in info.externals
        parent = next((a for a in info.mro[1:] if self.is_mapped(a)), None)
        for ancestor in reversed(info.mro):
            for name, (annotation, value) in ancestor.assignments.items():
                if name.startswith("__"):
                    continue
                attribute = self._attribute(ancestor.module, name, annotation, value, sqlmodel)
                if attribute is not None:
                    known = attributes.get(name)
                    attributes[name] = attribute if not isinstance(attribute, Plain) or known is None else known
            for name, method in ancestor.methods.items():
                if method.decorator_names & {"declared_attr", "directive"}:
                    declared = self._declared(method)
                    if declared is not None:
                        attributes[name] = declared
                elif name in attributes and not method.decorator_names & {"validates", "setter"}:
                    attributes.pop(name, None)
        own: frozenset[str] = frozenset()
        if parent is not None:
            own = frozenset(
                name
                for ancestor in info.mro
                if ancestor is not parent and ancestor not in parent.ancestors
                for name in (*ancestor.assignments, *ancestor.methods)
            )
        arguments = self._mapper_arguments(info)
        return Model(
            info,
            attributes,
            self._table(info),
            arguments.get("eager_defaults", "auto"),
            "sa.MappedAsDataclass" in info.externals
            or any(last_name(node) == "mapped_as_dataclass" for node in info.facts.decorators),
            "sa.AsyncAttrs" in info.externals or bool(info.find_method("awaitable_attrs")),
            sqlmodel,
            own=own,
            joined=parent is not None and ("__tablename__" in info.assignments or "__table__" in info.assignments),
        )

    def _link(self, model: Model) -> None:
        model.parent = next((m for a in model.info.mro[1:] if (m := self.of(a)) is not None), None)
        for name, attribute in list(model.attributes.items()):
            if isinstance(attribute, Relationship):
                model.attributes[name] = self._directed(model, attribute)

    def _table(self, info: ClassInfo) -> str:
        found = info.find_assignment("__tablename__")
        if found and found[2] is not None and found[2][0] == ir.CONST:
            return str(found[2][2])
        return info.name.lower()

    def _mapper_arguments(self, info: ClassInfo) -> dict[str, bool | str]:
        found: dict[str, bool | str] = {}
        for ancestor in reversed(info.mro):
            value = ancestor.assignments.get("__mapper_args__", (None, None))[1]
            if value is None and "__mapper_args__" in ancestor.methods:
                value = _returned(ancestor.methods["__mapper_args__"])
            if value is not None and value[0] == ir.DICT:
                for key, item in value[2]:
                    if key is not None and key[0] == ir.CONST and item[0] == ir.CONST:
                        found[str(key[2])] = item[2]
        return found

    def _declared(self, method: FunctionInfo) -> Attribute | None:
        value = _returned(method)
        return (
            None if value is None else self._attribute(method.module, method.name, method.facts.returns, value, False)
        )

    def _attribute(
        self, module: Module, name: str, annotation: Node | None, value: Node | None, sqlmodel: bool
    ) -> Attribute | None:
        call = value if value is not None and value[0] == ir.CALL else None
        kind = last_name(call) if call else ""
        if kind in ("relationship", "Relationship", "dynamic_loader"):
            return self._relationship(module, name, annotation, call, kind)  # type: ignore[arg-type]
        if kind == "association_proxy":
            strings = [a[2] for a in call[3] if a[0] == ir.CONST]  # type: ignore[index]
            return Proxy(name, *strings) if len(strings) == 2 else Plain(name)
        if kind in ("synonym", "composite", "query_expression", "hybrid_property"):
            return Plain(name)
        if kind == "column_property":
            return Column(name, expression=True, deferred=_is_true(_keyword(call, "deferred")))
        if kind == "deferred" and call is not None:
            inner = self._attribute(module, name, annotation, call[3][0] if call[3] else None, sqlmodel)
            group = _keyword(call, "group")
            column = inner if isinstance(inner, Column) else Column(name)
            return replace(
                column, deferred=True, deferred_group=str(group[2]) if group and group[0] == ir.CONST else ""
            )
        if kind in ("mapped_column", "Column", "Field"):
            if kind == "Field" and not sqlmodel:
                return None
            return self._column(module, name, annotation, call, sqlmodel)
        wrapper = last_name(annotation[2]) if annotation is not None and annotation[0] == ir.SUB else ""
        if wrapper in ("Mapped", "DynamicMapped", "WriteOnlyMapped"):
            if wrapper != "Mapped":
                return self._relationship(
                    module, name, annotation, call or (ir.CALL, ir.NOWHERE, (ir.NAME, ir.NOWHERE, ""), (), ()), kind
                )
            if value is not None and call is None:
                return Plain(name)
            if call is not None:
                return Plain(name)
            return self._column(module, name, annotation, None, sqlmodel)
        if sqlmodel and annotation is not None and wrapper != "ClassVar":
            return self._column(module, name, annotation, None, sqlmodel)
        return None

    # Columns

    def _column(self, module: Module, name: str, annotation: Node | None, call: Node | None, sqlmodel: bool) -> Column:
        column = Column(name, nullable=annotation is None or _is_optional(annotation))
        for described in self._annotated_calls(module, annotation):
            column = self._described(module, column, described)
        if call is not None:
            column = self._described(module, column, call)
        elif sqlmodel:
            column = replace(column, has_default=True)
        return column

    def _annotated_calls(self, module: Module, annotation: Node | None) -> Iterator[Node]:
        """The mapped_column() calls inside `Mapped[Annotated[...]]`, also through an alias."""
        if annotation is None or annotation[0] != ir.SUB:
            return
        wrapper = last_name(annotation[2])
        if wrapper == "Annotated" and annotation[3][0] == ir.TUPLE:
            for item in annotation[3][2][1:]:
                if item[0] == ir.CALL and last_name(item) in ("mapped_column", "Column"):
                    yield item
        elif wrapper in ("Mapped", "Optional"):
            inner = annotation[3]
            if inner[0] in (ir.NAME, ir.ATTR):
                symbol = self.program.resolve(module, inner)
                if isinstance(symbol, Variable):
                    for statement in symbol.statements:
                        if statement[0] == ir.ASSIGN:
                            yield from self._annotated_calls(symbol.module, statement[3])
            else:
                yield from self._annotated_calls(module, inner)

    def _described(self, module: Module, column: Column, call: Node) -> Column:
        changes: dict[str, object] = {}
        for argument in call[3]:
            if argument[0] == ir.CALL:
                kind = last_name(argument)
                if kind == "ForeignKey" and argument[3]:
                    changes["foreign_key"] = self._key_name(argument[3][0])
                elif kind == "Computed":
                    changes |= {"server_default": True, "server_onupdate": True, "computed": True}
                elif kind in ("Identity", "Sequence", "FetchedValue"):
                    changes["server_default"] = True
                elif kind in ("mapped_column", "Column"):
                    column = self._described(module, column, argument)
        for key, value in call[4]:
            match key:
                case "primary_key":
                    changes["primary_key"] = _is_true(value)
                case "nullable":
                    changes["nullable"] = _is_true(value)
                case "deferred" | "unique" | "active_history":
                    changes[key] = _is_true(value)
                case "deferred_group" if value[0] == ir.CONST:
                    changes |= {"deferred": True, "deferred_group": str(value[2])}
                case "default" | "insert_default" | "default_factory" if not _is_none(value):
                    sql = key != "default_factory" and self._is_sql(module, value)
                    changes["server_default" if sql else "has_default"] = True
                case "server_default" if not _is_none(value):
                    changes["server_default"] = True
                case "onupdate":
                    changes["server_onupdate"] = self._is_sql(module, value)
                case "server_onupdate" if not _is_none(value):
                    changes["server_onupdate"] = True
                case "foreign_key":
                    changes["foreign_key"] = self._key_name(value)
                case "sa_column" if value[0] == ir.CALL:
                    column = self._described(module, column, value)
                case "sa_column_kwargs" if value[0] == ir.DICT:
                    pairs = tuple((k[2], v) for k, v in value[2] if k is not None and k[0] == ir.CONST)
                    column = self._described(module, column, (ir.CALL, call[1], call[2], (), pairs))
        return replace(column, **changes)  # type: ignore[arg-type]

    @staticmethod
    def _key_name(node: Node) -> str:
        if node[0] == ir.CONST:
            return str(node[2])
        if node[0] == ir.ATTR:
            return f"{last_name(node[2])}.{node[3]}"
        return "?"

    def _is_sql(self, module: Module, value: Node) -> bool:
        """`func.now()`, `text("...")`, `select(...)`: the database makes the value; a callable or literal does not."""
        if value[0] == ir.CALL:
            symbol = self.program.resolve(module, value[2])
            if isinstance(symbol, External):
                return symbol.name.startswith("sa.")
            if value[2][0] == ir.ATTR:
                return self._is_sql(module, value[2][2])
            if isinstance(symbol, FunctionInfo):
                returned = _returned(symbol)
                return returned is not None and self._is_sql(symbol.module, returned)
        if value[0] in (ir.NAME, ir.ATTR):
            symbol = self.program.resolve(module, value)
            if isinstance(symbol, Variable):
                return any(s[0] == ir.ASSIGN and self._is_sql(symbol.module, s[3]) for s in symbol.statements)
            if isinstance(symbol, ClassInfo):
                return any(name.startswith("sa.") for name in symbol.externals)
            if isinstance(symbol, External):
                return symbol.name.startswith("sa.func.")
        if value[0] == ir.BINARY:
            return self._is_sql(module, value[2]) or self._is_sql(module, value[4])
        return False

    # Relationships

    def _relationship(self, module: Module, name: str, annotation: Node | None, call: Node, kind: str) -> Relationship:
        options = {key: value for key, value in call[4] if key}
        extra = options.get("sa_relationship_kwargs")
        if extra is not None and extra[0] == ir.DICT:
            options |= {k[2]: v for k, v in extra[2] if k is not None and k[0] == ir.CONST}
        if extra is not None and extra[0] == ir.CALL:
            options |= {key: value for key, value in extra[4] if key}
        wrapper = last_name(annotation[2]) if annotation is not None and annotation[0] == ir.SUB else ""
        inner = annotation[3] if wrapper in ("Mapped", "DynamicMapped", "WriteOnlyMapped") and annotation else None
        if inner is None and annotation is not None and kind == "Relationship":
            inner = annotation
        target, collection = _target_of(inner) if inner is not None else ("", None)
        argument = options.get("argument") or (call[3][0] if call[3] else None)
        if argument is not None and kind != "Relationship":
            target = _target_name(argument) or target
        lazy = self._constant(module, options.get("lazy"))
        if wrapper == "DynamicMapped" or kind == "dynamic_loader":
            lazy = "dynamic"
        elif wrapper == "WriteOnlyMapped":
            lazy = "write_only"
        uselist = options.get("uselist")
        if uselist is not None and uselist[0] == ir.CONST:
            collection = bool(uselist[2])
        if wrapper in ("DynamicMapped", "WriteOnlyMapped"):
            collection = True
        depth = options.get("join_depth")
        return (
            Relationship(
                name,
                target,
                self._target_class(module, target),
                collection if collection is not None else True,
                many_to_one=collection is None,  # to be decided when all classes are known
                lazy=_lazy(lazy),
                back_populates=self._text(module, options.get("back_populates")),
                secondary=bool(options.get("secondary")),
                viewonly=_is_true(options.get("viewonly")),
                cascade="all"
                if _is_true(options.get("cascade_delete"))
                else self._text(module, options.get("cascade")),
                active_history=_is_true(options.get("active_history")),
                join_depth=int(depth[2]) if depth is not None and depth[0] == ir.CONST and depth[2] else 0,
                default_factory="default_factory" in options,
                in_init=not _is_false(options.get("init")),
                in_repr=not _is_false(options.get("repr")),
                foreign_keys=_column_names(options.get("foreign_keys")),
                to_primary_key=True,
            )
            if not options.get("backref")
            else self._with_backref(module, name, options, annotation, call, kind)
        )

    def _with_backref(
        self, module: Module, name: str, options: dict[str, Node], annotation: Node | None, call: Node, kind: str
    ) -> Relationship:
        rest = tuple((key, value) for key, value in options.items() if key not in ("backref", "sa_relationship_kwargs"))
        plain = self._relationship(module, name, annotation, (*call[:4], rest), kind)
        given = options["backref"]
        other = given[2] if given[0] == ir.CONST else given[3][0][2] if given[0] == ir.CALL and given[3] else ""
        lazy = (
            next((value[2] for key, value in given[4] if key == "lazy" and value[0] == ir.CONST), "select")
            if given[0] == ir.CALL
            else "select"
        )
        uselist = next((value[2] for key, value in given[4] if key == "uselist"), None) if given[0] == ir.CALL else None
        return replace(plain, back_populates=f"+{other}|{_lazy(lazy)}|{'' if uselist is None else uselist}")

    def _constant(self, module: Module, node: Node | None) -> object:
        if node is None:
            return None
        if node[0] == ir.CONST:
            return node[2]
        if node[0] in (ir.NAME, ir.ATTR):
            symbol = self.program.resolve(module, node)
            if isinstance(symbol, Variable):
                return next((s[3][2] for s in symbol.statements if s[0] == ir.ASSIGN and s[3][0] == ir.CONST), None)
        return None

    def _text(self, module: Module, node: Node | None) -> str:
        return str(self._constant(module, node) or "")

    def _target_class(self, module: Module, target: str) -> ClassInfo | None:
        if not target:
            return None
        name = target.rpartition(".")[2]
        symbol: Symbol | None = self.program.lookup(module, name)
        if isinstance(symbol, ClassInfo):
            return symbol
        found = self._by_name.get(name, [])
        if len(found) > 1:
            near = [info for info in found if _folder(info.module.path) == _folder(module.path)]
            dotted = [info for info in found if f"{info.module.name}.{name}".endswith(target)] if "." in target else []
            found = dotted or near or found
        return found[0] if found else None

    def _directed(self, model: Model, relationship: Relationship) -> Relationship:
        """Decides many-to-one from the foreign keys of both sides."""
        target = self.of(relationship.target_class)
        if relationship.secondary:
            return replace(relationship, many_to_one=False)
        undecided = relationship.many_to_one
        if relationship.collection and not undecided:
            return replace(relationship, many_to_one=False)
        if target is None:
            return replace(
                relationship, many_to_one=False, collection=relationship.collection if not undecided else True
            )
        here = [c for c in model.columns if self._refers_to(c, target)]
        there = [c for c in target.columns if self._refers_to(c, model)]
        own_keys = [c for c in here if not relationship.foreign_keys or c.name in relationship.foreign_keys]
        if target is model or target.is_a(model) or model.is_a(target):
            to_one = not relationship.collection if not undecided else bool(relationship.foreign_keys) and False
        elif relationship.foreign_keys and not own_keys:
            to_one = any(name in {c.name for c in model.columns} for name in relationship.foreign_keys)
        else:
            to_one = bool(own_keys)
            if own_keys and there and not relationship.foreign_keys and not undecided:
                to_one = True
        keys = tuple(c.name for c in own_keys) if to_one else ()
        if to_one and not keys and relationship.foreign_keys:
            keys = relationship.foreign_keys
        primary = {f"{target.table}.{key}" for key in target.primary_keys} | {
            f"{target.name}.{key}" for key in target.primary_keys
        }
        to_primary = (
            not keys
            or not target.primary_keys
            or all(
                c.foreign_key in primary
                or c.foreign_key in ("?", "")
                or c.foreign_key.rpartition(".")[2] in target.primary_keys
                for c in own_keys
                if c.name in keys
            )
        )
        return replace(
            relationship,
            many_to_one=to_one,
            collection=not to_one if undecided else relationship.collection,
            foreign_keys=keys,
            to_primary_key=to_primary,
        )

    def _refers_to(self, column: Column, target: Model) -> bool:
        if not column.foreign_key:
            return False
        table = column.foreign_key.rpartition(".")[0]
        names = {target.table, target.name}
        ancestor = target.parent
        while ancestor is not None:
            names |= {ancestor.table, ancestor.name}
            ancestor = ancestor.parent
        return table in names or table.rpartition(".")[2] in names

    def _add_backrefs(self, model: Model) -> None:
        for name, attribute in list(model.attributes.items()):
            if not isinstance(attribute, Relationship) or not attribute.back_populates.startswith("+"):
                continue
            other, lazy, uselist = attribute.back_populates[1:].split("|")
            model.attributes[name] = replace(attribute, back_populates=other)
            target = self.of(attribute.target_class)
            if target is None or not other:
                continue
            collection = attribute.many_to_one or attribute.secondary
            if uselist:
                collection = uselist == "True"
            reverse = Relationship(
                other,
                model.name,
                model.info,
                collection=collection,
                many_to_one=not attribute.many_to_one and not attribute.secondary,
                lazy=lazy,
                back_populates=name,
                secondary=attribute.secondary,
            )
            for heir in self:
                if heir.is_a(target) and other not in heir.attributes:
                    heir.attributes[other] = reverse


def _returned(method: FunctionInfo) -> Node | None:
    return next((s[2] for s in reversed(method.facts.body) if s[0] == ir.RETURN and s[2] is not None), None)


def _keyword(call: Node | None, name: str) -> Node | None:
    return None if call is None else next((value for key, value in call[4] if key == name), None)


def _declared_base(info: ClassInfo) -> bool:
    """Whether an ancestor was made a declarative base by a decorator: `@as_declarative() class Base`."""
    return any(last_name(node) in _DECLARATIVE for ancestor in info.mro for node in ancestor.facts.decorators)


def _is_true(node: Node | None) -> bool:
    return node is not None and node[0] == ir.CONST and bool(node[2])


def _is_false(node: Node | None) -> bool:
    return node is not None and node[0] == ir.CONST and node[2] is False


def _is_none(node: Node | None) -> bool:
    return node is not None and node[0] == ir.CONST and node[2] is None


def _lazy(value: object) -> str:
    match value:
        case None if value is None:
            return "select"
        case True:
            return "select"
        case False:
            return "joined"
        case (
            "select"
            | "joined"
            | "selectin"
            | "subquery"
            | "immediate"
            | "noload"
            | "raise"
            | "raise_on_sql"
            | "dynamic"
            | "write_only"
        ):
            return str(value)
    return "select"


def _is_optional(annotation: Node | None) -> bool:
    if annotation is None:
        return True
    if annotation[0] == ir.SUB:
        return last_name(annotation[2]) == "Optional" or _is_optional_inner(annotation[3])
    return _is_optional_inner(annotation)


def _is_optional_inner(node: Node) -> bool:
    if node[0] == ir.BINARY:
        return _is_optional_inner(node[2]) or _is_optional_inner(node[4])
    if node[0] == ir.SUB and last_name(node[2]) == "Union" and node[3][0] == ir.TUPLE:
        return any(_is_optional_inner(part) for part in node[3][2])
    if node[0] == ir.SUB:
        return last_name(node[2]) == "Optional"
    return node[0] == ir.CONST and node[2] is None


def _target_of(node: Node) -> tuple[str, bool | None]:
    """The class name in an annotation, and whether it is a collection."""
    if node[0] == ir.SUB:
        outer = last_name(node[2])
        if outer in ("Optional", "Union", "Annotated"):
            parts = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
            for part in parts:
                name, collection = _target_of(part)
                if name and name != "None":
                    return name, collection
        if outer in COLLECTIONS or outer.endswith(("List", "Set", "Dict")):
            parts = node[3][2] if node[3][0] == ir.TUPLE else (node[3],)
            return _target_of(parts[-1])[0], True
        return _target_of(node[3])[0], None
    if node[0] == ir.BINARY:
        for part in (node[2], node[4]):
            name, collection = _target_of(part)
            if name and name != "None":
                return name, collection
    if node[0] == ir.CONST:
        return (str(node[2]), False) if isinstance(node[2], str) else ("None", False)
    return _target_name(node), False


def _target_name(node: Node) -> str:
    if node[0] == ir.CONST:
        return str(node[2]) if isinstance(node[2], str) else ""
    if node[0] == ir.LAMBDA:
        return _target_name(node[2].body[0][2])
    if node[0] == ir.ATTR:
        return str(node[3])
    return str(node[2]) if node[0] == ir.NAME else ""


def _column_names(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if node[0] in (ir.LIST, ir.TUPLE):
        return tuple(name for item in node[2] for name in _column_names(item))
    if node[0] == ir.CONST and isinstance(node[2], str):
        return tuple(part.strip(" []").rpartition(".")[2] for part in node[2].split(","))
    if node[0] == ir.LAMBDA:
        return _column_names(node[2].body[0][2])
    name = _target_name(node)
    return (name,) if name else ()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def attributes_of(model: Model) -> Mapping[str, Attribute]:
    return model.attributes
