"""What a delivery means: the plugin reads it, the watched objects it concerns are picked out, its own events are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from coro_cli.domain import edges
from coro_cli.domain.events import Event
from coro_cli.domain.ref import canonical
from coro_cli.domain.snapshot import Snapshot
from coro_cli.errors import CoroError
from coro_cli.plugins.base import Hint, Plugin, Watched
from coro_cli.plugins.wire import Broken
from coro_cli.webhooks import fields
from coro_cli.webhooks.gate import STALE
from coro_cli.webhooks.model import Headers


def read(plugin: Plugin, headers: Headers, body: bytes) -> Hint:
    """What the plugin makes of it. Raises Broken, whatever the body does to the reader: it is text from outside."""
    try:
        hint = plugin.read_delivery(fields.lowered(headers), body)
    except CoroError:
        raise
    except Exception as error:
        raise Broken(f"the delivery cannot be read: {type(error).__name__}") from error
    if fields.values(headers, STALE):
        return replace(hint, snapshots={})
    return hint


def concerned(hint: Hint, watched: Iterable[Watched]) -> list[Watched]:
    """The watched objects a hint is about: named by ref (in any case), by native id, or as one of a repository's."""
    refs = {ref.folded for ref in hint.refs}
    natives = set(hint.natives) - {""}
    scopes = {scope.casefold() for scope in hint.scopes}
    return [
        one for one in watched
        if one.ref.folded in refs or (one.native and one.native in natives)
        or (scopes and one.checks and one.ref.scope.casefold() in scopes)
    ]  # fmt: skip


def said_of(hint: Hint, ref: str) -> Snapshot | None:
    """What the payload says of a watched ref, which may be spelt in another case."""
    wanted = canonical(ref).folded
    return next((said for named, said in hint.snapshots.items() if canonical(named).folded == wanted), None)


def events(hint: Hint, refs: Sequence[str] | None = None, *, source: str = "webhook") -> Iterator[Event]:
    """The events of the payload itself. refs: under which names they are watched (others are left out); None: its own."""
    known = {canonical(ref).folded: ref for ref in refs} if refs is not None else None
    for named, snapshot in hint.snapshots.items():
        ref = named if known is None else known.get(canonical(named).folded)
        if ref is None:
            continue
        since = snapshot.complete_since if snapshot.complete_since is not None else snapshot.updated_at
        for event in edges.found(None, snapshot, ref, since=since):
            yield replace(event, source=source)
