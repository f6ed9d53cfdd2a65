"""Browser addresses: taken apart, compared, and read as refs kind by kind (`https://github.com/acme/api/pull/42`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import KEY, NUMBER, Ref, Site, build, decode, segments, shape_of
from coro_cli.errors import UsageError, nearest, show

_URL = re.compile(
    r"https?://(?:[^/?#@]*@)?(\[[0-9a-f:.]+\]|[^/?#@:\[\]]+)(?::([0-9]{1,5}))?(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?",
    re.IGNORECASE,
)
_OLD_AZURE = ".visualstudio.com"
_AZURE = "dev.azure.com"


@dataclass(frozen=True, slots=True)
class Address:
    """host: `git.acme.dev:8443`. path: decoded segments. query: as it was."""

    host: str
    path: tuple[str, ...]
    query: str = ""


def address(url: str) -> Address:
    """Read an http(s) URL. Raises UsageError for anything else."""
    match = None if re.search(r"[\s\\]", url) else _URL.fullmatch(url)
    if match is None:
        raise UsageError(f"`{show(url)}` is not a web address", hint="paste it from the browser, with `https://`")
    host, port, path, query = match.groups()
    path = (path or "").strip("/") if not (path or "").startswith("//") else path
    return renamed(Address(authority(host, port), tuple(segments(path)) if path else (), query or ""))


def authority(host: str, port: str | None = None) -> str:
    """`host` or `host:port`, comparable: no case, no `www.`, no port that http or https implies."""
    host = host.lower().rstrip(".").removeprefix("www.")
    return host if port in (None, "", "80", "443") else f"{host}:{port}"


def root(site: Site) -> Address:
    """Where the site's own pages begin; an unusable `web` is nowhere."""
    return _root(site.web)


def _root(web: str) -> Address:
    try:
        return address(web)
    except UsageError:
        return Address("", ())


def roots(sites: Sequence[Site]) -> tuple[list[tuple[Site, Address]], list[tuple[Site, Address]]]:
    """Each site with its own root, and those that stand for another host with that one's. What is a site's own goes first."""
    return [(site, root(site)) for site in sites], [(site, _root(site.stands_for)) for site in sites if site.stands_for]


def serving(there: Address, sites: Sequence[Site]) -> list[tuple[Site, Address]]:
    """The sites whose root is the longest one above the address, each with that root. Several if they share it."""
    own, stood_for = roots(sites)
    return _deepest(own, there) or _deepest(stood_for, there)


def _deepest(known: Sequence[tuple[Site, Address]], there: Address) -> list[tuple[Site, Address]]:
    hits = [(site, base) for site, base in known if is_above(base, there)]
    deepest = max((len(base.path) for _, base in hits), default=0)
    return [(site, base) for site, base in hits if len(base.path) == deepest]


def is_above(base: Address, there: Address) -> bool:
    """Whether the address is the root or below it."""
    ours, theirs = base.path, there.path[: len(base.path)]
    return base.host == there.host and [p.lower() for p in ours] == [p.lower() for p in theirs]


def renamed(there: Address) -> Address:
    """`ORG.visualstudio.com/[DefaultCollection/]…` is the old name of `dev.azure.com/ORG/…`.

    https://learn.microsoft.com/azure/devops/release-notes/2018/sep-10-azure-devops-launch#administration
    """
    org = there.host.removesuffix(_OLD_AZURE)
    if org == there.host or not org:
        return there
    if org == "vs-ssh":
        return Address(_AZURE, there.path)
    skip = 1 if there.path[:1] and there.path[0].lower() == "defaultcollection" else 0
    return Address(_AZURE, (org, *there.path[skip:]), there.query)


# Browser URLs of pull requests and issues, kind by kind. What follows the number (tabs, anchors) is ignored.

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
