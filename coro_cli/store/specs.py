"""What a park asks for, and what it has just seen: the words of `parking`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from coro_cli.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Seen:
    """What a plugin has just read, as it reads.

    marker: the mark its change detector gives to this very state. asked: when it was asked for, by our clock; None: just now.
    """

    plugin: str
    snapshot: Snapshot
    marker: str = ""
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class WaitSpec:
    """A wait as asked for. since: host time; None is "from now on" (or, in a running job, from its run's start)."""

    refs: tuple[str, ...]
    on: tuple[str, ...]
    all: bool = False
    only: bool = False
    at_head: bool = False
    who: str = "trusted"
    match: str = ""
    since: float | None = None
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job as asked for. None leaves what a job that parks again already has."""

    command: tuple[str, ...] | None = None
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    title: str | None = None
    phase: str | None = None
    repeat: bool | None = None
    retries: int | None = None
    on_interrupt: str | None = None
