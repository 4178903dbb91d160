"""`python -m benchmarks`: what Greenlatch costs, in one run, as ratios."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import compare, shown
from benchmarks.generate import write
from benchmarks.subjects import ROOT, Tree
from benchmarks.suite import PARTS, QUICK, Plan, measure_all

README = ROOT / "README.md"
BEGIN, END = "<!-- benchmark: begin -->\n", "<!-- benchmark: end -->"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    plan = QUICK if options.quick else Plan()
    if options.rounds:
        plan = replace(plan, rounds=options.rounds)
    if options.sizes:
        plan = replace(plan, sizes=options.sizes)
    with tempfile.TemporaryDirectory(prefix="greenlatch-bench-") as scratch:
        match options.command:
            case "generate":
                print(f"{write(options.folder, options.lines, options.seed):,} lines of Python in {options.folder}")
                return 0
            case "compare":
                return _compare(options, plan, Path(scratch))
        return _run(options, plan, Path(scratch))


def _run(options: argparse.Namespace, plan: Plan, scratch: Path) -> int:
    results = measure_all(plan, options.only or PARTS, options.path, scratch, _say)
    text = shown.report(results)
    print(text)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(json.dumps(results.to_dict(), indent=1), "utf-8")
    (options.output / "results.md").write_text(text, "utf-8")
    if results.trees:
        (options.output / "curve.svg").write_text(shown.curve(results), "utf-8")
    if options.readme:
        put_into_readme(text)
    _say(f"results.json, results.md and curve.svg are in {options.output}")
    return 1 if results.failures else 0


def _compare(options: argparse.Namespace, plan: Plan, scratch: Path) -> int:
    if options.path:
        tree = Tree.copy("tree", options.path[0], scratch / "tree")
    else:
        write(scratch / "tree", plan.sizes[1], plan.seed)
        tree = Tree.of("tree", scratch / "tree")
    _say(f"{tree.lines:,} lines in {tree.files:,} files")
    try:
        lines = compare.compare(options.before, options.after, tree, plan, scratch)
    except ValueError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    print(compare.shown(lines))
    return 1 if any(line.is_worse for line in lines) else 0


def put_into_readme(text: str, file: Path = README) -> None:
    """Replaces what stands between the markers."""
    before, rest = file.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    file.write_text(f"{before}{BEGIN}{text}{END}{after}", "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser("run", help="measure everything")
    run.add_argument("path", nargs="*", type=Path, help="folders of code (default: generated projects)")
    run.add_argument("--only", choices=PARTS, action="append", help="one part, may be repeated")
    run.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results", help="default: %(default)s")
    run.add_argument("--readme", action="store_true", help="put the tables into the README")
    against = commands.add_parser("compare", help="one commit against another; status 1 when it has become worse")
    against.add_argument("before", metavar="REV")
    against.add_argument("after", metavar="REV")
    against.add_argument("path", nargs="*", type=Path, help="a folder of code (default: a generated project)")
    generate = commands.add_parser("generate", help="write a project")
    generate.add_argument("folder", type=Path)
    generate.add_argument("--lines", type=int, default=10_000)
    generate.add_argument("--seed", type=int, default=1)
    for one in (run, against, generate):
        one.add_argument("--quick", action="store_true", help="small trees and few rounds, in a few minutes")
        one.add_argument("--rounds", type=int, help="how often each subject runs")
        one.add_argument("--sizes", type=_sizes, help="lines of the generated projects: 10000,40000")
    parser.set_defaults(command="run", path=[], only=None, output=ROOT / "benchmarks" / "results", readme=False)
    parser.set_defaults(quick=False, rounds=None, sizes=None)
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
