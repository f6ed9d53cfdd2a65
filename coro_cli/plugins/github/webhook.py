"""A delivery of GitHub: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from coro_cli.domain.events import ISSUE, PULL_REQUEST
from coro_cli.domain.parse_ref import Ref
from coro_cli.domain.snapshot import MERGED, Change, Snapshot
from coro_cli.plugins.answers import moment, next_link, payload_of
from coro_cli.plugins.base import Hint
from coro_cli.plugins.delivered import closed, spoken
from coro_cli.plugins.github import parse
from coro_cli.plugins.github.parse import Reader, login, user_kind
from coro_cli.plugins.protocol import Asks, Broken, Request, items, maybe, text, want

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub


Json = dict[str, Any]
WHERE = "the delivery"
# action: (short event name, the fact's word, where the fact stands)
_CHANGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "labeled": ("labeled", "label", ("label", "name")),
    "unlabeled": ("unlabeled", "label", ("label", "name")),
    "assigned": ("assigned", "assignee", ("assignee", "login")),
    "unassigned": ("unassigned", "assignee", ("assignee", "login")),
    "review_requested": ("review_requested", "reviewer", ("requested_reviewer", "login")),
    "ready_for_review": ("ready_for_review", "", ()),
    "converted_to_draft": ("converted_to_draft", "", ()),
    "reopened": ("reopened", "", ()),
    "parent_issue_added": ("epic_linked", "epic", ("parent_issue", "html_url")),
    "parent_issue_removed": ("epic_unlinked", "epic", ("parent_issue", "html_url")),
}


def read_payload(reader: Reader, event: str, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where nothing happened that is an event of ours."""
    read = _READERS.get(event)
    try:
        return read(reader, text(payload, "action"), payload) if read is not None else None
    except Broken:
        return None  # the look at the API says what this cannot


def is_loose(event: str, action: str) -> bool:
    """Whether the key is one of its own time."""
    return event in ("pull_request", "issues", "sub_issues") and action in _CHANGES


def _pull(reader: Reader, payload: Json, reviews: list[Json], comments: list[Json]) -> Snapshot:
    return parse.pull(reader, payload.get("pull_request"), WHERE, reviews, comments, [])


def _issue(reader: Reader, payload: Json, comments: list[Json], field: str = "issue") -> Snapshot:
    found = payload.get(field)
    snapshot = parse.issue(reader, found, WHERE, want(payload.get("repository"), "id", int, WHERE), comments, [], None)
    if not maybe(found, "pull_request"):
        return snapshot
    merged_at = moment(maybe(found, "pull_request", "merged_at"))
    state = MERGED if merged_at is not None else snapshot.state
    return replace(snapshot, family=PULL_REQUEST, state=state, merged_at=merged_at, status="")


def _since(snapshot: Snapshot, at: float | None, *, opened: bool = False) -> Snapshot | None:
    """What happens in the second of the opening is not the opening."""
    if at is None:
        return None
    return replace(snapshot, complete_since=at, looked_at=at, created_at=snapshot.created_at if opened else 0.0)


