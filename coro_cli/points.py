"""Named points on the durable paths, where the crash tests end the process.

In normal use `reach` is one comparison. With CORO_CRASH_AT=NAME the process kills itself (SIGKILL, no clean-up) the
first time it gets there: what the store then holds is what a power cut at that instant would leave.
"""

from __future__ import annotations

import os

POINTS = (
    "park.before-commit", "park.committed",
    "record.before-commit", "record.committed",
    "claim.before-commit", "claim.committed",
    "spawn.files-written", "spawn.started",
    "supervise.forked", "supervise.running", "supervise.exited", "supervise.recorded",
    "finish.before-commit", "finish.committed",
    "poll.read", "poll.recorded",
    "prune.before-commit", "migrate.before-commit",
    "delivery.before-commit", "delivery.committed", "secret.written", "ack.before-send",
)  # fmt: skip

ARMED = "CORO_CRASH_AT"
_armed = os.environ.get(ARMED, "")


def reach(name: str) -> None:
    """Say that the process has come to this point."""
    if name == _armed:
        os.kill(os.getpid(), 9)
