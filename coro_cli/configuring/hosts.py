"""Addresses: which kinds have a public host, what an API address must look like, and where its browser pages are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

# kind → API address. These plugins are there without any configuration.
PUBLIC: dict[str, str] = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com/api/v4",
    "bitbucket": "https://api.bitbucket.org/2.0",
    "azure": "https://dev.azure.com",
    "linear": "https://api.linear.app/graphql",
}
# kind → variables that name a host, and what its API address has after it.
NAMED: dict[str, tuple[tuple[str, ...], str]] = {
    "gitea": (("GITEA_URL", "FORGEJO_URL"), "/api/v1"),
    "jira": (("JIRA_URL",), ""),
    "redmine": (("REDMINE_URL",), ""),
}
# kind → an example for the hint where an address is missing.
EXAMPLES: dict[str, str] = PUBLIC | {
    "gitea": "https://codeberg.org/api/v1",
    "jira": "https://acme.atlassian.net",
    "redmine": "https://redmine.example.org",
    "bitbucket-dc": "https://git.example.org/rest/api/1.0",
}
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|\w(?:[\w.-]*\w)?\.?)(?::[0-9]{1,5})?")
_API_TAIL = re.compile(r"(?:/api/v[0-9]+|/api/graphql|/graphql|/rest/api/[\w.]+|/2\.0)$")
_THIS_MACHINE = re.compile(r"https?://(?:(?:[\w-]+\.)*localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?(?:/.*)?")
# GitHub with data residency: https://docs.github.com/enterprise-cloud@latest/admin/data-residency
_API_HOST = re.compile(r"(https?://)api\.(github\.com|[\w-]+\.ghe\.com|bitbucket\.org|linear\.app)")


def clean_url(value: Any) -> str:
    """An http(s) address with a lower-case host and no trailing slash. Raises ValueError.

    No user name, password, query or fragment: addresses are shown and logged, and have paths put behind them.
    """
    if not isinstance(value, str) or not value.isprintable() or re.search(r"[\s\\`\"<>]", value) or len(value) > 500:
        raise ValueError("no address")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise ValueError("no address")
    if parts.port == 0:  # reading `port` also refuses those above 65535
        raise ValueError("no port")
    host = parts.netloc.lower().removesuffix({"https": ":443", "http": ":80"}[parts.scheme])
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def host_of(url: str) -> str:
    """`git.acme.dev:8443` of a clean address."""
    return url.partition("://")[2].partition("/")[0]


def browser_url(api_url: str) -> str:
    """Where the pages of an API are: `https://HOST/api/v3` → `https://HOST`; one that tells nothing is itself."""
    stripped = _API_TAIL.sub("", api_url)
    hit = _API_HOST.fullmatch(stripped)
    return f"{hit[1]}{hit[2]}" if hit else stripped


def stands_for(name: str, kind: str, api_url: str) -> str:
    """The public host's pages, where the plugin that is there by default for it was pointed at this very machine.

    Nobody browses a proxy or a stand-in on loopback: who pastes `https://github.com/…` means the plugin `github`.
    """
    public = PUBLIC.get(kind) if name == kind else None
    return browser_url(public) if public and _THIS_MACHINE.fullmatch(api_url) else ""


def from_environment(kind: str, env: Mapping[str, str]) -> tuple[str, str] | None:
    """`(variable, API address)` where the environment names a host of the kind; not checked."""
    variables, tail = NAMED.get(kind, ((), ""))
    for variable in variables:
        if url := env.get(variable, "").strip().rstrip("/"):
            url = url if "://" in url else f"https://{url}"
            return variable, url if url.endswith(tail) else url + tail
    return None
