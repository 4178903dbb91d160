"""What is worth keeping between two runs, in one file that may be deleted at any time."""

from rules.cache.store import Store

__all__ = ["Store"]
