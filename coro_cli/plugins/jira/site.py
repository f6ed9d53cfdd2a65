"""What has to be known of a site before its issues can be read, each asked once: Cloud or a server, fields, statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coro_cli.plugins.jira import forms
from coro_cli.plugins.jira.reader import Reader, account_id
from coro_cli.plugins.reading import optional
from coro_cli.plugins.wire import Asks, Broken, Denied, Gone, Request, items, text

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
        self.reader.done = forms.closed_category((yield from _listed(f"{self.api}/status")))
        self.learnt = True


def _is_epic_link(field: dict[str, Any]) -> bool:
    return text(field, "schema", "custom") == _EPIC_LINK or (text(field, "name") == "Epic Link" and not text(field, "schema", "custom"))


def _listed(path: str) -> Asks[Any]:
    answer = yield from optional(Request(path))
    return answer.json() if answer is not None else []


def _no_jira(reader: Reader, why: str) -> Denied:
    name = reader.settings.name
    return Denied(f"there is no Jira at {reader.settings.api_url}: {why}", hint=f"check `api_url` of `{name}`: coro config get")
