"""What can be configured: every setting with its type, its default and what it means."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from bot.anchoring import MAX_THREADS
from bot.commands import CommandName, Permission
from bot.config.globs import check_glob
from bot.findings import Confidence, Severity

MAX_GLOBS = 200
KNOWN_RULES = "known_rules"
"""The name under which the validation context holds the ids of the engine's rules."""


class Level(StrEnum):
    """A severity, or `off`."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    OFF = "off"

    @property
    def severity(self) -> Severity | None:
        return None if self is Level.OFF else Severity(self.value)


class Who(StrEnum):
    """The permission in the repository that a person has to have at least."""

    ADMIN = "admin"
    WRITE = "write"
    READ = "read"
    EVERYBODY = "everybody"

    @property
    def permission(self) -> Permission:
        return Permission.NONE if self is Who.EVERYBODY else Permission(self.value)

    @classmethod
    def of(cls, permission: Permission) -> Who:
        return cls.EVERYBODY if permission is Permission.NONE else cls(permission.value)


def _known_rule(name: str, info: ValidationInfo) -> str:
    """Without a context every name is a rule: what was validated before is merged again."""
    if info.context and name not in info.context[KNOWN_RULES]:
        raise PydanticCustomError("unknown_rule", "is no rule")
    return name


def _kebab(name: str) -> str:
    return name.replace("_", "-")


Lax = Field(strict=False)
"""For what YAML and TOML have as text and lists, and Python as enums and tuples."""
Glob = Annotated[str, AfterValidator(check_glob)]
RuleId = Annotated[str, AfterValidator(_known_rule)]


class Section(BaseModel):
    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=_kebab,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )


class PathOptions(Section):
    """Where problems are told. Code elsewhere is read all the same, for what it does to this code."""

    include: Annotated[tuple[Glob, ...], Field(strict=False, min_length=1, max_length=MAX_GLOBS)] = ("**",)
    """Patterns as in `.gitignore`, from the root of the repository: only problems in these files are told."""
    exclude: Annotated[tuple[Glob, ...], Field(strict=False, max_length=MAX_GLOBS)] = ()
    """Patterns as in `.gitignore`: problems in these files are not told."""


class GateOptions(Section):
    """Which problems fail the check; all others are told and hold nothing up."""

    fail_on: Annotated[Level, Lax] = Level.ERROR
    """The lowest severity that fails the check; `off`: nothing does."""
    confidence: Annotated[Confidence, Lax] = Confidence.MEDIUM
    """The lowest confidence that fails the check."""
    older_findings: bool = False
    """Whether problems that were there before the pull request are told in the check, and fail it too."""


class CommentOptions(Section):
    """The review on the pull request; the check run tells every problem in any case."""

    enabled: bool = True
    """Whether reviews are written."""
    limit: Annotated[int, Field(ge=0, le=MAX_THREADS)] = MAX_THREADS
    """How many comments one review has at most; the gravest problems come first."""


class CommandOptions(Section):
    """Who may give a command; what is not given stays as it is by default."""

    permission: Annotated[Who, Lax] = Who.WRITE
    """The permission in the repository that a person has to have at least."""
    author: bool = False
    """Whether the author of the pull request may give it there, whatever their permission."""


class PolicyOptions(Section):
    """What a team asks for beyond what code needs to work."""

    require_explicit_greenlet: bool = False
    """greenlet has to be declared by its own name; an extra that brings it along is not enough."""


class Document(Section):
    """The settings of `.github/greenlatch.yml`, or of `[tool.greenlatch]` in `pyproject.toml`."""

    paths: PathOptions = PathOptions()
    rules: dict[RuleId, Annotated[Level, Lax]] = {}
    """Another severity for a rule, or `off`."""
    gate: GateOptions = GateOptions()
    comments: CommentOptions = CommentOptions()
    commands: dict[Annotated[CommandName, Lax], CommandOptions] = {}
    """Who may give which command in a comment."""
    policy: PolicyOptions = PolicyOptions()
