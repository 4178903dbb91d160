"""What can go wrong between us, a user and GitHub, told apart by what to do about it."""

from __future__ import annotations


class UserError(Exception):
    """Bad input that a person can repair. `reference` is kebab-case and permanent: the metric and the search term."""

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


class GitHubUnavailable(Exception):
    """GitHub did not do it now: try the whole job again later.

    `retry_after` is in seconds and comes from GitHub; None leaves the waiting time to the caller's backoff. `limited`
    is true for a rate limit, which holds for the whole installation. A write that ended like this may have been stored
    all the same: look for its marker before repeating it.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, limited: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after
        self.limited = limited


class CredentialsRefused(GitHubUnavailable):
    """Our key or token is not taken (HTTP 401). A new token may not be known everywhere yet, a key can be replaced."""


class RepositoryMoved(GitHubUnavailable):
    """GitHub redirects to where the repository is now. A new token tells its new name."""


class GitHubRefused(Exception):
    """GitHub will not do it, however often it is asked: no permission, gone, or not acceptable.

    `status` is the HTTP status, `needed` what `X-Accepted-GitHub-Permissions` says was missing.
    """

    def __init__(self, status: int, reason: str, *, needed: str = "") -> None:
        super().__init__(f"{reason} (HTTP {status})")
        self.status = status
        self.reason = reason
        self.needed = needed

    @property
    def gone(self) -> bool:
        """True where the thing is not there, or not for us: GitHub tells the two apart for nobody."""
        return self.status in (404, 410, 451)

    @property
    def unprocessable(self) -> bool:
        """True where the request itself was wrong, such as a comment on a line outside the diff."""
        return self.status == 422
