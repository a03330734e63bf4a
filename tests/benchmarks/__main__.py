"""`python -m tests.benchmarks`: all measurements in turn, a table, and bench-results/<moment>.json.

Exit code 0 when everything could be measured (whatever the numbers say), 1 when a benchmark broke.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
import traceback
from collections.abc import Sequence

from tests.benchmarks import report
from tests.benchmarks.frame import MODULES, Context, Result, bench_modules
from tests.benchmarks.machine import describe_machine
from tests.support.command import ROOT


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a fraction of the time and of the data")
    parser.add_argument("--only", default="", metavar="a,b", help=f"letters of {','.join(MODULES)}")
    parser.add_argument(
        "--readme", action="store_true", help="measure nothing; put the newest full results into README.md"
    )
    options = parser.parse_args(arguments)
    if unknown := [letter for letter in options.only.split(",") if letter.strip() and letter.strip() not in MODULES]:
        parser.error(f"--only {','.join(unknown)}: known are {', '.join(MODULES)}")
    if options.readme:
        return write_readme()
    return measure(short=options.short, only=options.only)


def write_readme() -> int:
    """Numbers in the README come from a full run and from nowhere else."""
    path = report.newest_full()
    if path is None:
        print("no full results in bench-results/: run `make bench` first", file=sys.stderr)
        return 1
    report.rewrite_readme(json.loads(path.read_text(encoding="utf-8")), ROOT / "README.md")
    print(f"README.md now tells of {path.relative_to(ROOT)}")
    return 0


def measure(*, short: bool, only: str) -> int:
    """Run the benchmarks; a broken one does not stop the others."""
    machine = describe_machine()
    results: list[Result] = []
    failed: list[str] = []
    modules = bench_modules(only)
    with Context() as ctx:
        for place, (letter, bench) in enumerate(modules, 1):
            began = time.monotonic()
            print(f"[{place}/{len(modules)}] ({letter}) {bench.TITLE}", file=sys.stderr, flush=True)
            try:
                found = bench.run(short, ctx)
            except Exception:  # noqa: BLE001 - whatever broke one measurement, the others are still worth having
                traceback.print_exc()
                failed.append(letter)
                ctx.release()
                continue
            results += found
            ctx.say(f"done in {time.monotonic() - began:.0f} s")
            gc.collect()
    report.show(results, machine)
    path = report.write_json(results, machine, short=short, only=only, failed=failed)
    print(f"{path.relative_to(ROOT)}" + (f"; broken: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
