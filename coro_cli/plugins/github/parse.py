"""Answers of GitHub read into the shared words: people, times, reviews, comments, states. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from coro_cli.domain.events import FAMILIES, GHOST, ISSUE, PULL_REQUEST, Actor, trust_of
from coro_cli.domain.snapshot import CLOSED, MERGED, OPEN, Change, Comment, Review, Snapshot
from coro_cli.domain.waits import MARKER
from coro_cli.plugins.answers import instant, moment
from coro_cli.plugins.base import Settings
from coro_cli.plugins.protocol import Broken, items, maybe, text, want

# https://docs.github.com/graphql/reference/enums#commentauthorassociation
_TRUST = {
    "OWNER": "owner", "MEMBER": "member", "COLLABORATOR": "collaborator", "CONTRIBUTOR": "contributor",
    "FIRST_TIME_CONTRIBUTOR": "contributor",
}  # fmt: skip
REVIEW_STATES = {
    "APPROVED": "approved", "CHANGES_REQUESTED": "changes_requested", "COMMENTED": "commented", "DISMISSED": "dismissed",
}  # fmt: skip


@dataclass(slots=True)
class Reader:
    """Knows the instance (for keys) and the token's own login (for `self`).

    oddities: what was read over because it is not known here; each is told once the object is read. remarks: the same, where
    it is nothing that the object's jobs suffer from.
    """

    settings: Settings
    me: str = ""
    oddities: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """The host in keys: one repository id may exist on two instances."""
        return self.settings.host or "github.com"

    def odd(self, url: str, name: str, value: str) -> None:
        """Note a word that GitHub has and we have not."""
        self.oddities.append(f"{url} answered with an unknown `{name}`: `{value[:40]}`")

    def told(self) -> str:
        """The notes since the last call, in one sentence; "" for none."""
        notes, self.oddities = self.oddities, []
        return "; ".join(dict.fromkeys(notes))

    def identity(self, repository: int | str, number: int | str) -> str:
        """The stable prefix of an object's keys."""
        return f"github:{self.host}:{repository}:{number}"

    def actor(self, login: str, kind: str, association: str, author: str) -> Actor:
        """Who it was, as far as trust goes. An empty login is an account that is gone."""
        if not login:
            return GHOST
        bot = kind == "Bot" or login.endswith("[bot]")
        word, granted = login.lower(), _TRUST.get(association, "none")
        trust = trust_of(granted, is_self=word == self.me.lower(), is_author=word == author.lower())
        return Actor(login, "bot" if bot else "user", trust)


def login(value: Any) -> str:
    """The login of a REST user or GraphQL actor, "" for one that is gone.

    GraphQL names bots without the `[bot]` that REST appends: they get it, for one name each.
    """
    name = text(value, "login")
    if text(value, "__typename") == "Bot" and name and not name.endswith("[bot]"):
        return f"{name}[bot]"
    return name


def user_kind(value: Any) -> str:
    """`Bot` or `User`."""
    return text(value, "type") or text(value, "__typename")


# REST answers read into snapshots. Keys are numeric ids, which GraphQL and deliveries know as well.


Json = dict[str, Any]
_MARK = re.compile(rf"{MARKER}[a-z0-9]+\.[0-9]+")
# Submitting a review touches its comments, each a moment after it.
PUBLISHING = 2.0
def pull(
    reader: Reader, found: Any, url: str, reviews: Sequence[Json], comments: Sequence[Json], happenings: Sequence[Json] | None,
    *, repository: int | str | None = None,
) -> Snapshot:
    """One pull request. happenings: None where there is no list of them. repository: its number, where the object does not tell it."""
    if not isinstance(found, dict):
        raise Broken(f"{url} answered without a pull request")
    author = login(_person(found, "user", url))
    number = want(found, "number", int, url)
    if repository is None and not isinstance(repository := maybe(found, "base", "repo", "id"), int):
        raise Broken(f"{url} answered without a usable `base.repo.id`")
    merged_at = _maybe_at(found, "merged_at", url)
    state = MERGED if merged_at is not None or found.get("merged") is True else _state(found, url)
    marks = _marks(comments)
    published = {r["id"]: moment(r.get("submitted_at")) for r in reviews if "id" in r}
    updated_at = instant(found.get("updated_at"), "updated_at", url)
    return Snapshot(
        id=reader.identity(repository, number), family=PULL_REQUEST, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=state, draft=found.get("draft") is True, head=want(found["head"], "sha", str, f"{url} (head)") if "head" in found else "",
        created_at=_created(found, url),
        updated_at=updated_at,
        merged_at=merged_at, closed_at=_maybe_at(found, "closed_at", url),
        closed_by=_ender(reader, found, state, happenings),
        conflicted=found.get("mergeable") is False, labels=_labels(found), assignees=_logins(found, "assignees"),
        requested=_logins(found, "requested_reviewers"),
        reviews=tuple(r for item in reviews if (r := review(reader, item, author, url, updated_at, marks)) is not None),
        comments=tuple(comment(reader, item, author, published, url) for item in comments),
        changes=changes(reader, happenings or (), PULL_REQUEST, text(found, "html_url")),
        # Before the merge this field holds the test merge: only a merged one's is the merge commit.
        merge_commit=text(found, "merge_commit_sha") if state == MERGED else "", told=TOLD_PULL if happenings is not None else (),
        renamed_to=text(found, "base", "repo", "full_name"),
    )  # fmt: skip


