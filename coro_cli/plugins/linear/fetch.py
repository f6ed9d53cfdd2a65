"""What to ask Linear for: one whole object, and what changed in a repository or project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import moment
from coro_cli.plugins.base import Changes, Look, Watched
from coro_cli.plugins.linear import parse
from coro_cli.plugins.linear.limits import TooComplex
from coro_cli.plugins.linear.parse import Reader
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, items, maybe, only_here, text
from coro_cli.plugins.tracker import Found, bulk_first, explained, window

AT_ONCE = 10
MARKS_AT_ONCE = 100

_NAMED = "id name displayName"
_PERSON = f"{_NAMED} app guest isMe"
_ACTOR = f"{{ {_PERSON} }}"
_HISTORY = f"""nodes {{
  id createdAt updatedAt actor {_ACTOR} botActor {{ id name userDisplayName }} actorId
  fromState {{ name type }} toState {{ name type }} fromAssignee {{ {_NAMED} }} toAssignee {{ {_NAMED} }}
  fromStateId toStateId fromAssigneeId toAssigneeId addedLabelIds removedLabelIds fromParentId toParentId
  addedLabels {{ name }} removedLabels {{ name }} fromParent {{ identifier }} toParent {{ identifier }}
  fromProject {{ name }} toProject {{ name }} relationChanges {{ identifier type }}
}} pageInfo {{ hasNextPage endCursor }}"""
_COMMENTS = f"""nodes {{
  id body url createdAt updatedAt editedAt user {_ACTOR} botActor {{ id name userDisplayName }} externalUser {{ id name displayName }}
}} pageInfo {{ hasNextPage endCursor }}"""
_ISSUE = f"""id identifier title description url createdAt updatedAt completedAt canceledAt trashed
  state {{ id name type }} assignee {{ {_NAMED} }} creator {_ACTOR} botActor {{ id name userDisplayName }}
  labels(first: 50) {{ nodes {{ id name }} }} parent {{ id identifier }} project {{ name }}
  history(first: 20) {{ {_HISTORY} }}
  comments(first: 20, orderBy: updatedAt) {{ {_COMMENTS} }}"""

WHOAMI = "query Me { viewer { id displayName } }"
ONE = f"query One($id: String!) {{ issue(id: $id) {{ {_ISSUE} }} }}"
MANY = f"""query Many($filter: IssueFilter) {{
  issues(filter: $filter, first: {AT_ONCE}, includeArchived: true) {{ nodes {{ {_ISSUE} }} }}
}}"""
MARKS = f"""query Marks($filter: IssueFilter) {{
  issues(filter: $filter, first: {MARKS_AT_ONCE}, includeArchived: true) {{
    nodes {{ id updatedAt trashed comments(first: 1, orderBy: updatedAt) {{ nodes {{ updatedAt }} }} }}
  }}
}}"""
HISTORY = f"""query History($id: String!, $after: String) {{
  issue(id: $id) {{ history(first: 50, after: $after) {{ {_HISTORY} }} }}
}}"""
COMMENTS = f"""query Comments($id: String!, $after: String) {{
  issue(id: $id) {{ comments(first: 50, after: $after, orderBy: updatedAt) {{ {_COMMENTS} }} }}
}}"""
ALL = {"Me": WHOAMI, "One": ONE, "Many": MANY, "Marks": MARKS, "History": HISTORY, "Comments": COMMENTS}


# Asking Linear: one question a team for what changed, ten issues a question for all about them.


Json = dict[str, Any]
PAGES = 40


def ask(query: str, **variables: Any) -> Request:
    """One question."""
    return Request("", "POST", body={"query": query, "variables": variables})


def whoami() -> Asks[str]:
    """The id of the key's owner: handles can be changed."""
    answer = yield ask(WHOAMI)
    me = text(answer.json(), "data", "viewer", "id")
    if not me:
        raise Broken(f"{answer.url} answered without a viewer")
    return me


