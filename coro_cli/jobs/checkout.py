"""`#42`, `!7` and `.` in a git checkout: the repository from its remotes, the number from the current branch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from coro_cli.domain.parse_ref import Here, Site, remote_scope
from coro_cli.errors import CoroError, UsageError
from coro_cli.polling.plugin_set import Fleet
from coro_cli.system import subprocesses

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


def current_branch(cwd: str | Path) -> str | None:
    """The name of the current branch, also one without commits; None outside of a checkout or on a detached HEAD."""
    return _git(cwd, "symbolic-ref", "--quiet", "--short", "HEAD") or None


def _ordered(followed: str | None, names: Sequence[str]) -> list[str]:
    first = [followed] if followed and followed != "." else []  # `.`: it follows a branch of this very repository
    usual = [name for name in ("upstream", "origin") if name in names]
    return list(dict.fromkeys([*first, *usual, *names]))


def _followed(cwd: str | Path) -> str | None:
    """The remote of the current branch: its name, or a URL where it follows one that has no name."""
    name = current_branch(cwd)
    return _git(cwd, "config", "--get", f"branch.{name}.remote") if name else None


def _settings(cwd: str | Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Keys and values of git's configuration that fit. With `-z` a value may hold anything but NUL."""
    for entry in (_git(cwd, "config", "-z", "--get-regexp", pattern) or "").split("\0"):
        key, newline, value = entry.partition("\n")
        if newline:
            yield key, value


def _git(cwd: str | Path, *words: str) -> str | None:
    """What git says, without its last line's end; None where it refuses, is missing, or takes too long."""
    done = subprocesses.run(("git", *words), env=os.environ | _QUIET, cwd=cwd)
    return done.out.removesuffix("\n") if done is not None and done.good else None


# `#42`, `!7` and `.` in a git checkout: the repository from its remotes, the number from the current branch.


def from_checkout(fleet: Fleet, cwd: str, *, branch_wanted: bool) -> Here:
    """Where we are; with `branch_wanted` the number of the current branch's newest pull request as well."""
    found = here(cwd, fleet.sites())
    if found is None:
        raise UsageError(
            "this is no git checkout of a known host", hint="name the ref in full, or configure the host: coro config path"
        )
    if not branch_wanted:
        return found
    branch = current_branch(cwd)
    if branch is None:
        raise UsageError("no branch is checked out here", hint="name the pull request: coro park '#42'")
    return replace(found, number=_number(fleet, found, branch))


def _number(fleet: Fleet, found: Here, branch: str) -> str:
    plugin, client = fleet.member(found.plugin).ready()
    ask = getattr(plugin, "of_branch", None)
    number = client.drive(ask(found.scope, branch)) if ask is not None else None
    if not number:
        raise NoPullRequest(f"there is no pull request of the branch `{branch}` in `{found.scope}`", hint="open one first, or name it")
    return str(number)


class NoPullRequest(CoroError):
    """The branch has no pull request."""

    code = "not-found"
    exit_code = 3
