"""What `coro doctor` wants to know of webhook secrets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from coro_cli import paths
from coro_cli.domain.durations import human, rfc3339
from coro_cli.store.database import Database
from coro_cli.webhooks import vault

# A secret that nobody has changed for so long has been seen by too many.
AGE = 365 * 86400.0


def warnings(home: paths.Home, db: Database | None) -> Iterator[tuple[str, str]]:
    """`(what is wrong, what to do)`: overlaps that end while the old secret is still in use, ended ones, old ones."""
    now, used = time.time(), _used(db)
    for plugin, entries in vault.read(home.secrets).items():
        latest = max(entries, key=lambda entry: used.get((plugin, entry.name), 0.0), default=None)
        any_left = any(entry.until is None or entry.until > now for entry in entries)
        for entry in entries:
            last = used.get((plugin, entry.name))
            name = f"the secret `{entry.name}` of {plugin}"
            paste = f"paste the new secret into {plugin}'s webhook settings"
            newer = max((other.created_at for other in entries), default=0.0)
            if entry.until is not None and entry.until > now and last is not None and last >= newer:
                left = human(entry.until - now)
                yield f"{name} ends in {left}, and deliveries still come in on it", paste
            elif any_left and entry is latest and last is not None and entry.until is not None and entry.until <= now:
                yield f"{name} has ended, and no delivery has come in on a newer one", paste
            elif entry.until is None and now - entry.created_at > AGE:
                yield f"{name} is {human(now - entry.created_at)} old", f"coro webhook secret rotate --plugin {plugin}"
        if entries and not any_left:
            yield f"every secret of {plugin} has ended: its deliveries are refused", f"coro webhook secret add --plugin {plugin}"


def last_used(home: paths.Home) -> dict[tuple[str, str], str]:
    """When each secret was last seen on a delivery, by plugin and name; the store is not made for it."""
    if not os.path.exists(home.store):
        return {}
    with Database(home.store) as db:
        return {key: rfc3339(float(int(at))) for key, at in _used(db).items()}


def _used(db: Database | None) -> dict[tuple[str, str], float]:
    rows = db.all("deliveries_by_secret") if db is not None else []
    return {(row["plugin"], row["secret"]): row["at"] for row in rows}
