"""`make demo`: the whole way of an event on real parts, command by command, as a user would type them.

Every step is the `lianzhi` command itself in a process of its own; this module only chooses the steps, shows them, and
makes sure that the servers are stopped at the end (`KEEP=1` leaves them up). It works in a home of its own under
`.lianzhi-demo`, begun afresh each time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule

from infra.errors import LianzhiError

HOME = Path(os.environ.get("DEMO_HOME", ".lianzhi-demo"))
CASES = os.environ.get("CASES", "20000")
KEEP = os.environ.get("KEEP", "") not in {"", "0"}
console = Console(stderr=False)


class DemoError(LianzhiError):
    """A step of the demonstration ended with an exit code that it should not have."""


@dataclass(frozen=True)
class Step:
    """One command of the demonstration; `{home}` in an argument becomes the demo's folder."""

    zh: str
    en: str
    arguments: tuple[str, ...]
    allowed: tuple[int, ...] = (0,)

    def run(self) -> None:
        """Show the command, run it, and stop the demonstration when it failed."""
        arguments = [argument.format(home=HOME) for argument in self.arguments]
        console.print(Rule(f"[bold]{self.zh}[/] [dim]{self.en}[/]", align="left"))
        console.print(f"[cyan]$ lianzhi {' '.join(arguments)}[/]", highlight=False)
        code = subprocess.call([sys.executable, "-m", "lianzhi", "--home", str(HOME), *arguments])
        if code not in self.allowed:
            raise DemoError(
                f"`lianzhi {' '.join(arguments)}` ended with exit code {code}",
                zh="演示中断",
                hint=f"logs are under {HOME}/logs",
            )


UP = Step("启动真实的 Kafka 与 ClickHouse", "a real broker, a real server", ("up",))
DOWN = Step("停止", "stop", ("down",))
SIMULATED = "{home}/simulated"
SPREADSHEET = f"{SIMULATED}/shuanggongshi-330421.xlsx"
STEPS = (
    Step(
        "三地发布一年的案件、移送与纠纷",
        "three regions publish a year, month by month, through their own outboxes",
        ("simulate", "--seed", "7", "--months", "12", "--cases", CASES, "--out", SIMULATED),
    ),
    Step("每个事件恰好落地一次", "every event landed exactly once", ("check",)),
    Step(
        "问题一：跨区域重复违法主体",
        "question 1, as of the end of June 2026",
        ("ask", "repeat_offenders", "--as-of", "2026-06-30"),
    ),
    Step(
        "导入嘉善的双公示表",
        "import a spreadsheet of published penalties",
        ("import", "shuanggongshi", SPREADSHEET, "--region", "330421", "--publisher", "jiashan.gongshi", "--wait"),
    ),
    Step(
        "再问一次：表中的决定已计入，重复的未重复计数",
        "the same question: the file's decisions count, those told twice count once",
        ("ask", "repeat_offenders", "--as-of", "2026-06-30"),
    ),
    Step(
        "当时（2026年3月末）所知的答案",
        "the same question as it was known at the end of March 2026",
        ("ask", "repeat_offenders", "--known-at", "2026-03"),
    ),
    Step("问题七：移送接收率", "question 7", ("ask", "transfer_acceptance", "--as-of", "2026-06-30")),
    Step(
        "问题十三：九十日办结预警，及其依据的事件",
        "question 13 with the events behind it",
        ("ask", "ninety_day_risk", "--as-of", "2026-06-30", "--evidence"),
    ),
)

NEXT = (
    Step("再启动，数据都在", "starts them again, everything is there", ("up",)),
    Step("各进程", "what runs", ("status",)),
    Step("全部问题", "all questions", ("ask",)),
    Step("另建一表重算", "folds it anew beside", ("projections", "rebuild", "cases")),
    Step("逐行比对", "compares row by row", ("projections", "compare", "cases")),
    Step("从日志重放并比对", "lands and folds all again", ("replay", "--from-log", "--into", "again", "--compare")),
    Step("停止", "stops", ("down",)),
)
"""What to type next, with what it does."""


def next_steps() -> Iterator[str]:
    """Lines to go on by, with the command as it lies in this environment, whatever made it."""
    command = os.path.relpath(Path(sys.prefix) / "bin" / "lianzhi")
    lines = {f"{command} --home {HOME} {' '.join(step.arguments)}": step for step in NEXT}
    width = max(map(len, lines))
    yield f"{'KEEP=1 make demo':{width}}  保留服务器 leaves the servers up"
    yield from (f"{line:{width}}  {step.zh} {step.en}" for line, step in lines.items())
    yield ""
    yield "文档 Documentation: docs/publishers.md, docs/analysts.md, docs/auditors.md, docs/operators.md"


@contextlib.contextmanager
def _servers() -> Iterator[None]:
    """Servers from a clean slate, stopped at the end whatever happens in between."""
    if HOME.exists():
        subprocess.call(
            [sys.executable, "-m", "lianzhi", "--home", str(HOME), "down"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        shutil.rmtree(HOME)
    stopped_well = False
    try:
        UP.run()
        yield
        stopped_well = True
    finally:
        if not (KEEP and stopped_well):
            DOWN.run()


def main() -> int:
    """Run the demonstration; the exit code is 0 when every step did what it should."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    console.print(
        Panel(
            "[bold]联治 Lianzhi[/]  嘉善 · 青浦 · 吴江\n真实的 Kafka，真实的 ClickHouse；"
            "数据是编造的。All data here is made up."
        )
    )
    try:
        with _servers():
            for step in STEPS:
                step.run()
    except DemoError as failure:
        console.print(f"[red]{failure}[/]")
        return 1
    console.print(Rule(f"完成 done in {time.monotonic() - began:.0f} s", align="left"))
    console.print("[bold]接下来 How to go on[/]\n", highlight=False)
    for line in next_steps():
        console.print(line, highlight=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
