"""`coro init`: what can be found is found, what is missing is asked, what is written is tried."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

from coro_cli import config
from coro_cli.config import file
from coro_cli.domain.remotes import remote_scope
from coro_cli.errors import ConfigError, CoroError, Unreachable
from coro_cli.plugins import credentials, registry
from coro_cli.plugins.client import Client
from coro_cli.polling.plugin_set import Fleet
from coro_cli.system import paths, subprocesses

Ask = Callable[[str, str], str]
Pairs = list[tuple[str, str]]
# What a host's name gives away of its kind.
_GUESSES = {
    "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea", "codeberg": "gitea", "bitbucket": "bitbucket-dc",
    "stash": "bitbucket-dc", "github": "github", ".ghe.com": "github",
}  # fmt: skip
_ROOTS = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1", "bitbucket-dc": "/rest/api/1.0"}
_REMOTE = re.compile(r"(?:https?://(?:[^/@]*@)?|(?:ssh|git)://(?:[^/@]*@)?|[^/@]+@)([\w.-]+)(?::\d+)?[:/]")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TRIES = 3
LONGEST_VARIABLE = 40


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
    """One `coro init`. ask: asks a person (question, default), or returns the default where nobody is to be asked.

    tell: says what takes its time. exit_code: 0 if a host was reached with a token, 6 if none answered, else 4.
    """

    home: paths.Home
    cwd: str
    ask: Ask
    tell: Callable[[str], None] = lambda _: None
    found: list[Found] = field(default_factory=list)
    exit_code: int = ConfigError.exit_code

    def run(self) -> list[Found]:
        """Find, ask, write, try."""
        file.must_be_writable(self.home.config_file)
        wanted = self._remotes()
        self._defaults()
        for name in config.load(self.home).plugins:
            self._plugin(name, wanted=name in wanted)
        return self.found

    def _note(self, name: str, status: str, text: str) -> None:
        self.found.append(Found(name, status, text))

    def _remotes(self) -> set[str]:
        """The plugins of this checkout's remotes; a host that nobody has configured yet becomes one."""
        served: set[str] = set()
        for url in _remote_urls(self.cwd):
            settings = config.load(self.home)
            known = remote_scope(url, Fleet(settings).sites())
            host = match[1].lower() if (match := _REMOTE.match(url)) else ""
            if known is not None:
                served.add(known[0])
            elif host and not any(line.name == host for line in self.found) and (name := self._add(host, set(settings.plugins))):
                served.add(name)
        return served

    def _add(self, host: str, names: set[str]) -> str:
        """A new plugin's name; empty where its kind is not known."""
        guess = next((kind for part, kind in _GUESSES.items() if part in host), "")
        kind = self.ask(f"which kind of host is {host} (github, gitlab, gitea, bitbucket-dc; empty: leave it out)?", guess)
        name = host.split(".")[0] if host.split(".")[0] not in names else host.replace(".", "-")
        if kind not in _ROOTS:
            how = f"coro config set plugins.{name}.kind KIND plugins.{name}.api_url URL"
            self._note(host, "missing", f"a remote's host of a kind that its name does not tell: {how}")
            return ""
        root = f"https://api.{host}" if host.endswith(".ghe.com") else f"https://{host}{_ROOTS[kind]}"
        self._put(f"the API of {host}", root, lambda said: [(f"plugins.{name}.kind", kind), (f"plugins.{name}.api_url", said)])
        self._note(name, "written", f"{kind} at {config.load(self.home).plugins[name].api_url}")
        return name

    def _defaults(self) -> None:
        path = self.home.config_file
        if path.exists():
            self._note("config", "ok", str(path))
        else:
            file.put(path, [("poll.interval", "60s")])
            self._note("config", "written", str(path))

    def _plugin(self, name: str, *, wanted: bool) -> None:
        """Whether a plugin's token works. Those that nobody asked for and that have none are none of the user's business."""
        plugin = config.load(self.home).plugins[name]
        try:
            credential = credentials.find(plugin, os.environ)
            if not credential.token and (wanted or plugin.configured):
                self._ask_for_token(name)
                plugin = config.load(self.home).plugins[name]
                credential = credentials.find(plugin, os.environ)
            if not credential.token:
                if wanted or plugin.configured or name == "github":
                    self._note(name, "missing", credential.reason)
                return
            self.tell(f"asking {name} at {plugin.web_url}")
            login = _tried(plugin, credential)
        except Unreachable as error:
            self.exit_code = error.exit_code if self.exit_code else 0
            self._note(name, "missing", f"{error.message}; its token from {credential.source} was not tried")
        except ConfigError as error:
            self._note(name, "missing", error.message)
        except CoroError as error:
            self._note(name, "missing", f"the token from {credential.source} does not work: {error.message}")
        else:
            self.exit_code = 0
            self._note(name, "ok", f"{plugin.web_url} as {login or 'its token'}, token from {credential.source}")

    def _ask_for_token(self, name: str) -> None:
        """Where a token is, never the token itself: what is typed here stays on the screen."""

        def pairs(said: str) -> Pairs:
            if _VARIABLE.fullmatch(said) and len(said) < LONGEST_VARIABLE:
                return [(f"plugins.{name}.token_env", said)]
            if said and " " not in said:
                raise ConfigError("that is neither a variable's name nor a command; never type the token itself")
            return [(f"plugins.{name}.token_command", json.dumps(shlex.split(said)))] if said else []

        self._put(f"where is the token of {name}: the name of a variable, or a command that prints it (empty: none yet)?", "", pairs)

    def _put(self, question: str, default: str, pairs: Callable[[str], Pairs]) -> None:
        """Ask, write; what cannot be written is asked again. An empty answer without a default writes nothing."""
        plain = question
        for left in range(_TRIES, 0, -1):
            said = self.ask(question, default)
            try:
                if made := pairs(said):
                    file.put(self.home.config_file, made)
                return
            except (ConfigError, ValueError) as error:  # ValueError: a quote that is never closed
                if left == 1 or said == default:
                    raise ConfigError(str(error)) from error
                question = f"{error}; {plain}"


def _tried(plugin: config.PluginConfig, credential: credentials.Credential) -> str:
    client = Client(made := registry.make(credentials.settings(plugin, credential)))
    try:
        login: str = client.drive(made.whoami())
        return login
    finally:
        client.close()


def _remote_urls(cwd: str) -> list[str]:
    done = subprocesses.run(["git", "config", "--get-regexp", r"^remote\..*\.url$"], env=os.environ, cwd=cwd)
    if done is None or not done.good:
        return []
    return list(dict.fromkeys(line.partition(" ")[2] for line in done.out.splitlines()))
