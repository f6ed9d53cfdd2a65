"""The rows of `tenant_plugin_webhooks` as what the one verifier wants: descriptors and secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from coro_cli.edge.sealing import Sealer
from coro_cli.errors import ConfigError, CoroError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import endpoints, policy, signature
from coro_cli.webhooks.policy import Answer, Route, Taken
from coro_cli.webhooks.signature import Headers, Secret
from coro_cli.webhooks.verify import verify_path

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hook:
    """Secrets that share one scheme and one address. descriptor.path_suffix: what has to follow the plugin's name."""

    kind: str
    descriptor: Descriptor
    secrets: Sequence[Secret]


def place(team: str, plugin: str, name: str) -> str:
    """What a secret is sealed for."""
    return f"{team}\n{plugin}\n{name}"


def hooks(rows: Sequence[Row], sealer: Sealer, *, now: float) -> list[Hook]:
    """The rows of one team and plugin, newest first. A row that cannot be opened is left out: it lets nobody in.

    now: the clock that they will be judged by; a row's `left` is how many seconds it is good from now on, None for ever.
    """
    groups: dict[tuple[str, str, str, str, str], list[Secret]] = {}
    for row in rows:
        try:
            value = sealer.open(bytes(row["secret"]), place(row["team_id"], row["plugin_id"], row["name"]))
        except CoroError:
            continue
        key = (row["kind"], row["algorithm"], row["header"], row["format"], row["suffix"])
        groups.setdefault(key, []).append(Secret(row["name"], value, row["created"], None if row["left"] is None else now + row["left"]))
    return [Hook(key[0], _descriptor(*key), secrets) for key, secrets in groups.items()]


def unopened(rows: Sequence[Row], sealer: Sealer) -> list[str]:
    """The secrets that no key opens, as `team/plugin/name`. Raises ConfigError where it is all of them: the key is another one."""
    shut = []
    for row in rows:
        try:
            sealer.open(bytes(row["secret"]), place(row["team_id"], row["plugin_id"], row["name"]))
        except ConfigError:
            shut.append(f"{row['team_id']}/{row['plugin_id']}/{row['name']}")
    if rows and len(shut) == len(rows):
        hint = "use the key they were sealed with; where it is lost: coro edge webhook retire, then add"
        raise ConfigError("none of the webhook secrets in this database opens with this key", hint=hint)
    return shut


def _descriptor(kind: str, algorithm: str, header: str, format: str, suffix: str) -> Descriptor:
    """The kind's own descriptor, as far as the row does not say otherwise."""
    try:
        own = replace(endpoints.of(kind), path_suffix=suffix)
    except CoroError:
        own = Descriptor(algorithm, header, format, suffix)
    if (own.algorithm, own.header, own.format) == (algorithm, header, format):
        return own
    return replace(own, algorithm=algorithm, header=header, format=format, weaker=(), timestamp="", window=None)


def addressed(found: Sequence[Hook], rest: str, now: float) -> bool:
    """Whether any of them is told at this address: by its suffix, or by the secret that the address is."""
    for hook in found:
        if signature.strength(hook.descriptor) > 0:
            if hook.descriptor.path_suffix == rest:
                return True
        elif verify_path(hook.descriptor, hook.secrets, rest, (), now=now).valid:
            return True
    return False


def judge(found: Sequence[Hook], route: Route, headers: Headers, body: bytes, *, now: float) -> tuple[Hook | None, Taken | Answer]:
    """The first hook that takes it; else the answer that says most of those at this very address."""
    answer: tuple[Hook | None, Taken | Answer] = (None, policy.unknown())
    for hook in found:
        if signature.strength(hook.descriptor) > 0 and hook.descriptor.path_suffix != route.rest:
            continue
        said = policy.judge(route, hook.descriptor, hook.secrets, headers, body, now=now)
        if isinstance(said, Taken):
            return hook, said
        if answer[0] is None and said.status != policy.unknown().status:
            answer = hook, said
    return answer
