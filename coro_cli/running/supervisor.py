"""The small process that stands beside one run and writes down how it ended.

    python -I -S supervise.py STORE JOB NUMBER LOCK_FD DIRECTORY COMMAND…

Its stdin, stdout and stderr are the command's; its environment is the command's. It imports as little as it can,
for it is started once a run and waited for. The order of its steps is the promise:

1. fork; the child makes a process group of its own, says so, and waits at a pipe. If we die here the child reads
   end-of-file, leaves the file `<n>.unbegun` behind and is gone: the command never began, and the run may be given back.
2. one UPDATE sets the run from `starting` to `running` with the child's pid. If it changes nothing, the run was cancelled
   or given back meanwhile: the child is let go without the command.
3. the pipe opens; the child becomes the command. From here on, dying without a status is `interrupted`.
4. the exit status goes to a file (write, fsync, rename, fsync), then into the store, then the runner's bell is rung.
   Either of the two is enough: where one cannot be written the other is, and where neither can, both are tried again.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import time

from coro_cli.running import processes

# The machine is short of something for a moment: the command has not begun, and may begin later.
PASSING = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY, errno.EIO})
UNBEGUN = 126


def main(argv: list[str]) -> None:
    """Supervise one run to its end."""
    store, job, number, lock, directory, *command = argv
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(ignored, signal.SIG_IGN)
    os.set_inheritable(int(lock), False)
    _forget_coercion()
    unbegun = f"{directory}/{number}.unbegun"
    child, go = _fork(command, unbegun)
    _reach("supervise.forked")
    if not _begin(store, job, int(number), child):
        os.close(go)
        os.waitpid(child, 0)
        return
    _reach("supervise.running")
    try:
        os.write(go, b"!")
    except BrokenPipeError:
        pass  # a cancel was quicker: the child is gone, and its end is recorded like any other
    os.close(go)
    code = _exit_code(os.waitpid(child, 0)[1])
    if code == UNBEGUN and os.path.lexists(unbegun):
        return  # the machine was short of something at the last step: the run is given back
    _reach("supervise.exited")
    _record(store, job, int(number), directory, code)


def _forget_coercion() -> None:
    """As in `coro_cli.__main__`, which is not imported here: in the C locale Python sets LC_CTYPE, which is none of the command's."""
    if os.environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8"):
        try:
            with open("/proc/self/environ", "rb") as given:
                if b"\0LC_CTYPE=" not in b"\0" + given.read():
                    del os.environ["LC_CTYPE"]
        except OSError:
            pass


def _fork(command: list[str], unbegun: str) -> tuple[int, int]:
    """The child, in a session and process group of its own, waiting to become the command; and the pipe that lets it.

    It returns once the group is there: a cancel that finds the pid in the store has to find the group as well.
    """
    ready, go = os.pipe()
    grouped, said = os.pipe()
    child = os.fork()
    if child:
        os.close(ready)
        os.close(said)
        os.read(grouped, 1)
        os.close(grouped)
        return child, go
    os.close(go)
    os.setsid()
    # Before the group is known: a TERM that was ignored would be lost. Python itself ignores the last two.
    for restored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(restored, signal.SIG_DFL)
    os.write(said, b".")
    os.close(said)
    if not os.read(ready, 1):
        _leave(unbegun)
        os._exit(0)
    os.close(ready)
    try:
        os.execvpe(command[0], command, os.environ)
    except OSError as error:
        os.write(2, f"coro: {command[0]}: {error.strerror}\n".encode(errors="replace"))
        if error.errno in PASSING:
            _leave(unbegun)
            os._exit(UNBEGUN)
        os._exit(126 if isinstance(error, PermissionError) else 127)


def _leave(unbegun: str) -> None:
    """Say that the command has not begun, and never will in this run."""
    os.close(os.open(unbegun, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def _begin(store: str, job: str, number: int, child: int) -> bool:
    """Whether the command may begin. After an error it may not: whatever the store then says, it is marked as unbegun."""
    mark = processes.started(child)
    connection = sqlite3.connect(store, timeout=60, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        changed = connection.execute(
            "UPDATE runs SET state = 'running', supervisor = ?, pid = ?, pid_started = ?"
            " WHERE job = ? AND number = ? AND state = 'starting'",
            (os.getpid(), child, mark, job, number),
        ).rowcount
    except sqlite3.Error as error:
        os.write(2, f"coro: the store could not be written, the command was not started: {error}\n".encode(errors="replace"))
        return False
    finally:
        connection.close()
    return changed == 1


def _exit_code(status: int) -> int:
    """As a shell says it: 128 + the signal for a command that a signal ended."""
    return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _record(store: str, job: str, number: int, directory: str, code: int) -> None:
    """Write down how the command ended: the file, then the store. What is known is kept until one of them has it."""
    while True:
        kept = _write(f"{directory}/{number}.exit", str(code))
        if kept:
            _reach("supervise.recorded")
        if not _is_there(store) or _settle(store, job, number, code) or kept:
            return  # without a store there is nobody left to tell, and none is to be made
        time.sleep(1)


def _write(path: str, text: str) -> bool:
    """Whole or not at all, also over a power cut. False where it cannot be written now: a full disk, a directory that is gone."""
    try:
        if os.path.lexists(f"{path}.part"):
            os.unlink(f"{path}.part")  # of a try before, or somebody's symbolic link: never write through it
        with open(os.open(f"{path}.part", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.rename(f"{path}.part", path)
    except OSError:
        return False
    try:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError:
        pass  # some file systems cannot do that to a directory; the file is there all the same
    return True


def _settle(store: str, job: str, number: int, code: int) -> bool:
    """Move the job on. Where that cannot be done now, and the file is written, the next runner does it from that."""
    try:
        from coro_cli.running import reconcile

        return reconcile.from_supervisor(store, job, number, code)
    except Exception:
        return False  # the package was replaced or removed while the command ran: nothing of it belongs into the command's log


def _is_there(path: str) -> bool:
    """An error is no absence."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _reach(point: str) -> None:
    """As `coro_cli.system.crash_points.reach`, which is not imported here: the command must not wait for it."""
    how, _, armed = os.environ.get("CORO_CRASH_AT", "").rpartition(":")
    if armed != point:
        return
    if how == "fail":
        raise OSError("disk I/O error")
    os.kill(os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
