"""What a Linear delivery is about (https://linear.app/developers/webhooks).

A comment has its id. An update names no entry of the history, but what the issue had before (`updatedFrom`): what it gained
since gets a key of its own time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.domain.names import ISSUE
from coro_cli.domain.ref import KEY, Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.linear import payload as said
from coro_cli.plugins.linear.forms import Reader
from coro_cli.plugins.wire import Broken, maybe, text


def read(reader: Reader, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and the issue where the payload holds it whole."""
    payload = payload_of(body)
    kind, action = text(payload, "type") or headers.get("linear-event", ""), text(payload, "action")
    if not kind:
        raise Broken("the delivery names no `type`")
    data = maybe(payload, "data")
    issue = data if kind == "Issue" else maybe(data, "issue")
    names = [text(issue, "identifier") or _shown(payload), *_former(payload)]
    refs = [Ref(reader.settings.name, key[1].upper(), key[2], ISSUE, "-") for name in names if (key := KEY.fullmatch(name))]
    natives = [text(issue, "id") or text(data, "issueId")]
    told = said.told(reader, payload, kind, data) if action != "remove" and refs else None
    delivery = headers.get("linear-delivery", "")
    snapshots = {str(refs[0]): told} if told is not None else {}
    word, loose = f"{kind}.{action}" if action else kind, said.is_loose(told)
    return Hint(refs, word, delivery, snapshots, [native for native in natives if native], loose=loose)


def _shown(payload: Any) -> str:
    """The identifier in the page's address, for comments whose issue comes without one."""
    return text(payload, "url").partition("/issue/")[2].partition("/")[0].partition("#")[0]


def _former(payload: Any) -> list[str]:
    found = maybe(payload, "data", "previousIdentifiers")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
