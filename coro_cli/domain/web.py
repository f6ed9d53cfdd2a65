"""Where a URL leads: its host without case and default port, its decoded path, and the sites that serve it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coro_cli.domain.ref import Site, segments
from coro_cli.domain.showing import show
from coro_cli.errors import UsageError

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
