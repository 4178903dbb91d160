"""The rules that the published schema names, for editors and for `config validate`; the engine has the last word."""

from __future__ import annotations

RULES = {
    "BR-ASYNC-001": "Lazy load in async code",
    "BR-ASYNC-002": "Nested relationship not chained",
    "BR-ASYNC-003": "Expired or detached instance",
    "BR-ASYNC-004": "Column that is not loaded",
    "BR-DEP-001": "Asyncio without greenlet",
    "BR-DEP-002": "Manifests disagree",
    "BR-DEP-003": "Driver not declared",
    "BR-SUP-001": "Suppression comment that suppresses nothing",
}
"""Titles by id; a test holds them against the engine."""
