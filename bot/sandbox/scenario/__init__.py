"""What people do on GitHub, as methods: for tests, for the pages, and for whoever fills the sandbox.

Each method tells the webhooks that GitHub would send; none waits for them (see `WebhookSender.wait_idle`).
"""

from bot.sandbox.scenario.repositories import Files, read_folder
from bot.sandbox.scenario.reviewing import ReviewingActions

__all__ = ["Files", "Scenario", "read_folder"]


class Scenario(ReviewingActions):
    """Everything: repositories, pull requests, what is said about them, checks and installations."""
