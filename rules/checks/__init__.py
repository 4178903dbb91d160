"""The rules over accesses, one to a module, found by package."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rules.finding import Finding
from rules.rule import find_rules

if TYPE_CHECKING:
    from rules.analysis.engine import Analysis
    from rules.project import Project


def run_checks(project: Project, analysis: Analysis) -> list[Finding]:
    """The findings of every rule, sorted by place."""
    from rules.grouping import Facts
    from rules.sources import Sources

    facts = Facts(analysis, Sources(project))
    found = [finding for rule in find_rules(sys.modules[__name__]) for finding in rule().check(facts)]
    return sorted(found, key=lambda finding: (finding.location, finding.rule, finding.attribute))
