"""What one file says: its imports, classes, functions and module-level code. Depends on the file's bytes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rules.source.ir import Block, Node, Position

if TYPE_CHECKING:
    from rules.source.layout import Layout


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    """`positional`, `keyword`, `*` or `**`."""
    annotation: Node | None = None
    default: Node | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """`module` may start with dots; `attribute` is None for `import module`, `*` for everything."""

    module: str
    attribute: str | None
    binds_root: bool = False
    """`import a.b` binds `a`."""


@dataclass(eq=False, slots=True)
class Function:
    """A function, method or lambda (whose body is one RETURN)."""

    name: str
    qualname: str
    """Dotted within its file: `Service.load.<helper>`."""
    position: Position
    parameters: tuple[Parameter, ...]
    body: Block
    decorators: tuple[Node, ...] = ()
    returns: Node | None = None
    is_async: bool = False
    is_generator: bool = False
    type_parameters: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    """Every name and attribute that it mentions, sorted, its signature and nested functions too; no parameter by
    itself."""
    nests_async: bool = False
    """Whether a statement of its body is an `async def`."""
    makes_dict: bool = False
    """Whether a statement of its body binds or returns a dict display, which a caller may fill up."""
    is_trivial: bool = False
    """Whether it has no body of its own: `...`, `pass`, `raise NotImplementedError`."""
    imports: tuple[Import, ...] = ()
    """What is imported in it."""


@dataclass(eq=False, slots=True)
class Class:
    name: str
    qualname: str
    position: Position
    bases: tuple[Node, ...]
    keywords: tuple[tuple[str | None, Node], ...]
    decorators: tuple[Node, ...]
    body: Block
    """Its ASSIGN, ANNOTATE, EXPR and IFS statements, flattened, in order."""
    methods: Mapping[str, Function]
    """The last definition of each name wins, but a property's setter never replaces its getter."""
    classes: Mapping[str, Class]
    type_parameters: tuple[str, ...] = ()
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name that its body binds -> every name and attribute in those statements, sorted; '' for the other statements,
    the bases and the decorators."""


@dataclass(eq=False, slots=True)
class FileFacts:
    path: str
    functions: Mapping[str, Function] = field(default_factory=dict)
    classes: Mapping[str, Class] = field(default_factory=dict)
    imports: Mapping[str, Import] = field(default_factory=dict)
    stars: tuple[str, ...] = ()
    """Modules of `from module import *`."""
    assignments: Mapping[str, tuple[Node, ...]] = field(default_factory=dict)
    """Module-level name -> the statements that bind it (ASSIGN, ANNOTATE, WITH ...)."""
    body: Block = ()
    """The module-level statements besides definitions and imports."""
    lines: int = 0
    sessions: tuple[tuple[bool | None, bool | None], ...] = ()
    """`expire_on_commit` and `autoflush` of the calls that make asynchronous sessions."""
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same names -> every name and attribute in those statements, sorted."""
    layout: Layout | None = None
    """The file in pieces; None for a template or an outline."""
