"""Every command that README.md and docs/*.md show is run, in order, page by page.

In a block marked `sh` each line is a command (a backslash at its end goes on with the next line). A comment `# exit 3`
behind a command states its exit code; a line that begins with `#` is a comment; `make …` is only checked to be known to
make, since it would run this test again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import FullStack
from tests.support.command import ROOT, environment

pytestmark = [pytest.mark.servers, pytest.mark.e2e, pytest.mark.timeout(1200)]

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^[ \t]*```sh[ \t]*\n(?P<body>.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"(?:^|\s)#(?: .*)?\bexit (?P<code>[0-3])\b.*$")
_NEEDED = ("publishers.md", "analysts.md", "auditors.md", "operators.md")


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it, and the exit code that it is to have."""

    text: str
    code: int


def commands(page: str) -> Iterator[Shown]:
    """The commands of a page, in order."""
    for block in _BLOCK.finditer(page):
        for line in block["body"].replace("\\\n", " ").splitlines():
            text = line.strip()
            if text and not text.startswith("#"):
                stated = _EXIT.search(text)
                yield Shown(_without_comment(text), int(stated["code"]) if stated else 0)


def _without_comment(text: str) -> str:
    return re.sub(r"\s+#\s.*$", "", text)


def test_the_commands_of_a_page_are_found() -> None:
    page = "\n".join(
        (
            "text",
            "```sh",
            "# a comment",
            "lianzhi ask  # all of them",
            "lianzhi publish bad.ndjson \\",
            "  --publisher a.b  # exit 3: a line is refused",
            "```",
            "```text",
            "not a command",
            "```",
        )
    )
    assert list(commands(page)) == [
        Shown("lianzhi ask", 0),
        Shown("lianzhi publish bad.ndjson    --publisher a.b", 3),
    ]


def test_every_kind_of_user_has_a_page_with_commands() -> None:
    for name in _NEEDED:
        assert list(commands((ROOT / "docs" / name).read_text(encoding="utf-8"))), name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_page_runs(full_stack: FullStack, page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    full_stack.run("up")
    for shown in commands(page.read_text(encoding="utf-8")):
        done = _run(shown, full_stack.home, tmp_path)
        assert done.returncode == shown.code, (
            f"{page.name}: `{shown.text}`: exit code {done.returncode}, shown is {shown.code}\n{done.stdout[-6000:]}"
        )


def _run(shown: Shown, home: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    make = re.match(r"(?:[A-Z_]+=\S+ )*make\b(?P<rest>.*)", shown.text)
    text = f"make -n {make['rest']}" if make else shown.text
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", text],
        cwd=ROOT if make else folder,
        env=environment() | {"LIANZHI_HOME": str(home), "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
