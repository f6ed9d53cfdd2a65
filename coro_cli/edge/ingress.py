"""One delivery into the database: what it is about, verified, committed, and only then answered; limited per team."""

from __future__ import annotations

import asyncio
import json
import math
import time
from dataclasses import dataclass, field
from functools import lru_cache

from coro_cli.edge import hooks
from coro_cli.edge.delivery_writer import Writer
from coro_cli.edge.frames import NAME, REF_LONGEST, clean
from coro_cli.edge.metrics import Metrics
from coro_cli.edge.pool import Away, Pool, Row
from coro_cli.edge.sealing import Sealer
from coro_cli.plugins import registry
from coro_cli.plugins.base import Plugin, Settings
from coro_cli.webhooks import interpret, policy, signature
from coro_cli.webhooks.policy import Answer, Route, Taken
from coro_cli.webhooks.signature import Headers

BURST_SECONDS = 10.0
MOST_TEAMS = 100_000


@dataclass(slots=True)
class Rates:
    """Buckets by team: (tokens left, when that was). Only teams that exist get one."""

    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, team: str, rate: float, now: float) -> float:
        """0.0 if the delivery may come in, else the seconds after which one may."""
        if len(self._buckets) > MOST_TEAMS:
            self._buckets.clear()
        most = max(rate * BURST_SECONDS, 1.0)
        left, at = self._buckets.get(team, (most, now))
        left = min(left + (now - at) * rate, most)
        if left < 1.0:
            self._buckets[team] = (left, now)
            return math.ceil((1.0 - left) / rate) if rate > 0 else 60.0
        self._buckets[team] = (left - 1.0, now)
        return 0.0


# What a verified delivery is about, as far as the edge has to know it: the refs, to find the runners that watch them.


MOST = 200


@lru_cache(maxsize=1000)
def _plugin(kind: str, name: str) -> Plugin | None:
    """The reader of a kind under the team's name for it; None where this installation has none."""
    try:
        made = registry.plugin_class(kind)
        defaults = made.defaults()
        return registry.make(Settings(name, kind, defaults.get("api_url", ""), defaults.get("web_url", "")))
    except Exception:  # a third party's class may fail in any way: then every runner is as good as any other
        return None


def words(kind: str, plugin: str, headers: Headers, body: bytes) -> list[str]:
    """What runners may watch of it (`watched`); empty where it cannot be told. Never raises: the delivery is authentic."""
    reader = _plugin(kind, plugin)
    if reader is None:
        return []
    try:
        hint = interpret.read(reader, headers, body)
    except Exception:
        return []
    named = [ref(str(one)) for one in hint.refs] + [native(plugin, one) for one in hint.natives]
    named += [scope(plugin, one) for one in getattr(hint, "scopes", ())]
    return [clean(word) for word in dict.fromkeys(named) if len(word) <= REF_LONGEST][:MOST]


def ref(text: str) -> str:
    """How a ref is written in the lists: hosts do not agree with themselves on capitals."""
    return text.casefold()


def native(plugin: str, id: str) -> str:
    """The same for an id of the host's own."""
    return f"{plugin} native {id}"


def scope(plugin: str, name: str) -> str:
    """The same for a whole repository, of which something is said that concerns each pull request in it."""
    return f"{plugin} scope {name.casefold()}"


# One delivery into the database: verify, commit, and only then answer. What it knows of secrets is a second old at most.

# What takes longer than a few milliseconds must not hold up the other sockets.
_LARGE = 256 * 1024
REMEMBERED, MOST_KNOWN = 1.0, 10_000


@dataclass(frozen=True, slots=True)
class Address:
    """`/webhook/{team}/{plugin}[/{rest}]`, as sent."""

    team: str
    plugin: str
    rest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """A team's secrets for one plugin, opened. until: asked for again then (monotonic); a notice makes it at once."""

    hooks: list[hooks.Hook] = field(repr=False)
    rate: float
    until: float


