"""Tokens, hosts, budgets, clocks, and refs that are gone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from coro_cli.doctor.home import FAILED, OK, WARNING, Check, Checks, Patient
from coro_cli.domain.durations import human, parse_time
from coro_cli.errors import CoroError, Unreachable
from coro_cli.jobs import poll, status
from coro_cli.plugins.client import Client
from coro_cli.plugins.protocol import Denied, Gone, Response
from coro_cli.polling.plugin_set import Member, is_refusal

SKEW_LIMIT = 60.0
EXPIRY_WARNING = 7 * 86400.0
GONE_LIMIT = 86400.0
LOW = 0.1
# Hosts cut their times to the second: a lag measured against them may be this much too long.
HOSTS_CUT = 1.0


class _Listening(Client):
    """A client that keeps the headers of the last answer: they tell scopes and expiry."""

    __slots__ = ("heard",)
    heard: Mapping[str, str]

    def _once(self, *words: Any, **named: Any) -> Response:
        answer = super()._once(*words, **named)
        self.heard = answer.headers
        return answer


def plugins(patient: Patient) -> Checks:
    """Every plugin that is configured, watched, or has a token."""
    if patient.fleet is None or patient.settings is None:
        return
    watched = set(poll.watched_plugins(patient.db, patient.fleet)) if patient.db is not None else set()
    for name, settings in patient.settings.plugins.items():
        if not settings.configured and name not in watched and name != "github":
            continue
        patient.tell(f"asking {name} at {settings.web_url}")
        yield from _plugin(patient.fleet.member(name), needed=name in watched or settings.configured)


_NAMELESS = "whom the token acts as is not told; refs that it may see work all the same"
_NAMELESS_MEND = "check `api_url` and the token's scopes"


def _plugin(member: Member, *, needed: bool) -> Checks:
    if member.plugin is None or member.reason:
        yield Check(member.name, FAILED if needed else WARNING, f"unavailable: {member.reason}", member.hint or "coro init")
        return
    client = _Listening(member.plugin)
    client.heard = {}
    try:
        login = client.drive(member.plugin.whoami())
    except Unreachable as error:
        mend = error.hint or "check the network, a proxy, and the host's status page; jobs wait and catch up"
        yield Check(member.name, FAILED if needed else WARNING, error.message, mend)
        return
    except CoroError as error:
        if isinstance(error, Denied | Gone) and not is_refusal(error):
            yield Check(member.name, WARNING, f"{error.message}: {_NAMELESS}", _NAMELESS_MEND)
            return
        yield Check(member.name, FAILED, error.message, error.hint or f"give `{member.name}` a valid token: coro guide configuration")
        return
    finally:
        client.close()
    more = f"{f', token from {member.source}' if member.source else ''}{_budget(client)}"
    yield Check(member.name, OK, f"reached as {login}{more}") if login else Check(member.name, WARNING, _NAMELESS + more, _NAMELESS_MEND)
    yield from _low(member.name, client)
    yield from _token(member.name, client.heard)
    if client.skew is not None and abs(client.skew) > SKEW_LIMIT:
        yield Check(member.name, WARNING, f"this clock is {human(abs(client.skew))} off the host's", "set the clock (coro allows for it)")


def _budget(client: Client) -> str:
    if "limit" not in client.budget:
        return ""
    return f", {client.budget.get('remaining', 0):.0f} of {client.budget['limit']:.0f} requests left"


def _low(name: str, client: Client) -> Checks:
    """A budget that is nearly spent, by whoever shares the token."""
    limit, left = client.budget.get("limit", 0), client.budget.get("remaining", 0)
    if limit and left < limit * LOW:
        mend = "it is looked at less often until then; who else uses this token? coro guide webhooks needs fewer requests"
        yield Check(name, WARNING, f"only {left:.0f} of {limit:.0f} requests are left", mend)


def _token(name: str, headers: Mapping[str, str]) -> Checks:
    """Scopes and expiry, where the host tells (GitHub: https://docs.github.com/rest/overview/troubleshooting)."""
    scopes = headers.get("x-oauth-scopes")
    if scopes:
        yield Check(name, OK, f"the token's scopes: {scopes}")
    told = headers.get("github-authentication-token-expiration", "")
    try:
        left = parse_time(told) - time.time() if told else None
    except ValueError:
        left = None
    if left is not None and left < EXPIRY_WARNING:
        yield Check(name, WARNING, f"the token expires in {human(max(left, 0))}", "renew it before then: its jobs would wait")


def refs(patient: Patient) -> Checks:
    """Watched refs that the host has denied for a day."""
    if patient.db is None:
        return
    gone = [row for row in patient.db.all("watched") if row["gone_since"] is not None]
    for row in gone[:10]:
        age = time.time() - row["gone_since"]
        status = FAILED if age > GONE_LIMIT else WARNING
        told = f"{row['ref']} has been gone for {human(age)}: {row['error']}"
        yield Check("refs", status, told, "give the token access, or cancel its jobs")


def detection(patient: Patient) -> Checks:
    """The promise beside the measurement."""
    if patient.db is None or patient.settings is None:
        return
    told = status.status(patient.db, patient.home, patient.settings)["detection"]
    if told["p95"] is None:
        yield Check("detection", OK, f"promised within {human(told['promised'])}; nothing measured yet")
    elif told["p95"] > told["promised"] + HOSTS_CUT:
        slow = f"95 % of the events noticed within {human(told['p95'])}, promised within {human(told['promised'])}"
        yield Check("detection", WARNING, slow, "coro status; was the machine asleep, the host slow, or the interval longer?")
    else:
        yield Check("detection", OK, f"95 % of the events noticed within {human(told['p95'])}, promised within {human(told['promised'])}")
