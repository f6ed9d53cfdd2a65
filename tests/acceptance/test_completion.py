"""The completion scripts: equal to what the generator gives, and tried in the real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coro_cli.store.database import Database

ROOT = Path(__file__).parents[2]
FILES = {"bash": "coro.bash", "zsh": "_coro", "fish": "coro.fish", "powershell": "coro.ps1"}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A PATH with our coro, and a home that holds one job."""
    home = tmp_path / "home"
    with Database(str(home / "coro.db")) as db, db.transaction():
        db.insert(
            "job_insert", id="k7m2qp", title="ship: it", phase="", command="[]", cwd="/", env="{}",
            repeat=0, retries=0, on_interrupt="hold", now=1.0,
        )  # fmt: skip
    return {**os.environ, "CORO_HOME": str(home), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "TERM": "xterm"}


@pytest.mark.parametrize("shell", FILES)
def test_the_file_is_what_the_generator_gives(shell: str) -> None:
    from coro_cli.commands.completion import described
    from coro_cli.output.completion import script

    kept = (ROOT / "completions" / FILES[shell]).read_text(encoding="utf-8")
    assert kept == script(shell, described()), f"coro completion {shell} > completions/{FILES[shell]}"


def bash(line: str, environment: dict[str, str]) -> list[str]:
    """What bash offers after this line."""
    words = line.split(" ")
    quoted = " ".join(f"'{w}'" for w in words)
    setup = f"source '{ROOT}/completions/coro.bash'; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}"
    driver = f"{setup}; _coro; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "--norc", "-c", driver], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def fish(line: str, environment: dict[str, str]) -> list[str]:
    """What fish offers after this line."""
    driver = f"source '{ROOT}/completions/coro.fish'; complete -C '{line}'"
    done = subprocess.run(["fish", "--no-config", "-c", driver], env=environment, capture_output=True, text=True, check=True)
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


def zsh(line: str, environment: dict[str, str], tmp_path: Path) -> str:
    """The screen of an interactive zsh after TAB."""
    import pexpect

    (tmp_path / ".zshrc").write_text(
        f"fpath=({ROOT}/completions $fpath)\nautoload -Uz compinit; compinit -u -D\nPS1='ready> '\nzstyle ':completion:*' list-prompt ''\n"
        "LISTMAX=0\n"
    )
    shell = pexpect.spawn(
        "zsh", ["-i"], env={**environment, "ZDOTDIR": str(tmp_path)}, encoding="utf-8", timeout=10, dimensions=(60, 160)
    )
    try:
        shell.expect("ready> ")
        shell.send(f"{line}\t")
        shell.expect(pexpect.TIMEOUT, timeout=1.2)
        return str(shell.before)
    finally:
        shell.close(force=True)


CASES = [
    ("coro pa", "park"),
    ("coro park --on checks_", "checks_passed"),
    ("coro jobs --state par", "parked"),
    ("coro explain k7", "k7m2qp"),
    ("coro resume --job k", "k7m2qp"),
    ("coro completion f", "fish"),
    ("coro park --at", "--at-head"),
    ("coro park github:a/b#1 --on approved,mer", "approved,merged"),
    ("coro guide trouble", "troubleshooting"),
]


@pytest.mark.parametrize(("line", "wanted"), CASES)
def test_bash_completes(line: str, wanted: str, environment: dict[str, str]) -> None:
    assert wanted in bash(line, environment)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.parametrize(("line", "wanted"), CASES)
def test_fish_completes(line: str, wanted: str, environment: dict[str, str]) -> None:
    assert wanted in fish(line, environment)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
@pytest.mark.parametrize(("line", "wanted"), CASES)
def test_zsh_completes(line: str, wanted: str, environment: dict[str, str], tmp_path: Path) -> None:
    assert wanted in zsh(line, environment, tmp_path)


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_offers_no_files_where_only_words_can_stand(environment: dict[str, str]) -> None:
    offered = fish("coro jobs --state ", environment)
    assert "parked" in offered and not any("/" in word or "." in word for word in offered)


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_puts_no_comma_behind_a_word(environment: dict[str, str], tmp_path: Path) -> None:
    assert "troubleshooting," not in zsh("coro guide trouble", environment, tmp_path)


def test_a_store_that_is_not_there_completes_to_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coro_cli", "__complete", "jobs", ""], env={**os.environ, "CORO_HOME": str(tmp_path / "none")},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert not (tmp_path / "none").exists()
