"""The GraphQL that is sent to Linear, checked in tests against its published schema.

Complexity (https://linear.app/developers/rate-limiting): a property costs 0.1, an object 1, a connection its content times
its size, and a query may cost 10 000. An issue read whole costs about 620 here, one whose marks are read about 4.
"""

from __future__ import annotations

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
