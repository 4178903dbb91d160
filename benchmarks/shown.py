"""What a run found, for people: the tables of the terminal and of the README, and the plot."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import median, ratio
from benchmarks.subjects import BASE
from benchmarks.suite import Results, TreeResult, growth
from benchmarks.tables import figure, plot, table


def report(results: Results) -> str:
    """All of it, in Markdown."""
    return "\n".join(_parts(results))


def _parts(results: Results) -> Iterator[str]:
    yield f"Measured on {results.date}, commit {results.commit}, on {results.machine}.\n"
    for tree in results.trees:
        yield f"**{tree.name}**: {tree.lines:,} lines in {tree.files:,} files\n"
        yield tree_table(tree)
    if len(results.trees) > 1 and (grown := growth(results.trees)):
        yield "**Growth**: how many times the CPU time for how many times the lines; 1 is linear\n"
        yield table(("from", "ratio"), [(name, figure(value)) for name, value in grown])
    if results.shapes:
        yield "**Files that make careless analysers quadratic**: CPU beyond an empty project; 4 is linear\n"
        shapes = [
            (
                one.name,
                one.failure or figure(one.whole, " s"),
                "" if one.failure else figure(one.whole / max(one.quarter, 0.01)),
                "" if one.failure else figure(one.whole / max(one.parse, 0.001)),
            )
            for one in results.shapes
        ]
        yield table(("file", "CPU", "times a quarter of it", "x ast.parse"), shapes)
    if rows := _service_rows(results):
        yield "**The service**\n"
        yield table(("what", "measured"), rows)
    if results.failures:
        yield table(("not measured", "why"), list(results.failures.items()))


def tree_table(tree: TreeResult) -> str:
    base = tree.costs.get(BASE)
    rows = []
    for name, costs in tree.costs.items():
        times = ratio(costs, base) if base else None
        wall = ratio(costs, base, lambda cost: cost.wall) if base else None
        rows.append(
            (
                name,
                figure(median(costs, lambda cost: cost.cpu), " s"),
                "" if times is None else f"{figure(times.median)}",
                "" if times is None else f"{figure(times.least)}–{figure(times.most)}",
                "" if wall is None else figure(wall.median),
                figure(median(costs, lambda cost: cost.megabytes), " MB"),
            )
        )
    rows.extend((f"{name}: {why}", "", "", "", "", "") for name, why in tree.failures.items())
    return table(("", "CPU", "x ast.parse", "in the rounds", "x its wall time", "peak of a process"), rows)


def curve(results: Results) -> str:
    """CPU against lines, of everything that was measured on more than one tree, in SVG."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for tree in results.trees:
        for name, costs in tree.costs.items():
            lines.setdefault(name, []).append((tree.lines, median(costs, lambda cost: cost.cpu)))
    several = {name: line for name, line in lines.items() if len(line) > 1}
    return plot("CPU time against size", "lines of Python", "CPU seconds", several or lines)


def _service_rows(results: Results) -> list[tuple[str, str]]:
    rows = []
    if one := results.webhook:
        rows.append(
            (
                f"webhook, {one.count:,} deliveries at {one.per_second}/s: p50, p99, slowest",
                f"{figure(one.p50, ' ms')}, {figure(one.p99, ' ms')}, {figure(one.most, ' ms')}",
            )
        )
        if one.refused:
            rows.append(("deliveries that were refused", str(one.refused)))
    if two := results.workers:
        rows.append((f"{two.scans} scans: 1 worker, 2 workers", f"{figure(two.one, ' s')}, {figure(two.two, ' s')}"))
        rows.append(("2 workers against 1", f"{two.gain:.2f} times as fast"))
    if found := results.source:
        rows.append(
            (
                f"a pull request of {found.lines:,} lines from the cache: fetch, read (empty cache)",
                f"{figure(found.fetch, ' s')}, {figure(found.read, ' s')} ({figure(found.first, ' s')})",
            )
        )
    return rows
