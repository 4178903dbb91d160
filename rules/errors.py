"""Errors that a user caused and can repair: what, where, what now."""

from __future__ import annotations


class UserError(Exception):
    """Bad input. `reference` is kebab-case and permanent: it is the metric and the search term."""

    def __init__(self, reference: str, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{self.message} [{self.reference}]{hint}"
