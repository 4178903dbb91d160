"""The bytes of manifests as text."""

from __future__ import annotations

import codecs

from rules.dependencies.parse import NoManifest

MAX_BYTES = 1024 * 1024
"""Of a manifest that people write; locks may be larger."""
_MARKED = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""A byte order mark that pip goes by in requirements files: `pip freeze >` in PowerShell writes one."""


def decode(data: bytes) -> str:
    """The text of a manifest, with line feeds as line ends; raises `NoManifest` where it is no UTF-8."""
    if len(data) > MAX_BYTES:
        raise NoManifest(f"larger than {MAX_BYTES // 1024} KiB")
    return decode_any(data)


def decode_requirements(data: bytes) -> str:
    """The same for a file that pip reads, which may begin with the byte order mark of another encoding."""
    encoding = next((name for mark, name in _MARKED if data.startswith(mark)), "")
    if not encoding:
        return decode(data)
    if len(data) > MAX_BYTES:
        raise NoManifest(f"larger than {MAX_BYTES // 1024} KiB")
    try:
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise NoManifest(f"begins as {encoding.upper()} and is none") from None


def decode_any(data: bytes) -> str:
    """The same, whatever the size."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NoManifest(f"is not UTF-8 (line {line})") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
