"""How failing environments are told: as short as they can be, and no wider than they are."""

from __future__ import annotations

from rules.dependencies.environments import PLATFORMS, describe, environments


def test_a_platform_that_fails_with_some_versions_is_told_with_them() -> None:
    allowed = environments(">=3.12,<3.15")
    failing = [e for e in allowed if e.platform == PLATFORMS[0] and e.python != "3.12"]
    assert describe(failing, allowed) == "on Linux (x86_64) with Python 3.13 and newer"


def test_whole_platforms_and_whole_versions() -> None:
    allowed = environments(">=3.12,<3.15")
    failing = [e for e in allowed if e.platform == PLATFORMS[2] or e.python == "3.14"]
    assert describe(failing, allowed) == "on macOS (Apple silicon) and with Python 3.14 and newer"
    assert describe(allowed, allowed) == ""
