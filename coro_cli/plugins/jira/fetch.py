"""Reading issues of Jira whole, and what has to be known of a site first (Cloud or Data Center, its fields), each asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.answers import moment, optional
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.jira import changes, parse
from coro_cli.plugins.jira.parse import Reader, account_id
from coro_cli.plugins.protocol import Asks, Broken, Denied, Gone, Request, Response, ident, items, maybe, text
from coro_cli.plugins.tracker import Found, bulk_first, window

_EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
# The number that Cloud's own epic field has at most sites, for where the fields are not shown.
_USUAL_EPIC_LINK = "customfield_10014"
_CLOUD_HOSTS = (".atlassian.net", ".jira.com", "api.atlassian.com")


@dataclass(slots=True)
class Site:
    """One site. cloud: None until it is known. learnt: whether `reader` knows fields and statuses.

    assured: whether the token was found good in this look, though it does not show something.
    """

    reader: Reader
    cloud: bool | None = None
    learnt: bool = False
    assured: bool = False

    @property
    def api(self) -> str:
        """`/rest/api/3` of Cloud, `/rest/api/2` of Data Center."""
        return "/rest/api/3" if self.cloud else "/rest/api/2"

    def detect(self) -> Asks[None]:
        """Which of the two it is, by its address or its own word."""
        if self.cloud is not None:
            return
        host = self.reader.settings.api_url.partition("://")[2].partition("/")[0]
        if host.endswith(_CLOUD_HOSTS):
            self.cloud = True
            return
        try:
            told = text((yield Request("/rest/api/2/serverInfo")).json(), "deploymentType")
        except Gone:
            told = ""  # a proxy may let the interface through, and this page not
        self.cloud = told == "Cloud" if told else (yield from self._knows_version_3())

    def _knows_version_3(self) -> Asks[bool]:
        """Only Cloud does, and who has neither version is no Jira. A refusal of the token is that of a Jira all the same."""
        try:
            yield Request("/rest/api/3/myself")
        except Gone:
            try:
                yield Request("/rest/api/2/myself")
            except Gone as error:
                raise _no_jira(self.reader, str(error)) from error
            return False
        return True

    def whoami(self) -> Asks[str]:
        """The account id (Cloud) or user name of the token's owner."""
        yield from self.detect()
        try:
            answer = yield Request(f"{self.api}/myself")
        except Gone as error:
            raise _no_jira(self.reader, str(error)) from error
        me = account_id(answer.json())
        if not me:
            raise Broken(f"{answer.url} answered without an account")
        return me

    def assure(self) -> Asks[None]:
        """Raise Denied where the token is not good any more: Jira then shows what everybody may see, and hides the rest as gone."""
        if not self.assured:
            yield Request(f"{self.api}/myself", missing_ok=True)
        self.assured = True

    def learn(self) -> Asks[None]:
        """The epic field and the statuses. A site that hides them is read without."""
        yield from self.detect()
        if self.learnt:
            return
        fields = items((yield from _listed(f"{self.api}/field")))
        self.reader.epic_fields = tuple(text(field, "id") for field in fields if _is_epic_link(field)) if fields else (_USUAL_EPIC_LINK,)
        self.reader.done = parse.closed_category((yield from _listed(f"{self.api}/status")))
        self.learnt = True


def _is_epic_link(field: dict[str, Any]) -> bool:
    return text(field, "schema", "custom") == _EPIC_LINK or (text(field, "name") == "Epic Link" and not text(field, "schema", "custom"))


def _listed(path: str) -> Asks[Any]:
    answer = yield from optional(Request(path))
    return answer.json() if answer is not None else []


def _no_jira(reader: Reader, why: str) -> Denied:
    name = reader.settings.name
    return Denied(f"there is no Jira at {reader.settings.api_url}: {why}", hint=f"check `api_url` of `{name}`: coro config get")


# Reading issues whole. Cloud: all of a chunk by one search and one bulk question for their changelogs. Servers: one by one.


Json = dict[str, Any]
PAGES = 100


def find(site: Site, watched: Watched) -> Asks[Snapshot]:
    """One issue by its key, also one that it had before a move, or by its id."""
    yield from site.learn()
    answer = yield from _asked(site, watched)
    found = answer.json()
    if not isinstance(found, dict):
        raise Broken(f"{answer.url} answered without an issue")
    histories, from_there = yield from _histories_of(site, found)
    comments = yield from _comments(site, found)
    snapshot = parse.issue(
        site.reader, found, answer.url, comments, histories, since=window(watched), previous=watched.previous
    )  # fmt: skip
    return replace(snapshot, looked_at=answer.date, complete_since=max(window(watched), from_there))


def _asked(site: Site, watched: Watched) -> Asks[Response]:
    query = [("fields", ",".join(_fields(site))), ("expand", "changelog")]
    key = f"{watched.ref.scope}-{watched.ref.number}"
    for name in dict.fromkeys((watched.native or key, key)):
        answer = yield from optional(Request(f"{site.api}/issue/{quote(name)}", query=query))
        if answer is not None:
            return answer
    yield from site.assure()
    raise Gone(f"there is no `{watched.ref}`, or the token may not see it", hint=_HINT)


