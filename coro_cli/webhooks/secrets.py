"""Adding, rotating and retiring secrets. Several are valid at a time, so a rotation never refuses a delivery."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.errors import Conflict, NotFound, UsageError
from coro_cli.plugins.base import Descriptor
from coro_cli.webhooks import keyrings, schemes, vault
from coro_cli.webhooks.model import Secret
from coro_cli.webhooks.vault import FILE, KEYRING, Entry
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
    if descriptor.format == schemes.STANDARD and not plain:
        return schemes.WHSEC.decode() + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32) if schemes.strength(descriptor) == 0 else secrets.token_hex(32)


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
    if schemes.strength(descriptor) == 0 and not is_path_token(value):
        least = f"this secret stands in an address: at least {PATH_LEAST} letters, digits, `-` or `_`"
        raise UsageError(least, hint="leave it out, and one is made")
    signing = descriptor.format == schemes.STANDARD and value.startswith(schemes.WHSEC)
    if signing and not schemes.key(descriptor, value):
        raise UsageError("the secret begins with `whsec_`, but is not base64", hint="copy it whole")
    return text


def add(place: Place, name: str, value: str, *, now: float) -> Entry:
    """Add one. name "": `default`, or the date where that is taken. Raises Conflict where the name is taken."""
    with vault.changing(place.path) as entries:
        taken = [entry.name for entry in entries.get(place.plugin, ())]
        chosen = _name(name, taken, now)
        return _put(place, entries, Entry(place.plugin, chosen, value, now, None, place.kept))


def shuts_out(place: Place, value: str, *, now: float) -> str:
    """A warning where a first secret of the stronger scheme has deliveries refused that are good until then; "" else."""
    weaker = next((one for one in place.descriptor.weaker if one.format == schemes.PLAIN), None)
    if weaker is None or place.descriptor.format != schemes.STANDARD or not value.startswith(schemes.WHSEC.decode()):
        return ""
    live = [e for e in vault.read(place.path).get(place.plugin, ()) if e.until is None or e.until > now]
    values = [secret.value for secret in usable(place.home, live)]
    if not values or any(known.startswith(schemes.WHSEC) for known in values):
        return ""
    return f"{place.plugin} has to sign from now on: deliveries with `{weaker.header}` alone are refused"


def rotate(place: Place, value: str | None, *, overlap: float, now: float) -> tuple[Entry, list[Entry]]:
    """Add a new one (None makes it), and end the others when the overlap is over. Returns it and those that will end."""
    with vault.changing(place.path) as entries:
        known = [e for e in entries.get(place.plugin, ()) if e.until is None or e.until > now - REMEMBERED]
        old = [replace(e, until=min(e.until or now + overlap, now + overlap)) for e in known]
        gone = [e for e in entries.get(place.plugin, ()) if e not in known and e.kept == KEYRING]
        entries[place.plugin] = old
        chosen = _name("", [entry.name for entry in old], now, dated=True)
        # A token of the weaker scheme stays one: a signing key beside it would have all that use it refused.
        plain = bool(known) and known[0].kept == FILE and not known[0].value.startswith(schemes.WHSEC.decode())
        text = value if value is not None else made(place.descriptor, plain=plain)
        fresh = _put(place, entries, Entry(place.plugin, chosen, text, now, None, place.kept))
    for entry in gone:
        keyrings.drop(place.home, place.plugin, entry.name)
    return fresh, [entry for entry in old if entry.until is not None and entry.until > now]


def retire(place: Place, name: str, *, now: float) -> int:
    """Forget one. Returns how many are left that deliveries can be signed with. Raises NotFound."""
    with vault.changing(place.path) as entries:
        mine = entries.get(place.plugin, [])
        gone = [entry for entry in mine if entry.name == name]
        if not gone:
            known = ", ".join(entry.name for entry in mine) or "none"
            raise NotFound(f"`{place.plugin}` has no secret of that name", hint=f"there are: {known}")
        entries[place.plugin] = [entry for entry in mine if entry.name != name]
        left = sum(entry.until is None or entry.until > now for entry in entries[place.plugin])
    if gone[0].kept == KEYRING:
        keyrings.drop(place.home, place.plugin, name)
    return left


def _put(place: Place, entries: dict[str, list[Entry]], fresh: Entry) -> Entry:
    kept = fresh
    if place.kept == KEYRING:
        keyrings.put(place.home, place.plugin, fresh.name, fresh.value)
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
        value = keyrings.get(home, entry.plugin, entry.name) if entry.kept == KEYRING else entry.value
        found.append(Secret(entry.name, value.encode(), entry.created_at, entry.until))
    return found


def shown(entry: Entry, now: float) -> dict[str, Any]:
    """An entry without its value, as `secret list` prints it."""
    state = "current" if entry.until is None else "overlap" if entry.until > now else "ended"
    return {
        "plugin": entry.plugin, "name": entry.name, "state": state, "created_at": rfc3339(entry.created_at),
        "age": round(now - entry.created_at), "until": rfc3339(entry.until) if entry.until is not None else None, "kept": entry.kept,
    }  # fmt: skip
