"""`coro` in a process of its own that need not load what others wrote: it is forked from one that has loaded that before.

coro's own modules are imported anew by every call, as ever. What is called in an environment that would have started Python
itself otherwise (a locale, `PYTHON…`) is started the long way, and so is all that a test signals or leaves running.
"""

from __future__ import annotations

import json
import os
import runpy
import selectors
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

# What a poll, a list and a park load besides coro's own. Imported in the order in which coro does.
FOREIGN = """
from coro_cli.system.lazy_import import later, without
with later():
    import typer, typer.main
import platformdirs, tomllib, sqlite3, concurrent.futures, email.utils, hashlib, configparser, secrets, subprocess
with without("click"):
    import httpx
"""
# What Python, its C library and OpenSSL read once, when they start.
_EARLY = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "MALLOC", "OPENSSL")


def early(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that have done their work before the first line of Python runs."""
    return {name: value for name, value in env.items() if name.startswith(_EARLY)}


class Warm:
    """Ready to be forked, for calls whose `early` variables are those of `env`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.early = early(env)
        self._own, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-c", f"from tests.warm import serve; serve({theirs.fileno()})"]
            root = str(Path(__file__).parents[1])
            self._process = subprocess.Popen(
                words, env=dict(env), cwd=root, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )

    def run(
        self, args: Sequence[str | bytes], *, input: bytes, env: Mapping[str, str], cwd: Path, timeout: float
    ) -> subprocess.CompletedProcess[bytes]:
        """As `subprocess.run` with captured output. Raises TimeoutExpired."""
        words = [os.fsdecode(arg) for arg in args]
        with ExitStack() as open_:
            pipes = [os.pipe() for _ in range(3)]
            ours, answer = socket.socketpair()
            open_.enter_context(ours)
            (stdin, _), (_, stdout), (_, stderr) = pipes
            with answer:
                socket.send_fds(self._own, [b"!"], [answer.fileno(), stdin, stdout, stderr])
            for end in (stdin, stdout, stderr):
                os.close(end)
            ours.sendall(json.dumps([words, dict(env), str(cwd)]).encode() + b"\n")
            ours.settimeout(timeout)
            told = open_.enter_context(ours.makefile("rb"))
            pid = int(told.readline())
            out, err = _communicate(pipes[0][1], [pipes[1][0], pipes[2][0]], input, pid, words, time.monotonic() + timeout)
            status = os.waitstatus_to_exitcode(int(told.readline()))
        return subprocess.CompletedProcess(words, status, out, err)


def _communicate(stdin: int, outputs: list[int], input: bytes, pid: int, words: list[str], until: float) -> list[bytes]:
    found = dict.fromkeys(outputs, b"")
    with selectors.DefaultSelector() as waiting:
        waiting.register(stdin, selectors.EVENT_WRITE)
        for end in outputs:
            waiting.register(end, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(until - time.monotonic())
            if not ready:
                os.kill(pid, 9)
                raise subprocess.TimeoutExpired(words, 0)
            for end in (int(key.fd) for key, _ in ready):
                if end == stdin:
                    input, is_over = _feed(stdin, input)
                else:
                    more = os.read(end, 65536)
                    found[end] += more
                    is_over = not more
                if is_over:
                    waiting.unregister(end)
                    os.close(end)
    return [found[end] for end in outputs]


def _feed(stdin: int, rest: bytes) -> tuple[bytes, bool]:
    try:
        rest = rest[os.write(stdin, rest[:4096]) :] if rest else rest
    except BrokenPipeError:
        return b"", True
    return rest, not rest


def serve(number: int) -> None:
    """Fork one for each call, until the test process is gone. A child waits for its own, so that its status is told."""
    exec(FOREIGN)
    with socket.socket(fileno=number) as calls:
        while True:
            said, ends, _, _ = socket.recv_fds(calls, 1, 4)
            if not said:
                return
            if os.fork() == 0:
                calls.close()
                _answer(*ends)
            for end in ends:
                os.close(end)
            while _reaped():
                pass


def _reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


def _answer(number: int, *ends: int) -> None:
    with socket.socket(fileno=number) as caller:
        words, env, cwd = json.loads(caller.makefile("rb").readline())
        child = os.fork()
        if child == 0:
            caller.close()
            _become(words, env, cwd, ends)
        for end in ends:
            os.close(end)
        caller.sendall(b"%d\n" % child)
        caller.sendall(b"%d\n" % os.waitpid(child, 0)[1])
    os._exit(0)


def _become(words: list[str], env: dict[str, str], cwd: str, ends: tuple[int, ...]) -> None:
    """`python -m coro_cli WORDS`, from where Python has started."""
    for standard, end in enumerate(ends):
        os.dup2(end, standard)
        os.close(end)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    for own in [name for name in sys.modules if name.partition(".")[0] == "coro_cli"]:
        del sys.modules[own]
    sys.argv, sys.path[0] = ["-m", *words], cwd
    code = 1
    try:
        runpy.run_module("coro_cli", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
