"""Kafka's jars, exactly those of the lock file: fetched once through jgo, checked by hash at every start.

`kafka/jgo.lock.toml` is jgo's own lock file (coordinates and SHA-256). Nothing is resolved at start, so that a broker
started in ten years has the same class path. `python -m infra.local.kafka_jars` makes the lock file anew from
COORDINATES.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.errors import FatalError, RetryableError

KAFKA_VERSION = "4.3.1"
COORDINATES = (
    f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}",
    # The log4j binding's managed versions would pull the clients to 3.9.1.
    f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",
)
LOCK_FILE = Path(__file__).with_name("kafka") / "jgo.lock.toml"
_DOWNLOADS_AT_ONCE = 4

Progress = Callable[[int, int], None]


def kafka_class_path(progress: Progress | None = None) -> tuple[Path, ...]:
    """Every jar of the broker, present in the user's Maven cache and of the hash that the lock file names.

    Args:
        progress: told (jars ready, jars in all) as they become ready.

    Raises:
        RetryableError: when a jar is missing and can not be fetched.
        FatalError: when a fetched jar is not the one of the lock file.
    """
    lock, context = _lock_file(), _maven()
    missing: list[Any] = []
    paths: dict[int, Path] = {}
    for index, locked in enumerate(lock.dependencies):
        artifact = _artifact(context, locked)
        path = artifact.cached_path
        if path.exists() and _sha256(path) == locked.sha256:
            paths[index] = path
        else:
            missing.append((index, locked))
    if progress:
        progress(len(paths), len(lock.dependencies))
    if missing:
        with _one_at_a_time(context.repo_cache), ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            for index, path in pool.map(lambda entry: (entry[0], _fetch(context, entry[1])), missing):
                paths[index] = path
                if progress:
                    progress(len(paths), len(lock.dependencies))
    return tuple(paths[index] for index in range(len(lock.dependencies)))


def _fetch(context: Any, locked: Any) -> Path:
    artifact = _artifact(context, locked)
    path: Path = artifact.cached_path
    if path.exists():
        if _sha256(path) == locked.sha256:
            return path  # another start fetched it meanwhile
        path.unlink()  # torn by a kill in the middle of a download, or not what it says it is
    try:
        artifact.resolve()
    except (OSError, RuntimeError) as error:
        raise RetryableError(
            f"can not fetch {locked.artifactId} {locked.version} from Maven Central: {error}",
            zh=f"无法从 Maven Central 下载 {locked.artifactId} {locked.version}",
            hint="check the network, then run the command again",
        ) from error
    if _sha256(path) != locked.sha256:
        path.unlink()
        raise FatalError(
            f"{path.name} as fetched is not the jar that the lock file names (SHA-256 differs)",
            zh=f"{path.name} 的 SHA-256 与锁定文件不符",
            hint="somebody between here and Maven Central changed it; do not go on",
        )
    return path


def write_lock_file() -> int:
    """Resolve COORDINATES anew and write the lock file; how many jars it names."""
    import jgo
    from jgo.env import LockFile

    context = _maven()
    artifacts = jgo.resolve("+".join(COORDINATES))
    dependencies = sorted(
        (context.create_dependency(f"{a.groupId}:{a.artifactId}:{a.version}") for a in artifacts),
        key=lambda dependency: (dependency.groupId, dependency.artifactId),
    )
    LockFile.from_resolved_dependencies(dependencies, environment_name="kafka").save(LOCK_FILE)
    return len(dependencies)


def _lock_file() -> Any:
    from jgo.env import LockFile

    return LockFile.load(LOCK_FILE)


def _maven() -> Any:
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    return MavenContext(repo_cache=GlobalSettings.load().repo_cache, remote_repos={"central": MAVEN_CENTRAL_URL})


def _artifact(context: Any, locked: Any) -> Any:
    return context.create_dependency(f"{locked.groupId}:{locked.artifactId}:{locked.version}").artifact


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """jgo writes into the cache in place: two first starts must not fetch the same jar at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lianzhi-download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    print(f"{write_lock_file()} jars -> {LOCK_FILE}")  # noqa: T201
