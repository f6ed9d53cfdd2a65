"""Webhook secrets: several may be valid at a time, so that a rotation never refuses a delivery."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from coro_cli.commands.shell import Call, verb
from coro_cli.commands.webhook.given import Plugin, SecretEnv, SecretFile
from coro_cli.domain.durations import rfc3339
from coro_cli.errors import UsageError
from coro_cli.output.result import Result
from coro_cli.webhooks import signature
from coro_cli.webhooks.secret_store import Entry
from coro_cli.webhooks.secrets import Place

TABLE = {
    "add": (":add_command", "Add a secret, yours or a new one"),
    "list": (":list_command", "List names, ages and ends; never values"),
    "rotate": (":rotate_command", "Make a new one, and keep the old for a while"),
    "retire": (":retire_command", "Forget one"),
}


# What `secret add` and `secret rotate` say: the new secret, once, and where it goes.


def kept(place: Place, entry: Entry, *, made: bool, ending: Sequence[Entry] = (), warnings: Sequence[str] = ()) -> Result:
    """made: coro made it, so it has to be shown."""
    in_path = signature.strength(place.descriptor) == 0
    path = f"/webhook/{place.plugin}" + (f"/{entry.value}" if in_path and made else "")
    shown: dict[str, Any] = {
        "plugin": place.plugin, "name": entry.name, "created_at": rfc3339(entry.created_at), "kept": entry.kept,
        "path": path, "ending": [{"name": e.name, "until": rfc3339(e.until or 0)} for e in ending],
    }  # fmt: skip
    if made:
        shown["secret"] = entry.value
    lines = ((path if in_path else entry.value),) if made else ()
    return Result(shown, lines=lines, notes=tuple(_notes(place, entry, made, in_path, ending)), warnings=tuple(warnings))


def _notes(place: Place, entry: Entry, made: bool, in_path: bool, ending: Sequence[Entry]) -> list[str]:
    said = [f"{place.plugin} has the secret `{entry.name}`"]
    if made and in_path:
        said = [f"this address is shown once: have {place.plugin} send to it"]
    elif made:
        said = [f"this secret (`{entry.name}`) is shown once: paste it into the webhook's settings of {place.plugin}"]
    return said + [f"`{old.name}` stays valid until {rfc3339(float(int(old.until or 0)))}" for old in ending]


# coro webhook secret add.


@verb
def add_command(
    call: Call,
    plugin: Plugin,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME] [-]", help="Its name here (default: `default`); `-` reads it from stdin.")
    ] = None,
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
    plain: Annotated[bool, typer.Option("--plain", help="Make a token for the weaker scheme (GitLab: X-Gitlab-Token).")] = False,
) -> Result:
    """Add a webhook secret. Without a source one is made, and printed this once: paste it into the host's settings.

    \b
    Examples:
      coro webhook secret add --plugin github
      coro webhook secret add ci --plugin github --secret-env HOOK_SECRET
      pass show hooks/github | coro webhook secret add --plugin github -
    """
    from coro_cli import config
    from coro_cli.commands.webhook import given
    from coro_cli.webhooks import endpoints, secrets

    names = list(words or ())
    piped = "-" in names
    names = [name for name in names if name != "-"]
    if len(names) > 1:
        raise UsageError("a secret has one name", hint="coro webhook secret add NAME --plugin P")
    place = endpoints.place(call.home, config.load(call.home), plugin)
    source = given.secret(secret_env, secret_file, piped=piped)
    value = secrets.made(place.descriptor, plain=plain) if source is None else secrets.checked(place.descriptor, source[1])
    now = time.time()
    shut = secrets.shuts_out(place, value, now=now)
    entry = secrets.add(place, names[0] if names else "", value, now=now)
    return kept(place, entry, made=source is None, warnings=(shut,) if shut else ())


# coro webhook secret list.


@verb
def list_command(
    call: Call,
    plugin: Annotated[str | None, typer.Option("--plugin", metavar="P", help="Only this plugin.", show_default=False)] = None,
) -> Result:
    """List the secrets: names, ages, when each ends, when it was last used. Never their values.

    \b
    Example:
      coro webhook secret list --plugin github
    """
    from coro_cli import config
    from coro_cli.webhooks import endpoints, secret_store, secrets

    wanted = endpoints.named(config.load(call.home), plugin)[0] if plugin is not None else None
    used = secrets.last_used(call.home)
    now = time.time()
    found = [
        secrets.shown(entry, now) | {"last_used_at": used.get((entry.plugin, entry.name))}
        for name, entries in secret_store.read(call.home.secrets).items() if wanted in (None, name) for entry in entries
    ]  # fmt: skip
    return Result(found, view="secrets")


# coro webhook secret rotate.


@verb
def rotate_command(
    call: Call,
    plugin: Plugin,
    overlap: Annotated[str, typer.Option("--overlap", metavar="DUR", help="The old one stays valid so long.")] = "24h",
    secret_env: SecretEnv = None,
    secret_file: SecretFile = None,
) -> Result:
    """Make a new secret, printed this once, and keep the old one beside it until the overlap ends.

    Paste the new one into the host's settings meanwhile: no delivery is refused.

    \b
    Examples:
      coro webhook secret rotate --plugin github
      coro webhook secret rotate --plugin github --overlap 1h
    """
    from coro_cli import config
    from coro_cli.commands.webhook import given
    from coro_cli.domain.durations import parse_duration
    from coro_cli.webhooks import endpoints, secrets

    place = endpoints.place(call.home, config.load(call.home), plugin)
    seconds = 0.0 if overlap.strip() in ("0", "0s") else parse_duration(overlap)
    source = given.secret(secret_env, secret_file)
    value = None if source is None else secrets.checked(place.descriptor, source[1])
    entry, ending = secrets.rotate(place, value, overlap=seconds, now=time.time())
    return kept(place, entry, made=source is None, ending=ending)


# coro webhook secret retire.


@verb
def retire_command(
    call: Call,
    plugin: Plugin,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which one.")] = "default",
) -> Result:
    """Forget a secret at once: deliveries that are signed with it are refused from now on.

    \b
    Example:
      coro webhook secret retire default --plugin github
    """
    from coro_cli import config
    from coro_cli.webhooks import endpoints, secrets

    place = endpoints.place(call.home, config.load(call.home), plugin)
    left = secrets.retire(place, name, now=time.time())
    warnings = () if left else (f"{place.plugin} has no secret left: its deliveries are refused",)
    return Result({"plugin": place.plugin, "name": name, "left": left}, notes=(f"retired `{name}`; {left} left",), warnings=warnings)
