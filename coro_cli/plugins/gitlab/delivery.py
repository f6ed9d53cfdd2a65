"""What a GitLab delivery is about (https://docs.gitlab.com/user/project/integrations/webhook_events/).

Approvals come as `approved`, `unapproved`, `approval` and `unapproval`, some without a time, and where a push takes them
away often not at all: whatever it says, the object is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.wire import maybe, text

_PULL, _ISSUE = ("!", PULL_REQUEST), ("#", ISSUE)


def read(name: str, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at."""
    payload = payload_of(body)
    path, project = text(payload, "project", "path_with_namespace"), maybe(payload, "project", "id") or payload.get("project_id")
    numbers = _objects(payload)
    refs = [Ref(name, path, number, family, mark) for number, (mark, family) in numbers] if "/" in path else []
    natives = [f"{project}{mark}{number}" for number, (mark, _) in numbers] if isinstance(project, int) else []
    kind, action = text(payload, "object_kind") or text(payload, "event_name"), text(payload, "object_attributes", "action")
    delivery = headers.get("webhook-id") or headers.get("idempotency-key") or ""
    # A branch's pipeline names no merge request: any of the project's may have this head.
    branch = [path] if kind in ("pipeline", "build") and not refs and "/" in path else []
    return Hint(refs, f"{kind}.{action}" if action else kind, delivery, natives=natives, scopes=branch)


def _objects(payload: Any) -> list[tuple[str, tuple[str, str]]]:
    kind, event = text(payload, "object_kind"), text(payload, "event_type")
    if kind == "merge_request" or event == "merge_request":
        return _numbered(maybe(payload, "object_attributes"), _PULL)
    if kind in ("issue", "work_item", "incident"):
        return _numbered(maybe(payload, "object_attributes"), _ISSUE)
    if kind == "note":
        return _numbered(maybe(payload, "merge_request"), _PULL) or _numbered(maybe(payload, "issue"), _ISSUE)
    own = maybe(payload, "merge_request", "target_project_id") in (None, maybe(payload, "project", "id"))
    return _numbered(maybe(payload, "merge_request"), _PULL) if kind == "pipeline" and own else []


def _numbered(thing: Any, what: tuple[str, str]) -> list[tuple[str, tuple[str, str]]]:
    number = maybe(thing, "iid")
    return [(str(number), what)] if isinstance(number, int) and number > 0 else []
