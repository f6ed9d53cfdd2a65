"""The GraphQL that is sent to Linear, checked in tests against its published schema.

Complexity (https://linear.app/developers/rate-limiting): a property costs 0.1, an object 1, a connection its content times
its size, and a query may cost 10 000. An issue read whole costs about 600 here, one whose marks are read about 4.
"""

from __future__ import annotations

AT_ONCE = 10
MARKS_AT_ONCE = 100

_PERSON = "id name displayName app guest isMe"
_ACTOR = f"{{ {_PERSON} }}"
_HISTORY = f"""nodes {{
  id createdAt updatedAt actor {_ACTOR} botActor {{ id name userDisplayName }}
  fromState {{ name type }} toState {{ name type }} fromAssignee {{ displayName }} toAssignee {{ displayName }}
  addedLabels {{ name }} removedLabels {{ name }} fromParent {{ identifier }} toParent {{ identifier }}
  fromProject {{ name }} toProject {{ name }} relationChanges {{ identifier type }}
}} pageInfo {{ hasNextPage endCursor }}"""
_COMMENTS = f"""nodes {{
  id body url createdAt updatedAt editedAt user {_ACTOR} botActor {{ id name userDisplayName }} externalUser {{ id name displayName }}
}} pageInfo {{ hasNextPage endCursor }}"""
_ISSUE = f"""id identifier title description url createdAt updatedAt completedAt canceledAt trashed
  state {{ name type }} assignee {{ displayName }} creator {_ACTOR} botActor {{ id name userDisplayName }}
  labels(first: 50) {{ nodes {{ name }} }} parent {{ identifier }} project {{ name }}
  history(first: 20) {{ {_HISTORY} }}
  comments(first: 20, orderBy: updatedAt) {{ {_COMMENTS} }}"""

WHOAMI = "query Me { viewer { id displayName } }"
ONE = f"query One($id: String!) {{ issue(id: $id) {{ {_ISSUE} }} }}"
MANY = f"""query Many($filter: IssueFilter, $first: Int) {{
  issues(filter: $filter, first: $first, includeArchived: true) {{ nodes {{ {_ISSUE} }} }}
}}"""
MARKS = """query Marks($filter: IssueFilter, $first: Int) {
  issues(filter: $filter, first: $first, includeArchived: true) {
    nodes { id updatedAt trashed comments(first: 1, orderBy: updatedAt) { nodes { updatedAt } } }
  }
}"""
HISTORY = f"""query History($id: String!, $after: String) {{
  issue(id: $id) {{ history(first: 50, after: $after) {{ {_HISTORY} }} }}
}}"""
COMMENTS = f"""query Comments($id: String!, $after: String) {{
  issue(id: $id) {{ comments(first: 50, after: $after, orderBy: updatedAt) {{ {_COMMENTS} }} }}
}}"""
ALL = {"Me": WHOAMI, "One": ONE, "Many": MANY, "Marks": MARKS, "History": HISTORY, "Comments": COMMENTS}
