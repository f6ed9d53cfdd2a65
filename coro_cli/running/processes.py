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
        return None if os.path.isdir("/proc/self") else _ps("lstart", pid) or None


def _boot() -> str:
    """Start times count from the boot: after another one the same pid may well have the same."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as handle:
            return handle.read(13).decode()
    except FileNotFoundError:
        return ""


def _ps(what: str, pid: int) -> str:
    import subprocess

    return subprocess.run(["ps", "-ww", "-o", f"{what}=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()


def is_alive(pid: int | None, mark: str | None) -> bool:
    """Whether this very process still runs."""
    return pid is not None and mark is not None and started(pid) == mark


def has_left_some(pid: int | None, mark: str | None) -> bool:
    """Whether the process is gone, and others of the group that it led still run.

    As long as they live the kernel gives the group's number to nobody else, unless it was booted meanwhile. A process of that
    number which started at another time is a stranger, and so is its group.
    """
    if pid is None or mark is None or not mark.startswith(_boot()) or started(pid) is not None:
        return False
    return _group_lives(pid, mark)


def is_supervising(pid: int | None, job: str, number: int) -> bool:
    """Whether this process is the living supervisor of that run. Its words say so: a recycled pid has others."""
    if pid is None:
        return False
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as handle:
            words = handle.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        if os.path.isdir("/proc/self"):
            return False
        words = _ps("command", pid).encode().split()
    at = next((at for at, word in enumerate(words) if word.endswith(b"/supervise.py")), None)
    return at is not None and words[at + 2 : at + 4] == [job.encode(), str(number).encode()]


def end_group(pid: int, mark: str | None, *, grace: float = 5.0) -> bool:
    """TERM to the whole group, KILL after the grace. Returns False if its leader was gone before.

    The grace is shared by all its members: a grandchild that ignores TERM dies with the KILL.
    """
    if not signal_group(pid, mark, signal.SIGTERM):
        return False
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and _group_lives(pid, mark):
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


def _group_lives(group: int, mark: str | None) -> bool:
    """Whether any of a command that started then is left, dead ones aside: a container without an init keeps zombies.

    Once all of its group have ended, its number is free for a stranger, who may end and leave a group, too. Our command led a
    session of that number as well; nobody in it can have started before it; and it was told which run it is.
    """
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # some of it run as another user
    if not os.path.isdir("/proc/self"):
        return True
    since = int(mark.rpartition(":")[2]) if mark else 0
    members = [pid for name in os.listdir("/proc") if name.isdigit() and _is_of(group, pid := int(name), since)]
    return any(_is_of_a_run(pid) for pid in members)


def _is_of(group: int, pid: int, since: int) -> bool:
    """Whether it lives in the session and group of that number, and is no older. The fields: see `started`."""
    fields = _fields(pid)
    alive = len(fields) > 19 and fields[0] not in (b"Z", b"X")
    return alive and int(fields[2]) == int(fields[3]) == group and int(fields[19]) >= since


def _fields(pid: int) -> list[bytes]:
    """The third and following fields of its stat; empty where it is gone, or hidden from us."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as handle:
            return handle.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []


def _is_of_a_run(pid: int) -> bool:
    """By its environment. What may not be read (another user's, one that hides it) is taken for ours: its session is."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as handle:
            return b"\0CORO_RUN_ID=" in b"\0" + handle.read()
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return True
