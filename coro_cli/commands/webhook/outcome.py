"""What `secret add` and `secret rotate` say: the new secret, once, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coro_cli.domain.durations import rfc3339
from coro_cli.output.result import Result
from coro_cli.webhooks import schemes
from coro_cli.webhooks.secrets import Place
from coro_cli.webhooks.vault import Entry


def kept(place: Place, entry: Entry, *, made: bool, ending: Sequence[Entry] = (), warnings: Sequence[str] = ()) -> Result:
    """made: coro made it, so it has to be shown."""
    in_path = schemes.strength(place.descriptor) == 0
    path = f"/webhook/{place.plugin}" + (f"/{entry.value}" if in_path and made else "")
    shown: dict[str, Any] = {
        "plugin": place.plugin, "name": entry.name, "created_at": rfc3339(entry.created_at), "kept": entry.kept,
        "path": path, "ending": [{"name": e.name, "until": rfc3339(e.until or 0)} for e in ending],
    }  # fmt: skip
    if made:
        shown["secret"] = entry.value
    lines = ((path if in_path else entry.value),) if made else ()
    return Result(shown, lines=lines, notes=tuple(_notes(place, entry, made, in_path, ending)), warnings=tuple(warnings))


def _notes(place: Place, entry: Entry, made: bool, in_path: bool, ending: Sequence[Entry]) -> list[str]:
    said = [f"{place.plugin} has the secret `{entry.name}`"]
    if made and in_path:
        said = [f"this address is shown once: have {place.plugin} send to it"]
    elif made:
        said = [f"this secret (`{entry.name}`) is shown once: paste it into the webhook's settings of {place.plugin}"]
    return said + [f"`{old.name}` stays valid until {rfc3339(float(int(old.until or 0)))}" for old in ending]
