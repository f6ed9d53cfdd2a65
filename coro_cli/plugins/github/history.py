"""The history of an issue or pull request as GitHub lists it, with ids of its own: labels, assignments, links and the like.

https://docs.github.com/rest/using-the-rest-api/issue-event-types
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coro_cli.domain.names import FAMILIES
from coro_cli.domain.snapshot import Change
from coro_cli.plugins.github.reader import Reader, login, user_kind
from coro_cli.plugins.reading import moment
from coro_cli.plugins.wire import maybe, text

Json = dict[str, Any]
# GitHub's word: ours, the name of its subject, and where that stands.
_CHANGES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "labeled": ("labeled", "label", ("label", "name")),
    "unlabeled": ("unlabeled", "label", ("label", "name")),
    "assigned": ("assigned", "assignee", ("assignee", "login")),
    "unassigned": ("unassigned", "assignee", ("assignee", "login")),
    "review_requested": ("review_requested", "reviewer", ("requested_reviewer", "login")),
    "review_dismissed": ("review_dismissed", "", ()),
    "ready_for_review": ("ready_for_review", "", ()),
    "convert_to_draft": ("converted_to_draft", "", ()),
    "reopened": ("reopened", "", ()),
    "cross-referenced": ("linked", "to", ("source", "issue", "html_url")),
    "connected": ("linked", "to", ("source", "issue", "html_url")),
    "parent_issue_added": ("epic_linked", "epic", ("parent_issue", "html_url")),
    "parent_issue_removed": ("epic_unlinked", "epic", ("parent_issue", "html_url")),
    "sub_issue_added": ("epic_linked", "sub_issue", ("sub_issue", "html_url")),
    "sub_issue_removed": ("epic_unlinked", "sub_issue", ("sub_issue", "html_url")),
}
_BOTH = ("labeled", "unlabeled", "assigned", "unassigned", "reopened")
TOLD_PULL = (*_BOTH, "review_requested", "ready_for_review", "converted_to_draft")
TOLD_ISSUE = (*_BOTH, "transitioned", "linked", "epic_linked", "epic_unlinked")


def changes(reader: Reader, happenings: Sequence[Json], family: str, url: str, *, epic: str = "") -> tuple[Change, ...]:
    """What of it is ours, oldest first. url: the object's own page. epic: its parent's, where REST does not name it."""
    found = [change for item in happenings for change in _all(reader, item, url) if change.name in FAMILIES[family]]
    for at in range(len(found) - 1, -1, -1):
        if found[at].name in ("epic_linked", "epic_unlinked") and "sub_issue" not in found[at].data:
            if found[at].name == "epic_linked" and not found[at].data.get("epic"):
                found[at] = replace(found[at], data={"epic": epic})
            break
    return tuple(found)


def closer(happenings: Sequence[Json]) -> Any:
    """Who closed it last."""
    return next((item.get("actor") for item in reversed(happenings) if text(item, "event") == "closed"), None)


def _all(reader: Reader, item: Json, url: str) -> list[Change]:
    """The changes one entry tells: an issue that is closed or reopened has changed its status as well."""
    said, at = text(item, "event"), moment(item.get("created_at"))
    if at is None:
        return []
    who = reader.actor(login(item.get("actor")), user_kind(item.get("actor")), "", "")
    identity = item.get("node_id") or item.get("id") or int(at)
    made = []
    if said in ("closed", "reopened"):
        before, after = ("open", "closed") if said == "closed" else ("closed", "open")
        made.append(Change(f"status:{identity}", "transitioned", who, at, {"from": before, "to": after, **_reason(item)}))
    if said in _CHANGES:
        name, word, way = _CHANGES[said]
        value = login(maybe(item, way[0])) if way[1:] == ("login",) else text(item, *way)
        change = Change(f"{name}:{identity}", name, who, at, {word: value} if word else {})
        made.append(_special(change, said, item, url))
    return made


def _reason(item: Json) -> dict[str, str]:
    reason = text(item, "state_reason").lower()
    return {"reason": reason} if reason else {}


def _special(change: Change, said: str, item: Json, url: str) -> Change:
    if said == "review_requested" and not change.data["reviewer"]:
        return replace(change, data={"reviewer": text(item, "requested_team", "slug")})
    if said.startswith("sub_issue_"):
        return replace(change, data={"epic": url, **change.data})
    if said == "cross-referenced":
        # REST gives these no id: the one who refers, and when, is what both ways know.
        source = text(item, "source", "issue", "node_id") or change.data["to"]
        return replace(change, key=f"linked:{source}:{int(change.at)}")
    if said == "review_dismissed":
        review = maybe(item, "dismissed_review", "review_id")
        data = {"state": "dismissed", "was": text(item, "dismissed_review", "state")}
        # The same key as the review itself has from now on, but with the time and person of the dismissal.
        key = f"review:{review}:dismissed" if review else change.key
        return replace(change, key=key, data=data, body=text(item, "dismissed_review", "dismissal_message"))
    return change
