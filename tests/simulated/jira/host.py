"""The simulated Jira's answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from coro_cli.drills.host.messages import Request, Response
from tests.simulated.jira import jql
from tests.simulated.jira.forms import EPIC_FIELD, Forms
from tests.simulated.tracker.host import TrackerHost
from tests.simulated.tracker.issue import Issue

_UNSEEN = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
# https://developer.atlassian.com/changelog/#CHANGE-2046: the new search embeds no more than this.
_EMBEDDED = {"search": 20, "issue": 100}
_CHANGELOG = 100


class JiraHost(TrackerHost):
    """cloud: else Data Center. index_lag: seconds by which the search is behind, except for what is reconciled.

    anonymous_fallback: bad credentials get 200 with what everybody may see, and the headers that tell. page: how many
    issues a search shows at once. public: projects that everybody may see.
    """

    def __init__(self, *, cloud: bool = True, clock: Callable[[], float] = time.time, me: str = "me", token: str = "jira-token") -> None:
        super().__init__(clock=clock, me=me, token=token)
        self.cloud = cloud
        self.index_lag = 0.0
        self.anonymous_fallback = False
        self.public: set[str] = set()
        self.page = 100
        self.forms = Forms(self.world, cloud=cloud)

    def start(self) -> Self:
        """Listen."""
        super().start()
        self.forms.url = self.url
        version = "3" if self.cloud else "2"
        root, add = f"/rest/api/{version}", self.routes.add
        add("GET", "/rest/api/2/serverInfo", self._server_info)
        for name, handler in (("/myself", self._myself), ("/field", self._fields), ("/status", self._statuses)):
            add("GET", root + name, handler)
        add("GET", root + "/issue/{key}", self._issue)
        add("GET", root + "/issue/{key}/comment", self._comments)
        add("POST", "/rest/api/3/search/jql" if self.cloud else "/rest/api/2/search", self._search)
        if self.cloud:
            add("POST", "/rest/api/3/changelog/bulkfetch", self._bulk)
        return self

    def carries(self, request: Request) -> bool:
        """Basic with an address on Cloud, Bearer on a server."""
        import base64

        pair = base64.b64encode(f"{self.me}@example.org:{self.token}".encode()).decode()
        return request.token == (pair if self.cloud else self.token)

    def guard(self, request: Request) -> Response | None:
        """401 for bad credentials, unless the site falls back to nobody."""
        if self.may(request) or self.anonymous_fallback or request.path.endswith("/serverInfo"):
            return None
        return Response(401, {"errorMessages": ["Client must be authenticated to access this resource."], "errors": {}})

    def missing(self, request: Request) -> Response:
        """Jira's 404."""
        return Response(404, {"errorMessages": ["dead link"], "errors": {}})

    def headers(self, request: Request, response: Response) -> Mapping[str, str]:
        """Who Jira thinks is asking."""
        if self.may(request):
            return {"x-seraph-loginreason": "OK"} | ({} if self.cloud else {"x-ausername": self.me})
        return {"x-seraph-loginreason": "AUTHENTICATED_FAILED"} | ({} if self.cloud else {"x-ausername": "anonymous"})

    def _visible(self, request: Request, issue: Issue | None) -> bool:
        return self.world.visible(issue) and (self.may(request) or (issue is not None and issue.project in self.public))

    def _server_info(self, request: Request) -> Response:
        kind, version = ("Cloud", "1001.0.0-SNAPSHOT") if self.cloud else ("Server", "9.12.5")
        return Response(body={"baseUrl": self.url, "deploymentType": kind, "version": version, "serverTitle": "Jira"})

    def _myself(self, request: Request) -> Response:
        if not self.may(request):
            return Response(401, {"message": "Client must be authenticated to access this resource.", "status-code": 401})
        shown = self.forms.user(self.world.user(self.me)) or {}
        return Response(body={**shown, "timeZone": self.forms.zone})

    def _fields(self, request: Request) -> Response:
        epic = {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link", "customId": 10014}
        odd = {"id": "customfield_10105", "name": "Odd", "custom": True, "schema": None}
        return Response(body=[odd, {"id": EPIC_FIELD, "name": "Epic Link", "custom": True, "schema": epic}, None])

    def _statuses(self, request: Request) -> Response:
        return Response(body=[self.forms.status(status) for status in self.world.statuses.values()])

    def _named(self, request: Request) -> Issue | None:
        key = request.params["key"]
        issue = self.world.issues.get(int(key)) if key.isdigit() else self.world.keys.get(key.upper())
        return issue if self._visible(request, issue) else None

    def _issue(self, request: Request) -> Response:
        issue = self._named(request)
        if issue is None:
            return Response(404, _UNSEEN)
        shown = self.forms.issue(issue, request.query.get("fields", "*all").split(","), most=_EMBEDDED["issue"])
        if "changelog" in request.query.get("expand", ""):
            log = self.forms.histories(issue)
            newest = list(reversed(log))[:_CHANGELOG] if self.cloud else log
            shown["changelog"] = {"startAt": 0, "maxResults": _CHANGELOG, "total": len(log), "histories": newest}
        return Response(body=shown, etag=False)

    def _comments(self, request: Request) -> Response:
        issue = self._named(request)
        if issue is None:
            return Response(404, _UNSEEN)
        listed = self.forms.comments(issue)
        if request.query.get("orderBy") == "-created":
            listed.reverse()
        start, most = int(request.query.get("startAt", 0)), min(int(request.query.get("maxResults", 50)), 100)
        return Response(body={"startAt": start, "maxResults": most, "total": len(listed), "comments": listed[start : start + most]})

    def _bulk(self, request: Request) -> Response:
        asked = request.json()
        chosen = [issue for issue in self.world.issues.values() if str(issue.id) in asked["issueIdsOrKeys"]]
        entries = [(issue, entry) for issue in chosen if self._visible(request, issue) for entry in self.forms.histories(issue)]
        start, most = int(asked.get("nextPageToken") or 0), min(asked.get("maxResults", 1000), 1000)
        logs: dict[int, list[Any]] = {}
        for issue, entry in entries[start : start + most]:
            logs.setdefault(issue.id, []).append(entry)
        shown: dict[str, Any] = {"issueChangeLogs": [{"issueId": str(i), "changeHistories": log} for i, log in logs.items()]}
        return Response(body=shown | ({"nextPageToken": str(start + most)} if start + most < len(entries) else {}))

    def _search(self, request: Request) -> Response:
        try:
            asked = request.json()
            query = jql.parse(asked["jql"], zone=self.forms.zone, now=self.now())
            reconciled = [str(i) for i in asked.get("reconcileIssues", ())]
            if len(reconciled) > 50:
                raise jql.BadQuery("reconcileIssues takes at most 50 issues.")
            found = self._found(request, query, reconciled, strict=self.cloud or asked.get("validateQuery") is not False)
        except (jql.BadQuery, json.JSONDecodeError, KeyError) as error:
            return Response(400, {"errorMessages": [str(error)], "errors": {}})
        return self._page(asked, found)

    def _found(self, request: Request, query: jql.Query, reconciled: Sequence[str], *, strict: bool) -> list[tuple[Issue, float]]:
        found = []
        seen = {str(issue.id): issue for issue in self.world.issues.values() if self._visible(request, issue)}
        absent = [i for i in query.ids or () if i not in seen]
        if strict and absent:
            raise jql.BadQuery(" ".join(f"A value with ID '{i}' does not exist for the field 'id'." for i in absent))
        for number, issue in seen.items():
            at = issue.updated_at if number in reconciled else self._indexed(issue)
            fits = (query.ids is None or number in query.ids) and query.project in ("", issue.project)
            if at is not None and fits and (query.since is None or at >= query.since):
                found.append((issue, at))
        return sorted(found, key=lambda pair: pair[1], reverse=query.descending)

    def _indexed(self, issue: Issue) -> float | None:
        """What the index has as `updated`; None for an issue it does not know yet."""
        return max((at for at in issue.stamps if at <= self.now() - self.index_lag), default=None)

    def _page(self, asked: Any, found: list[tuple[Issue, float]]) -> Response:
        start = int(asked.get("nextPageToken") or 0) if self.cloud else int(asked.get("startAt", 0))
        size = min(int(asked.get("maxResults", 50)), self.page)
        shown = []
        for issue, at in found[start : start + size]:
            form = self.forms.issue(issue, asked.get("fields", ["id"]), most=_EMBEDDED["search"] if self.cloud else 10_000)
            if "updated" in form["fields"]:
                form["fields"]["updated"] = self.forms.stamp(at)
            shown.append(form)
        if not self.cloud:
            return Response(body={"startAt": start, "maxResults": size, "total": len(found), "issues": shown})
        more = start + size < len(found)
        return Response(body={"issues": shown, "isLast": not more} | ({"nextPageToken": str(start + size)} if more else {}))