def issue(
    reader: Reader, found: Any, url: str, repository: Any, comments: Sequence[Json], happenings: Sequence[Json] | None, parent: Any
) -> Snapshot:
    """One issue. happenings: None where there is no list of them."""
    if not isinstance(found, dict) or not isinstance(repository, int | str):
        raise Broken(f"{url} answered without an issue of a known repository")
    author = login(_person(found, "user", url))
    closed_by = found.get("closed_by")
    return Snapshot(
        id=reader.identity(repository, want(found, "number", int, url)), family=ISSUE, native=text(found, "node_id"),
        url=text(found, "html_url"), title=text(found, "title"), body=text(found, "body"),
        author=reader.actor(author, user_kind(found.get("user")), text(found, "author_association"), author),
        state=_state(found, url),
        created_at=_created(found, url),
        updated_at=instant(found.get("updated_at"), "updated_at", url), closed_at=_maybe_at(found, "closed_at", url),
        closed_by=reader.actor(login(closed_by), user_kind(closed_by), "", author),
        labels=_labels(found), assignees=_logins(found, "assignees"), status=text(found, "state"),
        epic=text(parent, "html_url"),
        comments=tuple(comment(reader, item, author, {}, url) for item in comments),
        changes=changes(reader, happenings or (), ISSUE, text(found, "html_url"), epic=text(parent, "html_url")),
        told=TOLD_ISSUE if happenings is not None else (),
    )  # fmt: skip


def _marks(comments: Sequence[Json]) -> dict[Any, str]:
    """The runs' markers in the comments of each review, by its id."""
    found: dict[Any, str] = {}
    for one in comments:
        if marks := _MARK.findall(text(one, "body")):
            of = one.get("pull_request_review_id")
            found[of] = found.get(of, "") + "".join(f"<!-- {mark} -->" for mark in marks)
    return found


def review(
    reader: Reader, item: Json, author: str, url: str, updated_at: float = 0.0, marks: Mapping[Any, str] = MappingProxyType({})
) -> Review | None:
    """One review; a pending one is its author's alone and no event yet. updated_at: for one that does not say when it was given.

    GitHub wraps a comment on a line into a review without a text: it has the markers (`marks`, by review) of what it wraps.
    """
    said = text(item, "state").upper()
    if said != "PENDING" and said not in REVIEW_STATES:
        reader.odd(url, "reviews.state", said)
    if said not in REVIEW_STATES:
        return None
    at = _maybe_at(item, "submitted_at", f"{url} (reviews)") or updated_at
    who, number = _who(reader, item, author, f"{url} (reviews)"), want(item, "id", int, f"{url} (reviews)")
    body = text(item, "body") or marks.get(number, "")
    return Review(str(number), who, REVIEW_STATES[said], at, text(item, "commit_id"), body, text(item, "html_url"))


def comment(reader: Reader, item: Json, author: str, published: Mapping[Any, float | None], url: str = "") -> Comment:
    """One comment of the conversation (`ic`) or on a line (`rc`).

    published: when each review was submitted. A comment of a review that was drafted for days counts from then on; that
    its own `updated_at` moved at that moment is no edit.
    """
    where = f"{url} (comments)"
    updated = _maybe_at(item, "updated_at", where)
    at = instant(item.get("created_at"), "created_at", where)
    shown = max(at, moment(item.get("published_at")) or at, published.get(item.get("pull_request_review_id")) or at)
    inline = "pull_request_review_id" in item or "path" in item
    who = _who(reader, item, author, where)
    line = item.get("line") or item.get("original_line")
    edited = updated is not None and updated > shown + (PUBLISHING if shown > at else 0)
    return Comment(
        f"{'rc' if inline else 'ic'}:{want(item, 'id', int, where)}", who, shown, text(item, "body"), text(item, "html_url"),
        updated if edited else None, text(item, "path"), line if isinstance(line, int) else None,
    )  # fmt: skip


def _person(item: Json, field: str, url: str) -> Any:
    """Somebody, or None for an account that is gone. Broken for what is neither: it must not pass for a ghost."""
    who = item.get(field)
    return who if who is None else want(item, field, dict, url)


def _who(reader: Reader, item: Json, author: str, url: str) -> Actor:
    who = _person(item, "user", url)
    return reader.actor(login(who), user_kind(who), text(item, "author_association"), author)


def _maybe_at(item: Json, field: str, url: str) -> float | None:
    """A time that need not be there; one that cannot be read is not the same as none."""
    return instant(item[field], field, url) if item.get(field) else None


def _state(found: Json, url: str) -> str:
    said = text(found, "state")
    if said not in ("open", "closed"):
        raise Broken(f"{url} answered without a usable `state`")
    return CLOSED if said == "closed" else OPEN


def _created(found: Json, url: str) -> float:
    """Long ago, where an answer is so short that it does not say."""
    return instant(found["created_at"], "created_at", url) if "created_at" in found else 0.0


def _ender(reader: Reader, found: Json, state: str, happenings: Sequence[Json] | None) -> Actor:
    """Who merged or closed it."""
    who = found.get("merged_by") if state == MERGED else closer(happenings or ()) if state == CLOSED else None
    return reader.actor(login(who), user_kind(who), "", login(found.get("user")))


def _labels(found: Json) -> tuple[str, ...]:
    """The names; a label may be its bare name (https://docs.github.com/rest/issues/issues#get-an-issue)."""
    listed = found.get("labels")
    named = (label if isinstance(label, str) else text(label, "name") for label in (listed if isinstance(listed, list) else ()))
    return tuple(name for name in named if name)


def _logins(found: Json, field: str) -> tuple[str, ...]:
    return tuple(name for user in items(found.get(field)) if (name := login(user)))


# The history of an issue or pull request as GitHub lists it, with ids of its own: labels, assignments, links and the like.
#
# https://docs.github.com/rest/using-the-rest-api/issue-event-types

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
