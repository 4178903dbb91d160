"""Secrets are taken out of whatever is logged."""

from __future__ import annotations

import io
import logging

import pytest

from bot.redaction import PLACEHOLDER, RedactingFilter, hide, quiet_github_logging, redact, remember

OLD_TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
NEW_TOKEN = "ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJl-_x"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize("secret", [OLD_TOKEN, NEW_TOKEN, JWT, KEY, "github_pat_11ABCDEFG0123456789_abcdef"])
@pytest.mark.parametrize("around", ["{}", "token={}&x=1", '{{"token": "{}"}}', "Authorization: Bearer {}", "(see {})"])
def test_secrets_are_replaced_wherever_they_stand(secret: str, around: str) -> None:
    clean = redact(around.format(secret))
    assert secret not in clean
    assert "[redacted]" in clean


def test_the_header_that_git_gets() -> None:
    assert redact("Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hz") == "Authorization: Basic [redacted]"


def test_credentials_in_a_url() -> None:
    assert redact("https://x-access-token:s3cret@github.com/a/b.git") == "https://[redacted]@github.com/a/b.git"


@pytest.mark.parametrize("text", ["nothing here", "https://github.com/a/b.git", "4f2c1a9be0d3", "basic and bearer"])
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


def test_a_secret_that_looks_like_nothing_known() -> None:
    remember("correct horse battery staple")
    assert redact("said 'correct horse battery staple'") == "said '[redacted]'"
    remember("a")
    assert redact("a word") == "a word"


def test_the_filter_cleans_arguments_too() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("tests.redaction")
    logger.addHandler(handler)
    logger.warning("cloning with %s", OLD_TOKEN)
    logger.warning("100%% of %d", 3)
    logger.removeHandler(handler)
    assert stream.getvalue() == "cloning with [redacted]\n100% of 3\n"


def test_pygithub_never_logs_at_debug() -> None:
    logging.getLogger("github").setLevel(logging.DEBUG)
    quiet_github_logging()
    assert not logging.getLogger("github.Requester").isEnabledFor(logging.DEBUG)


def test_configured_secrets_are_hidden_wherever_they_stand() -> None:
    hide("correct-horse-battery", "short")
    assert redact("x correct-horse-battery short") == f"x {PLACEHOLDER} short"
