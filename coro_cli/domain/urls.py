"""Browser URLs of pull requests and issues, kind by kind. What follows the number (tabs, anchors) is ignored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coro_cli.domain.kinds import build, shape_of
from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.nearest import nearest
from coro_cli.domain.ref import KEY, NUMBER, Ref, Site, decode
from coro_cli.domain.showing import show
from coro_cli.domain.web import Address, address, roots, serving
from coro_cli.errors import UsageError

# Hosts of one company differ in few letters: only a slip is to be met with another's name.
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class _Found:
    scope: list[str]
    number: str
    family: str = PULL_REQUEST
    mark: str = "#"


def from_url(text: str, sites: Sequence[Site]) -> Ref:
    """The ref a browser URL shows. Raises UsageError if no site serves it, several do, or it shows something else."""
    there = address(text)
    owners = serving(there, sites)
    if not owners:
        raise _unknown(there, sites)
    refs = [ref for site, base in owners if (ref := _read(site, base, there))]
    if len(refs) == 1:
        return refs[0]
    if refs:
        names = ", ".join(f"`{ref}`" for ref in refs)
        raise UsageError(f"several plugins serve `{there.host}`", hint=f"say which one: {names}")
    site = owners[0][0]
    shape = shape_of(site.kind)
    expected = f"{site.web}{shape.address}" if shape.address else f"{site.name}:{shape.example}"
    raise UsageError(f"`{show(text)}` shows no pull request or issue", hint=f"`{site.name}` expects `{expected}`")


def unknown_host(host: str, sites: Sequence[Site], kind: str = "") -> UsageError:
    """The error for a host that no plugin serves, with the nearest that is served and the lines that would add one."""
    lines = f'kind = "{kind}"' if kind else "its `kind`"
    near = nearest(host, {base.host for group in roots(sites) for _, base in group if base.host}, cutoff=_ALIKE)
    meant = f"did you mean `{near}`? else " if near else ""
    return UsageError(f"no plugin serves `{show(host)}`", hint=f"{meant}add `[plugins.NAME]` with {lines} and its `api_url`")


def git_scope(path: list[str], base: Address) -> tuple[list[str], list[str]] | None:
    """Azure's `[ORG/][PROJECT/]_git/REPO/…` below the root as (`[org, project, repo]`, what follows).

    A project named like its repository is left out of the URL; a root that ends in the organisation holds it already.
    """
    at = next((i for i, part in enumerate(path) if part.lower() == "_git"), -1)
    if not 0 <= at <= 2:
        return None
    before, after = path[:at], [part for part in path[at + 1 :] if part.lower() not in ("_full", "_optimized")]
    if at < 2 and base.path and base.path[-1].lower() != "tfs":
        before = [base.path[-1], *before]
    if not before or not after:
        return None
    return [before[0], before[1] if len(before) > 1 else after[0], after[0]], after[1:]


def _read(site: Site, base: Address, there: Address) -> Ref | None:
    reader = _READERS.get(site.kind)
    found = reader(list(there.path[len(base.path) :]), base, there.query) if reader else None
    if found is None or not NUMBER.fullmatch(found.number):
        return None
    return build(site, found.scope, mark=found.mark, number=found.number, family=found.family)


def _unknown(there: Address, sites: Sequence[Site]) -> UsageError:
    kinds = [kind for kind, read in _READERS.items() if read(list(there.path), Address("", ()), there.query)]
    return unknown_host(there.host, sites, kinds[0] if kinds else "")


def _github(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case [owner, repo, "pull", number, *_]:
            return _Found([owner, repo], number)
        case [owner, repo, "issues", number, *_]:
            return _Found([owner, repo], number, ISSUE)
    return None


def _gitea(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case [owner, repo, "pulls", number, *_]:
            return _Found([owner, repo], number)
        case [owner, repo, "issues", number, *_]:
            return _Found([owner, repo], number, ISSUE)
    return None


_GITLAB_WORDS = {
    "merge_requests": (PULL_REQUEST, "!"),
    "issues": (ISSUE, "#"),
    "work_items": (ISSUE, "#"),
    "incident": (ISSUE, "#"),
}


def _gitlab(path: list[str], base: Address, query: str) -> _Found | None:
    """`…/-/merge_requests/7` and the form before GitLab 12, without `/-/`. A project may itself be called `issues`."""
    for at in range(2, len(path) - 1):
        if path[at] in _GITLAB_WORDS and NUMBER.fullmatch(path[at + 1]) and path[0] != "groups":
            end = at - 1 if path[at] == "incident" else at
            scope = path[: end - 1] if path[end - 1] == "-" else path[:end]
            return _Found(scope, path[at + 1], *_GITLAB_WORDS[path[at]])
    return None


def _bitbucket(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case [workspace, repo, "pull-requests", number, *_]:
            return _Found([workspace, repo], number)
    return None


def _bitbucket_dc(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case ["projects", key, "repos", repo, "pull-requests", number, *_]:
            return _Found([key, repo], number)
        case ["users", user, "repos", repo, "pull-requests", number, *_]:
            return _Found([f"~{user}", repo], number)
    return None


def _azure(path: list[str], base: Address, query: str) -> _Found | None:
    match git_scope(path, base):
        case (scope, [word, number, *_]) if word.lower() == "pullrequest":
            return _Found(scope, number)
    return None


def _jira(path: list[str], base: Address, query: str) -> _Found | None:
    """`/browse/KEY`, `…/issues/KEY`, queues and portals of service projects, and boards with `?selectedIssue=KEY`."""
    pairs = (pair.partition("=") for pair in query.split("&"))
    selected = [decode(value) for name, _, value in pairs if name == "selectedIssue"]
    at = next((i for i, part in enumerate(path) if part in ("browse", "issues", "queues", "portal")), len(path))
    return next((found for text in selected + path[at:] if (found := _key(text))), None)


def _linear(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case ["issue", text, *_] | [_, "issue", text, *_]:
            return _key(text)
    return None


def _key(text: str) -> _Found | None:
    key = KEY.fullmatch(text)
    return _Found([key[1].upper()], key[2], ISSUE, "-") if key else None


def _redmine(path: list[str], base: Address, query: str) -> _Found | None:
    match path:
        case ["issues", number, *_]:
            return _Found([], number, ISSUE, "")
    return None


_READERS: dict[str, Callable[[list[str], Address, str], _Found | None]] = {
    "github": _github,
    "gitlab": _gitlab,
    "gitea": _gitea,
    "bitbucket": _bitbucket,
    "bitbucket-dc": _bitbucket_dc,
    "azure": _azure,
    "jira": _jira,
    "linear": _linear,
    "redmine": _redmine,
}
