"""The bytes of manifests as text."""

from __future__ import annotations

from rules.dependencies.parse import NoManifest

MAX_BYTES = 1024 * 1024
"""Of a manifest that people write; locks may be larger."""


def decode(data: bytes) -> str:
    """The text of a manifest, with line feeds as line ends; raises `NoManifest` where it is no UTF-8."""
    if len(data) > MAX_BYTES:
        raise NoManifest(f"larger than {MAX_BYTES // 1024} KiB")
    return decode_any(data)


def decode_any(data: bytes) -> str:
    """The same, whatever the size."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NoManifest(f"is not UTF-8 (line {line})") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")
