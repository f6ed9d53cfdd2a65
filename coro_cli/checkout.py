"""What the git checkout around a directory says: which repository of which plugin it is, and its branch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from coro_cli import tools
from coro_cli.domain.refs import Here, Site, remote_scope

# Each remote costs a process, and a checkout with more than these is not told apart by its later ones.
MOST = 8
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": ""}


def here(cwd: str | Path, sites: Sequence[Site]) -> Here | None:
    """The repository of the checkout around `cwd`; None outside of one, or where no plugin serves its remotes.

    Of several remotes the one that the current branch follows counts first, then `upstream`, then `origin`, then the
    others in the order of the configuration. The number of the branch's pull request is for the host to tell.
    """
    urls = dict(_settings(cwd, r"^remote\..*\.url$"))
    names = [key[len("remote.") : -len(".url")] for key in urls]
    for remote in _ordered(_followed(cwd), names)[:MOST]:
        url = _git(cwd, "remote", "get-url", "--", remote) if remote in names else remote
        found = remote_scope(url, sites) if url else None
        if found:
            return Here(*found)
    return None


def branch(cwd: str | Path) -> str | None:
    """The name of the current branch, also one without commits; None outside of a checkout or on a detached HEAD."""
    return _git(cwd, "symbolic-ref", "--quiet", "--short", "HEAD") or None


def _ordered(followed: str | None, names: Sequence[str]) -> list[str]:
    first = [followed] if followed and followed != "." else []  # `.`: it follows a branch of this very repository
    usual = [name for name in ("upstream", "origin") if name in names]
    return list(dict.fromkeys([*first, *usual, *names]))


def _followed(cwd: str | Path) -> str | None:
    """The remote of the current branch: its name, or a URL where it follows one that has no name."""
    name = branch(cwd)
    return _git(cwd, "config", "--get", f"branch.{name}.remote") if name else None


def _settings(cwd: str | Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Keys and values of git's configuration that fit. With `-z` a value may hold anything but NUL."""
    for entry in (_git(cwd, "config", "-z", "--get-regexp", pattern) or "").split("\0"):
        key, newline, value = entry.partition("\n")
        if newline:
            yield key, value


def _git(cwd: str | Path, *words: str) -> str | None:
    """What git says, without its last line's end; None where it refuses, is missing, or takes too long."""
    done = tools.run(("git", *words), env=os.environ | _QUIET, cwd=cwd)
    return done.out.removesuffix("\n") if done is not None and done.good else None
