"""`coro init`: what can be found is found, what is missing is asked, what is written is tried first."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coro_cli import config, paths, tools
from coro_cli.configuring import editing
from coro_cli.configuring.hosts import host_of, stands_for
from coro_cli.errors import ConfigError, CoroError
from coro_cli.plugins import registry, tokens
from coro_cli.plugins.client import Client

Ask = Callable[[str, str], str]
# What a host's name gives away of its kind.
_GUESSES = {
    "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea", "codeberg": "gitea", "bitbucket": "bitbucket-dc",
    "stash": "bitbucket-dc", "github": "github",
}  # fmt: skip
_ROOTS = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1", "bitbucket-dc": "/rest/api/1.0"}
_REMOTE = re.compile(r"(?:https?://(?:[^/@]*@)?|ssh://(?:[^/@]*@)?|[^/@]+@)([\w.-]+)(?::\d+)?[:/]")


@dataclass(slots=True)
class Found:
    """One line of what `init` found or wrote. status: `ok`, `missing` or `written`."""

    name: str
    status: str
    text: str

    def as_json(self) -> dict[str, str]:
        """As `coro init --json` prints it."""
        return {"name": self.name, "status": self.status, "text": self.text}


@dataclass(slots=True)
class Setup:
    """One `coro init`. ask: asks a person (question, default), or returns the default where nobody is to be asked."""

    home: paths.Home
    cwd: str
    ask: Ask
    found: list[Found] = field(default_factory=list)

    def run(self) -> list[Found]:
        """Find, ask, try, write."""
        self.found += list(self._remotes())
        settings = config.load(self.home)
        tried = [line for name in settings.plugins if (line := self._try(settings, name)) is not None]
        self.found += tried
        if not any(line.status == "ok" for line in tried):
            self.found.append(Found("token", "missing", "no host could be reached with a token: set GH_TOKEN, or run `gh auth login`"))
        self._write_defaults()
        return self.found

    def _remotes(self) -> Iterator[Found]:
        """Hosts of this checkout's remotes that nobody has configured yet."""
        settings = config.load(self.home)
        known = {host_of(p.web_url) for p in settings.plugins.values()}
        known |= {host_of(stands_for(p.name, p.kind, p.api_url)) for p in settings.plugins.values()}
        for host in _remote_hosts(self.cwd):
            if host in known:
                yield Found(host, "ok", "the remote's host is known")
                continue
            guess = next((kind for part, kind in _GUESSES.items() if part in host), "")
            kind = self.ask(f"which kind of host is {host} (github, gitlab, gitea, bitbucket-dc; empty: leave it out)?", guess)
            if kind not in _ROOTS:
                yield Found(host, "missing", "a remote's host of unknown kind was left out")
                continue
            yield self._add(host, kind, set(settings.plugins))

    def _add(self, host: str, kind: str, names: set[str]) -> Found:
        name = host.split(".")[0] if host.split(".")[0] not in names else host.replace(".", "-")
        root = self.ask(f"the API of {host}", f"https://{host}{_ROOTS[kind]}")
        for key, value in (("kind", kind), ("api_url", root)):
            editing.put(self.home.config_file, f"plugins.{name}.{key}", value)
        return Found(name, "written", f"{kind} at {root}")

    def _try(self, settings: config.Config, name: str) -> Found | None:
        """Whether a plugin's token works. Implicit plugins without a token are none of the user's business."""
        plugin = settings.plugins[name]
        try:
            credential = tokens.find(plugin, os.environ)
        except ConfigError as error:
            return Found(name, "missing", error.message)
        if not credential.token:
            return Found(name, "missing", credential.reason) if plugin.configured or name == "github" else None
        try:
            made = registry.make(tokens.settings(plugin, credential))
            client = Client(made)
            login = client.drive(made.whoami())
            client.close()
        except CoroError as error:
            return Found(name, "missing", f"the token from {credential.source} does not work: {error.message}")
        return Found(name, "ok", f"{plugin.web_url} as {login or 'its token'}, token from {credential.source}")

    def _write_defaults(self) -> None:
        path: Path = self.home.config_file
        if not path.exists():
            interval = self.ask("how often to look", "60s")
            editing.put(path, "poll.interval", interval)
            self.found.append(Found("config", "written", str(path)))
        else:
            self.found.append(Found("config", "ok", str(path)))


def _remote_hosts(cwd: str) -> list[str]:
    done = tools.run(["git", "config", "--get-regexp", r"^remote\..*\.url$"], env=os.environ, cwd=cwd)
    if done is None or not done.good:
        return []
    urls = [line.partition(" ")[2] for line in done.out.splitlines()]
    hosts = [match[1].lower() for url in urls if (match := _REMOTE.match(url))]
    return list(dict.fromkeys(hosts))
