"""Process identity and endings: a pid alone may have been recycled, so its start mark goes with it."""

from __future__ import annotations

import os
import signal
import time


def started(pid: int) -> str | None:
    """A mark of when the process started, unique with its pid; None if it is gone.

    Field 22 of /proc/PID/stat (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html); elsewhere `ps -o lstart`.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as handle:
            fields = handle.read().rpartition(b")")[2].split()
        return None if fields[0] == b"Z" else f"{_boot()}:{fields[19].decode()}"
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None if os.path.isdir("/proc/self") else _ps_started(pid)


def _boot() -> str:
    """Start times count from the boot: after another one the same pid may well have the same."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as handle:
            return handle.read(13).decode()
    except OSError:
        return ""


def _ps_started(pid: int) -> str | None:
    import subprocess

    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def is_alive(pid: int | None, mark: str | None) -> bool:
    """Whether this very process still runs."""
    return pid is not None and mark is not None and started(pid) == mark


def has_left_some(pid: int | None, mark: str | None) -> bool:
    """Whether the process is gone, and others of its group still run.

    As long as they live the kernel gives the group's number to nobody else, unless it was booted meanwhile. A process of that
    number which started at another time is a stranger, and so is its group.
    """
    if pid is None or mark is None or not mark.startswith(_boot()) or started(pid) is not None:
        return False
    return _group_lives(pid)


def end_group(pid: int, mark: str | None, *, grace: float = 5.0) -> bool:
    """TERM to the whole group, KILL after the grace. Returns False if its leader was gone before.

    The grace is shared by all its members: a grandchild that ignores TERM dies with the KILL.
    """
    if not signal_group(pid, mark, signal.SIGTERM):
        return False
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and _group_lives(pid):
        time.sleep(0.02)
    signal_group(pid, mark, signal.SIGKILL)
    return True


def signal_group(pid: int, mark: str | None, number: int) -> bool:
    """Send a signal to the whole group; False if it is gone.

    A leader that is gone may leave its group behind.
    """
    if not is_alive(pid, mark) and not has_left_some(pid, mark):
        return False
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass
    return True


def _group_lives(group: int) -> bool:
    """Whether anybody is in it who is not dead: where nobody reaps orphans (a container without an init), they stay zombies."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return not os.path.isdir("/proc/self") or any(_is_of(group, number) for number in os.listdir("/proc") if number.isdigit())


def _is_of(group: int, number: str) -> bool:
    try:
        with open(f"/proc/{number}/stat", "rb") as handle:
            fields = handle.read().rpartition(b")")[2].split()
        return fields[0] not in (b"Z", b"X") and int(fields[2]) == group
    except (OSError, IndexError):
        return False
