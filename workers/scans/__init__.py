"""The scans' rows: asked for, started, ended, and the check runs that they owe. `workers.services` holds the one."""

from __future__ import annotations

from workers.scans.checks import Checks
from workers.scans.lookups import Lookups
from workers.scans.progress import MAX_ATTEMPTS, MAX_FAILURES, Progress
from workers.scans.requests import Requests
from workers.scans.values import Comment, Ending, Granted, OpenCheck, Request, Task, Told

__all__ = [
    "MAX_ATTEMPTS",
    "MAX_FAILURES",
    "Comment",
    "Ending",
    "Granted",
    "OpenCheck",
    "Request",
    "Scans",
    "Task",
    "Told",
]


class Scans(Requests, Progress, Checks, Lookups):
    """All of it on one database."""
