"""What a benchmark shows: tables that line up, plots that are SVG, ratios of the same round."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks import __main__, measure, shown
from benchmarks.compare import Line
from benchmarks.measure import Cost, Failed, Ratio, Subject, interleaved, ratio
from benchmarks.subjects import BASE, COLD
from benchmarks.suite import Results, ShapeResult, TreeResult, growth
from benchmarks.tables import figure, plot, table


def cost(cpu: float) -> Cost:
    return Cost(cpu, cpu * 2, 50)


def tree(lines: int, cold: float) -> TreeResult:
    return TreeResult(
        f"generated {lines}", 9, lines, {BASE: [cost(1), cost(2)], COLD: [cost(cold), cost(cold * 2)]}, {}
    )


def test_columns_line_up() -> None:
    lines = table(("tool", "CPU"), [("ast.parse", "1 s"), ("a|b", "12.5 s")]).splitlines()
    assert lines == [
        "| tool      |    CPU |",
        "| --------- | -----: |",
        "| ast.parse |    1 s |",
        "| a\\|b      | 12.5 s |",
    ]


@pytest.mark.parametrize(
    ("value", "expected"), [(0.01234, "0.0123"), (1.005, "1.00"), (12.34, "12.3"), (1234.6, "1,235"), (0, "0")]
)
def test_three_digits_count(value: float, expected: str) -> None:
    assert figure(value) == expected


def test_a_ratio_is_that_of_one_round() -> None:
    """The second round met a machine that was ten times as slow, for both."""
    assert ratio([cost(2), cost(30)], [cost(1), cost(10)]) == Ratio(2.5, 2, 3)


def test_growth_is_one_when_cost_is_linear() -> None:
    results = [tree(1000, 2), tree(4000, 8), tree(8000, 32)]
    assert [value for _, value in growth(results)] == [1, 2]


def test_the_report_has_a_row_for_everything() -> None:
    failed = ShapeResult("too deep", 0, 0, 0, "took longer than 9 s")
    results = Results("2 x CPU", "2026-01-01", "abc", [tree(1000, 2), tree(4000, 8)], [failed])
    results.trees[0].failures["mypy"] = "mypy ended with 2"
    results.failures["webhook"] = "no Redis"
    text = shown.report(results)
    for expected in ("2 x CPU", COLD, "mypy ended with 2", "took longer than 9 s", "no Redis", "1,000 to 4,000 lines"):
        assert expected in text


def test_the_plot_is_svg_with_a_line_for_each_subject() -> None:
    svg = ET.fromstring(shown.curve(Results("m", "d", "c", [tree(1000, 2), tree(4000, 8)])))
    words = [one.text for one in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert {BASE, COLD, "CPU seconds"} <= set(words)
    assert len(list(svg.iter("{http://www.w3.org/2000/svg}circle"))) == 4


def test_names_in_a_plot_are_text() -> None:
    assert "a &lt;b&gt; &amp; c" in plot("t", "x", "y", {"a <b> & c": [(1, 1), (2, 2)]})


def test_nothing_to_plot_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to plot"):
        plot("t", "x", "y", {"a": [(0, 0)]})


def test_a_command_is_measured_with_its_children() -> None:
    work = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(3_000_000))'])"
    found = measure.run(Subject("work", [sys.executable, "-c", work]), 60)
    idle = measure.run(Subject("idle", [sys.executable, "-c", "import subprocess"]), 60)
    assert found.cpu > idle.cpu
    assert found.megabytes > 1


def test_a_command_that_fails_is_told_and_left_out() -> None:
    good = Subject("good", [sys.executable, "-c", "pass"])
    bad = Subject("bad", [sys.executable, "-c", "import sys; sys.exit('no such thing')"], statuses=(0,))
    missing = Subject("missing", ["/no/such/program"])
    costs, failures = interleaved([good, bad, missing], 2, 60)
    assert {name: len(found) for name, found in costs.items()} == {"good": 2}
    assert failures["bad"] == "bad ended with 1: no such thing"
    assert "missing" in failures


def test_a_command_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Failed, match="took longer"):
        measure.run(Subject("late", [sys.executable, "-c", "import signal; signal.pause()"]), 0.5)


@pytest.mark.parametrize(
    ("cpu", "memory", "worse"),
    [
        (Ratio(1.0, 0.9, 1.1), Ratio(1, 1, 1), False),
        (Ratio(1.3, 1.2, 1.4), Ratio(1, 1, 1), True),
        (Ratio(1.3, 0.9, 1.9), Ratio(1, 1, 1), False),
        (Ratio(1.0, 1, 1), Ratio(1.3, 1, 1), True),
    ],
)
def test_what_counts_as_a_regression(cpu: Ratio, memory: Ratio, worse: bool) -> None:
    assert Line("cold", cpu, memory).is_worse is worse


def test_the_readme_gets_the_tables_between_its_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{__main__.BEGIN}old\n{__main__.END}after\n", "utf-8")
    __main__.put_into_readme("new\n", readme)
    assert readme.read_text("utf-8") == f"before\n{__main__.BEGIN}new\n{__main__.END}after\n"