def _pull_request(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    snapshot = _pull(reader, payload, [], [])
    if action == "synchronize":
        after, before = text(payload, "after") or snapshot.head, text(payload, "before")
        return _changed(reader, snapshot, payload, f"head:{after}", "synchronized", {"sha": after, "before": before})
    return _state(reader, snapshot, action, payload)


def _issues(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _state(reader, _issue(reader, payload, []), action, payload)


def _sub_issues(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _state(reader, _issue(reader, payload, [], "sub_issue"), action, payload)


def _state(reader: Reader, snapshot: Snapshot, action: str, payload: Json) -> Snapshot | None:
    if action == "opened":
        return _since(snapshot, snapshot.created_at, opened=True)
    if action == "closed":
        return _closed(reader, snapshot, payload)
    if action not in _CHANGES:
        return None
    name, word, way = _CHANGES[action]
    value = text(payload, *way) or text(payload, "requested_team", "slug") if word else ""
    middle = f":{value}" if word else ""
    return _changed(reader, snapshot, payload, f"{name}{middle}:{int(snapshot.updated_at)}", name, {word: value} if word else {})


def _closed(reader: Reader, snapshot: Snapshot, payload: Json) -> Snapshot | None:
    """An issue that is closed has changed its status as well."""
    merged = maybe(payload, "pull_request", "merged") is True
    snapshot, sender = closed(snapshot, merged=merged, at=snapshot.updated_at), _sender(reader, payload)
    at = snapshot.complete_since
    by = snapshot.closed_by if snapshot.closed_by.kind != "ghost" else sender
    moved = Change(f"status:closed:{int(at or 0)}", "transitioned", sender, at or 0.0, {"from": "open", "to": "closed"})
    return _since(replace(snapshot, closed_by=by, changes=(moved,) if snapshot.family == ISSUE else ()), at)


def _changed(reader: Reader, snapshot: Snapshot, payload: Json, key: str, name: str, data: Json) -> Snapshot | None:
    change = Change(key, name, _sender(reader, payload), snapshot.updated_at, data)
    return _since(replace(snapshot, changes=(change,)), snapshot.updated_at)


def _sender(reader: Reader, payload: Json) -> Any:
    sender = payload.get("sender")
    return reader.actor(login(sender), user_kind(sender), "", "")


def _review(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    review = payload.get("review")
    if action not in ("submitted", "dismissed") or not isinstance(review, dict):
        return None
    if action == "dismissed":
        # The review says when it was given; it was dismissed just now.
        snapshot = _pull(reader, payload, [], [])
        return _changed(reader, snapshot, payload, f"review:{review.get('id')}:dismissed", "review_dismissed", {"state": "dismissed"})
    return _since(_pull(reader, payload, [review], []), moment(review.get("submitted_at")))


def _inline(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _said(action, payload, lambda comment: _pull(reader, payload, [], [comment]))


def _comment(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    return _said(action, payload, lambda comment: _issue(reader, payload, [comment]))


def _said(action: str, payload: Json, read: Callable[[Json], Snapshot]) -> Snapshot | None:
    comment = payload.get("comment")
    if action not in ("created", "edited") or not isinstance(comment, dict):
        return None
    snapshot = read(comment)
    edited = (moment(comment.get("updated_at")) or snapshot.updated_at) if action == "edited" else None
    told = spoken(snapshot, snapshot.comments[0], edited=edited)
    return _since(told, told.complete_since)


def _thread(reader: Reader, action: str, payload: Json) -> Snapshot | None:
    node = text(payload, "thread", "node_id")
    if action != "resolved" or not node:
        return None
    return _changed(reader, _pull(reader, payload, [], []), payload, f"thread:{node}:resolved", "thread_resolved", {})


_READERS: dict[str, Callable[[Reader, str, Json], Snapshot | None]] = {
    "pull_request": _pull_request, "issues": _issues, "issue_comment": _comment, "pull_request_review": _review,
    "pull_request_review_comment": _inline, "pull_request_review_thread": _thread, "sub_issues": _sub_issues,
}  # fmt: skip


# What a GitHub delivery is about (https://docs.github.com/webhooks/webhook-events-and-payloads).


_CHECKS = ("check_suite", "check_run", "workflow_run")


def read(plugin: GitHub, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at, and what the payload says of the first."""
    payload = payload_of(body, headers)
    event, action = headers.get("x-github-event", ""), text(payload, "action")
    name = text(payload, "repository", "full_name")
    refs = [Ref(plugin.settings.name, name, number, family) for number, family in _objects(payload)] if name.count("/") == 1 else []
    snapshot = read_payload(plugin.reader, event, payload) if refs else None
    return Hint(
        refs, ".".join(filter(None, (event, action))), headers.get("x-github-delivery", ""),
        {str(refs[0]): snapshot} if snapshot is not None else {}, scopes=[name] if _nameless(event, payload) and not refs else (),
        loose=is_loose(event, action),
    )  # fmt: skip


def _nameless(event: str, payload: Any) -> bool:
    """A finished check that names no pull request: a commit status never does, nor a check on a fork's commit."""
    if event == "status":
        return text(payload, "state") in ("success", "failure", "error")
    return event in _CHECKS and text(payload, "action") == "completed"


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE), ("sub_issue", ISSUE), ("parent_issue", ISSUE)):
        number = _number(maybe(payload, thing))
        if number:
            found.append((number, PULL_REQUEST if maybe(payload, thing, "pull_request") else family))
    for thing in _CHECKS:
        pulls = [p for p in items(maybe(payload, thing, "pull_requests")) if _is_here(p, payload)]
        found += [(number, PULL_REQUEST) for pull in pulls if (number := _number(pull))]
    return found


def _is_here(pull: Any, payload: Any) -> bool:
    """One commit may be in pull requests of several repositories; the payload lists them all."""
    there, here = maybe(pull, "base", "repo", "id"), maybe(payload, "repository", "id")
    return there is None or there == here


def _number(thing: Any) -> str:
    number = maybe(thing, "number")
    return str(number) if isinstance(number, int) and not isinstance(number, bool) and number > 0 else ""


# Deliveries GitHub could not deliver (https://docs.github.com/rest/repos/webhooks). It does not try again by itself.


PAGES = 20


@dataclass(frozen=True, slots=True)
class Missed:
    """One delivery that failed. delivery: the id that the receiver would have seen. status: what was answered, 0 for nothing."""

    hook: int
    id: int
    delivery: str
    event: str
    at: float
    status: int


def missed(scope: str, since: float) -> Asks[list[Missed]]:
    """Those of all webhooks of a repository since then, less those that a later try delivered, oldest first."""
    answer = yield Request(f"/repos/{quote(scope)}/hooks", query=[("per_page", "100")])
    found: list[Missed] = []
    for hook in items(answer.json()):
        if isinstance(hook.get("id"), int) and hook.get("active") is not False:
            found += yield from _of_hook(scope, hook["id"], since)
    return sorted(found, key=lambda one: one.at)


def _of_hook(scope: str, hook: int, since: float) -> Asks[list[Missed]]:
    request = Request(f"/repos/{quote(scope)}/hooks/{hook}/deliveries", query=[("per_page", "100")])
    delivered: set[str] = set()
    failed: dict[str, Missed] = {}
    for _ in range(PAGES):
        page = yield request
        oldest = since
        for item in items(page.json()):
            at, guid, status = moment(item.get("delivered_at")) or 0.0, text(item, "guid"), item.get("status_code")
            oldest = min(oldest, at)
            if text(item, "status") == "OK" or (isinstance(status, int) and 200 <= status < 300):
                delivered.add(guid)
            elif at >= since and isinstance(item.get("id"), int) and guid:
                event = ".".join(filter(None, (text(item, "event"), text(item, "action"))))
                # The list is newest first: the first try of a delivery that is met is its last.
                failed.setdefault(guid, Missed(hook, item["id"], guid, event, at, status if isinstance(status, int) else 0))
        onward = next_link(page)
        if not onward or oldest < since:
            break
        request = Request(onward)
    return [one for guid, one in failed.items() if guid not in delivered]


def redeliver(scope: str, one: Missed) -> Asks[None]:
    """Have it sent again, under the same id."""
    yield Request(f"/repos/{quote(scope)}/hooks/{one.hook}/deliveries/{one.id}/attempts", method="POST")
