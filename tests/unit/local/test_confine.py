"""What a confined process can still read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_TRY = """
import sys
from pathlib import Path
from infra.local.confine import confine_reading
inside, outside = Path(sys.argv[1]), Path(sys.argv[2])
open_before = outside.open()
print(confine_reading([inside, inside / "is not there", Path(sys.argv[3])]))
for path in (inside / "a", Path(sys.argv[3]), outside):
    try:
        print(path.read_text())
    except PermissionError:
        print("refused")
print(open_before.read())
outside.write_text("written")
(inside / "a").rename(inside.parent / "moved")
"""


def test_it_reads_what_is_allowed_and_nothing_else(tmp_path: Path) -> None:
    inside, single, outside = tmp_path / "inside", tmp_path / "single", tmp_path / "outside"
    inside.mkdir()
    for file, text in ((inside / "a", "a"), (single, "b"), (outside, "c")):
        file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", _TRY, str(inside), str(outside), str(single)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    confined, *read = done.stdout.split()
    expected = "refused" if confined == "True" else "c"
    assert read == ["a", "b", expected, "c"]
    assert outside.read_text() == "written"
    assert (tmp_path / "moved").read_text() == "a"
