"""What people read about their configuration."""

from __future__ import annotations

from bot.config import DEFAULT, Layer, Place, Problem, choose, merge, texts
from bot.links import Links
from tests.bot.config.examples import valid, wrong
from tests.bot.config.test_effective import ORGANISATION, OWN
from tests.bot.examples import LINKS
from tests.bot.snapshots import assert_snapshot

SITES = {
    Layer.REPOSITORY: LINKS,
    Layer.ORGANISATION: Links("https://github.example/acme/.github", "HEAD"),
}
WRONG = wrong("gate:\n  fail-on: eror\n\nrules: {BR-ASYNC-01: off}\n")


def test_a_wrong_configuration_on_the_base_branch() -> None:
    assert_snapshot("configuration_wrong.md", texts.wrong_on_base(WRONG.problems, SITES))


def test_wrong_defaults_of_the_organisation() -> None:
    body = texts.wrong_on_base(wrong("gate: 3", layer=Layer.ORGANISATION).problems, SITES)
    assert "organisation, [`.github/greenlatch.yml:1`](https://github.example/acme/.github/blob/HEAD/" in body
    assert "The organisation's defaults stand in its `.github` repository" in body


def test_the_configuration_in_use() -> None:
    assert_snapshot("configuration.md", texts.in_use(merge(ORGANISATION, OWN), SITES))


def test_without_a_link_the_place_is_told() -> None:
    assert "| `gate.fail-on` | `error` | `.github/greenlatch.yml:3` |" in texts.in_use(OWN, {})


def test_remarks_of_a_check() -> None:
    assert list(texts.remarks(choose(DEFAULT, OWN, None), LINKS)) == []
    (takes_effect,) = texts.remarks(choose(DEFAULT, DEFAULT, OWN), LINKS)
    assert "takes effect when it is merged" in takes_effect
    (repaired,) = texts.remarks(choose(DEFAULT, WRONG, OWN), LINKS)
    assert "checked with the defaults" in repaired
    remarks = "\n\n".join(texts.remarks(choose(DEFAULT, OWN, WRONG), LINKS))
    assert_snapshot("configuration_remarks.md", remarks)


def test_hundreds_of_mistakes_stay_readable() -> None:
    problems = [Problem("x", Place("a.yml", line, 1), "no") for line in range(1, 200)]
    listing = texts.problem_list(problems, {})
    assert len(listing.splitlines()) == 51
    assert listing.endswith("… and 149 more")


def test_hostile_names_do_nothing() -> None:
    hostile = wrong('"<!-- greenlatch:1 --> @octocat | [x](http://e.com)": 1\nrules: {"</details>\\n# a": off}\n')
    assert_snapshot("configuration_hostile.md", texts.problem_list(hostile.problems, SITES))
    config = valid("paths: {exclude: ['`@octocat|<b>']}")
    assert "`` `@octocat\\|<b> ``" in texts.in_use(config, {})
