"""Addresses: `ORG/PROJECT/REPO` below a root that may hold the organisation (or a server's collection) already.

Names may hold blanks and letters of any script, so every part is quoted by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from coro_cli.plugins.base import Settings
from coro_cli.plugins.wire import Request

# The oldest that has all we ask for; Server 2020 and all that is newer know it.
VERSION = "6.0"


@dataclass(frozen=True, slots=True)
class Places:
    """What to ask where."""

    settings: Settings

    @property
    def rooted(self) -> str:
        """The organisation that the root ends in; "" for a root above the organisations."""
        last = unquote(urlsplit(self.settings.api_url).path.rstrip("/").rpartition("/")[2])
        return "" if last.lower() in ("", "tfs") else last

    def organisation(self, scope: str) -> str:
        """`/ORG`, empty where the root ends in it."""
        name = scope.partition("/")[0]
        return "" if self.rooted.lower() == name.lower() else f"/{quote(name, safe='')}"

    def project(self, scope: str) -> str:
        """`/ORG/PROJECT`."""
        return f"{self.organisation(scope)}/{quote(scope.split('/')[1], safe='')}"

    def repository(self, scope: str) -> str:
        """`/ORG/PROJECT/_apis/git/repositories/REPO`."""
        return f"{self.project(scope)}/_apis/git/repositories/{quote(scope.split('/')[2], safe='')}"

    def page(self, scope: str, number: str) -> str:
        """The pull request in a browser."""
        return f"{self.settings.web_url}{self.project(scope)}/_git/{quote(scope.split('/')[2], safe='')}/pullrequest/{number}"

    def ask(self, path: str, *query: tuple[str, str], preview: str = "", missing_ok: bool = False) -> Request:
        """A request in the API's version: `api_version` in the configuration, for older servers."""
        version = str(self.settings.options.get("api_version") or VERSION)
        return Request(path, query=[*query, ("api-version", version + preview)], missing_ok=missing_ok)
