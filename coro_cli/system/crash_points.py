"""Named points on the durable paths, where the crash tests meet the process.

In normal use `reach` is one comparison. With CORO_CRASH_AT=NAME the process kills itself (SIGKILL, no clean-up) the
first time it gets there: what the store then holds is what a power cut at that instant would leave. `fail:NAME` raises
there instead (behind a commit: the write is done, and the caller is told that it failed); `stop:NAME` halts the process,
so that whoever watches can fill the disk or lock the store before it goes on.
"""

from __future__ import annotations

import os

from coro_cli.errors import StoreError

POINTS = (
    "park.before-commit", "park.committed",
    "record.before-commit", "record.committed",
    "claim.before-commit", "claim.committed",
    "spawn.files-written", "spawn.started",
    "supervise.forked", "supervise.running", "supervise.exited", "supervise.recorded",
    "finish.before-commit", "finish.committed",
    "poll.read", "poll.recorded",
    "prune.before-commit", "prune.committed", "migrate.before-commit", "migrate.committed",
    "delivery.before-commit", "delivery.committed", "secret.written", "secret.replaced", "ack.before-send",
)  # fmt: skip

ARMED = "CORO_CRASH_AT"
_how, _, _armed = os.environ.get(ARMED, "").rpartition(":")


def reach(name: str) -> None:
    """Say that the process has come to this point. Raises StoreError where it is armed to fail."""
    global _armed
    if name != _armed:
        return
    _armed = ""
    if _how == "fail":
        raise StoreError("the store could not be written: disk I/O error")
    import signal

    os.kill(os.getpid(), signal.SIGSTOP if _how == "stop" else signal.SIGKILL)
