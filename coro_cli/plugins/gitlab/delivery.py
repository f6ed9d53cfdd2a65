"""What a GitLab delivery is about (https://docs.gitlab.com/user/project/integrations/webhook_events/).

Approvals come as `approved`, `unapproved`, `approval` and `unapproval`, some without a time, and where a push takes them
away often not at all: whatever it says, the object is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from coro_cli.domain.names import ISSUE, PULL_REQUEST
from coro_cli.domain.ref import Ref
from coro_cli.plugins.base import Hint
from coro_cli.plugins.bodies import payload_of
from coro_cli.plugins.gitlab.payload import is_loose, told
from coro_cli.plugins.wire import maybe, text

if TYPE_CHECKING:
    from coro_cli.plugins.gitlab import GitLab

_PULL, _ISSUE = ("!", PULL_REQUEST), ("#", ISSUE)


def read(plugin: GitLab, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at."""
    payload = payload_of(body)
    path, project = text(payload, "project", "path_with_namespace"), _project(payload)
    thing, mark, family = _object(payload)
    number = maybe(thing, "iid")
    kind, action = text(payload, "object_kind") or text(payload, "event_name"), text(payload, "object_attributes", "action")
    event = f"{kind}.{action}" if action else kind
    delivery = headers.get("webhook-id") or headers.get("idempotency-key") or ""
    if not isinstance(number, int) or number < 1 or "/" not in path:
        # A branch's pipeline names no merge request: any of the project's may have this head.
        return Hint(event=event, delivery=delivery, scopes=[path] if kind in ("pipeline", "build") and "/" in path else [])
    ref = Ref(plugin.settings.name, path, str(number), family, mark)
    if project is None:
        return Hint([ref], event, delivery)
    said = told(plugin.settings.host, plugin.me, project, payload, thing, mark) if kind != "pipeline" else None
    return Hint([ref], event, delivery, {str(ref): said} if said is not None else {}, [f"{project}{mark}{number}"], loose=is_loose(said))


def _object(payload: Any) -> tuple[Any, str, str]:
    """The merge request or issue that it is about, its mark and its family; (None, "", "") for anything else."""
    kind, event = text(payload, "object_kind"), text(payload, "event_type")
    if kind == "merge_request" or event == "merge_request":
        return maybe(payload, "object_attributes"), *_PULL
    if kind in ("issue", "work_item", "incident"):
        return maybe(payload, "object_attributes"), *_ISSUE
    pull = maybe(payload, "merge_request")
    if kind == "note":
        return (pull, *_PULL) if pull else (maybe(payload, "issue"), *_ISSUE)
    # The pipeline of a fork tells of its own project, the merge request is the other's.
    own = maybe(pull, "target_project_id") in (None, maybe(payload, "project", "id"))
    return (pull, *_PULL) if kind == "pipeline" and pull and own else (None, "", "")


def _project(payload: Any) -> int | None:
    """The project's number, which old versions have in various places."""
    places = [("project", "id"), ("project_id",), ("object_attributes", "target_project_id"), ("object_attributes", "project_id")]
    return next((number for place in places if isinstance(number := maybe(payload, *place), int)), None)
