"""Addresses of hosts: whose they are, how they are shown, and what a wrong one probably meant."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from coro_cli.plugins.protocol import Broken, Response


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


# What a wrong address looks like: pages for people, and paths that are not there because the API's root was left out.


def is_page(response: Response) -> bool:
    """Whether it is meant for a browser: a sign-in page, a proxy's, the host's own front page. No JSON begins with `<`."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") or response.body[:200].lstrip().startswith(b"<")


def misplaced(response: Response, api_url: str, *, shape: str, root: str) -> Broken | None:
    """The error for a page where JSON was promised, or for a 404 below an `api_url` that lacks its path; else None.

    shape: what the path of a good root ends in, as a regular expression. root: that path, for the hint.
    """
    url = response.url.partition("?")[0]
    lacks = re.search(shape, urlsplit(api_url).path.rstrip("/")) is None
    if not is_page(response) and not (response.status == 404 and lacks):
        return None
    if response.status >= 400 and not lacks:
        return None
    said = "answered with a web page where JSON was promised" if is_page(response) else "does not exist (404)"
    if lacks:
        return Broken(f"{url} {said}", hint=f'the API has a root of its own: api_url = "{suggested(api_url, root)}"')
    return Broken(f"{url} {said}", hint="a sign-in page or a proxy stands before it: open the address in a browser, check the token")


def suggested(api_url: str, root: str) -> str:
    """The address with the root's path in place of a path that leads to pages."""
    parts = urlsplit(api_url)
    before = re.sub(r"/(?:rest(?:/api)?|projects|users|dashboard|repos|scm)(?:/.*)?$", "", parts.path.rstrip("/"))
    return f"{parts.scheme}://{parts.netloc}{before}{root}"
