"""A local stand-in for GitHub: its REST API, git server, webhooks and pages, stricter than the original.

It is the test double of the whole system and the place to try the app without an account. It shares no code with the
app, so that a mistake in one cannot hide in the other.
"""
