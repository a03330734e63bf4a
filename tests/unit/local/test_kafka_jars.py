"""Kafka's jars: the lock file names each with its hash, and nothing else is ever put on the class path."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from infra.errors import FatalError, RetryableError
from infra.local import kafka_jars


class Locked:
    """An entry of the lock file."""

    groupId, artifactId, version = "g", "a", "1"  # noqa: N815 - jgo's names

    def __init__(self, content: bytes) -> None:
        self.sha256 = hashlib.sha256(content).hexdigest()


class Artifact:
    """A jar that a repository would serve as `served`; None: the repository is away."""

    def __init__(self, path: Path, served: bytes | None) -> None:
        self.cached_path, self._served = path, served
        self.fetched = 0

    def resolve(self) -> Path:
        self.fetched += 1
        if self._served is None:
            raise RuntimeError("not found in remote repositories")
        self.cached_path.write_bytes(self._served)
        return self.cached_path


class Repository:
    """What jgo shows of Maven."""

    def __init__(self, folder: Path, artifact: Artifact) -> None:
        self.repo_cache, self.artifact = folder, artifact

    def create_dependency(self, _coordinate: str) -> Repository:
        return self


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path


def class_path(monkeypatch: pytest.MonkeyPatch, folder: Path, wanted: bytes, artifact: Artifact) -> tuple[Path, ...]:
    lock = type("Lock", (), {"dependencies": [Locked(wanted)]})()
    monkeypatch.setattr(kafka_jars, "_lock_file", lambda: lock)
    monkeypatch.setattr(kafka_jars, "_maven", lambda: Repository(folder, artifact))
    return kafka_jars.kafka_class_path()


def test_the_lock_file_is_complete() -> None:
    locked = kafka_jars._lock_file().dependencies
    by_name = {entry.artifactId: entry for entry in locked}
    assert len(by_name) == len(locked) == 46
    assert all(len(entry.sha256) == 64 for entry in locked)
    for name in ("kafka_2.13", "kafka-clients"):
        assert by_name[name].version == kafka_jars.KAFKA_VERSION
    assert {entry.version for entry in locked if entry.groupId == "org.apache.kafka"} == {kafka_jars.KAFKA_VERSION}
    assert len({entry.version for entry in locked if entry.groupId == "org.apache.logging.log4j"}) == 1


def test_a_jar_that_is_there_is_not_fetched(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    (cache / "a.jar").write_bytes(b"jar")
    artifact = Artifact(cache / "a.jar", None)
    assert class_path(monkeypatch, cache, b"jar", artifact) == (cache / "a.jar",)
    assert artifact.fetched == 0


@pytest.mark.parametrize("torn", [b"", b"ja", None])
def test_a_missing_or_torn_jar_is_fetched(monkeypatch: pytest.MonkeyPatch, cache: Path, torn: bytes | None) -> None:
    if torn is not None:
        (cache / "a.jar").write_bytes(torn)
    artifact = Artifact(cache / "a.jar", b"jar")
    assert class_path(monkeypatch, cache, b"jar", artifact) == (cache / "a.jar",)
    assert artifact.fetched == 1


def test_another_jar_than_the_locked_one_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    with pytest.raises(FatalError, match="SHA-256"):
        class_path(monkeypatch, cache, b"jar", Artifact(cache / "a.jar", b"evil"))
    assert not (cache / "a.jar").exists()


def test_without_network_the_message_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    with pytest.raises(RetryableError, match="Maven Central"):
        class_path(monkeypatch, cache, b"jar", Artifact(cache / "a.jar", None))
