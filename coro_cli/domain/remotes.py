"""Git remotes: which plugin and which scope a clone belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coro_cli.domain.addresses import Address, address, authority, git_scope, is_above, renamed, roots, serving
from coro_cli.domain.ref import Site, segments, shape_of, tidy_scope
from coro_cli.errors import LONGEST, UsageError

_HOST = r"(?:[^/@:]*@)?(\[[0-9a-fA-F:.]+\]|[^/@:\[\]]+)"
_SSH = re.compile(rf"(?:git\+)?(?:ssh|git)://{_HOST}(?::[0-9]{{1,5}})?/(.+)", re.IGNORECASE)
_SCP = re.compile(rf"{_HOST}:(.+)")
# Names that serve ssh alone: ssh.github.com, altssh.gitlab.com, altssh.bitbucket.org, ssh.dev.azure.com.
_ALIASES = ("ssh.", "altssh.")
_TRACKERS = ("jira", "linear", "redmine")


def remote_scope(url: str, sites: Sequence[Site]) -> tuple[str, str] | None:
    """`(plugin name, scope)` of a git remote, or None if no plugin serves it. Never raises.

    Takes https, `ssh://`, `git://` and `git@host:owner/repo.git`. Of several plugins on one host the first counts.
    """
    url = url.strip()
    if len(url) > LONGEST or not url.isprintable():
        return None
    hosts = [site for site in sites if site.kind not in _TRACKERS]
    try:
        return _by_web(url, hosts) if url.lower().startswith(("https://", "http://")) else _by_ssh(url, hosts)
    except UsageError:  # a path that is no repository's
        return None


def _by_web(url: str, sites: Sequence[Site]) -> tuple[str, str] | None:
    there = address(url)
    for site, base in serving(there, sites):
        if found := _scope(site, list(there.path[len(base.path) :]), base):
            return site.name, found
    return None


def _by_ssh(url: str, sites: Sequence[Site]) -> tuple[str, str] | None:
    """ssh has its own port and mostly leaves out the web root's path, so only the host's name is compared."""
    match = _SSH.fullmatch(url) or (None if "://" in url else _SCP.fullmatch(url))
    if match is None:
        return None
    there = renamed(Address(authority(match[1]), tuple(segments(match[2].strip("/")))))
    own, stood_for = roots(sites)
    for site, base in own + stood_for:
        if _hostname(base.host) in _names(there.host) and (found := _ssh_scope(site, there.path, base)):
            return site.name, found
    return None


def _ssh_scope(site: Site, path: tuple[str, ...], base: Address) -> str | None:
    """Azure's ssh path `v3/ORG/PROJECT/REPO` names what `ORG/PROJECT/_git/REPO` names on the web."""
    if site.kind == "azure" and len(path) == 4 and path[0].lower() == "v3":
        path = (*path[1:3], "_git", path[3])
    if is_above(base, Address(base.host, path)):
        return _scope(site, list(path[len(base.path) :]), base)
    return None if site.kind == "azure" else _scope(site, list(path), base)


def _scope(site: Site, path: list[str], base: Address) -> str | None:
    """The scope of a repository's path below the site's root."""
    if site.kind == "azure":
        found = git_scope(path, base)
        return _checked(site, found[0]) if found and not found[1] else None
    if site.kind == "bitbucket-dc" and len(path) == 3 and path[0] == "scm":
        path = path[1:]
    return _checked(site, path)


def _checked(site: Site, path: list[str]) -> str | None:
    shape = shape_of(site.kind)
    if site.kind != "azure" and path:
        path = [*path[:-1], path[-1].removesuffix(".git")]
    fits = max(shape.least, 1) <= len(path) <= shape.most and all(shape.letters.fullmatch(part) for part in path)
    return "/".join(tidy_scope(site.kind, path)) if fits else None


def _hostname(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _names(host: str) -> tuple[str, ...]:
    return (host, *(host.removeprefix(alias) for alias in _ALIASES if host.startswith(alias)))
