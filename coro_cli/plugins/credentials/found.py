"""What a search for a token is given, keeps on the way, and returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coro_cli import private, tools
from coro_cli.config import PluginConfig
from coro_cli.configuring.hosts import browser_url, host_of
from coro_cli.errors import ConfigError

# What hosts have people write as the user where only the token counts.
_NO_ACCOUNT = ("x-token-auth", "x-access-token", "oauth2", "personalaccesstoken")


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and the account it belongs to, where the source tells. source: `GH_TOKEN`, `gh auth token`, `~/.netrc` …

    reason: why there is none, as a sentence without its period; empty where there is one.
    """

    token: str = field(default="", repr=False)
    user: str = ""
    source: str = ""
    reason: str = ""


@dataclass(slots=True)
class Search:
    """One search. notes: what was there and could not be used, for the reason if nothing better is found."""

    plugin: PluginConfig
    env: Mapping[str, str]
    run: tools.Runner
    notes: list[str] = field(default_factory=list)

    @property
    def pages(self) -> str:
        """What git and the hosts' own tools know the host by: `https://github.com`.

        Told by `api_url` alone: the token goes there, so a `web_url` must not fetch that of another host.
        """
        return browser_url(self.plugin.api_url)

    @property
    def host(self) -> str:
        """The host of `pages`: `github.com`, `127.0.0.1:8080`."""
        return host_of(self.pages)

    @property
    def home(self) -> Path:
        """The user's home."""
        return Path(self.env.get("HOME") or os.path.expanduser("~"))

    def read(self, path: Path) -> str | None:
        """A tool's own file, or None: a missing one silently, one that others can read with a note."""
        try:
            found = private.read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.notes.append(f"`{path}` cannot be read: {private.cause(error)}")
            return None
        if found.shared:
            self.notes.append(f"`{path}` was left out, for others can read it: run `chmod 600 {path}`")
            return None
        return found.data.decode(errors="replace")

    def usable(self, token: str, user: str, source: str) -> Credential | None:
        """What a tool or a file said, unless it cannot be sent in a header; that is noted."""
        token = token.rstrip("\r\n")
        if token and not sendable(token):
            self.notes.append(f"what `{source}` holds is no token: it has spaces or unprintable characters")
        user = self.plugin.user or ("" if user.lower() in _NO_ACCOUNT else user)
        return Credential(token, user, source) if token and sendable(token) else None

    def named(self, token: str, user: str, source: str) -> Credential | None:
        """As `usable`, for what the user set on purpose: another token instead would be somebody else's.

        Raises ConfigError for what no header can carry.
        """
        token = token.rstrip("\r\n")
        if token and not sendable(token):
            hint = "it must be one word of plain characters; set it again"
            raise ConfigError(f"the token from {source} has spaces or unprintable characters", hint=hint)
        return Credential(token, self.plugin.user or user, source.replace("`", "")) if token else None


Place = Callable[[Search], "Credential | None"]


def sendable(token: str) -> bool:
    """Whether a header can carry it: visible ASCII only."""
    return all("!" <= letter <= "~" for letter in token)
