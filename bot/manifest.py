"""The manifest that a GitHub App is created from: what it may do, what it hears of, and where it is to be found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urlencode

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "metadata": "read",
        "contents": "read",
        "checks": "write",
        "pull_requests": "write",
        "issues": "write",
        "merge_queues": "read",
    }
)
"""What reviewing needs. Conversation comments and their reactions are `issues`, merge groups `merge_queues`."""
WRITING: Mapping[str, str] = MappingProxyType({"contents": "write"})
"""The optional power: commit fixes, and resolve threads, which GitHub allows to nobody with less."""
EVENTS = ("issue_comment", "merge_group", "pull_request", "pull_request_review_comment", "push")
"""Told without asking are installations to every App, and re-run buttons to one that writes checks; to ask for check
runs and suites would bring those of all other Apps too."""
DESCRIPTION = "Finds the code that will fail with MissingGreenlet under SQLAlchemy's asyncio ORM, before it is merged."


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person who creates the App decides. `organization` is empty for an App of their own account."""

    github_url: str
    public_url: str
    name: str
    organization: str = ""
    can_write: bool = False

    @property
    def permissions(self) -> dict[str, str]:
        return {**PERMISSIONS, **(WRITING if self.can_write else {})}

    def form_url(self, state: str) -> str:
        """Where the browser posts the manifest to."""
        owner = f"/organizations/{quote(self.organization, safe='')}" if self.organization else ""
        return f"{self.github_url}{owner}/settings/apps/new?{urlencode({'state': state})}"


def manifest(choice: Choice) -> str:
    """The manifest as JSON, for the form's field of that name."""
    return json.dumps(
        {
            "name": choice.name,
            "url": choice.public_url,
            "description": DESCRIPTION,
            "hook_attributes": {"url": f"{choice.public_url}/webhook", "active": True},
            "redirect_url": f"{choice.public_url}/setup/created",
            "callback_urls": [f"{choice.public_url}/signin/callback"],
            "setup_url": f"{choice.public_url}/",
            "public": False,
            "default_permissions": choice.permissions,
            "default_events": list(EVENTS),
        }
    )
