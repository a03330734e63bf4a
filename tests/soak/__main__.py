"""`python -m tests.soak --minutes M --seed S`: load, kills, pauses, poison; then everything must be true.

One home of its own, begun afresh and removed at the end (its logs are kept when something does not hold). Exit code
0 only when every blow was dealt and every claim holds; the report is bench-results/soak-<moment>.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.benchmarks.machine import describe_machine
from tests.soak.load import blows_over
from tests.soak.plan import Strike, plan
from tests.soak.poison import Poisoner
from tests.soak.proof import Proof, prove, wait_until_drained
from tests.soak.stand import CONFIG, Stand
from tests.soak.striker import Striker
from tests.support.command import ROOT, lianzhi
from tests.support.reaper import Reaper, stop_and_remove

MONTHS = "3"
EVENTS_A_CASE = 6
_BEGAN = time.monotonic()


@dataclass(frozen=True)
class Outcome:
    """Everything that the report tells."""

    options: argparse.Namespace
    striker: Striker
    poisoner: Poisoner
    imports: list[dict[str, Any]]
    proofs: list[Proof]

    @property
    def clean(self) -> bool:
        """Whether every blow was dealt and every claim holds."""
        dealt = all(struck.pid is not None for struck in self.striker.dealt)
        return dealt and all(proof.holds for proof in self.proofs)

    def as_json(self) -> dict[str, Any]:
        """As the file holds it."""
        return {
            "finished_at": datetime.now(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds"),
            "minutes": self.options.minutes,
            "seed": self.options.seed,
            "seconds_in_all": round(time.monotonic() - _BEGAN, 1),
            "clean": self.clean,
            "kills": self.striker.count(Strike.KILL),
            "pauses": self.striker.count(Strike.PAUSE),
            "blows": [struck.as_row() for struck in self.striker.dealt],
            "poison": dict(self.poisoner.written),
            "imports": self.imports,
            "proofs": [proof.as_row() for proof in self.proofs],
            "machine": describe_machine(),
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long load and blows last")
    parser.add_argument("--seed", type=int, default=1, help="decides the events, the blows and the poison")
    parser.add_argument("--rate", type=float, default=60.0, help="events a second, over time")
    parser.add_argument("--report", type=Path, help="where the report goes; else bench-results/soak-<moment>.json")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with _home() as (home, clean):
        outcome = _soak(options, home)
        clean.append(outcome.clean)
    path = _write(outcome, options.report)
    _say(
        f"{'clean' if outcome.clean else 'NOT CLEAN'}: {outcome.striker.count(Strike.KILL)} kills, "
        f"{outcome.striker.count(Strike.PAUSE)} pauses; {path}"
    )
    return 0 if outcome.clean else 1


def _soak(options: argparse.Namespace, home: Path) -> Outcome:
    (home / "lianzhi.toml").write_text(CONFIG, encoding="utf-8")
    world = home / "soak" / "world"
    cases = max(round(options.minutes * 60 * options.rate / EVENTS_A_CASE), 60)
    stand = Stand(home, options.seed, world / "events")
    striker = Striker(stand, _say)
    _say(f"making up {cases} cases")
    _simulate(home, world, options.seed, cases)
    _say("lianzhi up")
    stand.up()
    poisoner = Poisoner(stand.settings, options.seed)
    imports: list[dict[str, Any]] = []
    try:
        began = time.monotonic()
        stand.load_until = began + options.minutes * 60
        stand.keep_running()
        poisoner.start()
        blows = plan(options.minutes, options.seed)
        middle = len(blows) // 2
        striker.run(blows[:middle], began)
        imports += _import(stand, world)
        striker.run(blows[middle:], began)
        striker.rest(stand.load_until)
        striker.release()
        blows_over(home).touch()
        _say("the blows are over; publishers finish")
        stand.up()
        _finish(stand, striker)
        poisoner.stop()
        imports += _import(stand, world)
        _say("waiting until everything has landed")
        wait_until_drained(stand)
        proofs = [*_import_proofs(imports), *prove(stand, world, _say)]
    finally:
        striker.release()
        stand.stop_own()
        poisoner.stop()
    return Outcome(options, striker, poisoner, imports, proofs)


def _simulate(home: Path, world: Path, seed: int, cases: int) -> None:
    told = lianzhi(
        home,
        *("simulate", "--seed", str(seed), "--months", MONTHS, "--cases", str(cases)),
        *("--no-publish", "--out", str(world)),
        seconds=3_600,
    )
    if told.code:
        raise RuntimeError(f"`lianzhi simulate` ended with exit code {told.code}:\n{told.err}")


def _import(stand: Stand, world: Path) -> list[dict[str, Any]]:
    """The spreadsheets, as a clerk imports them; a clerk who is told to try later does so."""
    done = []
    for sheet in sorted(world.glob("shuanggongshi-*.xlsx")):
        region = sheet.stem.rsplit("-", 1)[1]
        slug = {"330421": "jiashan", "310118": "qingpu", "320509": "wujiang"}[region]
        words = ("import", "shuanggongshi", str(sheet), "--region", region, "--publisher", f"{slug}.gongshi")
        told = stand.command(*words, "-o", "json")
        for _ in range(5):
            if told.code in {0, 3}:
                break
            stand.up()
            told = stand.command(*words, "-o", "json")
        done.append({"sheet": sheet.name, "exit": told.code} | (json.loads(told.out) if told.out else {}))
        _say(f"import {sheet.name}: {done[-1]}")
    return done


def _import_proofs(imports: list[dict[str, Any]]) -> Iterator[Proof]:
    """The same file a second time publishes nothing."""
    half = len(imports) // 2
    again = [(one, two) for one, two in zip(imports[:half], imports[half:], strict=True)]
    holds = bool(again) and all(two["exit"] == one["exit"] == 0 and two["published"] == 0 for one, two in again)
    yield Proof("a file imported twice publishes nothing the second time", holds, "" if holds else str(imports))


def _finish(stand: Stand, striker: Striker) -> None:
    """Until every publisher has published everything it has."""
    deadline = time.monotonic() + 1_200
    while stand.loading():
        if time.monotonic() > deadline:
            raise TimeoutError("publishers did not finish")
        striker.rest(time.monotonic() + 0.5)


@contextmanager
def _home() -> Iterator[tuple[Path, list[bool]]]:
    """A fresh home whose stack ends with this process, however that ends."""
    home, reaper, clean = Path(tempfile.mkdtemp(prefix="lz-soak-")).resolve(), Reaper(), list[bool]()
    reaper.watch(home)
    try:
        yield home, clean
    finally:
        if not any(clean) and (home / "logs").exists():
            kept = Path(tempfile.mkdtemp(prefix="lz-soak-failed-"))
            shutil.copytree(home / "logs", kept / "logs", dirs_exist_ok=True)
            _say(f"logs are kept under {kept}")
        stop_and_remove(home)
        reaper.forget(home)
        reaper.close()


def _write(outcome: Outcome, path: Path | None) -> Path:
    folder = ROOT / "bench-results"
    folder.mkdir(exist_ok=True)
    target = path or folder / f"soak-{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%dT%H%M%S}.json"
    target.write_text(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return target


def _say(text: str) -> None:
    print(f"{time.monotonic() - _BEGAN:7.1f} s  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
