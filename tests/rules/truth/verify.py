#!/usr/bin/env python3
"""Proves every `# expect:` mark by running SQLAlchemy.

    python verify.py                       all cases, with the SQLAlchemy of this interpreter
    python verify.py 04_ expiry            only cases whose name contains one of the words
    python verify.py --also OTHER_PYTHON   a second interpreter, which has the other SQLAlchemy version
    python verify.py -v                    also list lines which no run executed

Exits non-zero when the library contradicts a mark. A full run under both 2.0 and 2.1 also writes truth.json: every
mark with its proven outcome, the ORM mechanism which wanted the I/O and the application frames (outermost first) of
the traceback.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CASES = ROOT / "cases"
VERSIONS = ("2.0", "2.1")


def find_cases() -> list[Path]:
    return [
        entry
        for group in sorted(CASES.iterdir())
        if group.is_dir()
        for entry in sorted(group.iterdir())
        if entry.suffix == ".py" or (entry / "main.py").exists()
    ]


def case_id(path: Path) -> str:
    return path.relative_to(CASES).as_posix().removesuffix(".py")


def prove(python: str, cases: list[Path]) -> tuple[str, str, dict[str, dict]]:
    """Short and full version of the SQLAlchemy of `python`, and what it says to each case."""
    run = subprocess.run(
        [python, str(ROOT / "runner.py"), *map(str, cases)], stdout=subprocess.PIPE, text=True, check=True
    )
    head, *lines = map(json.loads, run.stdout.splitlines())
    return head["version"], head["full"], {case_id(Path(line["case"])): line for line in lines}


def merged(proofs: dict[str, dict]) -> list[dict]:
    """One entry for each mark of a case, from the proofs under each version."""
    marks: dict[tuple, dict] = {}
    for version, data in proofs.items():
        for proof in data["proofs"]:
            mark = marks.setdefault(
                (proof["file"], proof["line"]), {"file": proof["file"], "line": proof["line"], "outcome": {}}
            )
            mark["outcome"][version] = proof["kind"]
            if proof.get("error"):
                mark.setdefault("error", {})[version] = proof["error"]
            for key in ("rule", "mechanism", "direct", "frames", "flags"):
                if proof.get(key) not in (None, [], False) and key not in mark:
                    mark[key] = proof[key]
    return [marks[key] for key in sorted(marks)]


def report(case: Path, proofs: dict[str, dict], *, verbose: bool) -> int:
    """Prints what there is to say about one case; the number of contradictions."""
    lines = [f"  [{version}] {problem}" for version, data in proofs.items() for problem in data["problems"]]
    failures = len(lines)
    unexecuted = proofs[min(proofs)]["unexecuted"]
    if verbose and unexecuted:
        lines.append(f"  never executed: {', '.join(unexecuted)}")
    if lines:
        print(case_id(case), *lines, sep="\n")
    return failures


def write_truth(versions: dict[str, str], by_case: dict[Path, dict[str, dict]]) -> None:
    cases = {
        case_id(case): {
            "path": case.relative_to(ROOT).as_posix(),
            "marks": merged(proofs),
            "unreached": proofs["2.0"]["unreached"],
        }
        for case, proofs in by_case.items()
    }
    text = json.dumps({"versions": versions, "cases": cases}, separators=(",", ":"))
    (ROOT / "truth.json").write_text(text + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--also", metavar="PYTHON", help="a second interpreter")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    cases = [case for case in find_cases() if not args.words or any(word in case_id(case) for word in args.words)]
    if not cases:
        parser.error(f"no case below {CASES} has such a name")
    start = time.monotonic()
    pythons = [sys.executable, *([args.also] if args.also else [])]
    with ThreadPoolExecutor(len(pythons)) as pool:
        results = list(pool.map(lambda python: prove(python, cases), pythons))
    by_version = {version: data for version, _, data in sorted(results, key=lambda result: result[0])}
    by_case = {case: {version: data[case_id(case)] for version, data in by_version.items()} for case in cases}
    failures = sum(report(case, proofs, verbose=args.v) for case, proofs in by_case.items())
    for version, full, data in results:
        kinds = Counter(proof["kind"] for one in data.values() for proof in one["proofs"])
        print(f"SQLAlchemy {full}:", ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds)))
    print(f"{len(cases)} cases, {failures} contradictions, {time.monotonic() - start:.0f}s")
    if not args.words and not failures and set(by_version) == set(VERSIONS):
        write_truth({version: full for version, full, _ in sorted(results)}, by_case)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
