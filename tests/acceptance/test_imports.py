"""Start-up is a feature: what the quick commands may import, and how long they may take."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

import pytest
from helpers import COMMAND, Coro

from coro_cli.drills.host.github import GitHubHost
from coro_cli.system.lazy_import import SELDOM

# Each costs more than all that a list of jobs does itself.
HEAVY = {
    "httpx", "httpcore", "apscheduler", "rich", "asyncio", "platformdirs", "subprocess", "logging", "ssl", "socket", "http.client",
    "concurrent.futures", "secrets", "tomllib", "tomli_w", "importlib.metadata", "unittest", "xml", "pydantic", "click",
}  # fmt: skip
_TELL = "import json, sys; sys.stderr.write(json.dumps(sorted(sys.modules)))"
_RUN = "import sys; from coro_cli.commands import index; index.run(sys.argv[1:]); " + _TELL


def modules(code: str, *words: str, env: dict[str, str] | None = None) -> set[str]:
    """What is imported after running the code."""
    done = subprocess.run([sys.executable, "-c", code, *words], env=env, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def unavoidable() -> set[str]:
    """What typer itself imports."""
    return modules("import typer, typer.main; " + _TELL)


@pytest.mark.parametrize("words", [("jobs",), ("show", "ID"), ("events",), ("jobs", "--json"), ("events", "--json"), ("logs", "ID")])
def test_looking_commands_import_nothing_heavy(coro: Coro, host: GitHubHost, unavoidable: set[str], words: tuple[str, ...]) -> None:
    host.pull("acme/api", 42)
    job = coro("park", "github:acme/api#42", "--on", "commented", "--", "true").id
    coro("resume", job)
    found = modules(_RUN, *(job if word == "ID" else word for word in words), env=coro.environment())
    assert "coro_cli.store.database" in found
    assert not (found & HEAVY) - unavoidable


def test_a_poll_asks_without_the_command_line_of_its_http_library(coro: Coro, host: GitHubHost) -> None:
    host.pull("acme/api", 42)
    coro("park", "github:acme/api#42", "--on", "commented", "--", "true")
    found = modules(_RUN, "poll", env=coro.environment())
    assert "httpx" in found and not found & {"click", "rich", "pygments", "apscheduler", "asyncio", "coro_cli.webhooks.worker"}


def test_typer_is_of_the_light_kind(unavoidable: set[str]) -> None:
    assert not unavoidable & {"pydantic", "click", "rich", "httpx", "asyncio", "logging"}


def test_help_imports_no_command(coro: Coro) -> None:
    found = modules(_RUN, "--help", env=coro.environment())
    assert not {name for name in found if name.startswith("coro_cli.store") or name == "coro_cli.commands.jobs"}


def test_the_version_imports_hardly_anything(coro: Coro) -> None:
    words = [sys.executable, "-X", "importtime", "-m", "coro_cli", "--version"]
    done = subprocess.run(words, env=coro.environment(), capture_output=True, text=True, check=True)
    assert "typer" not in done.stderr and done.stdout.startswith("coro ")


def test_what_the_parser_seldom_needs_is_not_loaded_for_a_list_of_jobs(coro: Coro) -> None:
    coro("jobs")  # makes the store
    words = [sys.executable, "-X", "importtime", "-m", "coro_cli", "jobs"]
    done = subprocess.run(words, env=coro.environment(), capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer.main" in loaded and not loaded & set(SELDOM)


@pytest.mark.slow
def test_a_list_of_jobs_takes_at_most_a_dozen_empty_interpreters(coro: Coro) -> None:
    """The aim is seven. The two are measured in turns, and the best of each counts: a busy machine slows both."""
    coro("jobs")
    bare, listed = [], []
    for _ in range(9):
        bare.append(_seconds([sys.executable, "-c", "pass"], coro))
        listed.append(_seconds([*COMMAND, "jobs"], coro))
    assert min(listed) < 12 * statistics.median(bare)


def _seconds(words: list[str], coro: Coro) -> float:
    start = time.perf_counter()
    subprocess.run(words, env=coro.environment(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start
