"""The report as JSON, for programs: `rules.report` is its description."""

from __future__ import annotations

import json

from rules.cli.checked import Checked


def render(checked: Checked) -> str:
    return json.dumps(checked.report.to_dict(), indent=2) + "\n"
