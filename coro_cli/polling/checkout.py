"""`#42`, `!7` and `.` in a git checkout: the repository from its remotes, the number from the current branch."""

from __future__ import annotations

from dataclasses import replace

from coro_cli import checkout
from coro_cli.domain.refs import Here
from coro_cli.errors import CoroError, UsageError
from coro_cli.polling.fleet import Fleet


def here(fleet: Fleet, cwd: str, *, branch_wanted: bool) -> Here:
    """Where we are; with `branch_wanted` the number of the current branch's newest pull request as well."""
    found = checkout.here(cwd, fleet.sites())
    if found is None:
        raise UsageError(
            "this is no git checkout of a known host", hint="name the ref in full, or configure the host: coro config path"
        )
    if not branch_wanted:
        return found
    branch = checkout.branch(cwd)
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
