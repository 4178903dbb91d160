"""The dashboard and the alert rules ask for metrics and labels that are really exported."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from rq.worker import SimpleWorker

from app import create_app
from bot.exchange import Exchange, Limit
from tests.app.test_pages import a_scan
from tests.workers.test_inbox import store
from workers import heartbeat
from workers.queue import QUEUE_NAMES, SERIALIZER
from workers.services import Services
from workers.telemetry import FIGURES, Figures

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus-rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
OF_PROMETHEUS = {"up": {"job"}}


def alerts() -> list[Mapping[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return list(group["rules"])


def panels() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def expressions() -> dict[str, str]:
    asked = {f"alert {rule['alert']}": rule["expr"] for rule in alerts()}
    return asked | {
        f"panel {one['title']} {target['refId']}": target["expr"] for one in panels() for target in one["targets"]
    }


@pytest.fixture
def exported(services: Services) -> dict[str, set[str]]:
    """Every series that a busy Greenlatch exports, with its labels."""
    redis = services.queues.redis
    SimpleWorker(list(QUEUE_NAMES), connection=redis, serializer=SERIALIZER).register_birth()  # type: ignore[no-untyped-call]
    heartbeat.beat(redis, every=15)
    figures = Figures()
    for figure in FIGURES.values():
        labels = ["x"] * len(figure.labels)
        if figure.buckets:
            figures.observe(figure, 1.0, *labels)
        else:
            figures.count(figure, *labels)
    figures.observe_exchange(Exchange("GET", 200, 0.1, 5, Limit("core", 1, 2, time.time() + 60)))
    figures.add_up(redis)
    a_scan(services)
    store(services.inbox)
    web: FlaskClient = create_app(services.settings).test_client()
    web.post("/webhook", data=b"{}")
    series: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(web.get("/metrics").text):
        for sample in family.samples:
            series.setdefault(sample.name, set()).update(sample.labels)
    return series


def test_everything_that_is_asked_for_is_exported(exported: Mapping[str, set[str]]) -> None:
    known = {**exported, **OF_PROMETHEUS}
    wrong = []
    for where, text in expressions().items():
        selectors = list(_selectors(promql_parser.parse(text)))
        assert selectors, where
        for name, labels in selectors:
            wrong += [f"{where}: {name}"] if name not in known else []
            wrong += [f"{where}: {name}{{{label}}}" for label in labels - known.get(name, labels)]
    assert wrong == []


def test_labels_that_are_grouped_by_exist(exported: Mapping[str, set[str]]) -> None:
    """Each grouped label is one of a series of the same expression."""
    for where, text in expressions().items():
        names = {name for name, _ in _selectors(promql_parser.parse(text))}
        labels = set().union(*(exported.get(name, set()) for name in names))
        grouped = {one.strip() for found in re.findall(r"by \(([^)]*)\)", text) for one in found.split(",")}
        assert grouped <= labels, where


def test_every_metric_is_looked_at_somewhere(exported: Mapping[str, set[str]]) -> None:
    asked = {name for text in expressions().values() for name, _ in _selectors(promql_parser.parse(text))}
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    ours = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in exported}
    assert sorted(ours - base - {"greenlatch_info", "greenlatch_webhooks"}) == []


def test_an_alert_says_what_happened_and_what_to_do() -> None:
    assert len(alerts()) >= 10
    for rule in alerts():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"].keys() == {"summary", "description"}


def test_the_dashboard_can_be_imported() -> None:
    """Its panels have numbers of their own, do not overlap, and take the data source that is chosen."""
    numbers = [panel["id"] for panel in panels()]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["datasource"]["uid"] == "${datasource}"


def _selectors(node: object) -> Iterator[tuple[str, set[str]]]:
    """The series of an expression, with the labels that they are chosen by."""
    if isinstance(node, promql_parser.VectorSelector):
        yield str(node.name), {matcher.name for matcher in node.matchers.matchers}
        return
    for attribute in ("expr", "lhs", "rhs", "vector_selector", "args"):
        child = getattr(node, attribute, None)
        for one in child if isinstance(child, list) else [child]:
            if one is not None:
                yield from _selectors(one)