@dataclass(slots=True)
class Ingress:
    """The door."""

    pool: Pool
    sealer: Sealer
    metrics: Metrics
    writer: Writer
    rates: Rates = field(default_factory=Rates)
    _known: dict[tuple[str, str], Known] = field(default_factory=dict)

    async def admit(self, address: Address) -> Known | Answer:
        """What to verify with. Nothing is said of which part of an address is wrong, neither in words nor by the time it takes."""
        if not NAME.fullmatch(address.team) or not NAME.fullmatch(address.plugin):
            return policy.unknown()
        known = self._known.get((address.team, address.plugin))
        if known is None or time.monotonic() >= known.until:
            try:
                rows = await self.pool.all("webhooks_to_verify", team=address.team, plugin=address.plugin)
            except Away as away:
                return self.away(away)
            known = self._remember(address, rows)
        return known if hooks.addressed(known.hooks, address.rest, time.time()) else policy.unknown()

    def _remember(self, address: Address, rows: list[Row]) -> Known:
        known = Known(hooks.hooks(rows, self.sealer, now=time.time()), rows[0]["rate"] if rows else 0.0, time.monotonic() + REMEMBERED)
        if len(self._known) >= MOST_KNOWN:
            if not rows:
                return known  # names that somebody makes up drive out nobody's
            self._known.clear()
        self._known[address.team, address.plugin] = known
        return known

    def forget(self, team: str) -> None:
        """Something about this team's secrets has changed."""
        for key in [key for key in self._known if key[0] == team]:
            del self._known[key]

    async def take(self, address: Address, known: Known, fields: Headers, body: bytes) -> tuple[Answer, list[str] | None]:
        """Verify and store. With the answer, where something new was stored, the runners it is for (none: anybody)."""
        work = (address, known, fields, body)
        hook, taken, words = await asyncio.to_thread(self._verify, *work) if len(body) > _LARGE else self._verify(*work)
        if isinstance(taken, Answer) or hook is None:
            answer = taken if isinstance(taken, Answer) else policy.unknown()
            self.metrics.add("coro_edge_refused_total", f'reason="{answer.reason}"')
            return answer, None
        pause = self.rates.take(address.team, known.rate, time.monotonic())
        if pause:
            return policy.busy(int(pause)), None
        return await self._store(address, hook, taken, words)

    def _verify(
        self, address: Address, known: Known, fields: Headers, body: bytes
    ) -> tuple[hooks.Hook | None, Taken | Answer, list[str]]:
        route = Route(address.plugin, address.rest)
        hook, said = hooks.judge(known.hooks, route, fields, body, now=time.time())
        if hook is None or isinstance(said, Answer):
            return hook, said, []
        return hook, said, words(hook.kind, address.plugin, fields, body)

    async def _store(self, address: Address, hook: hooks.Hook, taken: Taken, words: list[str]) -> tuple[Answer, list[str] | None]:
        told = {name: clean(value) for name, value in taken.headers}
        # Where the host sends no id the digest stands for it; two bodies that are equal are then one delivery.
        try:
            row = await self.writer.put({
                "team": address.team, "plugin": address.plugin, "delivery": clean(taken.delivery)[: signature.DELIVERY_LONGEST],
                "digest": bytes.fromhex(taken.digest), "event": clean(taken.event), "headers": json.dumps(told), "body": taken.body,
                "size": len(taken.body), "secret": taken.secret, "refs": words,
            })  # fmt: skip
        except Away as away:
            return self.away(away), None
        known = row["times"] > 1
        self.metrics.add("coro_edge_deliveries_total", f'again="{"yes" if known else "no"}"')
        return policy.accepted(taken.delivery, known=known), None if known else list(row["aimed"] or ())

    def away(self, why: Exception) -> Answer:
        """503: nothing was accepted, the host has to send it again."""
        self.metrics.add("coro_edge_database_errors_total")
        return policy.full(str(why))
