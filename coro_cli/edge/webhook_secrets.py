"""What `coro edge webhook` does: rows of `tenant_plugin_webhooks`, several a plugin, so that secrets overlap."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.edge import hooks
from coro_cli.edge.admin import named, team_of, when
from coro_cli.edge.database import Admin
from coro_cli.edge.hooks import place
from coro_cli.edge.sealing import Sealer
from coro_cli.errors import ConfigError, Conflict, NotFound, UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import endpoints, secrets, signature

_SUFFIX = re.compile(r"[A-Za-z0-9_-]{1,128}")


def kind_of(admin: Admin, team: str, plugin: str, given: str) -> str:
    """`--kind`, else what the plugin's rows say, else the plugin's name where that is a kind. Raises UsageError."""
    rows = admin.all("webhooks_of_plugin", team=team, plugin=plugin)
    kind = given or (rows[0]["kind"] if rows else plugin)
    try:
        endpoints.of(kind)
    except ConfigError:
        known = ", ".join(endpoints.kinds())
        raise UsageError(f"the kind of `{plugin}` is not known", hint=f"say it with --kind; there are: {known}") from None
    return kind


def add(
    admin: Admin, sealer: Sealer, team: str, plugin: str, *, name: str, kind: str, suffix: str, secret: bytes | None
) -> dict[str, Any]:
    """Add a secret (made where none is given). The answer holds a made one, and the address, once and never again."""
    team_of(admin, team)
    kind = kind_of(admin, team, named(plugin, "plugin"), kind)
    plain = secret is None and not _signing(admin.all("webhooks_of_plugin", team=team, plugin=plugin), sealer)
    with admin.transaction():
        made = _insert(admin, sealer, team, plugin, name, endpoints.of(kind), kind, suffix, secret, plain=plain)
    _tell(admin, team)
    return made


def rotate(
    admin: Admin, sealer: Sealer, team: str, plugin: str, *, overlap: float, name: str = "", suffix: str = "", secret: bytes | None = None
) -> dict[str, Any]:
    """Add a new secret; the others are good until the overlap is over. One transaction: there is no moment without one."""
    team_of(admin, team)
    rows = admin.all("webhooks_of_plugin", team=team, plugin=plugin)
    if not rows:
        raise NotFound("there is no webhook of that plugin", hint=f"add one: coro edge webhook add --team {team} --plugin PLUGIN")
    kind, chosen = rows[0]["kind"], suffix or rows[0]["suffix"]
    with admin.transaction():
        ending = admin.all("webhooks_overlap", team=team, plugin=plugin, seconds=overlap)
        plain = secret is None and not _signing(rows, sealer)
        made = _insert(admin, sealer, team, plugin, name, endpoints.of(kind), kind, chosen, secret, plain=plain)
    _tell(admin, team)
    return made | {"ending": [{"name": row["name"], "until": when(row["retired_at"])} for row in ending]}


def _signing(rows: list[dict[str, Any]], sealer: Sealer) -> bool:
    """Whether the newest secret is a signing key. A token stays one: a key beside it would have all that use it refused."""
    timeless = [row | {"created": 0.0, "left": None} for row in rows]
    found = next((hook.secrets[0] for hook in hooks.hooks(timeless, sealer, now=0.0)), None)
    return found is None or found.value.startswith(signature.WHSEC)


def retire(admin: Admin, team: str, plugin: str, name: str) -> int:
    """The secret is good for nothing from now on. Returns how many are left."""
    team_of(admin, team)
    if admin.one("webhook_retire", team=team, plugin=plugin, name=name) is None:
        known = ", ".join(row["name"] for row in admin.all("webhooks_of_plugin", team=team, plugin=plugin)) or "none"
        raise NotFound("there is no such secret", hint=f"there are: {known}")
    _tell(admin, team)
    return sum(row["state"] != "ended" for row in listed(admin, team, plugin))


def listed(admin: Admin, team: str, plugin: str | None) -> list[dict[str, Any]]:
    """A team's rows without their secrets."""
    team_of(admin, team)
    rows = admin.all("webhooks_of_plugin", team=team, plugin=plugin) if plugin else admin.all("webhooks_of_team", team=team)
    return [_shown(row) for row in rows]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    until = row["retired_at"]
    state = "current" if until is None else "overlap" if until.timestamp() > time.time() else "ended"
    secret_path = signature.strength(Descriptor(row["algorithm"], row["header"], row["format"])) == 0
    return {
        "team": row["team_id"], "plugin": row["plugin_id"], "name": row["name"], "state": state, "kind": row["kind"],
        "algorithm": row["algorithm"], "header": row["header"], "format": row["format"],
        "path": _path(row["team_id"], row["plugin_id"], "********" if secret_path else row["suffix"]),
        "valid_from": when(row["valid_from"]), "retired_at": when(until), "created_at": when(row["created_at"]),
    }  # fmt: skip


def _insert(
    admin: Admin, sealer: Sealer, team: str, plugin: str, name: str, descriptor: Descriptor, kind: str, suffix: str, secret: bytes | None,
    *, plain: bool = False,
) -> dict[str, Any]:  # fmt: skip
    unsigned = signature.strength(descriptor) == 0
    if unsigned and suffix:
        # The address is the secret of a host that signs nothing: it is sealed like one, and stands nowhere in clear.
        secret, suffix = suffix.encode(), ""
    if suffix and not _SUFFIX.fullmatch(suffix):
        raise UsageError("a suffix has letters, digits, `-` and `_`, at most 128", hint="for example: --suffix ci")
    hooks.unopened(admin.all("webhooks_live"), sealer)  # what the edges cannot open is not added to what they can
    value = secrets.checked(descriptor, secret) if secret is not None else secrets.made(descriptor, plain=plain)
    chosen = _name(admin, team, plugin, name)
    admin.all("webhook_free", team=team, plugin=plugin, name=chosen)
    row = admin.one(
        "webhook_add", team=team, plugin=plugin, name=chosen, kind=kind, algorithm=descriptor.algorithm, header=descriptor.header,
        format=descriptor.format, suffix=suffix, secret=sealer.seal(value.encode(), place(team, plugin, chosen)),
    )  # fmt: skip
    if row is None:
        raise Conflict(f"there is a secret `{chosen}` already", hint="choose another --name, or: coro edge webhook rotate")
    made = {"secret": value} if secret is None and not unsigned else {}
    path = _path(team, plugin, value if unsigned else suffix)
    return {"team": team, "plugin": plugin, "name": chosen, "kind": kind, "path": path, **made}


def _name(admin: Admin, team: str, plugin: str, name: str) -> str:
    if name:
        return named(name, "secret")
    taken = {row["name"] for row in admin.all("webhooks_of_plugin", team=team, plugin=plugin)}
    day = rfc3339(time.time())[:10]
    names = ["default", day, *(f"{day}-{number}" for number in range(2, 10_000))]
    return next(one for one in names if one not in taken)


def _tell(admin: Admin, team: str) -> None:
    """The edges forget what they knew of this team's secrets; one that does not hear it knows it for a second at most."""
    admin.notify(json.dumps({"hooks": team}))


def _path(team: str, plugin: str, suffix: str) -> str:
    return f"/webhook/{team}/{plugin}" + (f"/{suffix}" if suffix else "")
