"""Where the time of the three slowest paths goes: a poll, a list of jobs, and the way from a claim to the command's first line.

The import of a module counts for whoever asked for it: `inspect`, which only the parser wants, is the parser's.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from coro_cli.drills.host.github import GitHubHost
from coro_cli.running import launch, supervisor
from tests.bench.figures import Figure, made, timed
from tests.bench.startup import CORO, compiled
from tests.core import World, comment
from tests.helpers import write_config

Parts = dict[str, float]  # seconds; "" is the whole

_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|(\s+)(\S+)")
_OURS = {"typer": "the parser", "coro_cli": "coro's own modules", "httpx": "the HTTP client", "sqlite3": "SQLite's module"}
_QUICK = [sys.executable, "-I", "-S", "-c"]
_ROOT = str(Path(supervisor.__file__).parents[2])
_MODULES = f"import sys; sys.path.append({_ROOT!r}); from coro_cli.running import supervisor"


def profile(folder: Path, short: bool) -> Iterator[Figure]:
    """The share of each part in its path."""
    compiled()
    times = 3 if short else 15
    with GitHubHost() as host:
        home = made(folder / "home")
        write_config(home, host.url)
        host.pull("acme/api", 42)
        environment = {**os.environ, "CORO_HOME": str(home), "SIM_TOKEN": host.token}
        _run([CORO, "park", "github:acme/api#42", "--on", "commented", "--", "true"], environment)
        for name in ("poll", "jobs"):
            yield from _shares(f"`coro {name}`", [_command(name, environment) for _ in range(times)])
    yield from _shares("a claim → the command's first line", _first_lines(made(folder / "line"), times))


def _run(words: list[str], environment: dict[str, str] | None = None) -> str:
    return subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stderr


def _command(name: str, environment: dict[str, str]) -> Parts:
    bare = timed(lambda: _run([sys.executable, "-c", "pass"]))
    began = time.perf_counter()
    told = _run([sys.executable, "-X", "importtime", CORO, name], environment)
    whole = time.perf_counter() - began
    asked = _asked(told)
    return {"": whole, "Python itself": bare, **{part: asked[part] for part in _OURS.values() if asked[part]}}


def _asked(told: str) -> Counter[str]:
    """Modules come before those that imported them, which are indented less: read from the end it is a tree."""
    seconds: Counter[str] = Counter()
    above: list[tuple[int, str]] = [(0, "")]
    for micros, indent, name in reversed(_LINE.findall(told)):
        while len(above) > 1 and above[-1][0] >= len(indent):
            above.pop()
        part = _OURS.get(name.partition(".")[0], above[-1][1])
        above.append((len(indent), part))
        seconds[part] += int(micros) / 1e6
    return seconds


def _first_lines(folder: Path, times: int) -> list[Parts]:
    """The supervisor is a small Python of its own, started once a run."""
    world, line = World(folder, now=time.time() - 60), folder / "line"
    os.mkfifo(line)
    found = []
    for number in range(times):
        job = world.park(on="commented", command=["sh", "-c", f"echo > {line}"], cwd=str(folder))
        world.see(comments=(comment(str(number), world.now),))
        began = time.perf_counter()
        started = launch.claim_and_start(world.db, folder / "runs", "", job)
        handed = time.perf_counter() - began
        line.read_bytes()
        whole = time.perf_counter() - began
        assert started is not None and started.process is not None
        started.process.wait()
        bare = timed(lambda: _run([*_QUICK, ""]))
        modules = max(timed(lambda: _run([*_QUICK, _MODULES])) - bare, 0.0)
        found.append({"": whole, "the claim, the files, the start of the supervisor": handed, "its Python": bare, "its modules": modules})
    return found


def _shares(path: str, rounds: list[Parts]) -> Iterator[Figure]:
    """Medians. What no part explains is the work itself."""
    for one in rounds:
        one["the work itself"] = max(2 * one[""] - sum(one.values()), 0.0)
    whole = median(one[""] for one in rounds)
    for part in rounds[0]:
        if part:
            seconds = median(one.get(part, 0.0) for one in rounds)
            yield Figure(f"{path}: {part}", f"{seconds * 1000:.1f} ms", f"all of it: {whole * 1000:.0f} ms", seconds / whole)
