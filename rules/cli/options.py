"""What a user may ask of `check`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rules.finding import Confidence


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


class Color(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """The command line's help says what each of them does."""

    paths: tuple[Path, ...]
    format: Format = Format.TEXT
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.LOW
    base: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    output: Path | None = None
    exit_zero: bool = False
    statistics: bool = False
    cache: bool = True
    color: Color = Color.AUTO
