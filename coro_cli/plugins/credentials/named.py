"""The places that the plugin's own configuration names."""

from __future__ import annotations

from coro_cli import private
from coro_cli.errors import ConfigError
from coro_cli.plugins.credentials.found import Credential, Search
from coro_cli.plugins.credentials.variables import account

# Longer than for the tools we ask unbidden: this one may go to a vault over the network.
COMMAND_SECONDS = 30.0


def variable(search: Search) -> Credential | None:
    """`token_env`: the first of its variables that is set."""
    for name in (part.strip() for part in search.plugin.token_env.split(",")):
        if name and search.env.get(name, "").rstrip("\r\n"):
            return search.named(search.env[name], account(search, name), f"`{name}`")
    return None


def command(search: Search) -> Credential | None:
    """`token_command`: what it prints. Raises ConfigError where it fails: another token would be somebody else's."""
    argv = search.plugin.token_command
    if not argv:
        return None
    key = f"`token_command` of `plugins.{search.plugin.name}`"
    done = search.run(argv, env=search.env, seconds=COMMAND_SECONDS)
    if done is None:
        hint = "is it installed, executable and on the PATH?"
        raise ConfigError(f"the {key} cannot be started: `{argv[0]}`", hint=hint)
    if not done.good or not done.out.strip():
        ended = f"ended with exit code {done.code}" if done.code else "printed nothing"
        ended = f"did not come to an end within {COMMAND_SECONDS:.0f} seconds" if done.late else ended
        raise ConfigError(f"the {key} {ended}", hint=f"try it by hand: `{argv[0]}` …; it has no terminal to ask on")
    return search.named(done.out, "", key)


def file(search: Search) -> Credential | None:
    """`token_file`: its one line. Raises ConfigError where it cannot be read, or others can."""
    path = search.plugin.token_file
    if not path:
        return None
    try:
        found = private.read(path)
    except OSError as error:
        hint = f"it is the `token_file` of `plugins.{search.plugin.name}`"
        raise ConfigError(f"`{path}` cannot be read: {private.cause(error)}", hint=hint) from error
    if found.shared:
        raise ConfigError(f"`{path}` holds a token, but others can read it", hint=f"run `chmod 600 {path}`")
    return search.named(found.data.decode(errors="replace"), "", f"`{path}`")


def literal(search: Search) -> Credential | None:
    """`token` in config.toml, which is refused where others can read it."""
    return search.named(search.plugin.token, "", f"`plugins.{search.plugin.name}.token`")
