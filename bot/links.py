"""Links into a repository at one commit, built from the configured host and never from a payload."""

from __future__ import annotations

from dataclasses import dataclass

from bot import markdown


@dataclass(frozen=True, slots=True)
class Links:
    """`repository_url` is the page of the repository (`Settings.repository_url`), `sha` the commit that was scanned."""

    repository_url: str
    sha: str

    def place(self, path: str, line: int, end_line: int | None = None) -> str:
        """Markdown: `path:line` in code, linked to that line."""
        lines = f"#L{line}" + (f"-L{end_line}" if end_line and end_line > line else "")
        url = f"{self.repository_url}/blob/{self.sha}/{markdown.quoted_path(path)}{lines}"
        return markdown.link(markdown.code_span(f"{path}:{line}"), url)

    def commit(self, sha: str = "") -> str:
        sha = sha or self.sha
        return markdown.link(markdown.code_span(sha[:7]), f"{self.repository_url}/commit/{sha}")