_HINT = "check the key, and that the token's account may browse the project: coro doctor"


def look(site: Site, watched: Sequence[Watched]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others."""
    site.assured = False
    yield from site.learn()
    known = [one for one in watched if one.native] if site.cloud and len(watched) > 1 else []
    return (yield from bulk_first(watched, lambda found: _in_bulk(site, known, found), lambda one: find(site, one)))


def _fields(site: Site) -> tuple[str, ...]:
    return (*parse.FIELDS, *site.reader.epic_fields)


def _in_bulk(site: Site, watched: Sequence[Watched], snapshots: Found) -> Asks[None]:
    for start in range(0, len(watched), changes.AT_ONCE):
        chunk = {w.native: w for w in watched[start : start + changes.AT_ONCE]}
        found = yield from changes.issues_by_id(site, list(chunk), _fields(site))
        if not found:
            continue
        # Asked before what it must not be newer than is read: what changes in between is found by the next look.
        histories, date = yield from _bulk_histories(site, list(found))
        for number, issue in found.items():
            if number not in chunk:
                continue
            one = chunk[number]
            comments = yield from _comments(site, issue)
            past = histories.get(number, []) if histories is not None else (yield from _paged_histories(site, issue))
            snapshot = parse.issue(site.reader, issue, "the search", comments, past, since=window(one), previous=one.previous)
            snapshots[str(one.ref)] = replace(snapshot, looked_at=date)


def _bulk_histories(site: Site, ids: Sequence[str]) -> Asks[tuple[Mapping[str, list[Json]] | None, float]]:
    """Changelogs by issue id, all pages, and the host's time of the first answer; None where the site has no such question."""
    found: dict[str, list[Json]] = {}
    date, token = 0.0, ""
    for _ in range(PAGES):
        body: Json = {"issueIdsOrKeys": list(ids), "maxResults": 1000} | ({"nextPageToken": token} if token else {})
        answer = yield Request("/rest/api/3/changelog/bulkfetch", "POST", body=body, missing_ok=True)
        if answer.status == 404:
            return None, answer.date
        date = date or answer.date
        for entry in items(maybe(answer.json(), "issueChangeLogs")):
            found.setdefault(ident(entry, "issueId"), []).extend(items(entry.get("changeHistories")))
        token = text(answer.json(), "nextPageToken")
        if not token:
            return found, date
    raise Broken(f"{answer.url} has more than {PAGES} pages")


def _histories_of(site: Site, issue: Json) -> Asks[tuple[list[Json] | None, float]]:
    """One issue's changelog, and from when on it is whole: what is embedded, unless Cloud has cut it."""
    log = maybe(issue, "changelog")
    embedded = items(maybe(log, "histories"))
    total = maybe(log, "total")
    if isinstance(log, dict) and (not isinstance(total, int) or total <= len(embedded)):
        return embedded, 0.0
    number = ident(issue, "id")
    if site.cloud:
        found, _ = (yield from _bulk_histories(site, [number])) if number else (None, 0.0)
        whole = found.get(number, []) if found is not None else (yield from _paged_histories(site, issue))
        if whole is not None:
            return whole, 0.0
    times = [at for entry in embedded if (at := moment(entry.get("created"))) is not None]
    return embedded if isinstance(log, dict) else None, min(times, default=0.0)


def _paged_histories(site: Site, issue: Json) -> Asks[list[Json] | None]:
    """One issue's changelog, page by page, the oldest first; None where the site shows none."""
    return (yield from _every(f"{site.api}/issue/{_name(issue)}/changelog", (), "values"))


def _comments(site: Site, issue: Json) -> Asks[list[Json]]:
    """All comments: those embedded, or every page where there are more (an edit may be of an old one) or none at all."""
    field = maybe(issue, "fields", "comment")
    embedded = items(maybe(field, "comments"))
    total = maybe(field, "total")
    if isinstance(maybe(field, "comments"), list) and (not isinstance(total, int) or total <= len(embedded)):
        return embedded
    found = yield from _every(f"{site.api}/issue/{_name(issue)}/comment", [("orderBy", "-created")], "comments")
    return embedded if found is None else found


def _name(issue: Json) -> str:
    return quote(ident(issue, "id") or text(issue, "key"), safe="")


def _every(path: str, query: Sequence[tuple[str, str]], within: str) -> Asks[list[Json] | None]:
    """All pages of a list that counts by `startAt`; None where there is no such list, or no right to see it."""
    found: dict[str, Json] = {}
    start = 0
    for _ in range(PAGES):
        page = yield from optional(Request(path, query=[("startAt", str(start)), ("maxResults", "100"), *query]))
        if page is None:
            return None
        listed = items(maybe(page.json(), within))
        found |= {ident(item, "id"): item for item in listed}
        start += len(listed)
        total = maybe(page.json(), "total")
        if not listed or not isinstance(total, int) or start >= total:
            return list(found.values())
    raise Broken(f"{path} has more than {PAGES} pages")