def find(reader: Reader, watched: Watched) -> Asks[Snapshot]:
    """One issue by its id, or by an identifier it has or had."""
    name = watched.native or f"{watched.ref.scope}-{watched.ref.number}"
    try:
        answer = yield ask(ONE, id=name)
    except (Gone, Denied) as error:
        only_here(error)
        raise _gone(watched) from error
    found = maybe(answer.json(), "data", "issue")
    if not isinstance(found, dict) or found.get("trashed") is True:
        raise _gone(watched)
    return (yield from _whole(reader, found, answer, watched))


def changes(scope: str, watched: Sequence[Watched]) -> Asks[Changes]:
    """The marks of a team's watched issues, whatever they are: the answer is small, and nothing can be missed."""
    by_id = {w.native: w for w in watched if w.native}
    unknown = [str(w.ref) for w in watched if not w.native]
    marks: dict[str, str] = {}
    ids = sorted(by_id)
    for start in range(0, len(ids), MARKS_AT_ONCE):
        chunk = ids[start : start + MARKS_AT_ONCE]
        answer = yield ask(MARKS, filter={"id": {"in": chunk}})
        for item in _nodes(answer):
            one = by_id.get(text(item, "id"))
            if one is not None and item.get("trashed") is not True:
                marks[str(one.ref)] = parse.marked(item, answer.url)
    return Changes(marks, None, [*unknown, *(str(w.ref) for w in by_id.values() if str(w.ref) not in marks)])


def look(reader: Reader, watched: Sequence[Watched]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others."""
    known = [one for one in watched if one.native] if len(watched) > 1 else []
    return (yield from bulk_first(watched, lambda found: _many(reader, known, found), lambda one: find(reader, one)))


def _many(reader: Reader, watched: Sequence[Watched], snapshots: Found) -> Asks[None]:
    for start in range(0, len(watched), AT_ONCE):
        chunk = {one.native: one for one in watched[start : start + AT_ONCE]}
        try:
            answer = yield ask(MANY, filter={"id": {"in": sorted(chunk)}})
        except TooComplex:
            return  # one by one, then
        for found in _nodes(answer):
            one = chunk.get(text(found, "id"))
            if one is not None and found.get("trashed") is not True:
                snapshots[str(one.ref)] = yield from _whole(reader, found, answer, one)


def _whole(reader: Reader, found: Json, answer: Response, watched: Watched) -> Asks[Snapshot]:
    since = window(watched)
    histories = yield from _rest(HISTORY, "history", found, None)
    comments = yield from _rest(COMMENTS, "comments", found, since)
    snapshot = parse.issue(reader, found, answer.url, histories, comments, since=since)
    snapshot = explained(snapshot, watched.previous)
    return replace(snapshot, looked_at=answer.date)


def _rest(query: str, name: str, found: Json, since: float | None) -> Asks[list[Json]]:
    """All entries of a list whose first page is here, the newest first; of comments only the pages since an instant."""
    page = maybe(found, name)
    listed = items(maybe(page, "nodes"))
    for _ in range(PAGES):
        oldest = min((moment(item.get("updatedAt")) or 0.0 for item in items(maybe(page, "nodes"))), default=0.0)
        if maybe(page, "pageInfo", "hasNextPage") is not True or (since is not None and oldest < since):
            return listed
        answer = yield ask(query, id=text(found, "id"), after=text(page, "pageInfo", "endCursor"))
        page = maybe(answer.json(), "data", "issue", name)
        listed += items(maybe(page, "nodes"))
    raise Broken(f"{text(found, 'identifier')} has more than {PAGES} pages of {name}")


def _nodes(answer: Response) -> list[Json]:
    nodes = maybe(answer.json(), "data", "issues", "nodes")
    if not isinstance(nodes, list):
        raise Broken(f"{answer.url} answered without `issues`")
    return items(nodes)


def _gone(watched: Watched) -> Gone:
    hint = "check the identifier, and that the key's owner may see the team: coro doctor"
    return Gone(f"there is no `{watched.ref}`, or the key may not see it", hint=hint)
