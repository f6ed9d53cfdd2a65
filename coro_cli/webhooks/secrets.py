"""Adding, rotating and retiring webhook secrets, several valid at a time, and what `coro doctor` asks of them."""

from __future__ import annotations

import base64
import os
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coro_cli.domain.durations import human, rfc3339
from coro_cli.errors import Conflict, NotFound, UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.store.database import Database
from coro_cli.system import paths
from coro_cli.webhooks import secret_store, signature
from coro_cli.webhooks.secret_store import FILE, KEYRING, Entry
from coro_cli.webhooks.signature import Secret
from coro_cli.webhooks.verify import PATH_LEAST, is_path_token

OVERLAP = 86400.0
LONGEST = 1024
# An ended secret is kept a while, to be able to say "signed with the old one".
REMEMBERED = 7 * 86400.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the secrets of one plugin are. kept: where new ones go."""

    home: Path
    path: Path
    plugin: str
    descriptor: Descriptor
    kept: str = FILE


def made(descriptor: Descriptor, *, plain: bool = False) -> str:
    """A new secret of 32 random bytes, in the form the kind wants."""
    if descriptor.format == signature.STANDARD and not plain:
        return signature.WHSEC.decode() + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32) if signature.strength(descriptor) == 0 else secrets.token_hex(32)


def checked(descriptor: Descriptor, value: bytes) -> str:
    """A secret as given, if it can be one. Raises UsageError; the error never shows it."""
    if not value.strip():
        raise UsageError("the secret is empty: anybody could sign with it", hint="leave it out, and one is made")
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise UsageError("the secret is no UTF-8 text", hint="leave it out, and one is made") from None
    if len(value) > LONGEST or not text.isprintable():
        raise UsageError(f"a secret is one line of at most {LONGEST} bytes", hint="leave it out, and one is made")
    if signature.strength(descriptor) == 0 and not is_path_token(value):
        least = f"this secret stands in an address: at least {PATH_LEAST} letters, digits, `-` or `_`"
        raise UsageError(least, hint="leave it out, and one is made")
    signing = descriptor.format == signature.STANDARD and value.startswith(signature.WHSEC)
    if signing and not signature.key_of(descriptor, value):
        raise UsageError("the secret begins with `whsec_`, but is not base64", hint="copy it whole")
    return text


def add(place: Place, name: str, value: str, *, now: float) -> Entry:
    """Add one. name "": `default`, or the date where that is taken. Raises Conflict where the name is taken."""
    with secret_store.changing(place.path) as entries:
        taken = [entry.name for entry in entries.get(place.plugin, ())]
        chosen = _name(name, taken, now)
        return _put(place, entries, Entry(place.plugin, chosen, value, now, None, place.kept))


def shuts_out(place: Place, value: str, *, now: float) -> str:
    """A warning where a first secret of the stronger scheme has deliveries refused that are good until then; "" else."""
    weaker = next((one for one in place.descriptor.weaker if one.format == signature.PLAIN), None)
    if weaker is None or place.descriptor.format != signature.STANDARD or not value.startswith(signature.WHSEC.decode()):
        return ""
    live = [e for e in secret_store.read(place.path).get(place.plugin, ()) if e.until is None or e.until > now]
    values = [secret.value for secret in usable(place.home, live)]
    if not values or any(known.startswith(signature.WHSEC) for known in values):
        return ""
    return f"{place.plugin} has to sign from now on: deliveries with `{weaker.header}` alone are refused"


def rotate(place: Place, value: str | None, *, overlap: float, now: float) -> tuple[Entry, list[Entry]]:
    """Add a new one (None makes it), and end the others when the overlap is over. Returns it and those that will end."""
    with secret_store.changing(place.path) as entries:
        known = [e for e in entries.get(place.plugin, ()) if e.until is None or e.until > now - REMEMBERED]
        old = [replace(e, until=min(e.until or now + overlap, now + overlap)) for e in known]
        gone = [e for e in entries.get(place.plugin, ()) if e not in known and e.kept == KEYRING]
        entries[place.plugin] = old
        chosen = _name("", [entry.name for entry in old], now, dated=True)
        # A token of the weaker scheme stays one: a signing key beside it would have all that use it refused.
        plain = bool(known) and known[0].kept == FILE and not known[0].value.startswith(signature.WHSEC.decode())
        text = value if value is not None else made(place.descriptor, plain=plain)
        fresh = _put(place, entries, Entry(place.plugin, chosen, text, now, None, place.kept))
    for entry in gone:
        secret_store.drop(place.home, place.plugin, entry.name)
    return fresh, [entry for entry in old if entry.until is not None and entry.until > now]


def retire(place: Place, name: str, *, now: float) -> int:
    """Forget one. Returns how many are left that deliveries can be signed with. Raises NotFound."""
    with secret_store.changing(place.path) as entries:
        mine = entries.get(place.plugin, [])
        gone = [entry for entry in mine if entry.name == name]
        if not gone:
            known = ", ".join(entry.name for entry in mine) or "none"
            raise NotFound(f"`{place.plugin}` has no secret of that name", hint=f"there are: {known}")
        entries[place.plugin] = [entry for entry in mine if entry.name != name]
        left = sum(entry.until is None or entry.until > now for entry in entries[place.plugin])
    if gone[0].kept == KEYRING:
        secret_store.drop(place.home, place.plugin, name)
    return left


def _put(place: Place, entries: dict[str, list[Entry]], fresh: Entry) -> Entry:
    kept = fresh
    if place.kept == KEYRING:
        secret_store.put(place.home, place.plugin, fresh.name, fresh.value)
        kept = replace(fresh, value="")
    entries[place.plugin] = [kept, *entries.get(place.plugin, [])]
    return fresh


def _name(name: str, taken: Sequence[str], now: float, *, dated: bool = False) -> str:
    if name:
        if not _NAME.fullmatch(name):
            raise UsageError("a secret's name has letters, digits, `.`, `_` and `-`, at most 64", hint="leave it out for `default`")
        if name in taken:
            raise Conflict(f"there is a secret `{name}` already", hint="choose another name, or: coro webhook secret rotate")
        return name
    if "default" not in taken and not dated:
        return "default"
    day = rfc3339(now)[:10]
    return next(n for n in (day, *(f"{day}-{i}" for i in range(2, 10_000))) if n not in taken)


def usable(home: Path, entries: Sequence[Entry]) -> list[Secret]:
    """The secrets with their values, newest first; those of the keyring are asked for."""
    found = []
    for entry in entries:
        value = secret_store.get(home, entry.plugin, entry.name) if entry.kept == KEYRING else entry.value
        found.append(Secret(entry.name, value.encode(), entry.created_at, entry.until))
    return found


def shown(entry: Entry, now: float) -> dict[str, Any]:
    """An entry without its value, as `secret list` prints it."""
    state = "current" if entry.until is None else "overlap" if entry.until > now else "ended"
    return {
        "plugin": entry.plugin, "name": entry.name, "state": state, "created_at": rfc3339(entry.created_at),
        "age": round(now - entry.created_at), "until": rfc3339(entry.until) if entry.until is not None else None, "kept": entry.kept,
    }  # fmt: skip


# What `coro doctor` wants to know of webhook secrets.

# A secret that nobody has changed for so long has been seen by too many.
AGE = 365 * 86400.0


def warnings(home: paths.Home, db: Database | None) -> Iterator[tuple[str, str]]:
    """`(what is wrong, what to do)`: overlaps that end while the old secret is still in use, ended ones, old ones."""
    now, used = time.time(), _used(db)
    for plugin, entries in secret_store.read(home.secrets).items():
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
