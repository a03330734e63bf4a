"""Who works on batches: this process, or several beside it that each tell and publish batches of their own.

Batches are numbered in the order of the file. Each is asked for twice: to be told, and, when it was claimed, to be
published. Answers come in any order.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, Protocol

from infra.clock import Clock, SystemClock
from infra.errors import FatalError, InvalidInput, LianzhiError, RetryableError
from infra.logging import configure_logging
from producers.collector import calm_collector
from producers.importers.batches import EVENT_TYPE, Batches, Job, Mapped, parts_of
from producers.importers.header import Line
from producers.importers.ledger import Verdict
from producers.importers.one_import import held_by_worker
from producers.importers.outcome import Outcome
from schemas.catalogue import catalogue
from schemas.models import model_of
from schemas.rules import rules_of

BATCHES_PER_WORKER = 3
"""So many batches are with one worker at once, so that it always has something to do."""


class Answer(NamedTuple):
    """What became of a batch: it was told (`Mapped`) or published (`Outcome`)."""

    batch: int
    result: Mapped | Outcome


class Pool(Protocol):
    """Workers."""

    def room(self) -> bool:
        """Whether a further batch can be handed in now."""

    def map(self, batch: int, lines: Sequence[Line]) -> None:
        """Ask for a batch to be told."""

    def publish(self, batch: int, verdicts: Sequence[Verdict]) -> None:
        """Ask for a batch that was told to be published."""

    def answers(self) -> list[Answer]:
        """What has been done since; waits for something if anything is being done."""

    def close(self) -> None:
        """End the workers."""


class Here:
    """Everything in this process, one batch after the other."""

    def __init__(self, job: Job, clock: Clock) -> None:
        self._batches = Batches(job, clock)
        self._done: deque[Answer] = deque()

    def room(self) -> bool:
        return not self._done

    def map(self, batch: int, lines: Sequence[Line]) -> None:
        self._done.append(Answer(batch, self._batches.map(batch, parts_of(lines))))

    def publish(self, batch: int, verdicts: Sequence[Verdict]) -> None:
        self._done.append(Answer(batch, self._batches.publish(batch, verdicts)))

    def answers(self) -> list[Answer]:
        done = list(self._done)
        self._done.clear()
        return done

    def close(self) -> None:
        self._batches.__exit__()


class Beside:
    """Processes of their own; they end with this one, however it ends, since their pipe does.

    A worker is sent something only when it waits for it, so that never both sides of a full pipe are writing. Started
    by forking where that is safe (Linux, no other thread yet), which saves each a second of imports.
    """

    def __init__(self, workers: int) -> None:
        safe = sys.platform == "linux" and threading.active_count() == 1
        context = multiprocessing.get_context("fork") if safe else multiprocessing.get_context("spawn")
        if safe:
            _make_ready()
        self._workers: list[_Worker] = []
        for _ in range(workers):
            ours, theirs = context.Pipe()
            # A fork inherits our ends of all pipes; kept open, they would outlive us and nobody's pipe would end.
            inherited = [worker.pipe for worker in self._workers] + [ours] if safe else []
            process = context.Process(target=_work, args=(theirs, inherited), daemon=True)
            process.start()
            theirs.close()
            self._workers.append(_Worker(process, ours))
        self._owner: dict[int, _Worker] = {}

    def begin(self, job: Job) -> None:
        """Tell every worker what the import is about."""
        for worker in self._workers:
            worker.send_now(job)

    def room(self) -> bool:
        return len(self._owner) < BATCHES_PER_WORKER * len(self._workers)

    def map(self, batch: int, lines: Sequence[Line]) -> None:
        owners = list(self._owner.values())
        worker = min(self._workers, key=owners.count)
        self._owner[batch] = worker
        worker.tasks.append((batch, [pickle.dumps(part) for part in parts_of(lines)]))
        worker.go_on()

    def publish(self, batch: int, verdicts: Sequence[Verdict]) -> None:
        worker = self._owner[batch]
        worker.tasks.appendleft((batch, None, verdicts))
        worker.go_on()

    def answers(self) -> list[Answer]:
        found: list[Answer] = []
        busy = {worker.pipe: worker for worker in self._workers if worker.busy}
        for pipe in wait(list(busy)) if busy else ():
            worker = busy[pipe]  # type: ignore[index]
            answer = worker.receive()
            if isinstance(answer.result, Outcome):
                del self._owner[answer.batch]
            found.append(answer)
        return found

    def close(self) -> None:
        for worker in self._workers:
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join(30)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


@dataclass(slots=True, eq=False)
class _Worker:
    """One process, what it is still to do, and whether it is doing something."""

    process: BaseProcess
    pipe: Connection
    tasks: deque[tuple[Any, ...]] = field(default_factory=deque)
    busy: bool = False

    def go_on(self) -> None:
        if self.tasks and not self.busy:
            self.busy = True
            self.send_now(self.tasks.popleft())

    def send_now(self, message: object) -> None:
        try:
            self.pipe.send(message)
        except ConnectionError:
            raise _gone() from None

    def receive(self) -> Answer:
        try:
            answer: Answer | _Failure = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise _gone() from None
        if isinstance(answer, _Failure):
            raise answer.error()
        self.busy = False
        self.go_on()
        return answer


class _Failure(NamedTuple):
    """An error of ours on its way to the main process; its class may not be one that can be made anew."""

    kind: type[LianzhiError]
    message: str
    zh: str
    hint: str

    def error(self) -> LianzhiError:
        return self.kind(self.message, zh=self.zh, hint=self.hint)


def _make_ready() -> None:
    """Load and build here, once, what every worker needs for its first event."""
    model = model_of(EVENT_TYPE)
    model.model_rebuild()
    rules_of(model.family)
    _ = catalogue().event_type(EVENT_TYPE).latest.write


def _lines(part: bytes) -> Sequence[Line]:
    """A part of a batch, unpacked when its turn comes, so that its cells are in the caches when they are read."""
    lines: Sequence[Line] = pickle.loads(part)  # noqa: S301 - from our own main process
    return lines


def _gone() -> FatalError:
    return FatalError(
        "a worker of the import ended by itself",
        zh="导入的工作进程意外结束",
        hint="import the file again: what was published is recognised",
    )


def _work(pipe: Connection, inherited: Sequence[Connection]) -> None:
    """The main function of a worker: a job, then batches, until the pipe ends."""
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process; its end ends the pipe
    try:
        job: Job = pipe.recv()
        configure_logging(job.settings.log, role="import")
        with held_by_worker(job.settings.home, job.publisher), Batches(job, SystemClock()) as batches:
            calm_collector()
            while True:
                batch, parts, *verdicts = pipe.recv()
                result = batches.publish(batch, *verdicts) if parts is None else batches.map(batch, map(_lines, parts))
                pipe.send(Answer(batch, result))
    except (EOFError, ConnectionError):
        return
    except LianzhiError as error:
        kinds = (RetryableError, InvalidInput, FatalError)
        kind = next((kind for kind in kinds if isinstance(error, kind)), FatalError)
        pipe.send(_Failure(kind, error.message, error.zh, error.hint))
