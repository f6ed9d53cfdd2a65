"""What a call costs before it does anything, and that lists do not grow slow."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import coro_cli
from tests.bench.figures import Figure, alternately, at_most, made, timed
from tests.core import World

CORO = str(Path(sys.executable).with_name("coro"))


def commands(folder: Path, short: bool) -> Iterator[Figure]:
    """`coro --version` and `coro jobs` against a bare Python, and against `gh` where that is installed."""
    environment = {**os.environ, "CORO_HOME": str(_parked(folder / "home", 10))}
    compiled()

    def call(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(words, env=environment, capture_output=True, check=True)

    plain = [call(sys.executable, "-c", "pass"), call(CORO, "--version"), call(CORO, "jobs")]
    gh = [call("gh", "--version")] if shutil.which("gh") else []
    python, version, jobs, *other = alternately([*plain, *gh], 5 if short else 25)
    yield at_most("`coro --version`", version, python, "ms", "`python -c pass`", 1.5, 1000)
    yield at_most("`coro jobs`", jobs, python, "ms", "`python -c pass`", 7.0, 1000)
    for seconds in other:
        yield at_most("`coro jobs`", jobs, seconds, "ms", "`gh --version`", 1.7, 1000)


def compiled() -> None:
    """As an installed coro is: a checkout may be called with PYTHONDONTWRITEBYTECODE."""
    compileall.compile_dir(os.path.dirname(coro_cli.__file__), quiet=1)


def growth(folder: Path, short: bool) -> Iterator[Figure]:
    """`coro jobs` where there are many."""
    first = 0.0
    compiled()
    for jobs in (10, 100) if short else (10, 100, 1000, 10_000):
        environment = {**os.environ, "CORO_HOME": str(_parked(folder / f"home{jobs}", jobs))}

        def call(environment: dict[str, str] = environment) -> None:
            listed = subprocess.run([CORO, "jobs", "--json"], env=environment, capture_output=True, check=True)
            assert json.loads(listed.stdout)

        seconds = median(timed(call) for _ in range(3 if short else 9))
        first = first or seconds
        yield at_most(f"`coro jobs`, {jobs} jobs", seconds, first, "ms", "10 jobs", None, 1000)


def _parked(home: Path, jobs: int) -> Path:
    world = World(made(home))
    world.db._connection.execute("PRAGMA synchronous = OFF")
    for number in range(jobs):
        world.park(f"github:acme/api#{number}", on="commented", look=False)
    world.db.close()
    return home
