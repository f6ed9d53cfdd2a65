"""One runner a home: the lock that says so, and the signals that end it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from coro_cli import paths
from coro_cli.domain.durations import rfc3339
from coro_cli.errors import Conflict
from coro_cli.running import locks


def refuse_second(home: paths.Home) -> None:
    """Raise Conflict if another runner holds the home: told before its port is found to be taken."""
    if locks.is_held(home.lock):
        raise _held(home)


def hold(home: paths.Home) -> int:
    """The descriptor whose lock holds the home until it is closed. Raises Conflict if another runner has it."""
    lock = locks.take(home.lock, patience=0.5)
    if lock is None:
        raise _held(home)
    try:
        os.ftruncate(lock, 0)
        os.write(lock, f"pid {os.getpid()} since {rfc3339(float(int(time.time())))}\n".encode())
    except OSError:
        pass  # a full disk: the lock is what holds the home, its text is only for the message
    return lock


def _held(home: paths.Home) -> Conflict:
    try:
        who = home.lock.read_text().strip()
    except OSError:
        who = ""
    named = f" ({who})" if who else ""
    return Conflict(f"another `coro start` holds this home{named}", hint="see it with `coro status`, or name another home")


def on_signals(stop: Callable[[], None], again: Callable[[], None]) -> None:
    """TERM and INT ask to stop; a second one does not wait."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        (again if asked else stop)()
        asked = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)
