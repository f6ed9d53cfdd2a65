"""`coro start` while nothing happens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from coro_cli.drills.host.github import GitHubHost
from tests.bench.figures import Figure, cpu, made, resident
from tests.helpers import Coro, write_config


def idle(folder: Path, short: bool) -> Iterator[Figure]:
    """At its default pace with ten jobs: CPU and memory over a while in which nothing happens."""
    seconds = 2.0 if short else 65.0  # one cycle lies in it
    with GitHubHost() as host:
        home = made(folder / "home")
        write_config(home, host.url)
        host.advance(-3600)
        for number in range(1, 11):
            host.pull("acme/api", number)
        host.advance(3600)
        coro = Coro(home, cwd=folder, env={"SIM_TOKEN": host.token})
        for number in range(1, 11):
            coro("park", f"github:acme/api#{number}", "--on", "approved", "--", "true")
        with coro.running() as runner:
            runner.wait_for("cycle")
            time.sleep(2.0)
            before, began = cpu(runner.process.pid), time.monotonic()
            time.sleep(seconds)
            share = (cpu(runner.process.pid) - before) / (time.monotonic() - began) * 100
            memory = resident(runner.process.pid)
    yield Figure("`coro start` idle, CPU", f"{share:.2f} % of a core", f"{seconds:g} s", None, "≤ 0.3 %", share > 0.3)
    bare = _bare_python()
    yield Figure("`coro start` idle, memory", f"{memory:.0f} MB", f"a bare Python: {bare:.0f} MB", memory / bare, "≤ 80 MB", memory > 80)


def _bare_python() -> float:
    process = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    found = resident(process.pid)
    process.communicate(b"\n")
    return found
