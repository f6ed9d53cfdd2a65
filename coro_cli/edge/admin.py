"""What `coro edge team|token|deliveries` do: one connection, one transaction, and a notice to the edges."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.edge.database import Admin
from coro_cli.edge.frames import NAME
from coro_cli.errors import Conflict, NotFound, UsageError

PREFIX = "coro_rt_"


def named(value: str, what: str) -> str:
    """A name that can stand in an address. Raises UsageError."""
    if not NAME.fullmatch(value):
        raise UsageError(f"a {what}'s name has lower-case letters, digits, `.`, `_` and `-`, at most 63", hint="for example: acme")
    return value


def team_of(admin: Admin, name: str) -> str:
    """The team, if there is one of that name. Raises NotFound."""
    if admin.one("team_get", name=name) is None:
        known = ", ".join(row["name"] for row in admin.all("teams_all")) or "none"
        raise NotFound("there is no such team", hint=f"there are: {known}; add one: coro edge team add TEAM")
    return name


def add_team(admin: Admin, name: str, rate: float) -> dict[str, Any]:
    """Add a team. rate: deliveries a second that one edge takes for it."""
    if admin.one("team_add", name=named(name, "team"), rate=rate) is None:
        raise Conflict(f"there is a team `{name}` already", hint="coro edge team list")
    return {"name": name, "rate": rate}


def remove_team(admin: Admin, name: str) -> None:
    """Remove a team, its tokens, secrets and deliveries. Its sockets close."""
    team_of(admin, name)
    admin.all("team_remove", name=name)
    admin.notify(_tokens(name))


def add_token(admin: Admin, team: str, name: str, seconds: float | None) -> dict[str, Any]:
    """Make a runner's token. It is in the answer and nowhere else."""
    team_of(admin, team)
    token = PREFIX + secrets.token_urlsafe(32)
    taken = {row["name"] for row in admin.all("token_names", team=team)}
    chosen = named(name, "token") if name else next(n for n in _numbered("runner") if n not in taken)
    admin.all("token_free", team=team, name=chosen)
    row = admin.one("token_add", team=team, name=chosen, hash=hashlib.sha256(token.encode()).digest(), seconds=seconds)
    if row is None:
        raise Conflict(f"there is a token `{chosen}` already", hint="choose another --name")
    return {"token": token, "team": team, "name": chosen, "expires_at": when(row["expires_at"])}


def _numbered(word: str) -> Any:
    return (f"{word}-{number}" for number in range(1, 1_000_000))


def revoke_token(admin: Admin, team: str, name: str) -> None:
    """The token is worth nothing from now on; its sockets close."""
    team_of(admin, team)
    if admin.one("token_revoke", team=team, name=name) is None:
        known = ", ".join(row["name"] for row in admin.all("token_names", team=team)) or "none"
        raise NotFound("there is no such token", hint=f"there are: {known}")
    admin.notify(_tokens(team))


def tokens(admin: Admin, team: str) -> list[dict[str, Any]]:
    """A team's tokens, without what they are."""
    now = datetime.now().astimezone()
    found = []
    for row in admin.all("tokens_of_team", team=team_of(admin, team)):
        ended = row["expires_at"] is not None and row["expires_at"] <= now
        state = "revoked" if row["revoked_at"] is not None else "expired" if ended else "valid"
        times = _times(row, "created_at", "expires_at", "revoked_at", "used_at")
        found.append({"team": team, "name": row["name"], "state": state, **times})
    return found


def deliveries(admin: Admin, team: str | None, state: str | None, limit: int) -> list[dict[str, Any]]:
    """The newest deliveries, without their bodies."""
    if team is not None:
        team_of(admin, team)
    return [row | _times(row, "received_at") for row in admin.all("deliveries_listed", team=team, state=state, limit=limit)]


def delivery(admin: Admin, id: int, team: str | None) -> dict[str, Any]:
    """One delivery, and whom it went to. Its body is shown as text as far as it is some; `null` once nobody needs it."""
    row = admin.one("delivery_get", id=id)
    if row is None or team not in (None, row["team"]):
        raise NotFound("there is no such delivery", hint="coro edge deliveries list")
    body = row.pop("body")
    for each in (dispatches := admin.all("dispatches_of_delivery", id=id)):
        each |= _times(each, "due_at", "claimed_at", "acked_at")
        each.pop("delivery"), each.pop("team")
    text = bytes(body).decode("utf-8", "replace") if body is not None else None
    return row | _times(row, "received_at") | {"body": text, "dispatches": dispatches}


def retry(admin: Admin, id: int, team: str | None) -> dict[str, Any]:
    """Send it again, whatever became of it. Raises Conflict where its body is gone."""
    found = delivery(admin, id, team)
    aimed = admin.all("dispatches_retry", id=id)
    if not aimed:
        gone = found["body"] is None
        why = "every runner has it, and its body is gone" if gone else "it is waiting for a runner already"
        hint = "let the host send it again, or replay it where it arrived" if gone else None
        raise Conflict(f"delivery {id} cannot be sent again: {why}", hint=hint)
    admin.notify(json.dumps({"team": found["team"]}))
    return {"id": id, "team": found["team"], "runners": [row["runner"] for row in aimed]}


def _tokens(team: str) -> str:
    return json.dumps({"tokens": team})


def when(value: Any) -> str | None:
    """RFC 3339, or None."""
    return rfc3339(value.timestamp()) if value is not None else None


def _times(row: dict[str, Any], *names: str) -> dict[str, str | None]:
    return {name: when(row[name]) for name in names}


def teams(admin: Admin) -> list[dict[str, Any]]:
    """All teams with what they have."""
    return [row | _times(row, "created_at") for row in admin.all("teams_all")]
