"""Who is told what happens while a stack starts or stops."""

from __future__ import annotations

from typing import Protocol


class Watcher(Protocol):
    """Is told what happens while a stack starts or stops."""

    def waiting_for_lock(self) -> None:
        """Another command is at work on the same home."""

    def jars(self, ready: int, total: int) -> None:
        """So many of Kafka's jars are on this machine."""

    def role(self, name: str, note: str, done: bool) -> None:
        """A process is on its way (`note` says how), or where it should be."""

    def say(self, text: str) -> None:
        """Something that people should know of, in Chinese and English; not for programs."""


class Silent:
    """A watcher that shows nothing."""

    def waiting_for_lock(self) -> None:
        """Nothing."""

    def jars(self, ready: int, total: int) -> None:
        """Nothing."""

    def role(self, name: str, note: str, done: bool) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""
