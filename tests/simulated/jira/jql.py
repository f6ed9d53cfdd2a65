"""The part of JQL that a watcher needs: `id in (…)`, `project = "KEY"`, `updated >= …`, joined by AND, one ORDER BY.

What Jira refuses is refused: an id of no issue (Cloud), a date it cannot read. A date is read in the account's time zone
and to the minute, a bare number as epoch milliseconds (https://support.atlassian.com/jira-software-cloud/docs/jql-fields/).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

_CLAUSE = re.compile(
    r'\s*(?:(id|issuekey|key)\s+in\s*\(([^)]*)\)|(project)\s*=\s*"?(\w+)"?|(updated)\s*>=\s*("[^"]*"|-?\w+))\s*', re.IGNORECASE
)
_DATE = re.compile(r'"(\d{4})[-/](\d\d)[-/](\d\d)(?: (\d\d):(\d\d))?"')
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


class BadQuery(ValueError):
    """Jira's 400, in its words."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. ids: None where any will do. since: epoch seconds."""

    ids: tuple[str, ...] | None = None
    project: str = ""
    since: float | None = None
    descending: bool = False


def parse(text: str, *, zone: str, now: float) -> Query:
    """Read a query. Raises BadQuery."""
    head, _, order = re.sub(r"\s+", " ", text.strip()).partition("ORDER BY ")
    ids: tuple[str, ...] | None = None
    project, since = "", None
    for clause in re.split(r"\s+AND\s+", head.strip(), flags=re.I):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise BadQuery(f"Error in the JQL Query: '{clause}' is not understood.")
        if match[1]:
            ids = tuple(part.strip() for part in match[2].split(","))
        elif match[3]:
            project = match[4]
        else:
            since = _instant(match[6], zone=zone, now=now)
    return Query(ids, project, since, order.strip().lower().endswith("desc"))


def _instant(text: str, *, zone: str, now: float) -> float:
    if match := _DATE.fullmatch(text):
        parts: Sequence[int] = [int(part or 0) for part in match.groups()]
        return datetime(*parts, tzinfo=ZoneInfo(zone)).timestamp()  # type: ignore[arg-type,misc]  # five numbers
    if match := re.fullmatch(r"-(\d+)([mhdw])", text):
        return now - int(match[1]) * _MINUTES[match[2]] * 60
    if re.fullmatch(r"\d+", text):
        return int(text) / 1000
    raise BadQuery(f"Date value '{text}' for field 'updated' is invalid.")
