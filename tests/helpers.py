"""What the tests share: `coro` as a user calls it, in a process of its own, against a home of its own.

coro("park", "github:acme/api#42", "--", "true")       → Done: code, out, err
coro.json("jobs")                                      → the parsed document; the exit code has to be 0
with coro.running("--interval", "1s") as runner: …     → `coro start` in the background
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from tests.warm import Warm, early

COMMAND = (sys.executable, "-m", "coro_cli")
# What a developer's own shell may say must not change what a test sees.
_KEPT = ("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONWARNINGS", "COVERAGE_PROCESS_START")


@dataclass(frozen=True, slots=True)
class Done:
    """How one call ended."""

    args: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def id(self) -> str:
        """The one line on stdout: the job's id."""
        assert self.code == 0, f"{self}"
        (line,) = self.out.splitlines()
        return line

    @property
    def document(self) -> Any:
        """stdout as the one JSON document it has to be."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error of a call with `--json`."""
        error: dict[str, Any] = self.document["error"]
        return error


def _usual() -> dict[str, str]:
    """What every call has in its environment."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {"LC_ALL": "C.UTF-8"}


_warming = Lock()


def warm() -> Warm:
    """One a test process, also where several threads of a test call at once."""
    with _warming:
        return _warm()


@cache
def _warm() -> Warm:
    return Warm(_usual())


class Coro:
    """Calls of `coro` in one home. env: what is set besides; `None` takes a variable away."""

    def __init__(self, home: Path, *, cwd: Path | None = None, env: Mapping[str, str | None] | None = None) -> None:
        self.home = home
        self.cwd = cwd or home.parent
        self.env: dict[str, str | None] = {"CORO_HOME": str(home), **(env or {})}

    def environment(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The whole environment of a call."""
        return {k: v for k, v in (_usual() | self.env | dict(env or {})).items() if v is not None}

    def __call__(
        self, *args: str | bytes, input: str | bytes = b"", env: Mapping[str, str | None] | None = None, cwd: Path | None = None,
        timeout: float = 60.0,
    ) -> Done:
        """Call it to its end. stdin is empty unless `input` is given."""
        text = input.encode() if isinstance(input, str) else input
        surroundings = self.environment(env)
        ready = warm()
        if early(surroundings) == ready.early:
            done = ready.run(args, input=text, env=surroundings, cwd=cwd or self.cwd, timeout=timeout)
        else:
            done = subprocess.run(
                [*COMMAND, *args], input=text, env=surroundings, cwd=cwd or self.cwd, timeout=timeout, capture_output=True, check=False
            )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        assert "Traceback" not in err, err
        return Done(tuple(str(a) for a in args), done.returncode, out, err)

    def json(self, *args: str, code: int = 0, **options: Any) -> Any:
        """Call it with `--json`; the parsed document."""
        at = args.index("--") if "--" in args else len(args)
        done = self(*args[:at], "--json", *args[at:], **options)
        assert done.code == code, f"{done}"
        return done.document

    def popen(self, *args: str, env: Mapping[str, str | None] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start it and do not wait; stdout and stderr are pipes unless said otherwise."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": self.cwd} | options
        return subprocess.Popen([*COMMAND, *args], env=self.environment(env), **options)

    @contextmanager
    def running(self, *args: str, env: Mapping[str, str | None] | None = None) -> Iterator[Runner]:
        """`coro start` in the background, ended by TERM (and by KILL if it does not listen)."""
        with self.popen("start", "--log-format", "json", *args, env=env) as process:
            runner = Runner(process)
            try:
                runner.wait_for("started")
                yield runner
            finally:
                runner.stop()


class Runner:
    """A `coro start --log-format json`. told: every line it has said so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []
        self._left = b""

    def wait_for(self, kind: str, timeout: float = 60.0, **facts: Any) -> dict[str, Any]:
        """The first line of that kind, past or coming, that has all these facts."""
        deadline = time.monotonic() + timeout
        seen = 0
        while True:
            for line in self.told[seen:]:
                if line["kind"] == kind and all(line.get(k) == v for k, v in facts.items()):
                    return line
            seen = len(self.told)
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no line {kind} {facts} came: {self.told} {self._problem()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _read(self, seconds: float) -> bool:
        assert self.process.stdout is not None
        if seconds <= 0 or not select.select([self.process.stdout], [], [], seconds)[0]:
            return False
        chunk = os.read(self.process.stdout.fileno(), 65536)
        *lines, self._left = (self._left + chunk).split(b"\n")
        self.told += [json.loads(line) for line in lines]
        return bool(chunk)

    def _problem(self) -> str:
        if self.process.poll() is None or self.process.stderr is None:
            return ""
        return self.process.stderr.read().decode("utf-8", "replace")


def until(condition: Any, timeout: float = 60.0, pause: float = 0.02) -> Any:
    """The first true value of `condition()`; AssertionError if none comes in time."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(pause)
    return value


def write_config(home: Path, api_url: str, *, more: str = "") -> Path:
    """A config.toml whose plugin `github` is the host at `api_url`, with its token in SIM_TOKEN."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "config.toml"
    path.write_text(f'[plugins.github]\nkind = "github"\napi_url = "{api_url}"\ntoken_env = "SIM_TOKEN"\n{more}')
    return path
