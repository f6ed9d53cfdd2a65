"""Asking other programs (`git`, `gh`, a `token_command`) without a shell, a terminal or a prompt.

Their answer is bounded, and so is the time they get.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess


SECONDS = 5.0
LIMIT = 1024 * 1024
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended. out: its stdout, which may be a secret. late: it was stopped, for it took too long or said too much."""

    code: int
    out: str = field(repr=False, default="")
    late: bool = False

    @property
    def good(self) -> bool:
        """It ended by itself, with exit code 0."""
        return self.code == 0 and not self.late


Runner = Callable[..., "Done | None"]


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str | os.PathLike[str] = "/",
    text: str = "",
    seconds: float = SECONDS,
) -> Done | None:
    """Run a program with `text` on its stdin; None where it is not on the PATH of `env` or cannot be started.

    It gets a session of its own: it has no terminal to prompt on, and can be stopped with all that it started.
    """
    import shutil
    import subprocess

    program = shutil.which(argv[0], path=env.get("PATH", os.defpath))
    if program is None or not os.path.isabs(program):  # a relative PATH entry would run what lies in the checkout
        return None
    try:
        child = subprocess.Popen(
            [program, *argv[1:]], env=dict(env), cwd=cwd, bufsize=0, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError):
        return None
    with child:
        try:
            return _talk(child, text.encode(errors="surrogateescape"), seconds)
        finally:
            _stop(child)


def _talk(child: subprocess.Popen[bytes], question: bytes, seconds: float) -> Done:
    import time

    assert child.stdin is not None
    assert child.stdout is not None
    until = time.monotonic() + seconds
    try:
        child.stdin.write(question)
        child.stdin.close()
    except BrokenPipeError:
        pass
    out = _read(child, child.stdout.fileno(), until)
    late = len(out) > LIMIT or not _ended(child, max(until - time.monotonic(), 0.0))
    return Done(-1 if late else child.returncode, out.decode(errors="replace"), late)


def _read(child: subprocess.Popen[bytes], pipe: int, until: float) -> bytes:
    """What comes until the end, the limit or the deadline.

    A daemon that a credential helper leaves behind may keep the pipe open: once the program itself has ended, what is
    in the pipe is all.
    """
    import select
    import time

    out = bytearray()
    while len(out) <= LIMIT and (left := until - time.monotonic()) > 0:
        ended = child.poll() is not None
        if not select.select([pipe], [], [], 0 if ended else min(left, _PAUSE))[0]:
            if ended:
                break
            continue
        chunk = os.read(pipe, 65536)
        if not chunk:
            break
        out += chunk
    return bytes(out)


def _ended(child: subprocess.Popen[bytes], seconds: float) -> bool:
    import subprocess

    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End what still runs. Not what a program left behind that ended by itself: that may be the user's own daemon."""
    import signal

    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
