"""The look a wait starts from: the ref must exist, and what is true or happening now is seen in the same breath."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from coro_cli.domain import edges
from coro_cli.domain.differences import remembering
from coro_cli.domain.events import Event
from coro_cli.domain.ref import Ref
from coro_cli.errors import CoroError, Unavailable, Unreachable
from coro_cli.plugins.base import Watched
from coro_cli.plugins.wire import Denied
from coro_cli.polling import fleet
from coro_cli.polling.fleet import Fleet, Member
from coro_cli.store import parking, rows
from coro_cli.store.database import Database
from coro_cli.store.specs import Seen

# Answers of a host's replicas lag, and hosts cut their times: two looks overlap.
OVERLAP = 120.0


@dataclass(slots=True)
class FirstLook:
    """What was found. refs: under the names the host itself uses. unseen: why a ref could not be looked at, by ref.

    since: by ref, from when on (host time) what is shown is news to a new wait.
    """

    refs: list[Ref] = field(default_factory=list)
    looks: dict[str, Seen] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    unseen: dict[str, str] = field(default_factory=dict)
    skew: float = 0.0


def first_look(
    db: Database, plugins: Fleet, refs: Sequence[Ref], *, since: float, check: bool, checks: bool, must_reach: bool = True
) -> FirstLook:
    """Look at each ref. since: by our clock; edges from there on are wanted.

    A stub's refs are taken on trust. A ref that is not there raises NotFound, a host that does not answer Unreachable
    (unless the wait belongs to a running job: that one must not be lost to a moment without network).
    """
    found = FirstLook()
    for ref in refs:
        member = plugins.member(ref.plugin)
        found.skew = found.skew or _known_skew(db, ref.plugin)
        if not check:
            found.refs.append(ref)
            continue
        try:
            _look(db, member, ref, found, since=since, checks=checks)
        except Unavailable as error:
            found.refs.append(ref)
            found.unseen[str(ref)] = _reason(error, member)
            if not isinstance(error, Denied) or error.whole:
                with db.transaction():
                    fleet.remember(db, member, state="stub", reason=found.unseen[str(ref)])
        except Unreachable as error:
            if must_reach:
                raise _with_hint(error) from error
            found.refs.append(ref)
            found.unseen[str(ref)] = error.message
    return found


def _look(db: Database, member: Member, ref: Ref, found: FirstLook, *, since: float, checks: bool) -> None:
    plugin, client = member.ready()
    fleet.introduce(db, member)
    skew = client.skew or 0.0
    known = rows.snapshot(db.one("object_get", ref=str(ref)))
    wanted = since + skew
    if known is not None and db.one("ref_watched", ref=str(ref)) is not None:
        # Our look becomes the last look for those who wait already: it must reach back to the one before it.
        wanted = min(wanted, (known.looked_at if known.read_to is None else known.read_to) - OVERLAP)
    watched = Watched(ref=ref, family=ref.family, since=wanted, checks=checks, known=known)
    asked = time.time()
    snapshot = client.drive(plugin.find(watched))
    skew = client.skew or 0.0
    named = replace(ref, scope=snapshot.renamed_to or ref.scope, family=snapshot.family)
    text = str(named)
    found.skew = skew
    found.refs.append(named)
    found.looks[text] = Seen(member.name, snapshot, plugin.mark(snapshot), asked)
    found.since[text] = float(int(since + skew))
    with db.transaction():
        fleet.remember(db, member)


def news(db: Database, look: FirstLook) -> Iterator[Event]:
    """What the looks bring that is news, to the new wait or to those that were there.

    Consume it in the park's transaction: a poll may have been quicker, and what both have found must have one key.
    """
    for ref, seen in look.looks.items():
        before = parking.last_look(db, ref, seen)
        present = remembering(before, seen.snapshot)
        found = {e.key: e for e in edges.found(None, present, ref, since=look.since[ref])}
        if before is not None:
            found |= {e.key: e for e in edges.found(before, present, ref, since=0.0)}
        yield from (replace(e, source="park") for e in found.values())


def _known_skew(db: Database, plugin: str) -> float:
    """The host's clock less ours, as earlier answers told: a wait that begins without a look begins by that clock too."""
    row = db.one("plugin_get", name=plugin)
    return float(row["skew"]) if row is not None else 0.0


def _reason(error: CoroError, member: Member) -> str:
    return error.message.removeprefix(f"{member.name} is unavailable: ")


def _with_hint(error: CoroError) -> CoroError:
    error.hint = error.hint or "try again, or park without looking: --no-check"
    return error
