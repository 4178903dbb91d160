"""The verdict on greenlet against what pip and uv answered, recorded in `truth.json` by `truth.py`."""

from __future__ import annotations

from typing import Any

import pytest

from rules.dependencies.arrival import installed
from tests.rules.dependencies.truth import answers, environment, key_of, questions

_RECORDED = {key_of(answer["requirements"], answer["constraints"]): answer for answer in answers()}
_ASKED = {key_of(question.requirements, question.constraints): question for question in questions()}


@pytest.mark.parametrize("key", _ASKED, ids=str)
def test_installers_agree(key: str) -> None:
    root = _ASKED[key].root
    verdicts = _RECORDED[key]["verdicts"]
    for installer, platform, python, arrives in verdicts:
        if arrives is not None:
            assert installed(root, environment(platform, python)).greenlet is arrives, (installer, platform, python)


def test_the_record_decides_something() -> None:
    """Installers answered, with yes and with no, for every series of SQLAlchemy."""
    verdicts: list[Any] = [verdict[3] for answer in answers() for verdict in answer["verdicts"]]
    assert verdicts.count(True) >= 50
    assert verdicts.count(False) >= 50
    text = " ".join(line for answer in answers() for line in answer["requirements"])
    assert all(f"sqlalchemy=={series}" in text for series in ("1.4", "2.0", "2.1"))
