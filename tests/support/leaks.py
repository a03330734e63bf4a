"""Looking for personal data where none may be: in texts, in errors with all that hangs on them, in files."""

from __future__ import annotations

import base64
import hashlib
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.pretty import pretty_repr


def assert_no_trace(secrets: Iterable[str], *where: str | bytes) -> None:
    """Fail when one of `secrets`, or a bare hash of it in any usual spelling, stands in one of the texts."""
    haystacks = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text for text in where]
    for secret in secrets:
        for needle in _spellings(secret):
            for haystack in haystacks:
                assert needle not in haystack, f"personal data found, in the spelling {needle[:4]!r}…"


def assert_error_clean(error: BaseException, secrets: Iterable[str]) -> None:
    """Fail when the error, what it is chained to, its attributes or its traceback tell one of `secrets`."""
    for link in _chain(error):
        texts = [str(link), repr(link), *map(pretty_repr, link.args), *map(pretty_repr, vars(link).values())]
        texts += traceback.format_exception(link)
        assert_no_trace(secrets, *texts)


def assert_files_clean(folder: Path, secrets: Iterable[str]) -> int:
    """Fail when a file under `folder` holds one of `secrets` or its bare hash; the number of files looked at."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert_no_trace(secrets, *(file.read_bytes() for file in files), *(str(file) for file in files))
    return len(files)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that hangs on it, shown or suppressed."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            waiting += [link.__cause__, link.__context__]


def _spellings(secret: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "gb18030"):
        yield secret.encode(encoding)
    yield secret.encode("unicode_escape")
    for name in ("sha256", "sha1", "md5", "sha512", "sha3_256", "blake2b", "blake2s"):
        digest = hashlib.new(name, secret.encode()).digest()
        yield digest
        for text in (digest.hex().encode(), base64.b64encode(digest), base64.b32encode(digest)):
            yield text[:20]
            yield text[:20].lower()
            yield text[:20].upper()
