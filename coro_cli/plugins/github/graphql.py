"""The queries: https://docs.github.com/graphql/reference. Every field is in GitHub's published schema.

Windows are short on purpose: what happened since the last look is at their end, and a window that does not reach back
that far is noticed (`pageInfo`) and the object read by REST, page by page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from coro_cli.domain.snapshot import Checks
from coro_cli.plugins.answers import moment
from coro_cli.plugins.base import Watched
from coro_cli.plugins.github.parse import Reader

SIZE = 25

_WHO = "login __typename"
_SAID = f"fullDatabaseId author {{ {_WHO} }} authorAssociation body url"
_PAGE = "pageInfo { hasPreviousPage hasNextPage }"
_EVENT = f"id createdAt actor {{ {_WHO} }}"
_COMMON = f"""
  id number url title body closed createdAt updatedAt closedAt author {{ {_WHO} }} authorAssociation
  repository {{ databaseId nameWithOwner }}
  labels(first: 100) {{ nodes {{ name }} }}
  assignees(first: 50) {{ nodes {{ {_WHO} }} }}
  comments(first: 40, orderBy: {{field: UPDATED_AT, direction: DESC}}) {{
    {_PAGE} nodes {{ {_SAID} createdAt updatedAt publishedAt }}
  }}"""
_SHARED_EVENTS = f"""
  ... on LabeledEvent {{ {_EVENT} label {{ name }} }}
  ... on UnlabeledEvent {{ {_EVENT} label {{ name }} }}
  ... on AssignedEvent {{ {_EVENT} assignee {{ __typename ... on Actor {{ login }} }} }}
  ... on UnassignedEvent {{ {_EVENT} assignee {{ __typename ... on Actor {{ login }} }} }}
  ... on ClosedEvent {{ {_EVENT} stateReason }}
  ... on ReopenedEvent {{ {_EVENT} }}"""
_SHARED_TYPES = "LABELED_EVENT, UNLABELED_EVENT, ASSIGNED_EVENT, UNASSIGNED_EVENT, CLOSED_EVENT, REOPENED_EVENT"

_THREADS = f"pageInfo {{ hasPreviousPage startCursor }} nodes {{ id isResolved path resolvedBy {{ {_WHO} }} }}"

# A team's fields need the scope `read:org`: they are left out for tokens without it.
PULL = f"""
fragment Pull on PullRequest {{{_COMMON}
  isDraft headRefOid mergedAt mergeable mergedBy {{ {_WHO} }} mergeCommit {{ oid }}
  reviewRequests(first: 50) {{ nodes {{ requestedReviewer {{ __typename ... on Actor {{ login }} }} }} }}
  latestOpinionatedReviews(first: 50) {{ {_PAGE} nodes {{ ...Verdict }} }}
  reviews(last: 20) {{
    {_PAGE}
    nodes {{
      ...Verdict
      comments(last: 20) {{
        {_PAGE} nodes {{ {_SAID} createdAt updatedAt publishedAt path line originalLine }}
      }}
    }}
  }}
  timelineItems(last: 40, itemTypes: [{_SHARED_TYPES}, REVIEW_REQUESTED_EVENT, REVIEW_DISMISSED_EVENT,
                                      READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT]) {{
    {_PAGE}
    nodes {{
      __typename{_SHARED_EVENTS}
      ... on ReviewRequestedEvent {{
        {_EVENT} requestedReviewer {{ __typename ... on Actor {{ login }} ... on Team @include(if: $teams) {{ slug }} }}
      }}
      ... on ReviewDismissedEvent {{ {_EVENT} dismissalMessage previousReviewState review {{ fullDatabaseId }} }}
      ... on ReadyForReviewEvent {{ {_EVENT} }}
      ... on ConvertToDraftEvent {{ {_EVENT} }}
    }}
  }}
  ...Threads
  ...Head @include(if: $checks)
}}
fragment Verdict on PullRequestReview {{
  {_SAID} state submittedAt commit {{ oid }}
}}"""
THREADS = f"""
fragment Threads on PullRequest {{
  reviewThreads(last: 50) {{ {_THREADS} }}
}}"""
HEAD = f"""
fragment Head on PullRequest {{
  commits(last: 1) {{ nodes {{ commit {{ oid statusCheckRollup {{ contexts(first: 100) {{
    {_PAGE}
    nodes {{
      __typename
      ... on CheckRun {{ name status conclusion completedAt }}
      ... on StatusContext {{ context state createdAt }}
    }}
  }} }} }} }} }}
}}"""
ISSUE = f"""
fragment Issue on Issue {{{_COMMON}
  parent {{ url }}
  timelineItems(last: 40, itemTypes: [{_SHARED_TYPES}, CROSS_REFERENCED_EVENT, CONNECTED_EVENT, PARENT_ISSUE_ADDED_EVENT,
                                      PARENT_ISSUE_REMOVED_EVENT, SUB_ISSUE_ADDED_EVENT, SUB_ISSUE_REMOVED_EVENT]) {{
    {_PAGE}
    nodes {{
      __typename{_SHARED_EVENTS}
      ... on CrossReferencedEvent {{ {_EVENT} source {{ ...Subject }} }}
      ... on ConnectedEvent {{ {_EVENT} subject {{ ...Subject }} }}
      ... on ParentIssueAddedEvent {{ {_EVENT} parent {{ url }} }}
      ... on ParentIssueRemovedEvent {{ {_EVENT} parent {{ url }} }}
      ... on SubIssueAddedEvent {{ {_EVENT} subIssue {{ url }} }}
      ... on SubIssueRemovedEvent {{ {_EVENT} subIssue {{ url }} }}
    }}
  }}
}}
fragment Subject on ReferencedSubject {{ __typename ... on Issue {{ id url }} ... on PullRequest {{ id url }} }}"""
QUICK = """
fragment Quick on PullRequest {
  id updatedAt headRefOid mergeable
  ...Threads @include(if: $threads)
  ...Head @include(if: $checks)
}"""
_WHOLE = PULL + THREADS + HEAD + ISSUE

BY_ID = f"""query Look($ids: [ID!]!, $checks: Boolean!, $teams: Boolean!) {{
  nodes(ids: $ids) {{ __typename ...Pull ...Issue }}
}}{_WHOLE}"""
QUICKLY = f"""query Glance($ids: [ID!]!, $checks: Boolean!, $threads: Boolean!) {{
  nodes(ids: $ids) {{ __typename ...Quick }}
}}{QUICK}{THREADS}{HEAD}"""
OLDER_THREADS = f"""query Threads($id: ID!, $before: String!) {{
  node(id: $id) {{ ... on PullRequest {{ reviewThreads(last: 100, before: $before) {{ {_THREADS} }} }} }}
}}"""
VIEWER = "query Me { viewer { login } }"


def by_name(count: int) -> str:
    """The query for so many objects whose node ids are not known yet."""
    numbered = ", ".join(f"$o{i}: String!, $n{i}: String!, $i{i}: Int!" for i in range(count))
    asked = "\n".join(
        f"  r{i}: repository(owner: $o{i}, name: $n{i}) {{ issueOrPullRequest(number: $i{i}) {{ __typename ...Pull ...Issue }} }}"
        for i in range(count)
    )
    return f"query Find($checks: Boolean!, $teams: Boolean!, {numbered}) {{\n{asked}\n}}{_WHOLE}"


def question(watched: Sequence[Watched], *, teams: bool) -> dict[str, Any]:
    """The body of the request that looks at these: all quick or none, all with a node id or none."""
    checks = any(w.checks for w in watched)
    if watched[0].quick:
        variables: dict[str, Any] = {"ids": [w.native for w in watched], "checks": checks, "threads": any(w.restless for w in watched)}
        return {"query": QUICKLY, "variables": variables}
    if watched[0].native:
        return {"query": BY_ID, "variables": {"ids": [w.native for w in watched], "checks": checks, "teams": teams}}
    variables = {"checks": checks, "teams": teams}
    for i, one in enumerate(watched):
        owner, _, name = one.place.partition("/")
        variables |= {f"o{i}": owner, f"n{i}": name, f"i{i}": int(one.ref.number)}
    return {"query": by_name(len(watched)), "variables": variables}


def price(watched: Sequence[Watched]) -> int:
    """Points: a hundredth of the connections that are opened, at least one.

    https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
    """
    # A glance opens threads, commits and contexts. A look opens four connections of an issue and eight of a pull
    # request, the comments of each of twenty reviews, commits and contexts.
    each = 3 if watched[0].quick else 4 + 8 + 20 + 2
    return max(1, round(each * len(watched) / 100))


def nodes(data: Mapping[str, Any], watched: Sequence[Watched]) -> list[Any]:
    """What was answered for each, in order; None for what was not."""
    if watched[0].native:
        found = data.get("nodes")
        listed = found if isinstance(found, list) else []
        return [listed[i] if i < len(listed) else None for i in range(len(watched))]
    places = [data.get(f"r{i}") for i in range(len(watched))]
    return [place.get("issueOrPullRequest") if isinstance(place, dict) else None for place in places]


# Check runs and commit statuses: two systems, both count, by head commit.

# https://docs.github.com/graphql/reference/enums#checkconclusionstate and #statusstate.
# Neutral and skipped checks do not stand in the way: so does GitHub's own merge box see it. A stale one never finished.
_WORDS = {
    "SUCCESS": "passed", "NEUTRAL": "passed", "SKIPPED": "passed",
    "FAILURE": "failed", "ERROR": "failed", "TIMED_OUT": "failed", "CANCELLED": "failed", "ACTION_REQUIRED": "failed",
    "STARTUP_FAILURE": "failed", "": "", "PENDING": "", "EXPECTED": "", "STALE": "",
}  # fmt: skip


def rollup(reader: Reader, url: str, sha: str, found: Iterable[tuple[str, str, Any]]) -> Checks:
    """All checks of one commit as one. found: (name, conclusion or state in any case, when it finished).

    One failure decides at once; success needs all of them, and at least one.
    """
    known = [(name, _word(reader, url, said.upper()), moment(at)) for name, said, at in found]
    failing = [(name, at) for name, word, at in known if word == "failed"]
    if failing:
        times = [at for _, at in failing if at is not None]
        return Checks(sha, "failed", min(times, default=None), tuple(sorted(name for name, _ in failing)), len(known))
    if not known:
        return Checks(sha, "none")
    if any(not word for _, word, _ in known):
        return Checks(sha, "pending", total=len(known))
    return Checks(sha, "passed", max((at for _, _, at in known if at is not None), default=None), (), len(known))


def _word(reader: Reader, url: str, said: str) -> str:
    if said not in _WORDS:
        reader.odd(url, "conclusion", said)
    return _WORDS.get(said, "")
