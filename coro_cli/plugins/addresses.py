"""Addresses of hosts: whose they are, and how they are shown."""

from __future__ import annotations

from typing import Any


def is_home(known: str, url: str) -> bool:
    """Whether the token that went to the first may go to the second: same host and port, and never from TLS to none."""
    from coro_cli.plugins.http import httpx

    old, new = httpx.URL(known), httpx.URL(url)
    return (old.host, old.port) == (new.host, new.port) and new.scheme in (old.scheme, "https")


def with_query(url: str, query: Any) -> str:
    """The URL with further parameters."""
    from coro_cli.plugins.http import httpx

    return str(httpx.URL(url, params=list(query))) if query else url


def shown(url: str) -> str:
    """A URL for people: without credentials and query."""
    return url.partition("?")[0].rpartition("@")[2] if "@" in url.partition("?")[0] else url.partition("?")[0]


def cause(error: Exception) -> str:
    """Why there was no answer, in a few words."""
    said = str(error) or type(error).__name__
    return "it timed out" if "timed out" in said.lower() or "Timeout" in type(error).__name__ else said
