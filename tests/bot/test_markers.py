"""Markers are read where we wrote them, and nowhere else."""

from __future__ import annotations

import pytest

from bot.markers import MAX_KEYS, Marker, Markers, MarkerState

MARKERS = Markers(b"secret", 7, 12)
MARKER = Marker(MarkerState.OPEN, ("0123456789abcdef.1a2b3c4d", "fedcba9876543210.00000000"))


def test_what_was_written_is_read_again() -> None:
    for state in MarkerState:
        marker = Marker(state, MARKER.keys)
        assert MARKERS.read("text\n\nmore" + MARKERS.write(marker)) == marker
    assert MARKER.fingerprints == {"0123456789abcdef", "fedcba9876543210"}


def test_a_marker_survives_white_space_that_github_adds() -> None:
    assert MARKERS.read("text" + MARKERS.write(MARKER).replace("\n", "\r\n") + "\r\n") == MARKER


def test_a_marker_without_keys() -> None:
    marker = Marker(MarkerState.REVIEW, ())
    assert MARKERS.read(MARKERS.write(marker)) == marker


@pytest.mark.parametrize(
    "other",
    [Markers(b"another", 7, 12), Markers(b"secret", 8, 12), Markers(b"secret", 7, 13), Markers(b"secret", 71, 2)],
)
def test_one_from_elsewhere_does_not_count(other: Markers) -> None:
    assert MARKERS.read(other.write(MARKER)) is None


@pytest.mark.parametrize(
    ("old", "new"), [("open", "fixed"), ("0123456789abcdef", "0123456789abcdee"), (",fedcba9876543210.00000000", "")]
)
def test_a_changed_one_does_not_count(old: str, new: str) -> None:
    body = MARKERS.write(MARKER)
    assert old in body
    assert MARKERS.read(body.replace(old, new)) is None


def test_only_the_last_line_is_read() -> None:
    """Code that is shown in a comment may hold a marker that was copied from another one."""
    assert MARKERS.read(f"```\n{MARKERS.write(MARKER)}\n```\n") is None
    own = Marker(MarkerState.FIXED, ("aa",))
    assert MARKERS.read(MARKERS.write(MARKER) + MARKERS.write(own)) == own


def test_keys_cannot_end_the_comment() -> None:
    with pytest.raises(ValueError, match="characters"):
        MARKERS.write(Marker(MarkerState.OPEN, ("a --> b",)))


def test_very_many_keys_leave_room_for_the_text() -> None:
    keys = tuple(f"{number:016x}.00000000" for number in range(5000))
    body = MARKERS.write(Marker(MarkerState.OPEN, keys))
    assert len(body) < 15_000
    read = MARKERS.read(body)
    assert read is not None
    assert read.keys == keys[:MAX_KEYS]


def test_what_a_former_secret_signed_is_still_ours() -> None:
    """Comments outlive a change of the secret; what is written from now on has the new one."""
    marker = Marker(MarkerState.OPEN, ("abc",))
    rotated = Markers(b"new", 7, 12, former=[b"secret"])
    assert rotated.read("x" + MARKERS.write(marker)) == marker
    assert MARKERS.read("x" + rotated.write(marker)) is None
    assert Markers(b"new", 7, 12).read("x" + rotated.write(marker)) == marker
