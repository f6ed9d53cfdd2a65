"""A delivery of Gitea and Forgejo: which refs it is about, and what its payload says itself for when the API cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coro_cli.domain.events import ISSUE, PULL_REQUEST, Actor
from coro_cli.domain.ref import Ref
from coro_cli.domain.snapshot import MERGED, OPEN, Change, Review, Snapshot
from coro_cli.plugins.answers import payload_of
from coro_cli.plugins.base import Hint, Settings
from coro_cli.plugins.delivered import closed, spoken
from coro_cli.plugins.gitea import parse
from coro_cli.plugins.protocol import Broken, maybe, text
from coro_cli.plugins.trusted_users import Circle

if TYPE_CHECKING:
    from coro_cli.plugins.gitea import Gitea


Json = Mapping[str, Any]
# Gitea names a review in the header's event, older ones in its `type`; a review with a text alone is a `comment`.
_VERDICTS = {"approved": "approved", "rejected": "changes_requested", "reject": "changes_requested", "comment": "commented"}
LOOSE = ("reviewed", "assigned", "review_requested", "reopened")


def read_payload(settings: Settings, me: str, repository: int, payload: Json) -> Snapshot | None:
    """The snapshot, `complete_since` the instant of what happened; None where nothing of that is told."""
    host = settings.host
    thing = payload.get("pull_request") or payload.get("issue")
    if not isinstance(thing, dict):
        return None
    # Nobody's membership is in a payload; but in a private repository everybody who can speak was let in.
    let_in = text(payload, "sender", "login").lower() if maybe(payload, "repository", "private") is True else ""
    circle = Circle(me, text(thing, "user", "login"), {let_in: "member"} if let_in else {})
    try:
        known = parse.item(thing, "the delivery", circle)
    except Broken:
        return None  # the look at the API says what this cannot
    number = maybe(thing, "number") or payload.get("number")
    known = replace(known, id=f"gitea:{host}:{repository}:{number}", native=f"{repository}:{number}", looked_at=known.updated_at)
    if "pull_request" in payload:
        known = replace(known, **parse.pull(thing))
    elif isinstance(thing.get("pull_request"), dict):
        known = replace(known, family=PULL_REQUEST, state=MERGED if thing["pull_request"].get("merged") is True else known.state)
    if not known.url:
        part = "pulls" if known.family == PULL_REQUEST else "issues"
        home = text(payload, "repository", "html_url") or f"{settings.web_url}/{text(payload, 'repository', 'full_name')}"
        known = replace(known, url=f"{home}/{part}/{number}")
    return _happened(known, circle, payload, text(payload, "action"))


def _happened(known: Snapshot, circle: Circle, payload: Json, action: str) -> Snapshot | None:
    by, at = parse.actor(circle, payload.get("sender")), known.updated_at
    if action == "opened" and known.state == OPEN:
        return replace(known, complete_since=known.created_at)
    known = replace(known, created_at=0.0)  # that it was opened is no news, not even in the same second
    if isinstance(payload.get("comment"), dict):
        return _spoken(known, circle, payload["comment"], action) if action in ("created", "edited") else None
    if action == "reviewed":
        return _reviewed(known, circle, payload)
    if action == "closed":
        return closed(replace(known, closed_by=by), merged=False, at=at)
    if action == "synchronized" and known.head:
        return replace(known, changes=(Change(f"head:{known.head}", "synchronized", by, at, {"sha": known.head}),), complete_since=at)
    if action in LOOSE:
        return _moved(known, by, action, payload)
    return None


def _spoken(known: Snapshot, circle: Circle, item: dict[str, Any], action: str) -> Snapshot | None:
    """A comment. That it was edited is what the action says: the times of one that was written may differ too."""
    written = item.get("created_at") if parse.time(item.get("created_at")) is not None else known.updated_at
    comment = parse.comment(circle, {**item, "created_at": written})
    if comment is None:
        return None
    if not comment.url and known.url:
        comment = replace(comment, url=f"{known.url}#issuecomment-{item['id']}")
    return spoken(known, comment, edited=(parse.time(item.get("updated_at")) or known.updated_at) if action == "edited" else None)


def _reviewed(known: Snapshot, circle: Circle, payload: Json) -> Snapshot | None:
    review, who, at = payload.get("review"), payload.get("sender"), known.updated_at
    word = text(review, "type").removeprefix("pull_request_").removeprefix("review_")
    state = _VERDICTS.get(word)
    if state is None:
        return None
    number = maybe(who, "id") or text(who, "login")
    given = Review(f"by:{number}:{int(at)}", parse.actor(circle, who), state, at, known.head, text(review, "content"), known.url)
    return replace(known, reviews=(given,), complete_since=at)


def _moved(known: Snapshot, by: Actor, action: str, payload: Json) -> Snapshot | None:
    """Of several assignees nobody tells which one is new."""
    at, person = known.updated_at, ""
    if action == "assigned":
        person = known.assignees[0] if len(known.assignees) == 1 else ""
    elif action == "review_requested":
        person = text(payload, "requested_reviewer", "login")
    if not person and action != "reopened":
        return None
    data = {"assignee" if action == "assigned" else "reviewer": person} if person else {}
    key = ":".join(filter(None, (action, person, str(int(at)))))
    return replace(known, changes=(Change(key, action, by, at, data),), complete_since=at)


# What a delivery of Gitea, Forgejo or Gogs is about (https://docs.gitea.com/usage/webhooks).
#
# A review comes without its id and a dismissal not at all, so whatever it says, the object is read again.


_FLAVOURS = ("gitea", "forgejo", "gogs")


def read(plugin: Gitea, headers: Mapping[str, str], body: bytes) -> Hint:
    """The refs to look at; for a commit status the repository, since it names no pull request."""
    payload = payload_of(body, headers)
    scope, repository = text(payload, "repository", "full_name"), maybe(payload, "repository", "id")
    event, action, delivery = _header(headers, "event"), text(payload, "action"), _header(headers, "delivery")
    word = f"{event}.{action}" if action else event
    if scope.count("/") != 1:
        return Hint(event=word, delivery=delivery)
    numbers = _objects(payload)
    refs = [Ref(plugin.settings.name, scope, number, family) for number, family in numbers]
    whole = [scope] if event in ("status", "workflow_run") else []
    if not isinstance(repository, int):
        return Hint(refs, word, delivery, scopes=whole)
    natives = [f"{repository}:{number}" for number, _ in numbers]
    said = read_payload(plugin.settings, plugin.me, repository, payload) if len(refs) == 1 else None
    snapshots = {str(refs[0]): said} if said is not None else {}
    return Hint(refs, word, delivery, snapshots, natives=natives, scopes=whole, loose=action in LOOSE)


def _header(headers: Mapping[str, str], word: str) -> str:
    return next((value for flavour in _FLAVOURS if (value := headers.get(f"x-{flavour}-{word}"))), "")


def _objects(payload: Any) -> list[tuple[str, str]]:
    found = []
    for thing, family in (("pull_request", PULL_REQUEST), ("issue", ISSUE)):
        number = maybe(payload, thing, "number") or (maybe(payload, "number") if maybe(payload, thing) else None)
        if isinstance(number, int) and number > 0:
            is_pull = payload.get("is_pull") is True or isinstance(maybe(payload, thing, "pull_request"), dict)
            found.append((str(number), PULL_REQUEST if is_pull else family))
    return list(dict.fromkeys(found))
