"""Checkouts: real repositories, and which plugin and scope they belong to."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coro_cli.domain.parse_ref import Here, Site
from coro_cli.jobs import checkout

SITES = [Site("github", "github", "https://github.com"), Site("work", "gitlab", "https://git.acme.dev")]
Git = Callable[..., str]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository on branch `main`, apart from the configuration of whoever runs the tests."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    repo = tmp_path / "repo"
    subprocess.run(["git", "init", "-q", "-b", "main", str(repo)], check=True)
    return repo


@pytest.fixture
def git(repo: Path) -> Git:
    def git(*words: str) -> str:
        who = ("-c", "user.name=me", "-c", "user.email=me@acme.dev")
        return subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True, text=True).stdout

    return git


def test_the_origin_is_where_one_is(repo: Path, git: Git) -> None:
    git("remote", "add", "origin", "git@github.com:acme/api.git")
    (repo / "deep" / "down").mkdir(parents=True)
    assert checkout.here(repo, SITES) == Here("github", "acme/api")
    assert checkout.here(repo / "deep" / "down", SITES) == Here("github", "acme/api")


def test_upstream_comes_before_origin_and_what_the_branch_follows_before_both(repo: Path, git: Git) -> None:
    git("remote", "add", "a.first", "https://git.acme.dev/group/sub/first")
    git("remote", "add", "origin", "https://github.com/me/api")
    assert checkout.here(repo, SITES) == Here("github", "me/api")
    git("remote", "add", "upstream", "https://github.com/acme/api")
    assert checkout.here(repo, SITES) == Here("github", "acme/api")
    git("config", "branch.main.remote", "a.first")
    assert checkout.here(repo, SITES) == Here("work", "group/sub/first")


def test_a_branch_that_follows_a_url_or_itself_is_understood(repo: Path, git: Git) -> None:
    git("remote", "add", "origin", "https://github.com/acme/api")
    git("config", "branch.main.remote", "https://github.com/fork/api.git")
    assert checkout.here(repo, SITES) == Here("github", "fork/api")
    git("config", "branch.main.remote", ".")
    assert checkout.here(repo, SITES) == Here("github", "acme/api")


def test_a_remote_that_no_plugin_serves_is_passed_over(repo: Path, git: Git) -> None:
    git("remote", "add", "origin", "/srv/mirror.git")
    assert checkout.here(repo, SITES) is None
    git("remote", "add", "other", "https://git.acme.dev/group/proj.git")
    assert checkout.here(repo, SITES) == Here("work", "group/proj")


def test_shortened_urls_are_written_out(repo: Path, git: Git) -> None:
    git("config", "--global", "url.git@github.com:.insteadOf", "gh:")
    git("remote", "add", "origin", "gh:acme/api")
    assert checkout.here(repo, SITES) == Here("github", "acme/api")


def test_a_remote_with_several_urls_counts_by_the_one_it_fetches_from(repo: Path, git: Git) -> None:
    git("remote", "add", "origin", "https://github.com/acme/api")
    git("remote", "set-url", "--add", "origin", "https://git.acme.dev/group/mirror")
    assert checkout.here(repo, SITES) == Here("github", "acme/api")


def test_a_hostile_remote_is_no_option(repo: Path, git: Git) -> None:
    git("config", "remote.--all.url", "https://github.com/acme/api")
    assert checkout.here(repo, SITES) == Here("github", "acme/api")


def test_the_branch_is_known_before_its_first_commit_and_not_when_detached(repo: Path, git: Git) -> None:
    assert checkout.current_branch(repo) == "main"
    git("switch", "-q", "-c", "fix/ünicode")
    assert checkout.current_branch(repo) == "fix/ünicode"
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("switch", "-q", "--detach")
    assert checkout.current_branch(repo) is None


def test_a_linked_worktree_is_a_checkout_too(repo: Path, git: Git, tmp_path: Path) -> None:
    git("remote", "add", "origin", "https://github.com/acme/api")
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    assert checkout.here(tmp_path / "linked", SITES) == Here("github", "acme/api")
    assert checkout.current_branch(tmp_path / "linked") == "other"


def test_outside_of_a_checkout_there_is_nothing(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    for place in (tmp_path / "plain", tmp_path / "absent"):
        assert checkout.here(place, SITES) is None
        assert checkout.current_branch(place) is None


def test_without_git_there_is_nothing(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout.here(repo, SITES) is None
    assert checkout.current_branch(repo) is None
