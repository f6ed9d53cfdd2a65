"""The scripts of the manual do what it says they do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import Coro

from coro_cli import guides
from coro_cli.drills.host.github import GitHubHost


def scripts(topic: str) -> list[str]:
    """The indented blocks of a page that are whole shell scripts."""
    blocks = re.findall(r"(?:^(?: {4}.*)?\n)+", guides.page(topic), flags=re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip() + "\n" for block in blocks if "#!/bin/sh" in block]


@pytest.fixture
def path(coro: Coro, tmp_path: Path) -> str:
    """A PATH on which `coro` is this one, and the agents are programs that repeat what they are told."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, does in (
        ("coro", f'exec "{sys.executable}" -m coro_cli "$@"'), ("claude", 'echo "claude $*"; cat'), ("codex", 'echo "codex $*"; cat'),
        ("aider", 'echo "aider $1 $2"; cat "$3"'),
    ):  # fmt: skip
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize(("end", "code"), [("passed", 0), ("merged", 1)])
def test_the_waiting_script_ends_as_what_it_waited_for_did(coro: Coro, host: GitHubHost, path: str, end: str, code: int) -> None:
    [script] = scripts("ci")
    pull = host.pull("acme/api", 42)
    words = ["sh", "-c", script.replace("sleep 60", "sleep 0"), "wait-for.sh", "github:acme/api#42", "checks_passed"]
    waiting = subprocess.Popen(words, env=coro.environment({"PATH": path}), cwd=coro.cwd)
    host.wait_for(lambda request: request.path.endswith("/pulls"), timeout=60)
    if end == "passed":
        pull.check("ci", "success")
    else:
        pull.merge("alice")
    assert waiting.wait(60) == code


def test_the_agents_scripts_hand_on_the_prompt_and_the_marker(coro: Coro, host: GitHubHost, path: str) -> None:
    host.pull("acme/api", 42)
    found = scripts("agents")
    assert len(found) == 3
    for script, name in zip(found, ("claude -p", "codex exec -", "aider --yes-always --message-file"), strict=True):
        (coro.cwd / "agent.sh").write_text(script)
        (coro.cwd / "agent.sh").chmod(0o755)
        job = coro("park", "github:acme/api#42", "--on", "commented", "--env", f"PATH={path}", "--", "./agent.sh").id
        told = coro("resume", "--job", job, "--event", "commented").out
        assert name in told and "commented on github:acme/api#42" in told
        assert f"<!-- coro-run:{job}.1 -->" in told or "aider" in name
